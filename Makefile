# Needs only make, sh and Python 3.11 or newer. `make` alone lists the targets.

PYTHON ?= python3
PORT ?= 8000
SERVE ?= 1
ROWS ?= 100000
FUZZ ?= 10000
SEED ?= 0
FORMAT ?=

# Through python -m, because the scripts in .venv/bin hold absolute paths, which break in folders
# with spaces and when the checkout moves.
PY := .venv/bin/python
MANAGE := $(PY) manage.py
STACK := $(PYTHON) scripts/stack.py
SOURCES := manage.py portfolio pricing snapshots transactions tests scripts docker $(wildcard benchmarks)

# What an installation would set, with values of no meaning: for checks that need no services.
PRODUCTION := env -u DEBUG DATABASE_URL=postgres://nobody@localhost/nothing ALLOWED_HOSTS=portfolio.example.com \
	TRUSTED_PROXIES=1 SECRET_KEY=a-key-of-no-value-that-only-lets-the-deployment-checks-run-1234567890

.PHONY: help backup restore up down restart rebuild logs ps shell dbshell manage superuser doctor secrets prod test-docker \
	demo serve test test-browser test-reload screenshots check format lint coverage golden requirements \
	vendor schema benchmark fuzz stop clean .embedded .dev

help: ## List the targets
	@echo "Targets (make TARGET):"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

# ---- the stack in containers ----------------------------------------------------------------------

up: ## Start everything in Docker, or without it (WEB_PORT=8000 FRONTEND_PORT=3003 POSTGRES_PORT=5432 REDIS_PORT=6379)
	@$(STACK) up

down: ## End it; the data stays
	@$(STACK) down

restart: ## Start web and worker again
	@$(STACK) restart

rebuild: ## Build the image again, for changed requirements, and start from it
	@$(STACK) rebuild

logs: ## Follow the log (SERVICE=web)
	@$(STACK) logs $(SERVICE)

ps: ## List the containers
	@$(STACK) ps

shell: ## A shell in the container of web
	@$(STACK) shell

dbshell: ## A prompt of PostgreSQL
	@$(STACK) dbshell

manage: ## Run a management command (CMD="import_transactions --help")
	@$(STACK) manage

superuser: ## Make an administrator
	@$(STACK) superuser

doctor: ## Say what is found here, what is missing, and what to do
	@$(STACK) doctor

secrets: ## Write the secrets of a production stack, once
	@$(STACK) secrets

prod: ## Start compose.prod.yaml (WEB=1 WORKERS=1 replicas)
	@$(STACK) prod

# ---- use --------------------------------------------------------------------------------------------

demo: .embedded ## Try it: sample data on http://localhost:8000 (PORT=…, or SERVE=0 to only set it up)
	@DEBUG=1 $(MANAGE) migrate --verbosity 0
ifeq ($(SERVE),0)
	@DEBUG=1 $(MANAGE) demo
else
	@DEBUG=1 $(MANAGE) demo --port $(PORT)
	@DEBUG=1 $(MANAGE) runserver $(PORT)
endif

serve: .dev ## Run the development server on your own data (PORT=…)
	@DEBUG=1 $(MANAGE) migrate --verbosity 0
	@DEBUG=1 $(MANAGE) runserver $(PORT)

stop: ## End the embedded PostgreSQL servers of this checkout
	@test ! -x $(PY) || $(PY) -m portfolio.embedded stop

backup: ## Dump the database into backups/ and keep the newest BACKUP_KEEP
	@$(PYTHON) scripts/backup.py backup

restore: ## Replace the database by a dump, after a dump of what is there (FILE=, YES=1)
	@$(PYTHON) scripts/backup.py restore "$(FILE)" $(if $(YES),--yes)

# ---- check ------------------------------------------------------------------------------------------

test: .dev ## Run the test suite on the embedded PostgreSQL and a real Redis
	@$(PY) -m pytest -n auto --maxprocesses 8 $(ARGS)

test-browser: .dev ## Open every page in Chromium (installed with apt-get where that is possible)
	@sh scripts/chromium.sh
	@$(PY) -m pytest -p playwright -m browser tests/browser $(ARGS)

test-reload: .dev ## Edit files under a running server and see them in Chromium
	@sh scripts/chromium.sh
	@$(PY) -m pytest -p playwright -m reload tests/browser $(ARGS)

test-docker: .dev ## Prove the Compose stack on a Docker Engine (skipped with a reason where there is none)
	@$(PY) -m pytest -m docker tests/infrastructure $(ARGS)

screenshots: .dev ## Write pictures of the pages to screenshots/
	@sh scripts/chromium.sh
	@SCREENSHOTS=screenshots $(PY) -m pytest -p playwright -m browser tests/browser -k screenshot $(ARGS)

check: lint coverage ## Everything that CI runs except the browser

lint: .dev ## Check format, style, import contracts, types, migrations, deployment and docs
	@$(PY) -m ruff format --check $(SOURCES) --output-format concise || { echo "Run: make format"; exit 1; }
	@$(PY) -m ruff check --quiet --output-format concise $(SOURCES)
	@find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 --check {} +
	@$(PY) -c "from importlinter.cli import lint_imports_command as lint; lint()" --no-cache
	@$(PY) -m mypy
	@$(MANAGE) makemigrations --check --dry-run --verbosity 0 || { echo "Run: .venv/bin/python manage.py makemigrations"; exit 1; }
	@$(PRODUCTION) $(MANAGE) check --deploy --fail-level WARNING
	@$(MANAGE) schema_docs --check

coverage: .dev ## Run the tests and hold the coverage: 90 %, and 100 % of lots, money and importers
	@$(PY) -m coverage erase
	@$(PY) -m coverage run -m pytest -n auto --maxprocesses 8 $(ARGS)
	@$(PY) -m coverage combine --quiet
	@$(PY) -m coverage report --skip-covered
	@$(PY) -m coverage report --fail-under 100 --include 'portfolio/lots.py,pricing/money.py,pricing/readers.py,transactions/importers/*'

benchmark: .dev ## Measure imports (ROWS=100000)
	@$(PY) benchmarks/import.py $(ROWS)

fuzz: ## Import 2 x FUZZ=10000 spoiled files per importer (FORMAT= one importer, SEED=0 the first of them)
	FUZZ=$(FUZZ) SEED=$(SEED) $(PY) -m pytest -q -n auto tests/transactions/importers/test_fuzzing.py tests/transactions/importers/test_mapped_fuzzing.py $(if $(FORMAT),-k "$(FORMAT)")

# ---- write ------------------------------------------------------------------------------------------

format: .dev ## Format the code and the templates
	@$(PY) -m ruff check --quiet --fix-only $(SOURCES)
	@$(PY) -m ruff format --quiet $(SOURCES)
	@find templates -name '*.html' -exec .venv/bin/djade --target-version 5.2 {} + || true

golden: .dev ## Rewrite the expected results of the importer tests; review the diff like code
	@GOLDEN_WRITE=1 $(PY) -m pytest -q tests/transactions/importers

schema: .dev ## Write docs/schema.md from the database
	@$(MANAGE) schema_docs

vendor: .dev ## Fetch the front-end libraries again (needs npm)
	@$(PY) scripts/vendor.py

requirements: .dev ## Lock the versions of requirements/*.in (UPGRADE=--upgrade for newer ones)
	@cd requirements && for name in base embedded dev optional; do \
		../$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--no-emit-index-url --no-emit-find-links --custom-compile-command 'make requirements' \
			$(UPGRADE) $$name.in -o $$name.txt || exit 1; \
	done

clean: stop ## Remove what make made: asks before the database in Docker; the data in .data stays
	@$(STACK) clean
	@rm -rf .venv .venv.lock staticfiles screenshots htmlcov .coverage .coverage.* \
		.mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- set-up: free when nothing changed --------------------------------------------------------------

.embedded:
	@$(PYTHON) scripts/bootstrap.py embedded

.dev:
	@$(PYTHON) scripts/bootstrap.py dev
