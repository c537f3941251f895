# make demo    trains on handwritten digits and draws digits.png
# make test    runs the tests
# make lint    runs the linter and the type checker
# make docs    builds the documentation site in docs/_build/html
# make bench   measures the speed, beside that of others (half an hour), and writes it into docs/speed
# make bench-checker  measures the gradient checker, beside those of torch and JAX (twenty minutes)
#
# Each sets up what it needs in a private virtual environment, .venv, the first time it is called.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint docs bench bench-checker clean

demo: .venv/installed
	$(BIN)/python examples/digits.py

test: .venv/installed-test
	$(BIN)/python -m coverage run -m pytest
	$(BIN)/python -m coverage report

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("nnlayers needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/installed-%: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	touch $@

docs: .venv/installed-docs
	$(BIN)/python -m sphinx -W --keep-going --nitpicky docs docs/_build/html
	$(BIN)/python -m pytest --quiet tests/test_site.py

bench: .venv/installed-bench
	$(BIN)/python benchmarks/speed.py

bench-checker: .venv/installed-bench
	$(BIN)/python benchmarks/gradient_checkers.py --peers

clean:
	rm -rf .venv dist docs/_build docs/gallery
