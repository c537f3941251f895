"""The derivative of a function of one number, from its values, with an estimate of its error."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

STEPS = [4.0**-k / 8 for k in range(12)]  # 1/8 ... 3e-8
EPS = float(np.finfo(np.float64).eps)


class Derivative(NamedTuple):
    """A value, and how far it may be from the truth."""

    value: float
    error: float


def derivative(f: Callable[[float], float], mass: float) -> Derivative:
    """The derivative of ``f`` at 0 by central differences, extrapolated over a ladder of steps.

    ``mass`` is the sum of the absolute values of what ``f`` adds up: it bounds its rounding error.

    The central difference ``D(h) = (f(h) - f(-h)) / 2h`` errs by ``a h² + b h⁴ + ...``. With steps that
    shrink by 4, Richardson's extrapolation removes one term after the other:
    ``R = (16 D(h/4) - D(h)) / 15``, and of two of those ``(256 R(h/4) - R(h)) / 255``. What the last
    one changed, and the rounding of ``f`` divided by the step, estimate the error; the step with the
    smallest estimate decides. Steps that reach over a kink disagree, and so lose to smaller ones.
    """
    with np.errstate(all="ignore"):
        central = np.array([(f(h) - f(-h)) / (2 * h) for h in STEPS])
        once = (16 * central[1:] - central[:-1]) / 15
        twice = (256 * once[1:] - once[:-1]) / 255
        errors = np.abs(twice - once[1:]) + 4 * EPS * mass / np.array(STEPS[2:])
    errors[~np.isfinite(errors)] = np.inf
    best = int(errors.argmin())
    return Derivative(float(twice[best]), float(errors[best]))
