"""What exact checks are made of: passes of a layer, and comparisons of their results up to rounding."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.testing.trials import Gradients, block_in_words


def first_difference(one: Gradients, other: Gradients, tolerance: float = 1e-9) -> str:
    """The first block, in words, in which two sets of gradients differ; empty if there is none."""
    largest = max(float(np.abs(g).max(initial=0)) for g in (*one.values(), 0.0) if g is not None)
    for block in one:
        if not nearly_equal(one[block], other[block], tolerance, noise=1e-13 * largest):
            return block_in_words(block)
    return ""


def nearly_equal(one: Any, other: Any, tolerance: float = 1e-9, noise: float = 0.0) -> bool:
    """True if two arrays are equal up to rounding and noise; None stands for zeros."""
    if one is None and other is None:
        return True
    one = np.zeros_like(other) if one is None else np.asarray(one)
    other = np.zeros_like(one) if other is None else np.asarray(other)
    if one.shape != other.shape:
        return False
    size = np.abs(one[np.isfinite(one)]).max(initial=0.0)
    return np.allclose(one, other, rtol=tolerance, atol=tolerance * float(size) + noise, equal_nan=True)


def sum_gradients(*gradients: Array | None) -> Array | None:
    """The sum of gradients; None stands for zeros."""
    parts = [gradient for gradient in gradients if gradient is not None]
    return sum(parts[1:], start=parts[0]) if parts else None


def predict_if_defined(layer: Layer, x: Array) -> Array | None:
    """The prediction; None if the layer has no predict, which is reported by another check."""
    try:
        return layer.predict(x)
    except NotImplementedError:
        return None


def another_input(trial: Trial) -> Any:
    """Another input of the same shape, with values that the layer accepts."""
    return (
        np.roll(trial.x, 1, axis=0)[::-1]
        if trial.values_given or trial.x.dtype.kind != "f"
        else (0.7 * np.flip(trial.x) + 0.1)
    )


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "Fortran-ordered": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "read-only": lambda a: _read_only(a.copy()),
}
