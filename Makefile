# Timebound: the few commands of its daily life. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AZURE_BETA := $(VENV)/azure-beta
RUN_FLAGS ?= --profile emulator --data .timebound
PYTEST_FLAGS ?= -n auto
SOAK_RUNS ?= 1000
FAST_TESTS := tests/domain tests/application tests/dialects/odata tests/frame

.PHONY: help setup run test check lint format docs bench guards soak clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## make .venv with the locked packages and the timebound command

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml uv.lock | $(BIN)/python
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --frozen --quiet --python $(BIN)/python
	@touch $@

# What two versions of one package need cannot lie in one environment.
$(AZURE_BETA)/.ready: pyproject.toml uv.lock | setup
	VIRTUAL_ENV= UV_PROJECT_ENVIRONMENT=$(AZURE_BETA) $(BIN)/uv sync --frozen --quiet \
	  --python $(BIN)/python --only-group azure-beta
	@touch $@

run: setup ## start the emulator with its demo tenant on https://localhost:8443
	$(BIN)/timebound serve $(RUN_FLAGS)

test: setup $(AZURE_BETA)/.ready lint ## run every check and every test
	$(BIN)/pytest $(PYTEST_FLAGS)

check: setup lint ## the fast loop: format, lint, imports, types, house rules, fast tests
	$(BIN)/pytest -m "not slow" $(PYTEST_FLAGS) $(wildcard $(FAST_TESTS))

lint: setup ## the checks alone, without tests
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/mypy
	$(BIN)/python tools/house_rules.py

format: setup ## rewrite the sources in the house format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

docs: setup ## write the generated pages anew: coverage, quirks, authority, settings, ASVS
	$(BIN)/python -m tools.quirks
	$(BIN)/python -m tools.coverage
	$(BIN)/python -m tools.authority
	$(BIN)/python -m tools.settings
	$(BIN)/python -m tools.asvs

bench: setup ## measure reads and writes beside their floors and print the table
	$(BIN)/python -m bench $(BENCH_FLAGS)

guards: setup ## take the guards out one by one, and see the attacks noticed
	$(BIN)/python -m tools.guards

soak: setup ## kill an emulator a thousand times (SOAK_RUNS) and look for anything lost or doubled
	$(BIN)/python -m tools.soak --runs $(SOAK_RUNS)

clean: ## remove the environment, the caches and the emulator's data
	rm -rf $(VENV) .timebound .mypy_cache .ruff_cache .pytest_cache .hypothesis
