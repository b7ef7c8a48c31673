# `make run` needs Python 3.11 or newer and nothing else. `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run install develop test check format backup restore upgrade clean

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: export PORT ?= 8000
run: export DEMO ?= on
run: install ## Run the portal until Ctrl-C (PORT=8000, DEMO=on, VAR_DIR=…, DATABASE_URL=…)
	@$(MANAGE) start

install: $(VENV)/installed

develop: $(VENV)/developing

$(VENV)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "make: PYTHON: Python 3.11 or newer is needed")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/python requirements.txt
	@echo "Installing into $(VENV) …"
	@$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/developing: $(VENV)/installed requirements-dev.txt
	@echo "Installing the tools of development into $(VENV) …"
	@$(PIP) install -r requirements-dev.txt
	@touch $@

test: develop ## Run the tests (ARGS=…)
	@$(BIN)/python -m pytest -n 2 $(ARGS)

check: develop ## Check format, style, types, import direction, templates, migrations, settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	$(MANAGE) makemigrations --check --dry-run
	BASE_URL=https://roaming.example.com $(MANAGE) check --deploy --fail-level WARNING

format: develop ## Format the code, print docs/conformance.md anew
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .
	@find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} + || true
	@$(BIN)/python -m tests.conformance > docs/conformance.md

backup: install ## Write a backup: make backup FILE=portal.backup
	@$(MANAGE) backup_database "$(FILE)"

restore: install ## Replace everything by a backup: make restore FILE=portal.backup
	@$(MANAGE) restore_database "$(FILE)"

upgrade: install ## Carry the embedded database over to a newer PostgreSQL
	@$(MANAGE) upgrade_database

clean: ## Remove what was installed; data stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
