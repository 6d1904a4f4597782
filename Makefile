# Two commands: `make run` serves Train, `make test` runs every test. Both install what is missing first.

# The committed query files in .sqlx stand in for a database while compiling.
export SQLX_OFFLINE := true

# A directory of its own, as in .cargo/config.toml: the build of the server holds the other one's lock to its end.
TOOL := --quiet --profile tool --target-dir target/tool --package xtask

.PHONY: run build site server tests stand-in stand-in-release dev images check lint format deny coverage test test-rust test-browser bench bench-pages bench-peers size setup setup-server setup-test setup-bench

run: build ## build everything and serve it
	@exec scripts/serve

# What only the site needs is installed while the server compiles.
build: setup-server ## the site and the server, as people get them
	@scripts/side-by-side server site

site: setup
	@echo "» building the build tool"
	@cargo build $(TOOL)
	@cargo xtask build --release

server: setup-server
	@echo "» building the server (release)"
	@TRAIN_COMMIT=$$(git rev-parse --short=12 HEAD 2>/dev/null) cargo build --release --features ssr

dev: setup ## rebuild and reload on every save
	@cargo xtask dev

images: setup-test site stand-in ## a picture of every page, light, dark and on a phone, into docs/images
	@echo "» taking pictures of every page (docs/images)"
	@cd end2end && node_modules/.bin/playwright test --config images.config.ts

check: lint ## format, lints, the structure of src, and whether the browser part compiles
	@cargo xtask house
	@cargo xtask check

lint: setup
	@echo "» checking the format"
	@cargo fmt --all --check
	@echo "» running clippy"
	@cargo clippy --quiet --workspace --all-targets --features train/ssr -- -D warnings

# `needs PROGRAM,CRATE`: of tools that nothing else here asks for.
needs = command -v $(1) >/dev/null || { echo "error: $(1) is missing: cargo install --locked $(2)" >&2; exit 1; }

format: ## rustfmt, and leptosfmt inside view! {}
	@$(call needs,leptosfmt,leptosfmt)
	@leptosfmt --quiet "src/ui/**/*.rs" "examples/**/*.rs"
	@cargo fmt --all

# Advisories are looked up where a copy of their database is already; `cargo deny fetch` gets one.
deny: ## licences, sources and versions of what Train depends on
	@$(call needs,cargo-deny,cargo-deny)
	@cargo deny --workspace --log-level error check licenses bans sources
	@if [ -d "$${CARGO_HOME:-$$HOME/.cargo}/advisory-dbs" ]; then cargo deny --workspace --log-level error --offline check advisories; \
	else echo "» advisories were not looked up: cargo deny fetch has not been run"; fi

coverage: setup-test site ## which lines the Rust tests reach; docs/testing.md says how to read it
	@$(call needs,cargo-llvm-cov,cargo-llvm-cov)
	@cargo llvm-cov --features ssr --ignore-filename-regex '/tests(\.rs|/)'

tests: setup
	@echo "» building the tests"
	@cargo test --quiet --features ssr --no-run

# Quick enough for tests; figures are measured with the optimised one.
stand-in: tests
	@echo "» building the stand-in for Claude"
	@cargo build --quiet --package claude-stand-in
	@cargo test --quiet --package claude-stand-in --no-run

stand-in-release: setup-server
	@echo "» building the stand-in for Claude (release)"
	@cargo build --quiet --release --package claude-stand-in

# Everything is built before anything is tested, so that no build disturbs a test. Browsers test the
# server that the other tests are built with: its assertions are on, and no second one is compiled.
test: setup-test ## every test; the browser's come last
	@$(MAKE) --no-print-directory -j2 site stand-in
	@$(MAKE) --no-print-directory test-rust
	@$(MAKE) --no-print-directory test-browser

# The tests of pages and of the HTTP router serve the real site, so it is built first. Most of their
# time they wait for the database, so that two for each core are quicker than one.
test-rust: setup-test site
	@echo "» testing the build tool"
	@cargo test $(TOOL)
	@echo "» testing the stand-in for Claude"
	@cargo test --package claude-stand-in
	@echo "» testing the domain, the services and the HTTP routes"
	@RUST_TEST_THREADS=$$((2 * $$(nproc))) cargo test --features ssr

test-browser: setup-test site stand-in
	@echo "» testing in the browser (end2end)"
	@cd end2end && npm --silent run check && node_modules/.bin/playwright test

# Pages are not measured: the server alone is enough.
bench: setup-bench server stand-in-release ## measure; writes docs/benchmarks.md
	@cargo build --quiet --release --package bench-floor
	@scripts/bench

bench-pages: setup-test site stand-in ## how long people wait for what pages do
	@cd end2end && node_modules/.bin/playwright test --config bench.config.ts

bench-peers: setup-bench server stand-in-release ## measure beside other gateways, which it installs for that; writes docs/benchmarks.md
	@scripts/bench-peers

size: site ## what style and code weigh, brotli
	@cargo xtask size

setup:
	@scripts/setup

setup-server:
	@scripts/setup server

setup-test:
	@scripts/setup test

setup-bench:
	@scripts/setup bench
