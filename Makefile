# `make run` opens the demo shop, `make test` proves it, `make help` lists the rest.
# Written for GNU make 3.81, which is what macOS brings.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test test-whole lint format lock messages bench bench-scale bench-faults parts clean

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input
CATALOGUES := $(wildcard shop/translations/*/LC_MESSAGES/messages.po)

# The outline icons that pages use; add a name here and it is copied at the next `make run`.
ICONS := alert-triangle award basket building-store calendar cash category certificate chart-bar check \
  chevron-down chevron-left chevron-right chevron-up circle-check clock credit-card download \
  filter home info-circle language leaf list logout mail map-pin menu-2 minus package phone photo \
  plant plus printer receipt refresh search settings ship text-size trash truck user users x

help:
	@echo "make run       the demo shop on http://127.0.0.1:8000 (PORT=8080 make run moves it)"
	@echo "make test      lint, types, import contracts and the tests"
	@echo "make test-whole     the same, every test on both databases with every hostile value"
	@echo "make lint      only lint, format check, types and import contracts"
	@echo "make format    put the code in the house's format"
	@echo "make bench     the figures, beside their floor; writes bench.json"
	@echo "make bench-scale    statistics at ten million ledger lines; writes bench.json"
	@echo "make bench-faults   storms, kills and a long random walk; writes bench.json"
	@echo "make messages  collect the texts of the screens into shop/translations"
	@echo "make lock      compile requirements/*.in again"
	@echo "make clean     remove .venv, fetched parts and caches; instance/ (the data) stays"

# ── The two commands ────────────────────────────────────────────────────────────────────────────

run: .venv/.demo static/vendor/.fetched $(CATALOGUES:.po=.mo)
	@$(BIN)/python -m shop.launch

test: .venv/.test static/vendor/.fetched $(CATALOGUES:.po=.mo)
	@$(BIN)/python -m tests.parts.machine
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -n 2 --dist worksteal

# ── Smaller ones ────────────────────────────────────────────────────────────────────────────────

test-whole:
	@WHOLE=1 $(MAKE) --no-print-directory test

lint: .venv/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: .venv/.test
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: .venv/.test static/vendor/.fetched node_modules/lighthouse/package.json $(CATALOGUES:.po=.mo)
	@$(BIN)/python -m tests.benchmarks

bench-scale: .venv/.test $(CATALOGUES:.po=.mo)
	@$(BIN)/python -m tests.benchmarks.scale --lines $(or $(LINES),10000000)

bench-faults: .venv/.test static/vendor/.fetched $(CATALOGUES:.po=.mo)
	@$(BIN)/python -m tests.benchmarks.faults

# The msgids are the Chinese texts themselves, so only other languages have a catalogue.
messages: .venv/.test
	$(BIN)/pybabel extract --mapping-file pyproject.toml --keyword _l --sort-by-file \
	  --no-location --project Cailanzi --output shop/translations/messages.pot \
	  shop catalog orders suppliers templates
	@test -d shop/translations/en || $(BIN)/pybabel init --locale en \
	  --input-file shop/translations/messages.pot --output-dir shop/translations
	$(BIN)/pybabel update --no-fuzzy-matching --ignore-obsolete \
	  --input-file shop/translations/messages.pot --output-dir shop/translations

%.mo: %.po
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

# The largest set is compiled first; the others agree with it to the last version.
# `make lock UPGRADE=--upgrade` takes newer versions.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header $(UPGRADE)

lock: .venv/.made
	@$(PIP) --quiet uv
	$(COMPILE) requirements/test.in --output-file requirements/test.txt
	@for name in app demo frontend; do \
	  $(COMPILE) --constraints requirements/test.txt \
	    requirements/$$name.in --output-file requirements/$$name.txt || exit 1; \
	done

clean:
	rm -rf .venv node_modules static/vendor .mypy_cache .pytest_cache .ruff_cache .hypothesis \
	  .import_linter_cache

# ── What they stand on; each stamp is redone only when what it is made from changes ─────────────

# A name alone proves nothing (pyenv's shims answer to all of them): the Python is asked.
FIND_PYTHON = for python in $(PYTHON) python3.13 python3.12 python3.11 python3 ""; do \
	  test -z "$$python" || $$python -c "$(1)" >/dev/null 2>&1 && break; done
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
CAN_MAKE_VENV := import ensurepip, venv; $(NEW_ENOUGH)

.venv/.made:
	@$(call FIND_PYTHON,$(CAN_MAKE_VENV)); \
	if [ -z "$$python" ]; then \
	  $(call FIND_PYTHON,$(NEW_ENOUGH)); \
	  if [ -z "$$python" ]; then \
	    echo "Python 3.11 or newer is needed and none was found. Install it, or name it:"; \
	    echo "  make run PYTHON=/path/to/python3"; exit 1; \
	  fi; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing python3-venv (this Python can't make a virtual environment) …"; \
	    apt-get update -qq && apt-get install -y -qq python3-venv || exit 1; \
	  else \
	    echo "$$python can't make a virtual environment. On Debian or Ubuntu:"; \
	    echo "  sudo apt-get install python3-venv"; exit 1; \
	  fi; \
	fi; \
	echo "Making .venv with $$($$python --version) …"; $$python -m venv .venv
	@touch $@

.venv/.demo: requirements/demo.txt | .venv/.made
	@echo "Installing Python packages (a minute or two the first time) …"
	@$(PIP) --require-hashes --requirement requirements/demo.txt
	@touch $@

.venv/.test: requirements/test.txt | .venv/.made
	@echo "Installing Python packages for the tests (a minute or two the first time) …"
	@$(PIP) --require-hashes --requirement requirements/test.txt
	@touch .venv/.demo $@

# npm from the system, else npm from PyPI, else pages work without JavaScript and icons.
static/vendor/.fetched: package-lock.json Makefile
	@echo "Fetching front-end parts …"
	@npm ci --omit=dev --fetch-retries=1 2>/dev/null \
	|| { echo "No npm that works here: trying the one from PyPI …"; \
	     $(PIP) --quiet --require-hashes --requirement requirements/frontend.txt \
	     && PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --omit=dev --fetch-retries=1; } \
	|| { echo; echo "The front-end parts could not be fetched. The shop works without them:"; \
	     echo "pages reload instead of updating in place, and icons are missing."; \
	     echo "The next make run tries again."; echo; exit 0; }; \
	$(MAKE) --no-print-directory parts && touch $@

# Only for `make bench`. Without it the bench says so, and measures everything else.
node_modules/lighthouse/package.json: package-lock.json | static/vendor/.fetched
	@echo "Fetching Lighthouse …"
	@PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --fetch-retries=1 && touch $@ || true

# What pages need that isn't in git, from node_modules and the translations. For Dockerfile too.
parts: $(CATALOGUES:.po=.mo)
	@rm -rf static/vendor && mkdir -p static/vendor/icons
	@cp node_modules/htmx.org/dist/htmx.min.js static/vendor/
	@cp $(ICONS:%=node_modules/@tabler/icons/icons/outline/%.svg) static/vendor/icons/
