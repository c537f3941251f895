"""The architecture of a network as a text, like its repr, and a network from such a text.

The text is a call: the name of a layer, and its arguments, which are plain values, layers, and lists
and tuples of them. A layer that stands in several places is named at the first one, as in
``Sequential(shared_1 := Embedding(65, 16), TiedDense(shared_1))``.
"""

import ast
import inspect
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.representation import constructor_call
from nnlayers.core.tree import Holder, walk

DEEPEST = 100
LONGEST = 2**20
TOKEN = re.compile(
    r"""\s*+(?:
    (?P<key>[A-Za-z_]\w*+=)
    | (?P<name>[A-Za-z_]\w*+)
    | (?P<value>-?\d[\d.]*+(?:e[+-]?\d++)?+ | -inf | '(?:[^'\\\n]|\\.)*+' | "(?:[^"\\\n]|\\.)*+")
    | (?P<mark>:=|[()\[\],])
    )""",
    re.VERBOSE,
)
STRING = re.compile(r"""'(?:[^'\\\n]|\\.)*+'|"(?:[^"\\\n]|\\.)*+\"""")
CONSTANTS = {"None": None, "True": True, "False": False, "inf": float("inf"), "nan": float("nan")}


def architecture(model: Layer) -> str:
    """The text of a network.

    Raises
    ------
    TypeError
        A layer does not tell the arguments that would make it again.
    """
    places = Counter(id(part) for _, part in walk(model, repeats=True) if isinstance(part, Holder))
    names: dict[int, str] = {}

    def words(layer: Any) -> str:
        if id(layer) in names:
            return names[id(layer)]
        written: Any = type(layer).__repr__
        by_repr = written is not Component.__repr__ and is_built_in(written) and not layer.children()
        call = repr(layer) if by_repr else constructor_call(layer, words)
        if "..." in STRING.sub("", constructor_call(layer, lambda _: "")):
            raise TypeError(_untold(layer, model))
        if places[id(layer)] < 2:
            return call
        names[id(layer)] = f"shared_{len(names) + 1}"
        return f"{names[id(layer)]} := {call}"

    return words(model)


def names_in(text: str) -> list[str]:
    """The names in a text: of classes, functions and arguments."""
    return re.findall(r"[A-Za-z_]\w*", STRING.sub("", text))


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
        raise ValueError(f"its architecture has {len(text):,} letters, at most {LONGEST:,} are read")
    model = _Reader(text, known).read()
    if not isinstance(model, Layer):
        raise ValueError(f"expected the call of a layer, got {text[:40]!r}")
    return model


def _untold(layer: Layer, model: Layer) -> str:
    """The message about a layer that cannot be made again."""
    path = next((f"{path}, " for path, part in model.named_parts() if part is layer), "")
    kind = type(layer).__name__
    if is_built_in(type(layer)):
        return f"save: {path}{kind} is made by for_inference(): save the network itself"
    arguments = ", ".join(inspect.signature(type(layer)).parameters)
    return (
        f"save: {path}{kind}({arguments}): the arguments that would make it again are not known: keep "
        "each in an attribute of the same name, and give only numbers, texts, layers, functions with a "
        "name, None, and lists and tuples of these"
    )


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
        return ValueError(f"its architecture cannot be read at letter {place:,}, {near!r}")

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
            raise ValueError(f"its layers are nested more than {DEEPEST} deep")
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
        made = self._known(name)
        if not isinstance(made, type) or not issubclass(made, Layer):
            raise ValueError(f"{name} is not a layer, and nothing else is called")
        self._take()
        arguments = list(self._items(")", depth, names=True))
        positional = [value for key, value in arguments if not key]
        named = {key: value for key, value in arguments if key}
        if len(positional) + len(named) < len(arguments):
            raise ValueError(f"{name} gets an argument twice")
        try:
            return made(*positional, **named)
        except MemoryError:
            raise ValueError(f"{name}: it needs more memory than there is") from None
        except Exception as error:
            raise ValueError(f"{name} cannot be made like this: {error}") from error

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
