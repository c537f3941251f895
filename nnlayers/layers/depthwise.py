"""Convolution with a group for each channel, and its adjoints: there are no matrices to multiply.

The arguments are those of `correlation`, with a weight ``(*kernel, 1, outputs)``; a channel may have
several outputs. What is multiplied at a time is a line, the last spatial axis with the channels: ``l``
in the sums, where ``r`` are the other spatial axes and ``t`` the taps.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.sums import at_least_float32, column_sums, dtype_of_sums, einsum_into
from nnlayers.layers.windows import Axis, cache_sized_parts, covered, padded_windows, single_positions


def applies(weight: Array, groups: int) -> bool:
    """True if each group has one channel, and there are several."""
    return groups > 1 and weight.shape[-2] == 1


def correlate(x: Array, weight: Array, axes: Sequence[Axis], bias: Array | None = None) -> Array:
    """``y[n, p, c] = bias[c] + sum over t of x[n, s p + d t, c] weight[t, c]``."""
    shape = len(x), *(axis.steps for axis in axes), weight.shape[-1]
    y = np.empty(shape, dtype_of_sums(weight), like=x)
    factors = _on_lines(weight, axes, y.dtype)
    biases = None if bias is None else np.tile(bias, axes[-1].steps)
    for piece, lines in _laid_out(_for_outputs(x, weight), axes, y.dtype):
        line = lines.shape[-1]
        out = y[piece].reshape(*lines.shape[: len(axes)], line)
        einsum_into(out, _summed(axes, "nrtl,tl->nrl"), lines, factors[..., :line])
        if biases is not None:
            out += biases[:line]
    return y.astype(weight.dtype, copy=False)


def weight_gradient(x: Array, grad: Array, weight: Array, axes: Sequence[Axis]) -> tuple[Array, Array]:
    """The gradient of the weight, and that of a bias."""
    dtype, outputs = dtype_of_sums(weight), weight.shape[-1]
    total = np.zeros_like(_on_lines(weight, axes, dtype))
    for piece, lines in _laid_out(_for_outputs(x, weight), axes, dtype):
        line = lines.shape[-1]
        grads = grad[piece].reshape(*lines.shape[: len(axes)], line).astype(dtype, copy=False)
        total[..., :line] += np.einsum(_summed(axes, "nrtl,nrl->tl"), lines, grads)
    total = total.reshape(*weight.shape[:-2], -1, outputs).sum(axis=-2, keepdims=True)
    sums = column_sums(at_least_float32(grad).reshape(-1, outputs))
    return total.astype(weight.dtype, copy=False), sums.astype(weight.dtype, copy=False)


def input_gradient(grad: Array, weight: Array, axes: Sequence[Axis], groups: int) -> Array:
    """``dL/dx[n, s p + d t, c]``, the sum of ``grad[n, p, c] weight[t, c]`` over t, p and outputs.

    It is the correlation with the flipped kernel, of the gradient with zeros in the steps of a stride.
    """
    outputs, dtype = weight.shape[-1], dtype_of_sums(weight)
    if any(axis.stride > 1 for axis in axes):
        sizes = (axis.stride * (axis.steps - 1) + 1 for axis in axes)
        apart = np.zeros((len(grad), *sizes, outputs), dtype, like=grad)
        apart[:, *(slice(None, None, axis.stride) for axis in axes)] = grad
        grad = apart
    flipped = np.flip(weight, tuple(range(len(axes)))).astype(dtype, copy=False)
    dx = correlate(grad, flipped, [axis.flipped for axis in axes])
    if outputs > groups:
        dx = dx.reshape(*dx.shape[:-1], groups, outputs // groups).sum(axis=-1)
    return dx.astype(weight.dtype, copy=False)


def _for_outputs(x: Array, weight: Array) -> Array:
    """Each channel as often as it has outputs."""
    times = weight.shape[-1] // x.shape[-1]
    return x if times == 1 else np.repeat(x, times, axis=-1)


def _on_lines(weight: Array, axes: Sequence[Axis], dtype: np.dtype[Any]) -> Array:
    """The factors of each tap, ``(*kernel, line)``."""
    return np.tile(weight[..., 0, :].astype(dtype, copy=False), axes[-1].steps)


def _summed(axes: Sequence[Axis], subscripts: str) -> str:
    """The subscripts of a sum, with letters for each axis."""
    return subscripts.replace("r", "abc"[: len(axes) - 1]).replace("t", "uvw"[: len(axes)])


def _laid_out(
    x: Array, axes: Sequence[Axis], dtype: np.dtype[Any]
) -> Iterator[tuple[tuple[slice, slice], Array]]:
    """Piece by piece, what the taps see, ``(n, *rows, *kernel, line)``.

    What those of the last axis see is copied, to the same memory each time; the rest is a view.
    """
    channels, known = x.shape[-1], None
    for samples, part in cache_sized_parts(x, axes, axes[-1].kernel * channels):
        some = [axes[0].part(part), *axes[1:]]
        seen = covered(x[samples], some)
        if known != (len(seen), part):
            known = len(seen), part
            place, windows, by_tap, lines = _memory(seen, some, channels, dtype)
        np.copyto(place, seen)
        np.copyto(by_tap, windows)
        yield (samples, part), lines


def _memory(
    x: Array, axes: Sequence[Axis], channels: int, dtype: np.dtype[Any]
) -> tuple[Array, Array, Array, Array]:
    """The place for the samples, the windows along the last axis, the place for these, all lines."""
    *rows, last = axes
    padded = [
        single_positions(axis.reach)._replace(before=axis.before, after=axis.after) for axis in rows
    ]
    place, windows = padded_windows(x, [*padded, last], channels, dtype)
    shape = len(x), *(axis.reach for axis in rows), last.steps, last.kernel, channels
    windows = windows.reshape(shape).swapaxes(-2, -3)
    inside = [axis._replace(before=0, after=0) for axis in rows]
    by_tap, lines = padded_windows(x, inside, last.kernel * last.steps * channels, dtype)
    lines = lines.reshape(*lines.shape[:-1], last.kernel, last.steps * channels)
    return place, windows, by_tap.reshape(windows.shape), lines
