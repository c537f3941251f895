"""Sums and means that layers, losses and optimizers share, and the long rows that make them fast."""

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.compiled import compiled
from nnlayers.core.devices import as_float, as_floats, on_device

JOIN_ABOVE = 1 << 16  # elements: in smaller arrays, joining rows takes longer than it saves
ROW = 1 << 14  # elements: as long as joined rows become
PIECE = 1 << 12  # rows
AT_ONCE = 1 << 17  # numbers that are added up by index in one go


def at_least_float32(x: Array) -> Array:
    """The array itself; one of float16 in float32, in which its numbers are added up."""
    return x.astype(np.float32) if x.dtype.char == "e" else x


def dtype_of_sums(x: Array) -> np.dtype[Any]:
    """The dtype in which the numbers of an array are added up: its own, float32 for float16."""
    return np.result_type(x.dtype, np.float32)


def column_sums(x: Array, weights: Array | None = None) -> Array:
    """The sums over all rows, each times its weight, of shape ``(..., C)`` from ``(..., rows, C)``.

    A product with ones takes a quarter of the time of ``x.sum(axis=-2)``. Many rows are summed in
    pieces: the rounding error grows with the number of those that are added one after another.
    """
    rows, columns = x.shape[-2:]
    if weights is None:
        weights = np.ones_like(x, shape=rows)
    if rows < 2 * PIECE:
        return weights @ x
    end = rows // PIECE * PIECE
    pieces = x[..., :end, :].reshape(*x.shape[:-2], -1, PIECE, columns)
    sums: Array = (weights[:end].reshape(-1, 1, PIECE) @ pieces).sum(axis=(-3, -2))
    sums += column_sums(x[..., end:, :], weights[end:])
    return sums


def column_dots(x: Array, y: Array) -> Array:
    """The sums over all rows of ``x * y``, without an array of the products."""
    if x.size <= JOIN_ABOVE:
        return np.einsum("...rc,...rc->...c", x, y)
    sums = np.einsum("...rc,...rc->...c", *long_rows(x), *long_rows(y))
    return sums.reshape(*x.shape[:-2], -1, x.shape[-1]).sum(axis=-2)


def centre_columns(x: Array, mean: Array) -> Array:
    """``x - mean`` with a mean for each column, C-contiguous."""
    rows, mean = long_rows(x, mean)
    return _in_c_order(np.subtract, rows, mean).reshape(x.shape)


def scale_columns(x: Array, scale: Array, *shift: Array, out: Array | None = None) -> Array:
    """``x * scale + shift`` with a number for each column, C-contiguous; ``out`` may be ``x``."""
    rows, scale, *shift_of_rows = long_rows(x, scale, *shift)
    if out is None:
        y = _in_c_order(np.multiply, rows, scale)
    else:
        y = np.multiply(rows, scale, out=out.reshape(rows.shape))
    for vector in shift_of_rows:
        y += vector
    return y.reshape(x.shape)


def _in_c_order(ufunc: np.ufunc, x: Array, other: Array) -> Array:
    """``ufunc(x, other)``, C-contiguous; on a GPU in any order, since CuPy's ufuncs take none."""
    y: Array = ufunc(x, other) if on_device(x) else ufunc(x, other, order="C")
    return y


def long_rows(x: Array, *vectors: Array) -> tuple[Array, ...]:
    """Rows of ``(..., rows, C)`` joined to fewer and longer ones, and vectors repeated to match.

    NumPy's inner loop is a row, and short ones take more than twice the time.
    """
    if x.size > JOIN_ABOVE:
        count = rows_to_join(*x.shape[-2:])
        x = x.reshape(*x.shape[:-2], x.shape[-2] // count, count * x.shape[-1])
        vectors = tuple(np.tile(vector, count) for vector in vectors)
    return (x, *[vector[..., np.newaxis, :] for vector in vectors])


@functools.lru_cache(1024)
def rows_to_join(rows: int, columns: int) -> int:
    """A divisor of the number of rows: joined rows are long, and yet a small part of all."""
    most = min(ROW // columns, rows // 8)
    return next((count for count in range(most, 1, -1) if rows % count == 0), 1)


def row_dots(x: Array, y: Array) -> Array:
    """The sums over the last axis of ``x * y``, without an array of the products."""
    return np.einsum("...c,...c->...", x, y) if on_device(x) else np.vecdot(x, y)


def einsum_into(out: Array, subscripts: str, *arrays: Array) -> None:
    """``np.einsum(subscripts, *arrays, out=out)``; that of CuPy has no ``out``."""
    if on_device(out):
        out[...] = np.einsum(subscripts, *arrays)
    else:
        np.einsum(subscripts, *arrays, out=out)


def product_where(counts: Array, x: Array, factors: Array, zeros: Array) -> Array:
    """``x * factors`` where it counts, and the zeros elsewhere, whatever ``x`` is there."""
    if on_device(x):  # CuPy's ufuncs take no where
        return np.where(counts, x * factors, zeros).astype(zeros.dtype, copy=False)
    return np.multiply(x, factors, out=zeros, where=counts)


def norm(arrays: Sequence[Array]) -> float:
    """The Euclidean norm of all numbers of some arrays, also if their squares overflow."""
    with np.errstate(over="ignore", invalid="ignore"):
        arrays = [at_least_float32(array) for array in arrays]
        square = sum(as_floats([np.vdot(array, array) for array in arrays]))
        if math.isfinite(square):
            return math.sqrt(square)
        largest = max(as_floats([np.abs(array).max() for array in arrays if array.size]))
        if not math.isfinite(largest):
            return largest
        scaled = [np.square(array / largest).sum(dtype=np.float64) for array in arrays]
        return largest * math.sqrt(sum(as_floats(scaled)))


def nan_for_overflow(array: Array) -> Array:
    """The array, in which infinities become NaN on a device, where nothing raises an error.

    Divided by an infinite root, an update would be 0, and the training stand still in silence.
    """
    if on_device(array):
        array += 0 * array
    return array


@compiled
def sum_by_index(rows: Array, index: Array, count: int) -> Array:
    """The sum of the rows with each index, ``(count, features)``; that of float16 in float32.

    ``np.add.at`` is fast for single numbers only, so each number gets an index; two of them pass for a
    complex number, which is added as fast as a real one.
    """
    if rows.dtype.char == "e":
        return sum_by_index(rows.astype(np.float32), index, count).astype(rows.dtype)
    if on_device(rows):
        sums = np.zeros((count, rows.shape[1]), rows.dtype, like=rows)
        np.add.at(sums, index, rows)
        return sums
    if rows.dtype.kind == "f" and rows.shape[1] % 2 == 0:
        pairs = np.ascontiguousarray(rows).view(np.result_type(rows.dtype, np.complex64))
        return sum_by_index(pairs, index, count).view(rows.dtype)
    features = rows.shape[1]
    total = np.zeros(count * features, rows.dtype)
    at_once = max(1, AT_ONCE // features)
    for start in range(0, len(rows), at_once):
        block = slice(start, start + at_once)
        places = index[block, np.newaxis] * features + np.arange(features)
        np.add.at(total, places.ravel(), rows[block].ravel())
    return total.reshape(count, features)


def weighted_mean(losses: Array, shares: Array | float) -> Any:
    """The weighted mean in float64; losses of share 0 are ignored, even if they are not finite.

    It is a float; on a GPU, an array of shape ``()``.
    """
    if isinstance(shares, float):
        total = np.add.reduce(losses, axis=None, dtype=np.float64)
        return (float(total) if type(losses) is np.ndarray else as_float(total)) / losses.size
    counts = np.broadcast_to(shares != 0, losses.shape)
    return as_float(product_where(counts, losses, shares, np.zeros(losses.shape, like=losses)).sum())


def times_shares(slopes: Array, shares: Array | float, grad: float = 1.0) -> Array:
    """The gradient: slopes times the share of each, times the number that comes in."""
    if isinstance(shares, float):
        return slopes * (shares * float(grad))
    factors = (shares * float(grad)).astype(slopes.dtype)
    counts = np.broadcast_to(shares != 0, slopes.shape)
    return product_where(counts, slopes, factors, np.zeros_like(slopes))
