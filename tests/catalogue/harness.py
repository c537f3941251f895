"""A planted bug: the source of a right layer, with a piece of right code replaced by wrong code."""

import inspect
import re
import sys
import textwrap
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from tests.catalogue import formulas
from tests.catalogue.correct import CORRECT

source_of = cache(inspect.getsource)


class Row(NamedTuple):
    """What is wrong, and the change that makes it wrong; the axes and values are the right layer's.

    ``cause`` is a word that a good message about a wrong value would contain.
    """

    family: str
    name: str
    change: dict[str, str]  # right code: wrong code
    cause: str | None = None
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


def change(source: str, changes: dict[str, str]) -> str:
    """Replace each piece of right code, which must stand there once, white space aside."""
    places = {}
    for right, wrong in changes.items():
        found = list(re.finditer(r"\s+".join(map(re.escape, right.split())), source))
        if len(found) != 1:
            raise ValueError(f"expected the right code once, found it {len(found)} times: {right!r}")
        line = source[source.rfind("\n", 0, found[0].start()) + 1 :]
        indent = line[: len(line) - len(line.lstrip())]
        wrong = textwrap.indent(textwrap.dedent(wrong).strip(), indent).removeprefix(indent)
        places[found[0].span()] = wrong
    for (start, end), wrong in sorted(places.items(), reverse=True):
        source = source[:start] + wrong + source[end:]
    return source


def plant(layer: type, changes: dict[str, str], name: str) -> type:
    """The class again, from changed source; its module holds it under a name, for pickle to find."""
    module = sys.modules[layer.__module__]
    found: dict[str, type] = {}
    code = compile(change(source_of(layer), changes), f"<{layer.__name__} with a bug: {name}>", "exec")
    exec(code, {**vars(formulas), **vars(module)}, found)
    wrong = found[layer.__name__]
    wrong.__qualname__ = re.sub(r"\W+", "_", f"{layer.__name__}: {name}")
    setattr(module, wrong.__qualname__, wrong)
    return wrong


def plant_all(table: dict[type, list[Row]]) -> list[Bug]:
    """Plant every row's bug in its layer, which must be one of the correct ones."""
    bugs = []
    for layer, rows in table.items():
        right = next(entry for entry in CORRECT if entry.make is layer)
        for row in rows:
            wrong = plant(layer, row.change, row.name)
            values = row.values or right.values
            bugs.append(
                Bug(row.name, row.family, wrong, right.shape, values, row.cause, right.target, right.of)
            )
    return bugs
