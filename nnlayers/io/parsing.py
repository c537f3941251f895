"""A network from the text of its architecture: a parser, and calls of known classes alone."""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import numpy as np

from nnlayers.core.building import building_for
from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in

DEEPEST = 100
TOO_DEEP = f"its layers are nested more than {DEEPEST} deep"
LONGEST = 2**20
TOKEN = re.compile(
    r"""\s*+(?:
    (?P<key>[^\W\d]\w*+=)
    | (?P<name>[^\W\d]\w*+)
    | (?P<value>-?\d[\d.]*+(?:e[+-]?\d++)?+ | -inf | '(?:[^'\\\n]|\\.)*+' | "(?:[^"\\\n]|\\.)*+")
    | (?P<mark>:=|[()\[\],])
    )""",
    re.VERBOSE,
)
CONSTANTS = {"None": None, "True": True, "False": False, "inf": float("inf"), "nan": float("nan")}
INTEGERS = "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"
NUMBERS: dict[str, Any] = {
    name: np.dtype(name).type for name in ("bool", *INTEGERS, "float16", "float32", "float64")
}


def read_architecture(text: str, known: Mapping[str, Any]) -> Layer:
    """The network that a text describes.

    Parameters
    ----------
    text : str
        What `architecture` wrote.
    known : dict
        The layers, by name, and functions that are arguments of them. Nothing else is called.

    Raises
    ------
    ValueError
        The text is something else, or names something else; or a layer cannot be made like this.
    """
    if len(text) > LONGEST:
        raise ValueError(f"its architecture has {len(text):,} characters, at most {LONGEST:,} are read")
    model = _Reader(text, known).read()
    if not isinstance(model, Layer):
        raise ValueError(f"expected the call of a layer, got {text[:40]!r}")
    return model


def _check_signature(made: Any, positional: list[Any], named: dict[str, Any]) -> None:
    """Refuse arguments that a user's class does not have."""
    try:
        inspect.signature(made).bind(*positional, **named)
    except TypeError as error:
        raise ValueError(
            f"{made.__name__}: the class that is given does not fit the file ({error}): give "
            "the one that it was saved with"
        ) from error


class _Reader:
    """Reads one value after another; the position is always at the next token."""

    def __init__(self, text: str, known: Mapping[str, Any]) -> None:
        self.text, self.known, self.shared = text, known, dict[str, Any]()
        self.tokens = self._tokens()
        self.kind, self.word = next(self.tokens)

    def _tokens(self) -> Iterator[tuple[str, str]]:
        place, end = 0, len(self.text.rstrip())
        while place < end:
            found = TOKEN.match(self.text, place)
            if found is None:
                raise self._error(place)
            self.place = place
            place = found.end()
            yield str(found.lastgroup), found[str(found.lastgroup)]
        self.place = end
        yield "end", ""

    def _error(self, place: int) -> ValueError:
        near = self.text[place : place + 20]
        return ValueError(f"its architecture cannot be read at character {place:,}, {near!r}")

    def _take(self, *words: str) -> str:
        """The word, if it is one of these (or anything), and go on to the next one."""
        word = self.word
        if (words and word not in words) or self.kind == "end":
            raise self._error(self.place)
        self.kind, self.word = next(self.tokens)
        return word

    def read(self) -> Any:
        value = self._value(0)
        if self.kind != "end":
            raise self._error(self.place)
        return value

    def _value(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise ValueError(TOO_DEEP)
        kind, word = self.kind, self._take()
        if kind == "name":
            return self._named(word, depth)
        if kind == "value":
            try:
                return float(word) if word == "-inf" else ast.literal_eval(word)
            except (ValueError, SyntaxError, MemoryError):
                raise self._error(self.place) from None
        if word not in ("(", "["):
            raise self._error(self.place)
        end = ")" if word == "(" else "]"
        items = [value for _, value in self._items(end, depth)]
        return tuple(items) if word == "(" else items

    def _named(self, name: str, depth: int) -> Any:
        if self.word == ":=":
            self._take()
            self.shared[name] = value = self._value(depth + 1)
            return value
        if self.word != "(":
            if name in self.shared or name in CONSTANTS:
                return self.shared[name] if name in self.shared else CONSTANTS[name]
            return self._known(name)
        if name in NUMBERS and name not in self.known:
            return self._number(NUMBERS[name])
        made = self._known(name)
        if not isinstance(made, type) or not issubclass(made, Layer):
            raise ValueError(f"{name} is not a layer, and nothing else is called")
        self._take()
        arguments = list(self._items(")", depth, names=True))
        positional = [value for key, value in arguments if not key]
        named = {key: value for key, value in arguments if key}
        if len(positional) + len(named) < len(arguments):
            raise ValueError(f"{name} gets an argument twice")
        if not is_built_in(made):
            _check_signature(made, positional, named)
        own_code = nullcontext() if is_built_in(made) else building_for(sys.maxsize)
        try:
            with own_code:  # it may make more than it keeps, such as weights that are tied then
                return made(*positional, **named)
        except MemoryError:
            raise ValueError(f"{name}: it needs more memory than there is") from None
        except Exception as error:
            raise ValueError(f"{name} cannot be made like this: {error}") from error

    def _number(self, kind: Any) -> Any:
        """A number of NumPy, such as ``float64(0.5)``."""
        place = self.place
        self._take("(")
        value = self._value(DEEPEST)
        self._take(")")
        if type(value) not in (bool, int, float):
            raise self._error(place)
        try:
            with np.errstate(over="raise"):
                return kind(value)
        except (ValueError, ArithmeticError):
            raise self._error(place) from None

    def _items(self, end: str, depth: int, *, names: bool = False) -> Iterator[tuple[str, Any]]:
        """The values up to the end, each with the name of the argument that it is for."""
        while self.word != end:
            name = self._take()[:-1] if names and self.kind == "key" else ""
            yield name, self._value(depth + 1)
            if self._take(",", end) == end:
                return
        self._take(end)

    def _known(self, name: str) -> Any:
        if name not in self.known:
            raise ValueError(f"it has {name}, which is not a layer of nnlayers: {name} has to be given")
        return self.known[name]
