# make demo    set everything up and show the bundled account
# make test    everything that must pass: lint, types, contracts, unit
# make dist    wheel and source archive in dist/
# make docs    write again what the documents take from the code, and build the site in build/site
# make bench   timings, of options, accounts and paths into docs/performance.md
# make lock    pin requirements/*.txt again after a change in pyproject.toml (all anew: make lock LOCK=--upgrade)
# make clean   remove everything that was made here

PYTHON ?= python3
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
CODE   := src tests examples bench docs
LOCK   ?=

.PHONY: demo test lint types contracts unit dist docs bench lock clean
.DELETE_ON_ERROR:

demo: .venv/runtime.stamp
	$(BIN)/ringfence demo

test: lint types contracts unit

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev.stamp
	$(BIN)/mypy $(CODE)

contracts: .venv/dev.stamp
	$(BIN)/lint-imports

unit: .venv/dev.stamp
	$(BIN)/pytest --numprocesses auto --maxprocesses 8

dist: .venv/dev.stamp
	rm -rf dist
	$(BIN)/python -m build --no-isolation

docs: .venv/dev.stamp
	$(BIN)/python docs/regenerate.py
	$(BIN)/mkdocs build --strict --quiet

bench: .venv/dev.stamp
	$(BIN)/python bench/run.py
	$(BIN)/python -m bench.options
	$(BIN)/python -m bench.option_accounts
	$(BIN)/python -m bench.accounts
	$(BIN)/python -m bench.paths
	$(BIN)/python -m bench.rare

# The environment. The development lock holds the runtime lock, so one .venv serves both.

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "ringfence needs Python 3.11 or newer and $(PYTHON) is %d.%d; name another: make PYTHON=python3.12" % sys.version_info[:2])'
	$(PYTHON) -m venv .venv

.venv/runtime.stamp: requirements/runtime.txt requirements/build.txt pyproject.toml | .venv/pyvenv.cfg
	$(PIP) install --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

.venv/dev.stamp: requirements/dev.txt pyproject.toml | .venv/pyvenv.cfg
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

# The locks. One version for every Python and platform, each with the hashes of all its files, and no index named.

COMPILE = $(BIN)/uv pip compile --no-config --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --custom-compile-command 'make lock' $(LOCK)
RUNTIME := requirements/runtime.txt
BUILD   := requirements/build.txt

lock: .venv/pyvenv.cfg
	$(PIP) install uv
	$(COMPILE) -o $(RUNTIME) pyproject.toml
	$(COMPILE) -o $(BUILD) --group build -c $(RUNTIME)
	$(COMPILE) -o requirements/dev.txt pyproject.toml --group dev -c $(RUNTIME) -c $(BUILD)

clean:
	rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +
