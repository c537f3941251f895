"""Clipping of gradients."""

import math
from typing import Any

import numpy as np

from nnlayers.core.checks import Array

KNOWN_NORM = "_known_norm"  # the attribute of an optimizer that need not compute it


def step_with_norm(optimizer: Any, norm: float | None) -> None:
    """Take a step of an optimizer, given the norm of its gradients, if that is known."""
    vars(optimizer)[KNOWN_NORM] = norm
    try:
        optimizer.step()
    finally:
        del vars(optimizer)[KNOWN_NORM]


def check_limits(optimizer: Any) -> None:
    """Refuse two limits of the gradients, of which one would change what the other one means.

    Raises
    ------
    ValueError
        Both are given.
    """
    if math.inf not in (optimizer.clip_norm, optimizer.clip_value):
        who = type(optimizer).__name__
        raise ValueError(f"{who}: expected clip_norm or clip_value, got both: leave out one of them")


def scale_of_gradients(optimizer: Any) -> float:
    """The factor that brings the norm of all gradients down to ``clip_norm``, or 1.

    Raises
    ------
    FloatingPointError
        They are not finite.
    """
    who, length = f"{type(optimizer).__name__}.step", vars(optimizer).get(KNOWN_NORM)
    if length is None:
        length = optimizer.gradient_norm()
    if not math.isfinite(length):
        raise FloatingPointError(f"{who}: gradients of the norm {length} cannot be clipped")
    limit: float = optimizer.clip_norm
    return limit / length if length > limit else 1.0


def clipped(grad: Array, scale: float, bound: float) -> Array:
    """A gradient times a factor, with each number in ``[-bound, bound]``."""
    if scale != 1:
        grad = grad * scale
    if bound != math.inf:
        bound = min(bound, float(np.finfo(grad.dtype).max))
        grad = np.clip(grad, -bound, bound)
    return grad
