"""The docstrings of public names: each has an example, and functions describe their arguments.

That the examples run is tested in test_docs.
"""

import doctest
import importlib
import inspect
import operator
import re

import pytest

import nnlayers
from tests.test_site import public_names

pytest.importorskip("sklearn")

TITLE = re.compile(r"^(\w+)\n-{3,}\n", re.MULTILINE)
REFERENCE = re.compile(r"Arguments\s+are\s+those\s+of\s+`(\w+)`")
NEVER_RUN = {"nnlayers.set_threads"}  # it needs compiled kernels


def named(name):
    return operator.attrgetter(name.removeprefix("nnlayers."))(nnlayers)


def own_docstring(thing):
    """The docstring; that of a class is its own, not that of a base class."""
    text = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    return inspect.cleandoc(text or "")


def sections(thing):
    """The sections of a docstring in numpydoc's form, by their titles."""
    _, *parts = TITLE.split(own_docstring(thing))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def arguments(function):
    return set(inspect.signature(function).parameters)


NAMES = [name for name in public_names() if callable(named(name))]
FUNCTIONS = [name for name in NAMES if not inspect.isclass(named(name))]


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_an_example(name):
    found = doctest.DocTestParser().get_examples(sections(named(name)).get("Examples", ""))
    run = [example for example in found if not example.options.get(doctest.SKIP)]
    assert run or (found and name in NEVER_RUN)


@pytest.mark.parametrize("name", NAMES)
def test_doctest_finds_the_example(name):
    home = importlib.import_module(named(name).__module__)
    assert any(test.docstring == named(name).__doc__ for test in doctest.DocTestFinder().find(home))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_of_a_function_is_described(name):
    text, lines = own_docstring(named(name)), sections(named(name)).get("Parameters", "").splitlines()
    described = {word for line in lines if line[:1] != " " for word in re.findall(r"\w+", line)}
    if reference := REFERENCE.search(text):
        described |= arguments(getattr(nnlayers, reference[1])) | {*re.findall(r"``(\w+)``", text)}
    assert arguments(named(name)) <= described


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_says_what_it_returns(name):
    if inspect.signature(named(name)).return_annotation is not None:
        thing = named(name)
        assert "Returns" in sections(thing) or REFERENCE.search(own_docstring(thing))
