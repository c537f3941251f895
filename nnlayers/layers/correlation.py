"""Convolution and its two adjoints: products of matrices, some samples at a time.

``axes`` has an `Axis` for each spatial axis, with ``s`` its stride and ``d`` its dilation. The weight
has the shape ``(*kernel, channels / groups, outputs)``. float16 is computed in float32.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.compiled import compiled
from nnlayers.core.sums import dtype_of_sums
from nnlayers.layers import depthwise
from nnlayers.layers.windows import (
    Axis,
    add_windows,
    cache_sized_parts,
    covered,
    padded_windows,
    single_positions,
)

Piece = tuple[slice, slice]  # samples, and windows along the first axis
FEW = 8  # channels: with fewer, what lies together in memory is not the channels, but the positions


@compiled
def correlate(
    x: Array, weight: Array, axes: Sequence[Axis], groups: int, bias: Array | None = None
) -> Array:
    """``y[n, p, o] = bias[o] + sum over t and c of x[n, s p + d t, c] weight[t, c, o]``."""
    if depthwise.applies(weight, groups):
        return depthwise.correlate(x, weight, axes, bias)
    if groups > 1:
        biases = [None] * groups if bias is None else np.split(bias, groups)
        parts = zip(_split(x, groups), _split(weight, groups), biases, strict=True)
        return np.concatenate([correlate(x, w, axes, 1, b) for x, w, b in parts], axis=-1)
    matrix = weight.reshape(-1, weight.shape[-1]).astype(dtype_of_sums(weight), copy=False)
    if bias is not None:  # a column of ones carries it
        matrix = np.concatenate([matrix, bias[np.newaxis]], dtype=matrix.dtype)
    y = np.empty((len(x), *(axis.steps for axis in axes), weight.shape[-1]), matrix.dtype, like=x)
    for piece, rows in _laid_out(x, axes, matrix.dtype, ones=bias is not None):
        np.matmul(rows, matrix, out=y[piece].reshape(len(rows), -1))
    return y.astype(weight.dtype, copy=False)


@compiled
def weight_gradient(
    x: Array, grad: Array, weight: Array, axes: Sequence[Axis], groups: int
) -> tuple[Array, Array]:
    """The gradient of the weight, and that of a bias.

    ``dL/dweight[t, c, o] = sum over n and p of x[n, s p + d t, c] grad[n, p, o]``.
    """
    if depthwise.applies(weight, groups):
        return depthwise.weight_gradient(x, grad, weight, axes)
    if groups > 1:
        parts = zip(_split(x, groups), _split(grad, groups), _split(weight, groups), strict=True)
        weights, biases = zip(*(weight_gradient(x, g, w, axes, 1) for x, g, w in parts), strict=True)
        return np.concatenate(weights, axis=-1), np.concatenate(biases)
    dtype, outputs = dtype_of_sums(weight), weight.shape[-1]
    total = np.zeros((weight[..., 0].size + 1, outputs), dtype, like=x)
    part = np.empty_like(total)
    for piece, rows in _laid_out(x, axes, dtype, ones=True):
        grads = grad[piece].reshape(-1, outputs).astype(dtype, copy=False)
        total += np.matmul(rows.T, grads, out=part)
    total = total.astype(weight.dtype, copy=False)
    return total[:-1].reshape(weight.shape), total[-1]


@compiled
def input_gradient(grad: Array, weight: Array, axes: Sequence[Axis], groups: int) -> Array:
    """``dL/dx[n, s p + d t, c]``, the sum of ``grad[n, p, o] weight[t, c, o]`` over t, p and o."""
    if depthwise.applies(weight, groups):
        return depthwise.input_gradient(grad, weight, axes, groups)
    if groups > 1:
        parts = zip(_split(grad, groups), _split(weight, groups), strict=True)
        return np.concatenate([input_gradient(g, w, axes, 1) for g, w in parts], axis=-1)
    channels, sizes = weight.shape[-2], [axis.size for axis in axes]
    if channels < FEW:
        dx = np.zeros((channels, len(grad), *sizes), dtype_of_sums(weight), like=grad)
        dx = np.moveaxis(dx, 0, -1)
    else:
        dx = np.zeros((len(grad), *sizes, channels), dtype_of_sums(weight), like=grad)
    if channels < FEW or axes[-1].stride > 1:
        values = _values_by_tap(grad, weight, axes)
    else:
        values = _values_by_line(grad, weight, axes)
        axes = [*axes[:-1], single_positions(sizes[-1])]
    for (samples, part), found in values:
        add_windows(found, [axes[0].part(part), *axes[1:]], dx[samples])
    return dx.astype(weight.dtype, order="C", copy=False)


def _values_by_tap(grad: Array, weight: Array, axes: Sequence[Axis]) -> Iterator[tuple[Piece, Array]]:
    """Piece by piece, what each window adds for each tap, as `add_windows` takes it."""
    *kernel, channels, outputs = weight.shape
    matrix = weight.reshape(-1, outputs).astype(dtype_of_sums(weight), copy=False)
    order: Literal["C", "F"] = "F" if channels < FEW else "C"
    memory = np.empty(0)
    for piece in cache_sized_parts(grad, axes, len(matrix)):
        steps = grad[piece].shape[:-1]
        grads = grad[piece].reshape(-1, outputs).astype(matrix.dtype, copy=False)
        if len(memory) != len(grads):
            memory = np.empty((len(grads), len(matrix)), matrix.dtype, order, like=grads)
        np.matmul(grads, matrix.T, out=memory)
        yield piece, memory.reshape(*steps, *kernel, channels)


def _values_by_line(grad: Array, weight: Array, axes: Sequence[Axis]) -> Iterator[tuple[Piece, Array]]:
    """The same, summed over the taps of the last axis by the product.

    Along an axis with a stride of 1, the adjoint is the correlation with the flipped kernel.
    """
    *rest, line, channels, outputs = weight.shape
    turned = np.moveaxis(np.flip(weight, -3), [-3, -1], [0, 1])
    matrix = turned.reshape(line * outputs, -1).astype(dtype_of_sums(weight), copy=False)
    along = [*(single_positions(axis.steps) for axis in axes[:-1]), axes[-1].flipped]
    values = np.empty(0)
    for piece, rows in _laid_out(grad, along, matrix.dtype):
        values = np.matmul(rows, matrix, out=values if len(values) == len(rows) else None)
        height = piece[1].stop - piece[1].start
        steps = height, *(axis.steps for axis in along[1:])
        yield piece, values.reshape(-1, *steps, *rest, 1, channels)


def _laid_out(
    x: Array, axes: Sequence[Axis], dtype: np.dtype[Any], *, ones: bool = False
) -> Iterator[tuple[Piece, Array]]:
    """Piece by piece, the windows as the rows of a matrix, which a column of ones may follow.

    The memory is the same each time.
    """
    channels, known = x.shape[-1], None
    width = math.prod(axis.kernel for axis in axes) * channels
    for samples, part in cache_sized_parts(x, axes, width):
        some = [axes[0].part(part), *axes[1:]]
        seen = covered(x[samples], some)
        if known != (len(seen), part):
            known = len(seen), part
            place, windows = padded_windows(seen, some, channels, dtype)
            shape = windows.size // width, width + ones
            rows = np.ones_like(x, dtype, "F" if channels < FEW else "C", shape=shape)
            by_tap = rows[:, :width].reshape(windows.shape)
        np.copyto(place, seen)
        np.copyto(by_tap, windows)
        yield (samples, part), rows


def _split(x: Array, groups: int) -> list[Array]:
    """The parts of the last axis."""
    parts = np.split(x, groups, axis=-1)
    return [part.astype(part.dtype, order="C", copy=False) for part in parts]
