"""The checks on what comes in, with the words of their errors: shared by the whole package."""

import math
import numbers
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array: TypeAlias = NDArray[Any]
RandomSource: TypeAlias = np.random.Generator | int | None


def as_array(x: Any) -> Array:
    """``x`` itself where it is an array already, of any library that speaks NumPy's protocols."""
    return x if hasattr(x, "__array_function__") else np.asarray(x)


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


def check_gradient(grad: Array, shape: tuple[int, ...], who: object) -> None:
    """Refuse a gradient that has not the shape of the output: it would broadcast, or fail later."""
    if np.shape(grad) != shape:
        raise ValueError(
            f"{who}.backward: expected a gradient of the output's shape {shape}, got {np.shape(grad)}"
        )


def whole_number(value: object, name: str, who: object) -> int:
    """``value`` as an int, where it is a whole number of at least 1."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{who}: {name} must be a whole number, got {value!r}")
    if value < 1:
        raise ValueError(f"{who}: {name} must be at least 1, got {value!r}")
    return int(value)


def real_number(
    value: Any, name: str, who: object, *, low: float = 0.0, below: float = math.inf
) -> float:
    """``value`` as a Python float (a NumPy one would upcast float32), in ``[low, below)``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{who}: {name} must be a real number, got {value!r}")
    number = float(value)
    if not low <= number < below:  # NaN fails every comparison
        raise ValueError(f"{who}: {name} must be in [{low:g}, {below:g}), got {value!r}")
    return number


def generator(rng: RandomSource) -> np.random.Generator:
    """The generator itself, or a new one from a seed (or, from None, from fresh entropy)."""
    return np.random.default_rng(rng)
