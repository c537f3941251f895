"""C code of a network: blocks that read and write arrays, weights, and places in one workspace."""

import math
import re
import textwrap
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in
from nnlayers.io.formats import Format
from nnlayers.io.standalone import single_dtype, title

MATH = re.compile(
    r"\b(acosh?|asinh?|atan[2h]?|cbrt|ceil|copysign|cosh?|erfc?|exp2?|expm1|fabs|floor|fmax|fmin|fmod"
    r"|hypot|log|log10|log1p|log2|pow|rint|round|sinh?|sqrt|tanh?|trunc)f\b"
)
"""The functions of math.h for float; without the ``f`` they are those for double."""


@dataclass(frozen=True)  # not a tuple, since tuples are several arrays
class CArray:
    """An array of one sample in the C code: its number, its shape, whether it holds integers."""

    number: int
    shape: tuple[int, ...]
    integers: bool = False

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)


class Block(NamedTuple):
    """A piece of code, the arrays it reads by the names of their pointers, and the one it writes."""

    title: str
    code: str
    inputs: dict[str, CArray]
    output: CArray
    in_place: bool


class CWriter(Format):
    """The C code of a network, which the functions of `c_code` add to.

    Code is written for float. For a float64 model, ``float`` becomes ``double`` and ``expf`` ``exp``.
    """

    result = CArray

    def __init__(self, functions: Any, model: Layer, prefix: str) -> None:
        super().__init__("to_c", functions, model, "use nn.io.to_numpy or nn.io.to_onnx")
        self.prefix, self.dtype = prefix, single_dtype(model, self.who)
        self.blocks: list[Block] = []
        self.arrays: dict[bytes, str] = {}
        self.constants: list[str] = []
        self.needs_math = False
        self._count = 0

    def run(self, layer: Layer, x: Any) -> Any:
        """The output of a layer for an array, or a tuple of them, of one sample.

        Raises
        ------
        TypeError, ValueError
            As for `Format`, and the layer cannot take integers.
        """
        if any(array.integers for _, array in arrays_in(x)) and not layer.takes_integers:
            raise TypeError(f"{self.who}: {self.name(layer)}: cannot take integers in C")
        return super().run(layer, x)

    def array(self, shape: tuple[int, ...], *, integers: bool = False) -> CArray:
        """A new array, to which the next block writes."""
        self._count += 1
        return CArray(self._count - 1, shape, integers)

    def weights(self, values: Any) -> str:
        """The name of a constant array with these values, exactly; equal ones are written once."""
        values = np.ascontiguousarray(values, self.dtype)
        key = values.tobytes()
        if key not in self.arrays:
            self.arrays[key] = name = f"{self.prefix}_w{len(self.arrays)}"
            self.constants.append(
                f"/* {title(self.path, self.layer)}, {values.shape} */\n{self.table(name, values)}"
            )
        return self.arrays[key]

    def table(self, name: str, values: Array) -> str:
        """The definition of a constant array, eight numbers a line."""
        integers = values.dtype.kind in "iu"
        kind = "int32_t" if integers else self.real("float")
        numbers = [*map(str if integers else self._exact, values.ravel().tolist())]
        lines = [f"    {', '.join(numbers[i : i + 8])}" for i in range(0, len(numbers), 8)]
        return f"static const {kind} {name}[{len(numbers)}] = {{\n" + ",\n".join(lines) + "\n};\n"

    def number(self, value: float) -> str:
        """A number, exactly: a hexadecimal one in the dtype of the network, or an integer."""
        if isinstance(value, int):
            return str(int(value))  # True is 1
        return self._exact(float(self.dtype.type(value)))

    def _exact(self, value: float) -> str:
        if not math.isfinite(value):
            return "NAN" if math.isnan(value) else "-INFINITY" if value < 0 else "INFINITY"
        digits, _, exponent = value.hex().partition("p")
        return f"{digits.rstrip('0').removesuffix('.')}p{exponent}" + "f" * (self.dtype.itemsize == 4)

    def real(self, code: str) -> str:
        """Code for float as code for the dtype of the network."""
        if self.dtype.itemsize == 4:
            return code
        return re.sub(r"\bfloat\b", "double", MATH.sub(r"\1", code))

    def each(self, x: CArray, value: str, *, along: int | None = None) -> CArray:
        """An array with this value, C code, for each element ``v`` of another.

        ``j`` is the place of the element in the array; in the last axis, if ``along`` is its size.
        """
        code = """
            for (int j = 0; j < ROW; j++) {
                const float v = x[j];
                y[j] = VALUE;
            }"""
        row = x.size if along is None else along
        if row < 1 or x.size % row:
            raise ValueError(
                f"{self.who}: {self.name(self.layer)}: along={row} does not divide {x.shape}"
            )
        if row < x.size:
            code = "\nfor (int i = 0; i < SIZE; i += ROW, x += ROW, y += ROW)" + code
        return self.block(code, x.shape, in_place=True, x=x, SIZE=x.size, ROW=row, VALUE=value)

    def block(
        self, code: str, shape: tuple[int, ...], *, in_place: bool = False, **names: CArray | int | str
    ) -> CArray:
        """Add code that writes an array of this shape, to which it has a pointer ``y``.

        For names of arrays it has pointers, other names are replaced by what they stand for.
        ``in_place`` says that ``y`` may be one of them: each element is read before it is written.
        """
        inputs = {name: value for name, value in names.items() if isinstance(value, CArray)}
        others = {name: str(value) for name, value in names.items() if name not in inputs}
        code = textwrap.dedent(code)
        if others:
            name = f"({'|'.join(others)})"
            code = re.sub(
                rf"^( *){name}$", lambda m: _placed(others[m[2]], m[1]), code, flags=re.MULTILINE
            )
            code = re.sub(rf"\b{name}\b", lambda m: others[m[0]], code)
        self.needs_math |= bool(MATH.search(code))
        y = self.array(shape)
        self.blocks.append(Block(title(self.path, self.layer), self.real(code), inputs, y, in_place))
        return y

    def body(self, x: CArray, y: CArray) -> tuple[str, int]:
        """The code of all blocks, from the array ``x`` to ``y``, and the size of the workspace."""
        last = {
            array.number: n for n, block in enumerate(self.blocks) for array in block.inputs.values()
        }
        place, size = {x.number: -1}, 0
        live: list[tuple[int, int, int]] = []  # offset, end, number
        parts = []
        for n, block in enumerate(self.blocks):
            dying = [a for a in block.inputs.values() if last[a.number] == n and place[a.number] >= 0]
            out = block.output
            same = [a for a in dying if block.in_place and a.size == out.size and a.number != y.number]
            if out.number != y.number:
                offset = place[same[0].number] if same else _gap(live, out.size)
                place[out.number] = offset
                live = sorted([*live, (offset, offset + out.size, out.number)])
                size = max(size, offset + out.size)
            else:
                place[out.number] = -2
            live = [item for item in live if last.get(item[2], -1) > n]
            parts.append(self._text(block, place))
        return "\n".join(parts), size

    def _text(self, block: Block, place: dict[int, int]) -> str:
        names = {-1: "input", -2: "output", 0: "workspace"}

        def pointer(name: str, array: CArray, const: str) -> str:
            offset = place[array.number]
            kind = "int32_t" if array.integers else self.real("float")
            return f"{const}{kind} *{name} = {names.get(offset, f'workspace + {offset}')};"

        lines = [pointer(name, array, "const ") for name, array in block.inputs.items()]
        lines += [pointer("y", block.output, "")]
        lines += [line for line in block.code.splitlines() if line.strip()]
        return (
            f"    /* {block.title} */\n    {{\n"
            + textwrap.indent("\n".join(lines), " " * 8)
            + "\n    }"
        )


def _placed(code: str, indent: str) -> str:
    """Code that takes the place of a name which is alone on its line."""
    return textwrap.indent(textwrap.dedent(code), indent)


def _gap(live: list[tuple[int, int, int]], size: int) -> int:
    """The first offset where so many numbers fit between those that are in use."""
    start = 0
    for offset, end, _ in live:
        if start + size <= offset:
            break
        start = max(start, end)
    return start
