# Quarterdeck: `make help` lists what can be done.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
ARGS ?=

.PHONY: help run check test picture bench docs lock clean
help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.ready ## start the playground and the bot: make run, or make run ARGS=--tour
	@exec $(BIN)/python -m playground $(ARGS)

check: $(VENV)/.ready ## format, lint, types, import contracts, spelling, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/typos
	$(BIN)/python -m docs.generate --check

test: $(VENV)/.ready ## all tests that this machine can run
	$(BIN)/python -m pytest -q -n 3 --dist loadfile $(ARGS)

picture: $(VENV)/.ready ## the README's screenshot, taken by the browser tests
	mkdir -p docs/images
	QUARTERDECK_PICTURE=docs/images/playground.png $(BIN)/python -m pytest -q tests/page/test_real_bot.py

bench: $(VENV)/.ready ## measure; writes docs/benchmarks.md and docs/benchmarks.json
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(VENV)/.ready ## write the generated pages: docs/commands.md, docs/gallery.md, config/schema.json
	$(BIN)/python -m docs.generate

lock: $(UV) ## pin every dependency anew, with hashes
	$(UV) pip compile pyproject.toml --universal --generate-hashes --no-header --python-version 3.11 -q -o requirements.lock
	$(UV) pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --python-version 3.11 -q -o requirements-dev.lock

clean: ## remove what was made
	rm -rf $(VENV) .tools var .mypy_cache .ruff_cache .hypothesis .import_linter_cache

.tools/bin/uv:
	$(PYTHON) -m venv .tools
	.tools/bin/python -m pip install -q --disable-pip-version-check uv

$(VENV)/.ready: requirements-dev.lock pyproject.toml | $(UV)
	@echo "Setting up $(VENV) from requirements-dev.lock"
	@$(UV) venv -q --allow-existing --python $(PYTHON) $(VENV)
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip sync -q --require-hashes requirements-dev.lock
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(UV) pip install -q --no-deps --no-build-isolation -e .
	@touch $@
