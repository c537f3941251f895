"""The shapes of inputs in terms of named sizes: ``"N D"``, ``"N H+2 2*D"``, ``"N D, N T"``."""

import ast
import inspect
import numbers
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nnlayers.core.structures import each

_OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}


class Axis:
    """The size of one axis, as an expression of named sizes: ``D``, ``3``, ``H+2``, ``2*D``."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self.tree = ast.parse(text, mode="eval").body
            self.names = [node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)]
            self.size(dict.fromkeys(self.names, 4))
        except (SyntaxError, TypeError, ZeroDivisionError) as error:
            raise ValueError(text) from error

    def size(self, sizes: Mapping[str, int]) -> int:
        """Its value for these sizes."""
        return self._value(self.tree, sizes)

    def _value(self, node: ast.expr, sizes: Mapping[str, int]) -> int:
        if isinstance(node, ast.Name):
            return sizes[node.id]
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            left, right = self._value(node.left, sizes), self._value(node.right, sizes)
            if isinstance(node.op, ast.FloorDiv) and right == 0:
                return 0  # no case: an axis of such sizes would be empty
            return _OPERATORS[type(node.op)](left, right)
        raise TypeError(ast.unparse(node))


class Shapes:
    """The shape of an input, or of several, and the names of the sizes in it.

    Parameters
    ----------
    shape : str, int or tuple
        Named axes (``"N D"``; several inputs are separated by commas), the shape of one sample
        (``(3,)``), or a tuple of these.
    size_arguments : set of str
        The sizes that the function which makes the layer, or the target, takes.
    caller : str
        Who says so in errors.
    """

    def __init__(self, shape: Any, size_arguments: Iterable[str], caller: str) -> None:
        self.size_arguments = sorted(size_arguments)
        self.given, self.text = shape, shape if isinstance(shape, str) else ""
        self.parsed, self.names = shape, ["N"]
        self.fixed = not _has_text(shape)
        if not self.fixed:
            self.parsed = _parse(shape, caller)
            self.names = list(dict.fromkeys(_names(self.parsed)))
            self.names += [name for name in self.size_arguments if name not in self.names]
        elif self.size_arguments:
            raise TypeError(
                f"{caller}: expected a shape of named sizes, such as 'N D', since the "
                f"function takes {self.size_arguments}; got {shape!r}"
            )
        else:
            self.parsed = _sample(shape, caller)

    def of(self, sizes: Mapping[str, int]) -> Any:
        """The shape for these sizes, or a tuple of shapes."""
        if self.fixed:
            return each(lambda sample: (sizes["N"], *sample.shape), self.parsed)
        return each(lambda axes: tuple(axis.size(sizes) for axis in axes), self.parsed)

    def advice(self, is_instance: bool, error: Exception, takes_none: bool = False) -> str:
        """A sentence about sizes that may not be meant, and may have led to an error.

        ``takes_none`` says that the layer is made by a function without sizes to adapt it to.
        """
        if is_instance and not self.fixed:
            return ". An instance takes the shape of one sample, such as (3,), instead of names"
        return (
            self.names_advice() or self._advice_on_inputs(error) or self.size_advice(error, takes_none)
        )

    def names_advice(self) -> str:
        """A sentence about a function none of whose arguments are axes."""
        unknown = self.unknown_sizes()
        if not unknown or len(unknown) < len(self.size_arguments):
            return ""
        return (
            f". The argument {', '.join(unknown)} of the function is not an axis of "
            f"{self.text!r}: name its arguments after the axes"
        )

    def unknown_sizes(self) -> list[str]:
        """The sizes that the function takes, and the shape does not name."""
        return [] if self.fixed else sorted(set(self.size_arguments) - set(_names(self.parsed)))

    def _advice_on_inputs(self, error: Exception) -> str:
        """A sentence about one input that may be several, or several that may be one."""
        if isinstance(self.parsed, tuple):
            if all(isinstance(axes, _Axes) and len(axes) == 1 for axes in self.parsed):
                one = " ".join(axes[0].text for axes in self.parsed)
                return f". {self.given!r} are several inputs; if one is meant, write {one!r}"
            if "tuple" in str(error):
                return (
                    f". The input is a tuple of {len(self.parsed)} arrays, as {self.given!r} says: is "
                    "one array meant?"
                )
        elif "unpack" in str(error):
            if self.fixed:
                return (
                    ". If it takes several inputs, give a tuple with a shape for each, such as "
                    f"({self.parsed.shape}, {self.parsed.shape})"
                )
            return f". If it takes several inputs, separate them by commas: '{self.text}, {self.text}'"
        return ""

    def size_advice(self, error: Exception, takes_none: bool = False) -> str:
        """A sentence about sizes that may not be accepted."""
        before, space, last = self.text.rpartition(" ")
        before += space
        plain = before and not set("+-*/") & set(self.text) and last.isidentifier()
        if not plain or not isinstance(
            error, (ValueError, IndexError, ArithmeticError, AssertionError)
        ):
            return ""
        of_one_size = (
            f". If the layer is made for one size, let the function take it, as {last}"
            if takes_none
            else ""
        )
        if "nothing is broadcast" in str(error):  # other sizes do not help
            return of_one_size
        return of_one_size + (
            f". If it accepts only some sizes, write so in the shape: '{before}2*{last}' for even "
            f"ones, '{before}{last}+2' for at least 3, or a number"
        )

    def batch_advice(self) -> str:
        """A question about the shape of a layer's input that seems to lack the batch."""
        if self.text == "N" or self.text not in self.size_arguments:
            return ""
        return f". The first axis is the batch: is 'N {self.text}' meant?"


class _Sample:
    """The shape of one sample; not a tuple, which would be several inputs."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape


class _Axes(list[Axis]):
    """The axes of one input; not a tuple, which would be several inputs."""


def _has_text(shape: Any) -> bool:
    return isinstance(shape, str) or (isinstance(shape, (tuple, list)) and any(map(_has_text, shape)))


def _parse(shape: Any, caller: str) -> Any:
    """The axes of one input, or a tuple of these."""
    if isinstance(shape, (tuple, list)):
        return tuple(_parse(item, caller) for item in shape)
    if not isinstance(shape, str):
        raise TypeError(f"{caller}: expected names of sizes for each input, got {shape!r}")
    if "," in shape:
        return tuple(_parse(item, caller) for item in shape.split(","))
    try:
        axes = _Axes(Axis(axis) for axis in shape.split())
    except ValueError as error:
        raise ValueError(
            f"{caller}: expected names of sizes separated by spaces, as in 'N D' or 'N H+2 2*D' "
            f"(an expression has no spaces), got {error.args[0]!r} in {shape!r}"
        ) from None
    if not axes:
        raise ValueError(f"{caller}: expected names of sizes, as in 'N D', got {shape!r}")
    return axes


def _sample(shape: Any, caller: str) -> Any:
    """The shape of one sample, or a tuple of these."""
    sizes = (shape,) if _is_size(shape) else shape
    if isinstance(sizes, (tuple, list)):
        if sizes and all(isinstance(item, (tuple, list)) for item in sizes):
            return tuple(_sample(item, caller) for item in sizes)
        if all(_is_size(size) and size >= 0 for size in sizes):
            return _Sample(tuple(map(int, sizes)))
    raise TypeError(
        f"{caller}: expected names of sizes, such as 'N D', or the shape of one sample, such as "
        f"(3,), got {shape!r}"
    )


def _is_size(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _names(parsed: Any) -> list[str]:
    if isinstance(parsed, tuple):
        return [name for item in parsed for name in _names(item)]
    return [name for axis in parsed for name in axis.names]


def size_names(function: Callable[..., Any]) -> set[str]:
    """The names of the parameters without a default."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError as error:  # such as int
        raise TypeError(f"expected a function whose arguments are known, got {function!r}") from error
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {p.name for p in parameters if p.default is p.empty and p.kind not in variable}
