# The commands of the house. `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.8
MEMBERS := $(sort $(patsubst %/pyproject.toml,%,$(wildcard libs/*/pyproject.toml services/*/pyproject.toml)))
SOURCE ?= samples/moonlight.vtt
SEED ?= 1
JOBS ?= 5

.DEFAULT_GOAL := help
.PHONY: help setup demo test check up contracts kafka chaos bench lock format chromium

help:  ## list these commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.ready  ## make the virtual environment from the lock

.venv/.uv-$(UV_VERSION):
	@echo "setting up .venv (once; about a minute)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

.venv/.ready: .venv/.uv-$(UV_VERSION) requirements.lock pyproject.toml $(addsuffix /pyproject.toml,$(MEMBERS))
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps $(addprefix -e ,$(MEMBERS))
	@touch $@

demo: setup  ## make a film of SOURCE (a caption or text file, or a YouTube link) from start to end
	@$(BIN)/studio make "$(SOURCE)"

up: setup  ## start everything until Ctrl-C
	@$(BIN)/studio up

test: setup  ## every test; those that need Java, Docker or a Chromium say so if they are skipped
	@$(BIN)/pytest

check: setup  ## format, lint, types, layering, generated contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/python -m contracts.generate --check

format: setup  ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

contracts: setup  ## write schemas, examples, AsyncAPI, docs/events.md and the topics' manifests
	@$(BIN)/python -m contracts.generate

kafka: setup  ## fetch Apache Kafka for the integration tests (needs Java 17 and Maven)
	@$(BIN)/python -m tests.kafka.broker fetch

chromium: setup  ## fetch a Chromium for the tests that watch films
	@$(BIN)/python -m tests.browser.fetching

chaos: kafka  ## kill everything on real Kafka from SEED, with JOBS films by PROVIDERS; check every promise
	@$(BIN)/python -m tests.chaos --seed $(SEED) --jobs $(JOBS) $(if $(MINUTES),--minutes $(MINUTES))

bench: kafka  ## measure orchestration beside its peers
	@$(BIN)/python -m bench.orchestration

LOCK := compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --no-header \
  $(addprefix --no-emit-package ,$(notdir $(MEMBERS)))

lock: .venv/.uv-$(UV_VERSION)  ## resolve the dependencies again: all of them, and those of the images
	@$(BIN)/uv pip $(LOCK) --group dev pyproject.toml -o requirements.lock
	@$(BIN)/uv pip $(LOCK) -c requirements.lock -o deploy/images.lock \
	  $(addsuffix /pyproject.toml,$(filter services/% libs/runtime libs/contracts,$(MEMBERS)))
