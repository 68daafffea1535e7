# Flowza. `make run` opens it at http://127.0.0.1:8000 (PORT=… for another door); `make test` tests it.

PYTHON ?= python3.11
PORT ?= 8000
JOBS ?= 2
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup
# Playwright keeps an event loop in the thread, which code that forks and uses Django's connections does not bear.
ALONE := $(BIN)/python -m pytest
POSTGRES ?= postgres://postgres@127.0.0.1/test
# What a deployment sets, for `check --deploy`.
DEPLOYMENT := FLOWZA_DEBUG=false FLOWZA_HOSTS=flowza.example FLOWZA_DATA_DIR=var/check \
	FLOWZA_SECRET_KEY=for-checks-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH

quietly = said=$$($(1) 2>&1) || { echo "$$said"; exit 1; }

.PHONY: run test test-fast check audit bench bench-pages bench-editor install clean

run: .venv/.runtime
	@PORT=$(PORT) exec $(BIN)/python scripts/run.py

install: .venv/.development

test-fast: .venv/.development
	$(PYTEST) -q -m "not slow and not browser and not postgres and not drill"

# Everything but the drills: on SQLite, then what touches the database once more on PostgreSQL.
test: .venv/.development
	@if $(BIN)/python scripts/postgres_answers.py $(POSTGRES); then \
		set -e; \
		$(PYTEST) -q -m "not browser and not drill"; \
		$(ALONE) -q -m "browser and not drill"; \
		echo "Once more on PostgreSQL:"; \
		DATABASE_URL=$(POSTGRES) $(PYTEST) -q --database-only -m "not postgres and not browser and not drill"; \
	elif [ -n "$$CI" ]; then \
		echo "PostgreSQL does not answer at $(POSTGRES); under CI that is a failure."; exit 1; \
	else \
		echo "PostgreSQL does not answer at $(POSTGRES): its part of the tests is left out."; \
		$(PYTEST) -q -m "not postgres and not browser and not drill"; \
		$(ALONE) -q -m "browser and not postgres and not drill"; \
	fi

# Silent when all is well.
check: .venv/.development
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(call quietly,$(BIN)/lint-imports --no-cache)
	@$(call quietly,git ls-files 'templates/*.html' | xargs $(BIN)/djade --check --target-version 5.2)
	@$(call quietly,$(DEPLOYMENT) $(BIN)/python manage.py check --deploy --fail-level WARNING)
	@$(call quietly,$(DEPLOYMENT) $(BIN)/python manage.py makemigrations --check --dry-run)

audit: .venv/.development
	$(BIN)/pip-audit --requirement requirements.txt

bench: .venv/.development
	$(BIN)/python -m benchmarks.engine

bench-pages: .venv/.development
	$(BIN)/python -m benchmarks.pages

bench-editor: .venv/.development
	$(BIN)/python -m benchmarks.editor

clean:
	rm -rf .venv var staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/.created:
	@command -v $(PYTHON) > /dev/null || { echo "Flowza needs Python 3.11: install it, or name yours with PYTHON=…"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.runtime: requirements.txt .venv/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.development: requirements-dev.txt requirements.txt .venv/.created
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/.runtime
