"""Planted bugs: the source of a correct layer, with right code replaced by wrong code."""

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from textwrap import dedent, indent
from typing import Any, NamedTuple

from tests.catalogue import formulas
from tests.catalogue.correct import CORRECT


class Row(NamedTuple):
    """What is wrong with a layer, as {right code: wrong code}.

    ``adds`` is code at the end of the class, ``before`` code that stands before it. ``cause`` is a word
    that a good message about a wrong value contains. Unless ``values`` are given, input and target are
    drawn as for the correct layer.
    """

    family: str
    name: str
    change: Mapping[str, str] = {}
    cause: str | None = None
    adds: str = ""
    before: str = ""
    values: Callable[..., Any] | None = None


class Bug(NamedTuple):
    """A wrong layer (or loss): how to make it from sizes, and the axes of its input (or prediction)."""

    name: str
    family: str
    make: type
    shape: str
    values: Callable[..., Any] | None
    cause: str | None
    target: Callable[..., Any] | None
    of: str


def substitute(source: str, change: Mapping[str, str]) -> str:
    """Replace each piece of right code, which must occur exactly once, whatever its white space."""
    places = {}
    for right, wrong in change.items():
        found = list(re.finditer(r"\s+".join(map(re.escape, right.split())), source))
        if len(found) != 1:
            raise ValueError(f"expected {right!r} once, found it {len(found)} times in:\n{source}")
        margin = re.match(" *", source[source.rfind("\n", 0, found[0].start()) + 1 :])[0]
        places[found[0].span()] = indent(dedent(wrong).strip(), margin).removeprefix(margin)
    for (start, end), wrong in sorted(places.items(), reverse=True):
        source = source[:start] + wrong + source[end:]
    return source


source_of = cache(inspect.getsource)


def plant(layer: type, row: Row) -> type:
    """Execute a class from changed source, and put it into its module, where pickle finds it."""
    module = sys.modules[layer.__module__]
    source = substitute(source_of(layer), row.change) + indent(dedent(row.adds), "    ")
    scope = {**vars(formulas), **vars(module)}
    exec(compile(f"{dedent(row.before)}\n{source}", f"<{row.name}>", "exec"), scope)
    wrong = scope[layer.__name__]
    wrong.__qualname__ = re.sub(r"\W+", "_", f"{layer.__name__}: {row.name}")
    setattr(module, wrong.__qualname__, wrong)
    return wrong


def plant_all(table: Mapping[type, list[Row]]) -> list[Bug]:
    """Plant every row's bug in its layer, which must be one of the correct ones."""
    bugs, correct = [], {entry.make: entry for entry in reversed(CORRECT)}
    for layer, rows in table.items():
        _, _, shape, values, target, of = correct[layer]
        for row in rows:
            make, drawn = plant(layer, row), row.values or values
            bugs.append(Bug(row.name, row.family, make, shape, drawn, row.cause, target, of))
    return bugs
