"""What exact checks are made of: other inputs, and comparisons of results up to rounding.

Results are arrays, numbers, or (nested) tuples of arrays; None stands for zeros.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, describe
from nnlayers.core.structures import arrays_in, each
from nnlayers.testing.trial import Gradients, Trial


def first_difference(
    one: Gradients, other: Gradients, tolerance: float = 1e-9, noise: float = 0.0
) -> str:
    """The first block in which two sets of gradients differ; empty if there is none."""
    largest = max(float(np.abs(g).max(initial=0)) for g in (*one.values(), 0.0) if g is not None)
    for block in one:
        if not nearly_equal(one[block], other[block], tolerance, noise=1e-13 * largest + noise):
            return block
    return ""


def nearly_equal(one: Any, other: Any, tolerance: float = 1e-9, noise: float = 0.0) -> bool:
    """True if two results are equal up to rounding and noise."""
    if isinstance(one, tuple) or isinstance(other, tuple):
        tuples = isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other)
        return tuples and all(
            nearly_equal(*pair, tolerance, noise) for pair in zip(one, other, strict=True)
        )
    if one is None and other is None:
        return True
    one = np.zeros_like(other) if one is None else np.asarray(one)
    other = np.zeros_like(one) if other is None else np.asarray(other)
    if one.shape != other.shape:
        return False
    if np.array_equal(one, other):
        return True
    size = np.abs(one[np.isfinite(one)]).max(initial=0.0)
    return np.allclose(one, other, rtol=tolerance, atol=tolerance * float(size) + noise, equal_nan=True)


def identical(one: Any, other: Any) -> bool:
    """True if two results are equal in every bit, apart from NaN."""
    pairs = zip(arrays_in(one), arrays_in(other), strict=True)
    return all(
        np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f") for (_, a), (_, b) in pairs
    )


def sum_gradients(*gradients: Array | None) -> Array | None:
    """The sum of gradients; None stands for zeros."""
    parts = [gradient for gradient in gradients if gradient is not None]
    return sum(parts[1:], start=parts[0]) if parts else None


def times(factor: float, x: Any) -> Any:
    """A result times a number; None stays None."""
    return each(lambda array: None if array is None else factor * array, x)


def plus(one: Any, other: Any) -> Any:
    """The sum of two results of one form; None stays None."""
    return each(lambda a, b: None if a is None else a + b, one, other)


def times_each(factor: float, gradients: Gradients) -> Gradients:
    """All gradients times a number."""
    return {block: times(factor, gradient) for block, gradient in gradients.items()}


def floats(x: Any) -> list[tuple[str, Any]]:
    """The floating arrays in a result, with their places in a tuple."""
    return [(place, array) for place, array in arrays_in(x) if is_float(array)]


def is_float(array: Any) -> bool:
    """True for a floating array or number."""
    return array is not None and np.asarray(array).dtype.kind == "f"


def converted(x: Any, dtype: Any) -> Any:
    """A result with its floating arrays in another dtype; numbers stay as they are."""
    return each(lambda a: a.astype(dtype) if isinstance(a, np.ndarray) and is_float(a) else a, x)


def compared(found: Any, predicted: Any) -> str:
    """Two results that differ, where they differ most."""
    pairs = list(zip(arrays_in(found), arrays_in(predicted), strict=False))
    shapes = [(np.shape(one), np.shape(other)) for (_, one), (_, other) in pairs]
    if isinstance(found, tuple) != isinstance(predicted, tuple) or any(a != b for a, b in shapes):
        return f"{describe(found)}, predict {describe(predicted)}"
    place, one, other = max(
        ((place, one, other) for (place, one), (_, other) in pairs),
        key=lambda pair: float(np.abs(np.subtract(pair[1], pair[2])).max(initial=0)),
    )
    at = np.unravel_index(int(np.abs(one - other).argmax()), one.shape)
    where = f"{place}[{', '.join(map(str, at))}]"
    return f"{float(one[at]):z.6g} at {where}, predict {float(other[at]):z.6g}"


def another_input(trial: Trial) -> Any:
    """Another input of the same shape, with values that the subject accepts."""

    def other(array: Array) -> Array:
        if trial.values_given or array.dtype.kind != "f":
            return np.roll(array, 1, axis=0)[::-1] if array.ndim else array
        return 0.7 * np.flip(array) + 0.1

    return each(other, trial.x)


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "Fortran-ordered": lambda a: np.asfortranarray(a) if a.ndim else a,
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "read-only": lambda a: _read_only(a.copy()),
}
