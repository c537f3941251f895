"""An entry of the list of correct layers, and the values and targets that entries draw."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Correct(NamedTuple):
    """A right layer (or loss): how to make it from sizes, and the axes of its input (or prediction)."""

    name: str
    make: Callable[..., Any]
    shape: str
    values: Callable[..., Any] | None = None
    target: Callable[..., Any] | None = None
    of: str = "layer"


# Values of the input, and targets of losses


def positive(rng, shape):
    return rng.uniform(0.5, 2, shape)


def moderate(rng, shape):
    """Standard normal: the layer is not for values 10,000 times as large."""
    return rng.standard_normal(shape)


def zeros_and_ones(rng, shape):
    """Nothing but ties."""
    return rng.integers(0, 2, shape).astype(np.float64)


def below_five(rng, shape):
    """Indices, most of them more than once."""
    return rng.integers(0, 5, shape)


def labels(rng, N, C):
    return rng.integers(0, C, N)


def distributions(rng, N, C):
    return rng.dirichlet(np.ones(C), N)


def numbers(rng, N, D):
    return rng.standard_normal((N, D))


def signs(rng, N, D):
    return rng.choice([-1.0, 1.0], (N, D))


def bits(rng, N, D):
    return rng.integers(0, 2, (N, D))
