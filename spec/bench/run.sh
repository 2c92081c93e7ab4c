#!/bin/sh
# As the service is run. Runs every bench, or those named (`sh spec/bench/run.sh tree webdav`), one after the other; one JSON line per case on stdout.
set -eu
cd "$(dirname "$0")/../.."
if [ $# -eq 0 ]; then
  for file in spec/bench/*.bench.ts; do set -- "$@" "$(basename "$file" .bench.ts)"; done
fi
for name in "$@"; do
  echo "bench: $name" >&2
  MALLOC_ARENA_MAX=2 node --max-semi-space-size=2 --no-regexp-tier-up --expose-gc --import tsx "spec/bench/$name.bench.ts"
done
