"""The layers in C: for each type a function that adds its code."""

import functools
import math
from dataclasses import replace
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.io.c.writer import CArray, CWriter
from nnlayers.io.containers import register_containers
from nnlayers.io.onnx.axes import Permute, Reverse, Select
from nnlayers.layers.joining import Add, Concatenate
from nnlayers.layers.shape import Flatten, Reshape

__all__ = ["c_code"]


@functools.singledispatch
def c_code(layer: Any, c: Any, x: Any) -> Any:
    """Add the C code of a layer to that of a network, and return its output: register functions here.

    A function is registered for a type of layer, and finds its sizes and weights in ``layer``. ``x`` is
    the input of one sample, with a shape, or a tuple of such arrays. ``c`` writes the code:

    * ``c.each(x, "2 * v", along=None)`` for a value of each element ``v``, with ``j`` its place;
    * ``c.weights(array)`` for the name of a constant array, ``c.number(value)`` for an exact number;
    * ``c.block(code, shape, x=x, N=3)`` for code with pointers ``x`` and ``y``, and names replaced;
    * ``c.run(layer, x)`` for the output of a layer inside.

    Parameters
    ----------
    layer : Layer
        The layer; the type of this argument chooses the function.
    c, x
        The writer and the input, as above.

    Returns
    -------
    array, or tuple of arrays
        What a method of ``c`` returned.

    Raises
    ------
    NotImplementedError
        No function is registered for the type of the layer.

    Examples
    --------
    >>> class Double(nn.Elementwise):
    ...     def value(self, x):
    ...         return 2 * x
    >>> @nn.io.c_code.register(Double)
    ... def _(layer, c, x):
    ...     return c.each(x, "2 * v")
    """
    raise NotImplementedError


register_containers(c_code)


@c_code.register(Reshape)
@c_code.register(Flatten)
def _(layer: Reshape, c: CWriter, x: CArray) -> CArray:
    return replace(x, shape=layer.output_shape(*x.shape))


def _add(c: CWriter, x: CArray, other: CArray) -> CArray:
    code = "for (int i = 0; i < SIZE; i++) y[i] = x[i] + x1[i];"
    return c.block(code, x.shape, in_place=True, x=x, x1=other, SIZE=x.size)


@c_code.register(Add)
def _(layer: Add, c: CWriter, x: tuple[CArray, ...]) -> CArray:
    return functools.reduce(lambda one, other: _add(c, one, other), x)


@c_code.register(Concatenate)
def _(layer: Concatenate, c: CWriter, x: tuple[CArray, ...]) -> CArray:
    shape = list(x[0].shape)
    axis = layer.axis - 1 if layer.axis > 0 else layer.axis + len(shape)
    shape[axis] = sum(item.shape[axis] for item in x)
    row, code, first = math.prod(shape[axis:]), "", 0
    for n, item in enumerate(x):
        width = math.prod(item.shape[axis:])
        code += f"""
for (int i = 0; i < {item.size // width}; i++)
    for (int j = 0; j < {width}; j++) y[i * {row} + {first} + j] = x{n}[i * {width} + j];"""
        first += width
    names: dict[str, Any] = {f"x{n}": item for n, item in enumerate(x)}
    return c.block(code, tuple(shape), **names)


def _copied(c: CWriter, x: CArray, view: Array) -> CArray:
    """A copy of a view of an array, which is given as that of `_places`."""
    code = ""
    for n, size in enumerate(view.shape):
        code += f"{'    ' * n}for (int i{n} = 0; i{n} < {size}; i{n}++)\n"
    steps = [f" + i{n} * {step // view.itemsize}" for n, step in enumerate(view.strides)]
    return c.block(f"{code}*y++ = x[{view.flat[0]}{''.join(steps)}];", view.shape, x=x)


def _places(x: CArray) -> Array:
    """The place of each number in an array."""
    return np.arange(x.size).reshape(x.shape)


@c_code.register(Permute)
def _(layer: Permute, c: CWriter, x: CArray) -> CArray:
    return _copied(c, x, _places(x).transpose([axis - 1 for axis in layer.order]))


@c_code.register(Reverse)
def _(layer: Reverse, c: CWriter, x: CArray) -> CArray:
    return _copied(c, x, _places(x)[::-1])


@c_code.register(Select)
def _(layer: Select, c: CWriter, x: CArray) -> CArray:
    return _copied(c, x, _places(x)[layer.index, ...])
