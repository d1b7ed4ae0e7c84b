# Everything a developer or a clinic types. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
BIN := $(VENV)/bin
export DEMO ?= 1
# Compiled modules are kept whatever the shell says: they halve the time of a second start.
export PYTHONDONTWRITEBYTECODE :=
# The checks that only read code need settings that load, not keys that protect anything.
FOR_READING := DATABASE_URL=postgresql://nowhere/nothing REDIS_URL=redis://nowhere SECRET_KEY=unused \
  SIGNING_KEY=unused TURN_SECRET=unused FIELD_ENCRYPTION_KEYS=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

# The first interpreter that really runs (a shim that only names one does not count), is 3.11 or
# 3.12 and can make environments (Debian ships one that cannot).
PYTHON ?= $(shell for p in python3.12 python3.11 python3 python; do \
  $$p -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' \
  >/dev/null 2>&1 && { echo $$p; break; }; done)

.PHONY: help install run test check fix seed code screenshots messages lock clean

help: ## list these targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

install: $(VENV)/.installed ## environment and locked dependencies, nothing else

# With no such Python, uv brings one: the uv of this machine, or one from a throw-away environment.
$(VENV)/bin/uv:
	@if [ -n "$(PYTHON)" ]; then \
	  "$(PYTHON)" -m venv $(VENV) && $(PY) -m pip install --quiet --disable-pip-version-check uv; \
	elif command -v uv >/dev/null; then \
	  uv venv --quiet --seed --clear --python 3.12 $(VENV) && uv pip install --quiet --python $(PY) uv; \
	elif python3 -c 'import ensurepip, venv' >/dev/null 2>&1; then \
	  python3 -m venv $(VENV)-first && $(VENV)-first/bin/python -m pip install --quiet uv && \
	  $(VENV)-first/bin/uv venv --quiet --seed --clear --python 3.12 $(VENV) && \
	  $(VENV)-first/bin/uv pip install --quiet --python $(PY) uv && rm -rf $(VENV)-first; \
	else \
	  echo "Telemed needs Python 3.11 or 3.12 that can make environments. Install one and run this" \
	    "again (Debian, Ubuntu: apt install python3 python3-venv)." >&2; exit 1; \
	fi

# Where uv cannot reach the packages, pip may: it alone reads pip's own configuration.
$(VENV)/.installed: requirements-dev.txt | $(VENV)/bin/uv
	@echo "Installing the locked packages into $(VENV)…"
	@$(UV) pip install --quiet --python $(PY) --require-hashes -r $< || \
	  $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

run: install ## start the whole clinic: database, demo data, web, worker, beat, media
	@exec $(PY) manage.py run

test: check ## every check there is, then every test
	@$(PY) -m tests.tools chromium
	@$(PY) -m pytest -n 2 --dist loadgroup

CHECKS := check-format check-lint check-templates check-imports check-types check-migrations check-catalogs
# Each by itself and side by side; all of them speak before the run fails.
check: install ## format, lint, types, import direction, migrations, templates, catalogs
	@$(PY) -m tests.tools gettext >/dev/null
	@$(PY) manage.py compile_catalogs
	@$(MAKE) --no-print-directory --keep-going --jobs 2 \
	  $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) $(CHECKS)

.PHONY: $(CHECKS)
check-format:
	@$(BIN)/ruff format --check --quiet . || { echo "Not in form; repair it with: make fix"; exit 1; }
check-lint:
	@$(BIN)/ruff check --quiet .
check-templates:
	@$(BIN)/djlint --quiet --lint templates
check-imports:
	@said=$$($(BIN)/lint-imports --no-cache) || { echo "$$said"; exit 1; }
check-types:
	@$(FOR_READING) $(BIN)/mypy --no-error-summary .
check-migrations:
	@$(PY) manage.py makemigrations --check --dry-run --verbosity 0 || \
	  { echo "Models have changed. Write the migration and name it: manage.py makemigrations -n …"; exit 1; }
check-catalogs:
	@$(PY) manage.py check_catalogs

fix: install ## format and repair what a tool can repair
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

seed: install ## fill an empty database with the demo clinic
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py seed

code: install ## the demo staff's sign-in code of this minute
	@$(PY) manage.py demo_code

screenshots: install ## every screen, phone and desktop, light and dark, into docs/screenshots
	@$(PY) -m tests.tools chromium
	@$(PY) -m pytest -q tests/browser/screenshots.py

messages: install ## collect new texts into the language catalogs
	@$(PY) manage.py makemessages --locale es --no-location --no-obsolete --ignore '.venv*' --ignore '.data*' --ignore 'tests*'

lock: install ## resolve and pin every dependency anew
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes pyproject.toml -o requirements.txt
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

clean: ## throw away the demo clinic's data
	@rm -rf .data
