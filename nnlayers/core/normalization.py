"""Groups of features brought to mean 0 and variance 1: what layers that normalize have in common."""

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.compiled import compiled
from nnlayers.core.sums import centre_columns, column_dots, column_sums, row_dots, scale_columns


@compiled
def normalize_groups(
    x: Array, gain: Array, offset: Array, groups: int, epsilon: float
) -> tuple[Array, Array, Array, Array, Array]:
    """``gain * centred * scale + offset``, and ``centred``, ``scale``, mean and variance.

    ``x`` is ``(N, rows, C)`` or ``(rows, C)``, ``gain`` and ``offset`` are ``(C,)``. Mean and variance,
    ``(N, groups)`` or ``(groups,)``, are those of all rows and of the columns of a group;
    ``centred = x - mean``, and ``scale = 1 / sqrt(variance + epsilon)``.
    """
    if x.ndim == 3 and x.shape[1] == groups == 1:
        return _normalize_rows(x, gain, offset, epsilon)
    mean = _means(column_sums(x), x, groups)
    centred = centre_columns(x, _of_columns(mean, x))
    variance = _means(column_dots(centred, centred), x, groups)
    scale = 1 / np.sqrt(variance + epsilon)
    y = scale_columns(centred, _of_columns(scale, x) * gain, offset)
    return y, centred, scale, mean, variance


@compiled
def normalize_groups_backward(
    grad: Array, centred: Array, scale: Array, gain: Array
) -> tuple[Array, Array, Array]:
    """The gradients of ``x``, ``gain`` and ``offset``.

    With ``z = centred * scale`` and ``h = gain * grad``: ``(h - mean(h) - z * mean(h z)) * scale``,
    ``sum(grad z)`` and ``sum(grad)``.
    """
    groups, columns = scale.shape[-1], grad.shape[-1]
    if grad.ndim == 3 and grad.shape[1] == groups == 1:
        return _backward_of_rows(grad, centred, scale, gain)
    scale = _of_columns(scale, grad)
    total, along = column_sums(grad), column_dots(grad, centred)
    for_gain, for_offset = _over_blocks(along * scale), _over_blocks(total)
    if groups == columns:  # the gain of a group's only column is a factor of the whole
        slope, shift = _means(along * scale**2, grad, groups), _means(total, grad, groups)
        grad_x = scale_columns(centred, slope, shift)
        np.subtract(grad, grad_x, out=grad_x)
        return scale_columns(grad_x, scale * gain, out=grad_x), for_gain, for_offset
    slope = -(scale**3) * _of_columns(_means(along * gain, grad, groups), grad)
    shift = -scale * _of_columns(_means(total * gain, grad, groups), grad)
    grad_x = scale_columns(centred, slope, shift)
    grad_x += scale_columns(grad, scale * gain)
    return grad_x, for_gain, for_offset


def _means(sums: Array, x: Array, groups: int) -> Array:
    """The means of the groups from sums over the rows."""
    members = x.shape[-1] // groups
    if members > 1:
        sums = sums.reshape(*sums.shape[:-1], groups, members).sum(axis=-1)
    return sums / (max(x.shape[-2], 1) * members)


def _of_columns(numbers: Array, x: Array) -> Array:
    """A number for each column from one for each group."""
    members = x.shape[-1] // numbers.shape[-1]
    return numbers if members == 1 else np.repeat(numbers, members, axis=-1)


def _over_blocks(sums: Array) -> Array:
    """The sums over all blocks of rows from those of each."""
    return sums if sums.ndim == 1 else sums.sum(axis=0)


def _normalize_rows(
    x: Array, gain: Array, offset: Array, epsilon: float
) -> tuple[Array, Array, Array, Array, Array]:
    """The same for blocks of one row, all columns of which are one group."""
    rows, size = x[:, 0], x.shape[2]
    mean = (rows @ np.full_like(x, 1 / size, shape=size))[:, np.newaxis]
    centred = rows - mean
    variance = row_dots(centred, centred)[:, np.newaxis] / size
    scale = 1 / np.sqrt(variance + epsilon)
    y = centred * scale
    y *= gain
    y += offset
    return y[:, np.newaxis], centred[:, np.newaxis], scale, mean, variance


def _backward_of_rows(
    grad: Array, centred: Array, scale: Array, gain: Array
) -> tuple[Array, Array, Array]:
    rows, centred = grad[:, 0], centred[:, 0]
    along = rows * centred
    for_gain, for_offset = column_sums(along, scale[:, 0]), column_sums(rows)
    share = gain.astype(grad.dtype, copy=False) / len(gain)
    grad_x = rows * gain
    grad_x -= (rows @ share)[:, np.newaxis]
    grad_x -= np.multiply(centred, (along @ share)[:, np.newaxis] * scale**2, out=along)
    grad_x *= scale
    return grad_x[:, np.newaxis], for_gain, for_offset
