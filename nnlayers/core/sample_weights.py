"""Weights of samples, or of positions, as losses and metrics take them."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array, real_array
from nnlayers.core.conversion import where, widest
from nnlayers.core.devices import nan_unless, on_device


def takes_argument(function: Callable[..., Any], name: str) -> bool:
    """True for a function with an argument of this name, or with any; False if that is not known."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):  # some functions in C have no signature
        return False
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def check_weights(weights: Any, shape: tuple[int, ...], who: object) -> Array:
    """Refuse weights that do not go with samples of this shape; return them as an array.

    Their shape is that of the leading axes; they are finite and at least 0. On a GPU, others are NaN.

    Raises
    ------
    ValueError, TypeError
        They are something else.
    """
    weights = as_array(weights, f"{who}: weights")
    weights = real_array(weights, widest(weights), f"{who}: weights")
    if not weights.ndim or weights.shape != shape[: weights.ndim]:
        leading = " or ".join(str(shape[:axes]) for axes in range(1, len(shape) + 1))
        raise ValueError(f"{who}: expected weights of shape {leading}, got {weights.shape}")
    if on_device(weights):
        return nan_unless(_are_finite_and_not_negative(weights), weights)
    check_not_negative(weights, who)
    return weights


def _are_finite_and_not_negative(weights: Array) -> Array:
    return (weights >= 0) & (weights < np.inf)  # NaN fails every comparison


def check_not_negative(weights: Array, who: object) -> None:
    """Refuse weights that are negative or not finite.

    Raises
    ------
    ValueError
        It names the first one.
    """
    good = _are_finite_and_not_negative(weights)
    if not good.all():
        place = np.unravel_index(int(good.argmin()), weights.shape)
        raise ValueError(
            f"{who}: expected weights that are finite and at least 0, got "
            f"{weights[place]} {where(place)}"
        )


def weights_of_all(weights: Any, shape: tuple[int, ...], who: object) -> Array:
    """The weight of each element of this shape, in float64, checked."""
    weights = real_array(check_weights(weights, shape, who), np.float64, f"{who}: weights")
    axes = (1,) * (len(shape) - weights.ndim)
    return np.broadcast_to(weights.reshape(weights.shape + axes), shape)
