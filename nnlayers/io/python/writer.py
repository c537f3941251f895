"""NumPy code of a network: lines that assign, functions that they call, and weights."""

import builtins
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.core.structures import each
from nnlayers.io.formats import Format
from nnlayers.io.python import functions
from nnlayers.io.standalone import single_dtype, title

RESERVED = re.compile("predict|constant|np|base64|annotations|inputs|COLUMNS|CLASSES|[xyz]|[wx][0-9]+")
"""Names in the file."""
VALUE = re.compile(r"\bvalue_\d+\b")


class NumpyWriter(Format):
    """The NumPy code of a network, which the functions of `numpy_code` add to."""

    def __init__(self, functions: Any, model: Layer) -> None:
        super().__init__("to_numpy", functions, model, "use nn.io.to_onnx")
        self.dtype = single_dtype(model, self.who)
        self.lines: list[tuple[str, str, str]] = []  # what is assigned, the expression, the title
        self.texts: dict[str, str] = {}  # of functions
        self.arrays: dict[tuple[Any, ...], str] = {}
        self._count = 0

    def assign(self, expression: str, note: str | None = None) -> str:
        """The name of a value, to which an expression is assigned; the note is by default the layer."""
        self._count += 1
        note = title(self.path, self.layer) if note is None else note
        self.lines.append((f"value_{self._count}", expression, note))
        return f"value_{self._count}"

    def run(self, layer: Layer, x: Any) -> Any:
        """The name of the output of a layer, or a tuple of names."""
        y = super().run(layer, x)

        def named(text: str) -> str:
            path = self.paths.get(id(layer), self.path)
            return text if VALUE.fullmatch(text) else self.assign(text, title(path, layer))

        return each(named, y)

    def weights(self, values: Any) -> str:
        """The name of a constant array; equal ones are written once. Without any, it is 0."""
        if values is None:
            return "0"
        array = values.value if isinstance(values, (Parameter, State)) else values
        array = np.ascontiguousarray(array, self.dtype.newbyteorder("<"))
        key = array.shape, array.tobytes()
        return self.arrays.setdefault(key, f"w{len(self.arrays)}")

    def plus(self, bias: Parameter | None) -> str:
        """The text that adds a bias, if there is one."""
        return "" if bias is None else f" + {self.weights(bias)}"

    def features(self, x: str, size: int) -> str:
        """An expression for an array whose last axis is checked, so that nothing is broadcast."""
        return self.call(functions.features, x, size)

    def call(self, function: Callable[..., Any], *arguments: Any) -> str:
        """A call of a function, whose text goes into the file: it needs NumPy alone, as ``np``."""
        self._add(function)
        return f"{function.__name__}({', '.join(map(str, arguments))})"

    def _add(self, function: Callable[..., Any]) -> None:
        """Put the text of a function into the file, and of the functions of its module it calls."""
        name, who = function.__name__, self.who
        try:
            text = textwrap.dedent(inspect.getsource(function))
        except OSError as error:
            raise TypeError(f"{who}: {name} cannot be written: its text is not in a file") from error
        taken = not name.isidentifier() or RESERVED.fullmatch(name) or name in vars(builtins)
        if taken or self.texts.setdefault(name, text) != text:
            raise TypeError(f"{who}: expected a function with a name of its own, got {name}")
        for other in map(function.__globals__.get, _names_in(function.__code__)):
            if inspect.isfunction(other) and other.__name__ not in self.texts:
                self._add(other)

    def body(self, y: Any) -> str:
        """The lines that lead to ``y``; names of values that are not needed any more are used again."""
        result = _tuple(y)
        lines = [*self.lines, ("", result, "")]
        last = {name: n for n, (_, text, _) in enumerate(lines) for name in VALUE.findall(text)}
        names: dict[str, str] = {}
        written: list[str] = []
        for n, (target, expression, note) in enumerate(lines):
            text = VALUE.sub(partial(_renamed, names), expression)
            names = {value: name for value, name in names.items() if last[value] > n}
            if not target:
                return "\n".join([*written, f"return {text}"])
            if note and (n == 0 or note != lines[n - 1][2]):
                written.append(f"# {note}")
            name = next(name for name in _names() if name not in names.values())
            written.append(f"{name} = {text}")
            if target in last:
                names[target] = name
        raise AssertionError


def _names_in(code: CodeType) -> list[str]:
    """The names that a function uses, and those inside of it, such as comprehensions."""
    inside = [_names_in(part) for part in code.co_consts if isinstance(part, CodeType)]
    return sum(inside, start=[*code.co_names])


def _renamed(names: dict[str, str], found: re.Match[str]) -> str:
    return names[found[0]]


def _names() -> Iterator[str]:
    yield from "xyz"
    yield from (f"x{n}" for n in itertools.count(1))


def _tuple(y: Any) -> str:
    return f"({', '.join(map(_tuple, y))},)" if isinstance(y, tuple) else str(y)
