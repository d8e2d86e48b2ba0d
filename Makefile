# A fresh machine needs Python 3.11 or newer and make; everything else is set up here, in .venv.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup report test slow lint bench schemas lock clean

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "harness needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

report: setup
	$(BIN)/harness check --recorded --out harness-report --fail-on never

test: setup
	$(BIN)/python -m pytest -n 2 -q -m "not slow"

slow: setup
	$(BIN)/python -m pytest -n 2 -q -m slow

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	$(BIN)/python -m pytest -q tests/benchmarks --benchmark-only

schemas: setup
	$(BIN)/harness schemas

lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv harness-report dist
