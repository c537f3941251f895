"""The standard normal distribution: NumPy lacks its distribution function."""

import functools
import math
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.conversion import widest

SHIFT = 3.0
FARTHEST = 13.0  # from here on, the density is less than float32 holds


def normal(x: Array) -> tuple[Array, Array]:
    """The distribution function Φ(x) of the standard normal, and its density φ(x), in x's dtype.

    ``Φ(-a) = exp(-a²/2) p(1 / (a + 3))`` for ``a >= 0``, with a polynomial p. The error is about that
    of rounding, and small values keep their digits.
    """
    wide = x.astype(widest(x), copy=False)
    t = np.abs(wide, out=np.empty_like(wide))
    t += SHIFT
    np.divide(1, t, out=t)
    first, *others, last = polynomial(wide.dtype)
    tail = np.multiply(t, first, out=np.empty_like(t))
    for coefficient in others:
        tail += coefficient
        tail *= t
    tail += last
    with np.errstate(over="ignore"):  # the exponential of minus infinity is 0
        density = np.square(wide, out=t)
    density *= -0.5
    np.exp(density, out=density)
    tail *= density
    density *= 1 / math.sqrt(2 * math.pi)
    below = np.abs(np.subtract(wide >= 0, tail, out=tail), out=tail)  # 1 - tail, or tail
    return below.astype(x.dtype, copy=False), density.astype(x.dtype, copy=False)


@functools.cache
def polynomial(dtype: np.dtype[Any]) -> list[float]:
    """The coefficients of p, the highest power first: it interpolates at Chebyshev points."""
    from numpy.polynomial import Chebyshev, Polynomial

    degree = 7 if dtype == np.float32 else 19

    def p(t: float) -> float:
        a = 1 / t - SHIFT
        return math.exp(a * a / 2) * math.erfc(a / math.sqrt(2)) / 2

    domain = [1 / (FARTHEST + SHIFT), 1 / SHIFT]
    fit = Chebyshev.interpolate(np.vectorize(p), degree, domain=domain)
    return fit.convert(kind=Polynomial).coef[::-1].tolist()
