# Every target sets up what it needs; nothing has to be installed or activated first but Python 3.11+ and make.
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

# Every command and every server is a process of its own, which would compile the whole project again.
unexport PYTHONDONTWRITEBYTECODE

# Shows that a part of the set-up goes on, which is silent for most of a minute by itself.
SHOWN := flows/command_line/progress.py

# A complete lock needs no resolver; without one, pip cannot be led astray by extras (`sqlalchemy[asyncio]`).
ifdef UV
INSTALL = $(UV) pip install --quiet --compile-bytecode --python $(VENV) --no-deps
else
INSTALL = $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps
endif

.PHONY: help run up test test-all check format infra image alerts bench live lock reference clean

help: ## List the targets.
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

run: $(VENV)/local ## Set up, and run the flow daily_prices on the embedded stack.
	@$(BIN)/tickerhouse run

up: $(VENV)/local ## Set up, and keep the embedded stack running until Ctrl-C.
	@$(BIN)/tickerhouse up

test: $(VENV)/dev ## Set up, and run the tests; no network, no key.
	@env -u ALPHAVANTAGE_API_KEY $(BIN)/python -m pytest --numprocesses 4 --durations 20

test-all: $(VENV)/dev ## Set up, and run every test: properties with many examples, and what make alerts runs.
	@env -u ALPHAVANTAGE_API_KEY HYPOTHESIS_PROFILE=deep $(BIN)/python -m pytest -m "not worker" --numprocesses 4 --durations 20
	@env -u ALPHAVANTAGE_API_KEY $(BIN)/python -m pytest -m worker

infra: $(VENV)/dev ## Set up, and verify infra/ without an account: Terraform on moto, rights, linters.
	@env -u ALPHAVANTAGE_API_KEY infra/terraform/verify

image: $(VENV)/dev ## Set up, build the image where buildah is, and complete a flow run in a container of it.
	@env -u ALPHAVANTAGE_API_KEY infra/docker/verify

bench: $(VENV)/dev ## Set up, and measure speed and memory side by side with peers.
	@set -e; for benchmark in tests/benchmarks/*.py; do echo "== $$benchmark"; $(BIN)/python $$benchmark; done

live: $(VENV)/dev ## With an account: settle the claims of docs/truth.md in the environment env=<name>; under 2 USD.
	@test -n "$(env)" || { echo "Name the environment: make live env=dev"; exit 2; }
	@$(BIN)/python -m infra.tools.live "$(env)" $(if $(only),--only $(only))

alerts: $(VENV)/dev ## Set up, and run the slow tests: a real Prefect worker, every alert in Slack, every kind of data twice.
	@env -u ALPHAVANTAGE_API_KEY $(BIN)/python -m pytest -m "worker or deep"

check: $(VENV)/dev ## Set up, and look for what is wrong without running it: lint, formatting, types, secrets.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m infra.tools.secrets

format: $(VENV)/dev ## Put the code into the project's format.
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(VENV)/dev ## Resolve the pins anew; the files hold versions and hashes and no index address.
	@$(BIN)/python -m uv pip compile $(COMPILE) --group build -o requirements.lock
	@$(BIN)/python -m uv pip compile $(COMPILE) --group build --extra local -c requirements.lock -o requirements-local.lock
	@$(BIN)/python -m uv pip compile $(COMPILE) --group build --extra local --group dev -c requirements-local.lock -o requirements-dev.lock

reference: $(VENV)/dev ## Write the pages of docs/reference from the code.
	@$(BIN)/python -m flows.command_line.reference

COMPILE := --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate pyproject.toml

clean: ## Stop the embedded stack, and forget its data and the environment.
	@! test -x $(BIN)/tickerhouse || $(BIN)/tickerhouse down
	rm -rf $(VENV) .venv-infra .tickerhouse

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Tickerhouse needs Python 3.11 or newer; name one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -P $(SHOWN) "making $(VENV)" $(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/local: $(VENV)/python pyproject.toml requirements.lock requirements-local.lock
	@echo "Setting up the environment from requirements.lock (once; a minute or two) ..."
	@$(BIN)/python -P $(SHOWN) "installing the pinned packages" $(INSTALL) --require-hashes -r requirements.lock -r requirements-local.lock
	@$(BIN)/python -P $(SHOWN) "installing tickerhouse" $(INSTALL) --no-build-isolation --editable .
	@$(BIN)/python -P $(SHOWN) "making the Prefect server's database" $(BIN)/python -m infra.local.prefect_database
	@$(BIN)/python -P $(SHOWN) "making the tables" $(BIN)/python -m flows.command_line.database_template
	@$(BIN)/python -P $(SHOWN) "reading the exchanges' calendars" $(BIN)/python -m tasks.sessions
	@touch $@

$(VENV)/dev: $(VENV)/local requirements-dev.lock
	@echo "Adding the test and lint tools from requirements-dev.lock ..."
	@$(BIN)/python -P $(SHOWN) "installing the pinned packages" $(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
