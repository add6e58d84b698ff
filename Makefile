# Dega Internet. `make demo` runs the whole bank here, `make test` proves it. Both need Python 3.11 or newer and nothing
# else: the first time, each makes .venv and installs exactly what uv.lock says.

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= auto

LOCKED := import tomllib; [print(each["name"] + "==" + each["version"]) for each in \
  tomllib.load(open("uv.lock", "rb"))["package"] if each["name"] != "dega"]
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint .venv/locked.txt

.PHONY: help demo test check bench bench-night chaos pictures
.DELETE_ON_ERROR:

help:
	@echo "make demo    the whole bank on this machine, with customers to try (ARGS='--port 8081' …)"
	@echo "make test    every test (TESTS='tests/ledger -k window' for some of them)"
	@echo "make check   lint, format, types and who imports whom"
	@echo "make pictures  takes the manual's pictures anew, in Chromium: for when a test says that a page has changed"
	@echo "make bench   postings and pages, each against a reference beside it"
	@echo "make bench-night  an end of day over 10 000 and 100 000 accounts, with customers looking at pages"
	@echo "make chaos   five minutes in which everything fails around the bank, and nothing is lost (ARGS='--minutes 60 --seed 7')"

demo: .venv/.demo
	@$(BIN)/dega demo $(ARGS)

test: .venv/.tests
	$(BIN)/python -m pytest -n $(WORKERS) --durations=10 $(TESTS)

check: .venv/.tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: .venv/.tests
	$(BIN)/python -m tests.bench.run

bench-night: .venv/.tests
	$(BIN)/python -m tests.bench.night

chaos: .venv/.tests
	@PYTHONPATH=.:tests $(BIN)/python -m chaos.run $(ARGS)

pictures: .venv/.tests
	DEGA_TAKE_PICTURES=1 $(BIN)/python -m pytest tests/manual

.venv/.demo: .venv/locked.txt
	@echo "Installing what the bank needs …"
	@$(INSTALL) --editable '.[embedded]'
	@touch $@

.venv/.tests: .venv/locked.txt
	@echo "Installing what the bank and its tests need …"
	@$(INSTALL) --editable '.[embedded,dev]'
	@touch .venv/.demo $@

.venv/locked.txt: pyproject.toml uv.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(BIN)/python -m ensurepip > /dev/null
	@$(BIN)/python -c '$(LOCKED)' > $@
