#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=2 --no-regexp-tier-up
// The service loads no command line and a command no service: either would be most of what the other takes to start.
const argv = process.argv.slice(2)
if (argv.length === 1 && argv[0] === 'serve') {
  const { serveOrTell } = await import('./app/serve.ts')
  process.exitCode = await serveOrTell()
} else {
  const { runCommand } = await import('./app/run-command.ts')
  process.exitCode = await runCommand(argv)
}

export {}
