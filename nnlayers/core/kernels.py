"""Kernels that layers and optimizers share: the product of matrices, and blocks of large arrays."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from nnlayers.core.checks import Array

BLOCK = 1 << 17  # elements: half a megabyte in float32


def product(x: Array, matrix: Array) -> Array:
    """``x @ matrix`` over the last axis of ``x``, as one product of two matrices.

    For small ones ``dot`` takes half the time of ``@``, which also goes through a stack one by one.
    """
    if x.ndim == 2:
        return x.dot(matrix)
    return x.reshape(-1, x.shape[-1]).dot(matrix).reshape(*x.shape[:-1], matrix.shape[-1])


def sum_rows(x: Array) -> Array:
    """The sum over the first axis; that of float16 in float32, where small numbers are not lost."""
    if x.dtype.char == "e":
        return x.sum(axis=0, dtype=np.float32).astype(x.dtype)
    total: Array = np.add.reduce(x, axis=0)  # which x.sum calls
    return total


def blocks(*arrays: Array) -> Iterable[tuple[Array, ...]]:
    """Views of arrays of one shape, some rows at a time, for element-wise work on large ones.

    What is computed from a block stays in the cache; a temporary as large as the arrays would go
    through memory again and again, to pages that the system has to clear first.
    """
    if arrays[0].size <= BLOCK:
        return (arrays,)
    rows = max(1, BLOCK // arrays[0][0].size)
    starts = range(0, len(arrays[0]), rows)
    return (tuple(array[start : start + rows] for array in arrays) for start in starts)


def descend(value: Array, grad: Array, lr: float, decay: float) -> None:
    """A step of gradient descent, in place: ``value -= lr * (grad + decay * value)``."""
    if value.size > BLOCK:
        for w, g in blocks(value, grad):
            descend(w, g, lr, decay)
    elif decay:
        step = decay * value
        step += grad
        step *= lr
        value -= step
    else:
        value -= lr * grad


def norm(arrays: Sequence[Array]) -> float:
    """The Euclidean norm of all numbers of some arrays, also if their squares overflow."""
    with np.errstate(over="ignore", invalid="ignore"):
        arrays = [a.astype(np.float32) if a.dtype == np.float16 else a for a in arrays]
        square = sum(float(np.vdot(array, array)) for array in arrays)
        if math.isfinite(square):
            return math.sqrt(square)
        largest = max(float(np.abs(array).max(initial=0)) for array in arrays)
        if not math.isfinite(largest):
            return largest
        scaled = (np.square(array / largest).sum(dtype=np.float64) for array in arrays)
        return largest * math.sqrt(sum(map(float, scaled)))
