"""Derivatives from function values: central differences at many step sizes, with error estimates."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np

from nnlayers.core.checks import Array, describe

__all__ = ["directional_derivative", "numerical_gradient"]

T = TypeVar("T", float, Array)
STEPS = [4.0**-k / 8 for k in range(14)]  # 1/8 ... 2e-9
EPS = float(np.finfo(np.float64).eps)
SAFETY_FACTOR = 10.0  # the true error is taken to be at most this many times the estimate
NEARBY_DISTANCE = 1e-4  # of nearby points, relative to the largest coordinate


class Derivative(NamedTuple):
    """A derivative, the estimate of its error, and the kind of point."""

    value: float
    error: float
    kind: str
    """``"smooth"``, ``"kink"`` (nearby slopes differ), or ``"unsure"`` (no two step sizes agree)."""


def derivative(
    f: Callable[[float], float], *, absolute_sum: float = 0.0, stop_below: float = 0.0
) -> Derivative:
    """The derivative of ``f`` at 0, from steps of 1/8 down to 2e-9.

    The error estimate has three parts: the change made by the last extrapolation, the rounding of ``f``
    divided by the step, and the disagreement with smaller steps. The third part reveals steps that
    reach across a kink, and functions computed in lower precision. The step with the smallest estimate
    is used, provided that a neighbouring one agrees. Steps at which ``f`` is not finite are ignored.

    Parameters
    ----------
    f : function of a float
        Returns a float. NumPy's warnings are silenced while it runs.
    absolute_sum : float
        The sum of the absolute values of the terms in ``f``, which bounds its rounding error.
    stop_below : float
        Stop at the first step whose estimated error is at most this.
    """
    estimates: list[tuple[float, float]] = []  # value and error, from large steps to small ones
    central: list[float] = []
    with np.errstate(all="ignore"):
        for h in STEPS:
            central.append((f(h) - f(-h)) / (2 * h))
            if len(central) < 3:
                continue
            value, change = extrapolate(*central[-3:])
            error = change + 4 * EPS * absolute_sum / h
            estimates.append((value, error if np.isfinite(error) else np.inf))
            if error <= stop_below and len(estimates) > 1 and _agree(estimates[-1], estimates[-2]):
                return Derivative(value, error, "smooth")
    # The actual scatter of f: how far smaller steps deviate from each estimate.
    for index, (value, error) in enumerate(estimates):
        smaller = zip(central[index + 3 :], STEPS[index + 3 :], strict=False)
        scatter = max((abs(slope - value) * h for slope, h in smaller), default=0.0)
        error += 2 * scatter / STEPS[index + 2]
        estimates[index] = value, error if np.isfinite(error) else np.inf
    for index in sorted(range(len(estimates) - 1), key=lambda index: estimates[index][1]):
        neighbours = estimates[max(index - 1, 0) : index] + estimates[index + 1 : index + 2]
        value, error = estimates[index]
        significant = SAFETY_FACTOR * error <= abs(value) or error <= 1e-7 * absolute_sum
        if significant and any(_agree(estimates[index], neighbour) for neighbour in neighbours):
            return Derivative(value, error, "smooth")
    return Derivative(*min(estimates, key=lambda estimate: estimate[1]), "unsure")


def extrapolate(a: T, b: T, c: T) -> tuple[T, T]:
    """The limit of central differences whose steps are ``h, h/4, h/16``, and the last change.

    The error of the difference ``D(h) = (f(h) - f(-h)) / 2h`` is ``a h² + b h⁴ + ...``. Richardson
    extrapolation removes one term after the other: ``R(h) = (16 D(h/4) - D(h)) / 15``, then
    ``(256 R(h/4) - R(h)) / 255``.
    """
    before, once = (16 * b - a) / 15, (16 * c - b) / 15
    value = (256 * once - before) / 255
    return value, abs(value - once)


def _agree(one: tuple[float, float], other: tuple[float, float]) -> bool:
    error = one[1] + other[1]
    return error < np.inf and abs(one[0] - other[0]) <= SAFETY_FACTOR * error


def directional_derivative(
    f: Callable[[Array], Any], x: Array, d: Array, *, seed: int = 0
) -> Derivative:
    """The derivative of ``f`` at ``x`` along ``d``: of ``t -> f(x + t d)`` at 0.

    Parameters
    ----------
    f : function of an array
        Returns a number, or an array that is summed.
    x, d : array
        The point and the direction, of the same shape; both are converted to float64.
    seed : int
        Seed for the nearby points that distinguish a kink from a smooth point.

    Returns
    -------
    Derivative
        The value, the estimate of its error, and the kind of point. At a kink the value is the mean of
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
        raise ValueError(
            f"directional_derivative: expected x and d of one shape, got {x.shape} and {d.shape}"
        )

    def along(x: Array) -> Derivative:
        absolute_sum = float(np.abs(f(x)).sum())
        return derivative(lambda t: float(np.sum(f(x + t * d))), absolute_sum=absolute_sum)

    here = along(x)
    if here.kind == "smooth":
        scale = float(np.abs(x).max(initial=0)) or 1.0
        rng = np.random.default_rng(seed)
        for _ in range(2):
            there = along(x + NEARBY_DISTANCE * scale * rng.uniform(-1, 1, x.shape))
            # A smooth slope changes in proportion to the distance; across a kink it jumps.
            if abs(there.value - here.value) > 0.01 * (
                abs(here.value) + abs(there.value)
            ) + SAFETY_FACTOR * (here.error + there.error):
                return here._replace(kind="kink")
    return here


def numerical_gradient(f: Callable[[Array], Any], x: Array) -> tuple[Array, Array]:
    """The gradient of ``f`` at ``x``, element by element, and the estimated error of each element.

    Parameters
    ----------
    f : function of an array
        Returns a number.
    x : array
        The point, converted to float64.

    Returns
    -------
    gradient, error : arrays of the shape of ``x``
        The error is infinite where no two step sizes agree.

    Raises
    ------
    ValueError
        ``f`` returns several numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from nnlayers.testing import numerical_gradient
    >>> gradient, error = numerical_gradient(lambda x: (x**2).sum(), np.array([1.0, -2.0]))
    >>> gradient.round(6).tolist(), bool((error < 1e-6).all())
    ([2.0, -4.0], True)
    """
    x = np.asarray(x, np.float64)
    y = f(x)
    if np.size(y) != 1:
        raise ValueError(
            f"numerical_gradient: expected f to return a number, got {describe(y)}: for the gradient "
            "of its sum, write lambda x: f(x).sum()"
        )
    absolute_sum = float(np.abs(y).sum())
    gradient, error = np.zeros_like(x), np.zeros_like(x)
    for index in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[index] = 1.0

        def along(t: float, unit: Array = unit) -> float:
            return float(np.sum(f(x + t * unit)))

        found = derivative(along, absolute_sum=absolute_sum)
        gradient[index] = found.value
        error[index] = found.error if found.kind == "smooth" else np.inf
    return gradient, error
