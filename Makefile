# make demo    trains on handwritten digits and draws digits.png
# make test    runs the tests (a few minutes)
# make fast    builds the compiled kernels into .venv, which needs a C compiler; make test then tests with them
# make sanitize  builds them with the sanitizers of GCC, and runs their tests (Linux)
# make coverage  runs them, and shows the lines and branches that they do not reach
# make test-lowest  runs them with the lowest versions of the dependencies that pyproject.toml allows
# make lint    runs the linters, the spell checker and the type checker
# make hooks   runs the hooks of .pre-commit-config.yaml on all files (it fetches them from GitHub)
# make docs    builds the documentation site in docs/_build/html
# make notebooks  writes the tutorial and four examples as notebooks, into docs/_build/notebooks
# make dist    builds the source distributions, and the wheel of nnlayers, in dist
# make bench   measures the speed, beside that of others (half an hour), and writes it into docs/speed
# make bench-checker  measures the gradient checker, beside those of torch and JAX (twenty minutes)
#
# Each sets up what it needs in a private virtual environment, .venv, the first time it is called.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo fast sanitize test coverage test-lowest lint hooks docs notebooks dist bench bench-checker clean

demo: .venv/installed
	$(BIN)/python examples/digits.py

# An old build folder would keep objects that were built with other flags.
fast: .venv/installed
	@$(CC) --version > /dev/null 2>&1 || { echo "make fast needs a C compiler, and $(CC) does not run: install GCC or Clang."; exit 1; }
	@test -f "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h" || { echo "make fast needs the C headers of Python: install python3-dev or python3-devel."; exit 1; }
	rm -rf kernels/build
	$(PIP) ./kernels
	@NNLAYERS_KERNELS=compiled $(BIN)/python -c 'import nnlayers; nnlayers.show_config()'

sanitize: fast .venv/installed-test
	PYTHON=$(BIN)/python kernels/sanitize.sh address,undefined libasan.so
	PYTHON=$(BIN)/python kernels/sanitize.sh thread libtsan.so
	@echo "PASSED: the tests of the kernels, with all sanitizers."

# The matrices of the tests are small: threads would wait for each other, and longer on a busy machine.
test coverage test-lowest: export OMP_NUM_THREADS = 1
coverage: export NNLAYERS_KERNELS = numpy

test: .venv/installed-test
	@echo "The tests take two to three minutes on two cores, and longer on a busy machine."
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal
	@echo "PASSED: all tests."

coverage: .venv/installed-test
	@echo "The tests take twice as long as without a look at each line."
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest --numprocesses auto --maxprocesses 4
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report
	@echo "PASSED: all tests, and the branch coverage is above its limit."

# Old dependencies use what newer ones of theirs deprecate.
test-lowest: .venv/installed-dev
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/lowest
	$(BIN)/uv pip install --quiet --python .venv/lowest --resolution lowest-direct --editable '.[test]'
	@echo "The tests take a few minutes, and longer on a busy machine."
	.venv/lowest/bin/python -m pytest -W ignore::DeprecationWarning
	@echo "PASSED: all tests, with the lowest versions."

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/rumdl check --quiet .
	$(BIN)/codespell
	$(BIN)/mypy

hooks: .venv/installed-dev
	$(BIN)/pre-commit run --all-files

docs: .venv/installed-docs
	rm -rf docs/_build/html
	$(BIN)/python -m sphinx -W --keep-going --nitpicky docs docs/_build/html
	$(BIN)/python -m pytest --quiet tests/test_site.py

notebooks: .venv/installed
	$(BIN)/python docs/_ext/notebooks.py
	@echo "Wrote docs/_build/notebooks"

dist: .venv/installed-dev
	@test -n "$$NNLAYERS_URL" || echo "NNLAYERS_URL is not set: the links of the README stay relative, which a package index does not show."
	rm -rf dist
	$(BIN)/python -m build
	$(BIN)/python -m build --sdist --outdir dist kernels

bench: fast .venv/installed-bench
	$(BIN)/python benchmarks/speed.py

bench-checker: .venv/installed-bench
	$(BIN)/python benchmarks/gradient_checkers.py --peers

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("nnlayers needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(PIP) --editable .
	touch $@

# Older versions of pip do not know dependency groups.
.venv/installed-%: .venv/installed
	$(PIP) 'pip>=25.1'
	$(PIP) --editable . --group $*
	touch $@

clean:
	rm -rf .venv dist docs/_build docs/gallery kernels/build kernels/*.egg-info
