# Polis. Every target does its own set-up and is safe to run again.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export CARGO_TERM_COLOR ?= auto
export NPM_CONFIG_FUND := false
export NPM_CONFIG_AUDIT := false
export NPM_CONFIG_UPDATE_NOTIFIER := false

WEB := services/core-app/web
E2E := compose/e2e
LINES := 500

.PHONY: help
help: ## Shows this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: run
run: prerequisites web ## Brings up everything on this machine and prints a table of addresses
	cargo build --locked --bins
	exec target/debug/polis-stack

.PHONY: test
test: prerequisites test-programs web e2e-modules ## Runs all tests on real PostgreSQL, Kafka, Jaeger and Chromium
	cargo build --locked --workspace --bins
	target/debug/polis-stack prepare
	cargo test --locked --workspace

.PHONY: lint
lint: prerequisites ## Format, clippy, length of files
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	@./compose/lint/lines $(LINES)

.PHONY: bench
bench: prerequisites ## Measures throughput, latency and memory; writes target/bench.json
	cargo build --locked --release --bin polis-bench --bin ins-product-aggregator --bin core-app --bin ins-comp-settlement
	target/release/polis-bench --json target/bench.json

.PHONY: deny
deny: ## Licences, duplicate and banned crates (needs cargo-deny)
	@command -v cargo-deny >/dev/null || { echo "cargo-deny is missing; install it with: cargo install --locked cargo-deny" >&2; exit 1; }
	cargo deny check bans licenses sources

.PHONY: compose-up
compose-up: ## The same with docker compose
	docker compose -f compose/docker-compose.yaml up --build

.PHONY: compose-check
compose-check: ## Checks the compose file where the client exists
	@if command -v docker >/dev/null && docker compose version >/dev/null 2>&1; then \
		docker compose -f compose/docker-compose.yaml config --quiet && echo "compose file is valid"; \
	else echo "no docker compose client here; the compose file is not checked"; fi

.PHONY: prerequisites
prerequisites:
	@./compose/setup/prerequisites cargo node npm java go

.PHONY: test-programs
test-programs:
	@./compose/setup/prerequisites chromium promtool

.PHONY: web
web: $(WEB)/dist/index.html

$(WEB)/node_modules/.package-lock.json: $(WEB)/package.json $(WEB)/package-lock.json
	@echo "Installing the packages of the page"
	@cd $(WEB) && npm ci --loglevel=error
	@touch $@

$(WEB)/dist/index.html: $(WEB)/node_modules/.package-lock.json $(WEB)/index.html $(WEB)/vite.config.js $(WEB)/tsconfig.json $(wildcard $(WEB)/src/*)
	@cd $(WEB) && npm run --silent build

.PHONY: e2e-modules
e2e-modules: $(E2E)/node_modules/.package-lock.json

$(E2E)/node_modules/.package-lock.json: $(E2E)/package.json $(E2E)/package-lock.json
	@cd $(E2E) && npm ci --loglevel=error
	@touch $@
