# Each target does its own set-up: on a fresh machine with Node >= 20.19 and a C++ toolchain, `make run` is enough.
.PHONY: run test test-clients check demo bench migrate build clean
.DEFAULT_GOAL := run

# A small young generation: collecting it stops the service for a few milliseconds instead of some tens, and reads
# allocate too little for it to matter. And glibc would keep what each of a dozen threads freed in an arena of its own:
# some megabytes at rest, thirty after a film came in fast. The patterns of names run more than once: compiled to machine
# code at once, without a slower form before it, they hold nobody up later.
NODE := MALLOC_ARENA_MAX=2 node --max-semi-space-size=2 --no-regexp-tier-up
NODE_MODULES := node_modules/.package-lock.json
SOURCES := $(shell find lib -name '*.ts') tsconfig.json tsconfig.build.json

# `npm ci` refuses a lock that was written where the registry lacked another platform's optional packages.
$(NODE_MODULES): package.json package-lock.json
	npm ci --no-audit --no-fund || npm install --no-audit --no-fund
	@touch $@

dist/main.js: $(NODE_MODULES) $(SOURCES)
	npm run --silent build
	@touch $@

build: dist/main.js

# Migrations run at every start; `make migrate` runs them alone.
run: build
	$(NODE) dist/main.js serve

migrate: build
	node dist/main.js migrate

test: build
	npx mocha 'spec/**/*.spec.ts'

test-clients: build
	sh spec/clients/install.sh
	npx mocha --timeout 180000 'spec/clients/**/*.clients.ts'

check: $(NODE_MODULES)
	npm run --silent lint
	npm run --silent types
	npm run --silent generated

demo: build
	npx tsx spec/demo/demo.ts

bench: build
	sh spec/bench/run.sh

clean:
	rm -rf dist node_modules
