# Two commands: `make run` serves Train, `make test` runs every test. Both install what is missing first.

# The committed query files in .sqlx stand in for a database while compiling.
export SQLX_OFFLINE := true

SERVER := target/release/train

.PHONY: run build site server dev check lint test test-rust test-browser bench size setup setup-test

run: build ## build everything and serve it
	@echo "» starting Train"
	@exec $(SERVER)

build: site server ## the site and the server, as people get them

site: setup
	@echo "» building the build tool"
	@cargo build --quiet --release --package xtask
	@cargo xtask build --release

server: setup
	@echo "» building the server (release)"
	@cargo build --release --features ssr

dev: setup ## rebuild and reload on every save
	@cargo xtask dev

check: lint ## format, lints, and whether the browser part compiles
	@cargo xtask check

lint: setup
	@echo "» checking the format"
	@cargo fmt --all --check
	@echo "» running clippy"
	@cargo clippy --quiet --workspace --all-targets --features train/ssr -- -D warnings

test: test-rust test-browser ## every test; the browser's come last

# The tests of pages and of the HTTP router serve the real site, so it is built first.
test-rust: setup-test site
	@echo "» testing the build tool"
	@cargo test --quiet --release --package xtask
	@echo "» testing the domain, the services and the HTTP routes"
	@cargo test --features ssr

test-browser: setup-test test-rust build
	@echo "» building the stand-in for Claude"
	@cargo build --quiet --release --package claude-stand-in
	@echo "» testing in the browser (end2end)"
	@cd end2end && npx --no-install tsc --noEmit && npx --no-install playwright test

bench: build ## measure; writes docs/benchmarks.md
	@cargo build --quiet --release --package claude-stand-in
	@scripts/bench

size: site ## what a first visit loads, brotli
	@cargo xtask size

setup:
	@scripts/setup

setup-test:
	@scripts/setup test
