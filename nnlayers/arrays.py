"""What all modules share: checks on what comes in, with the words of their errors, and two kernels."""

import math
import numbers
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array: TypeAlias = NDArray[Any]
RandomSource: TypeAlias = "np.random.Generator | int | None"  # quoted: importing it takes time

BLOCK = 1 << 17  # elements: half a megabyte in float32


def as_array(x: Any) -> Array:
    """``x`` as a plain array, or as that of another library that speaks NumPy's protocols."""
    if type(x) is np.ndarray or (hasattr(x, "__array_function__") and not isinstance(x, np.ndarray)):
        return x
    try:
        return np.asarray(x)  # of a memmap this is a view: nothing is loaded
    except ValueError as error:
        raise ValueError(f"expected an array, got something that cannot become one: {error}") from error


def real_array(x: Any, dtype: DTypeLike, who: object) -> Array:
    """``x`` as an array of ``dtype``, converted only where it has to be; only real numbers pass."""
    x = as_array(x)
    if x.dtype == dtype:
        return x
    if x.dtype.kind not in "fiub":
        raise TypeError(f"{who}: expected real numbers, got an array of dtype {x.dtype}")
    return x.astype(dtype)


def floating_array(x: Any, who: object) -> Array:
    """``x`` as an array of floating numbers: in its own floating dtype, else in float32."""
    x = as_array(x)
    return x if x.dtype.kind == "f" else real_array(x, np.float32, who)


def check_gradient(grad: Any, shape: tuple[int, ...], who: object) -> Array:
    """The gradient as an array, where it has the output's shape: others would broadcast, or fail."""
    grad = as_array(grad)
    if grad.shape != shape:
        raise ValueError(
            f"{who}.backward: expected a gradient of the output's shape {shape}, got {grad.shape}"
        )
    return grad


def product(x: Array, matrix: Array) -> Array:
    """``x @ matrix`` over the last axis of ``x``, as one product of two matrices.

    For small ones ``dot`` takes half the time of ``@``, which also goes through a stack one by one.
    """
    if x.ndim == 2:
        return x.dot(matrix)
    return x.reshape(-1, x.shape[-1]).dot(matrix).reshape(*x.shape[:-1], matrix.shape[-1])


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


def whole_number(value: object, name: str, who: object, *, least: int = 1) -> int:
    """``value`` as an int, where it is a whole number that is large enough."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{who}: {name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{who}: {name} must be at least {least}, got {value!r}")
    return int(value)


def real_number(value: Any, name: str, who: object, *, below: float = math.inf) -> float:
    """``value`` as a Python float (a NumPy one would upcast float32), in ``[0, below)``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{who}: {name} must be a real number, got {value!r}")
    number = float(value)
    if not 0 <= number < below:  # NaN fails every comparison
        raise ValueError(f"{who}: {name} must be in [0, {below:g}), got {value!r}")
    return number


def generator(rng: RandomSource, who: object) -> "np.random.Generator":
    """The generator itself, or a new one from a seed (or, from None, from fresh entropy)."""
    if rng is None or isinstance(rng, np.random.Generator):
        return np.random.default_rng(rng)
    if isinstance(rng, (bool, np.bool_)) or not isinstance(rng, numbers.Integral):
        raise TypeError(f"{who}: rng must be a seed (an int), a numpy Generator or None, got {rng!r}")
    if rng < 0:
        raise ValueError(f"{who}: rng as a seed must be at least 0, got {rng!r}")
    return np.random.default_rng(int(rng))
