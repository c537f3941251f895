"""Derivatives from values alone: central differences on a ladder of steps, with an error estimate."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array

STEPS = [4.0**-k / 8 for k in range(14)]  # 1/8 ... 2e-9
EPS = float(np.finfo(np.float64).eps)
MARGIN = 10.0  # an estimated error is believed up to this factor
HAIR = 1e-4  # how far away, relative to the scale, "nearby" is


class Derivative(NamedTuple):
    """A derivative, how far it may be from the truth, and what the function looks like there."""

    value: float
    error: float
    kind: str
    """``"smooth"``, ``"kink"`` (another value a hair away), or ``"unsure"`` (no two steps agree)."""


def derivative(f: Callable[[float], float], *, mass: float = 0.0, enough: float = 0.0) -> Derivative:
    """The derivative of ``f`` at 0, with steps from 1/8 down to 2e-9.

    The central difference ``D(h) = (f(h) - f(-h)) / 2h`` errs by ``a h² + b h⁴ + ...``. With steps
    that shrink by 4, Richardson's extrapolation removes one term after the other:
    ``R = (16 D(h/4) - D(h)) / 15``, and of two of those ``(256 R(h/4) - R(h)) / 255``. What the last
    one changed, and the rounding of ``f`` divided by the step, estimate the error; so does what smaller
    steps say, as far as their own rounding lets them: a step that reaches over a kink, or a function
    that is rounded more coarsely than it seems, is found out there. The step with the smallest
    estimate decides, if the next one agrees. Steps where ``f`` is not finite leave the ladder.

    Parameters
    ----------
    f : function of a float
        Returns a float; NumPy's warnings are silenced while it runs.
    mass : float
        The sum of the absolute values that ``f`` adds up, which bounds its rounding error.
    enough : float
        Stop at the first step whose error is estimated below this.
    """
    rungs: list[tuple[float, float]] = []  # value and error, from large steps to small ones
    central: list[float] = []
    with np.errstate(all="ignore"):
        for h in STEPS:
            central.append((f(h) - f(-h)) / (2 * h))
            if len(central) < 3:
                continue
            a, b, c = central[-3:]
            once = (16 * b - a) / 15, (16 * c - b) / 15
            twice = (256 * once[1] - once[0]) / 255
            error = abs(twice - once[1]) + 4 * EPS * mass / h
            rungs.append((twice, error if np.isfinite(error) else np.inf))
            if error <= enough and len(rungs) > 1 and _agree(rungs[-1], rungs[-2]):
                return Derivative(twice, error, "smooth")
    # How much f really scatters: by what smaller steps stray from the value of a rung.
    for index, (value, error) in enumerate(rungs):
        smaller = zip(central[index + 3 :], STEPS[index + 3 :], strict=False)
        stray = max((abs(slope - value) * h for slope, h in smaller), default=0.0)
        error += 2 * stray / STEPS[index + 2]
        rungs[index] = value, error if np.isfinite(error) else np.inf
    for index in sorted(range(len(rungs) - 1), key=lambda index: rungs[index][1]):
        neighbours = rungs[max(index - 1, 0) : index] + rungs[index + 1 : index + 2]
        value, error = rungs[index]
        shows = MARGIN * error <= abs(value) or error <= 1e-7 * mass
        if shows and any(_agree(rungs[index], neighbour) for neighbour in neighbours):
            return Derivative(value, error, "smooth")
    return Derivative(*min(rungs, key=lambda rung: rung[1]), "unsure")


def _agree(one: tuple[float, float], other: tuple[float, float]) -> bool:
    error = one[1] + other[1]
    return error < np.inf and abs(one[0] - other[0]) <= MARGIN * error


def directional_derivative(
    f: Callable[[Array], Any], x: Array, d: Array, *, seed: int = 0
) -> Derivative:
    """The derivative of ``f`` at ``x`` along ``d``: of ``t -> f(x + t d)`` at 0.

    Parameters
    ----------
    f : function of an array
        Returns a number, or an array whose sum is meant.
    x, d : array
        The point and the direction, of one shape; both are converted to float64.
    seed : int
        Draws the points nearby that tell a kink from a smooth place.

    Returns
    -------
    Derivative
        The value, an estimate of its error, and the kind of place: at a kink the value is the mean of
        the slopes on both sides.

    Examples
    --------
    >>> import numpy as np
    >>> from nnlayers.testing import directional_derivative
    >>> found = directional_derivative(np.sin, np.array([0.0]), np.array([2.0]))
    >>> round(found.value, 9), found.kind
    (2.0, 'smooth')
    """
    x, d = np.asarray(x, np.float64), np.asarray(d, np.float64)
    if x.shape != d.shape:
        raise ValueError(f"directional_derivative: x has shape {x.shape}, the direction {d.shape}")

    def along(x: Array) -> Derivative:
        mass = float(np.abs(f(x)).sum())
        return derivative(lambda t: float(np.sum(f(x + t * d))), mass=mass)

    here = along(x)
    if here.kind == "smooth":
        scale = float(np.abs(x).max(initial=0)) or 1.0
        rng = np.random.default_rng(seed)
        for _ in range(2):
            there = along(x + HAIR * scale * rng.uniform(-1, 1, x.shape))
            # A smooth slope moves by the curvature times a hair; across a kink it jumps.
            if abs(there.value - here.value) > 0.01 * (abs(here.value) + abs(there.value)) + MARGIN * (
                here.error + there.error
            ):
                return here._replace(kind="kink")
    return here


def numerical_gradient(f: Callable[[Array], Any], x: Array) -> tuple[Array, Array]:
    """The gradient of ``f`` at ``x``, element by element, and the estimated error of each.

    Parameters
    ----------
    f : function of an array
        Returns a number, or an array whose sum is meant.
    x : array
        The point, converted to float64.

    Returns
    -------
    gradient, error : arrays of the shape of ``x``
        The error is infinite where no two steps agree.

    Examples
    --------
    >>> import numpy as np
    >>> from nnlayers.testing import numerical_gradient
    >>> gradient, error = numerical_gradient(lambda x: (x**2).sum(), np.array([1.0, -2.0]))
    >>> gradient.round(6).tolist(), bool((error < 1e-6).all())
    ([2.0, -4.0], True)
    """
    x = np.asarray(x, np.float64)
    mass = float(np.abs(f(x)).sum())
    gradient, error = np.zeros_like(x), np.zeros_like(x)
    for index in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[index] = 1.0

        def along(t: float, unit: Array = unit) -> float:
            return float(np.sum(f(x + t * unit)))

        found = derivative(along, mass=mass)
        gradient[index] = found.value
        error[index] = found.error if found.kind == "smooth" else np.inf
    return gradient, error
