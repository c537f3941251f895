"""Initial weights: functions of (shape, rng, dtype).

A shape is ``(fan_in, fan_out)``, with any number of kernel axes before: ``(height, width, in, out)``.
They draw in float64 and convert, so that one seed gives the same weights in every dtype.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from nnlayers.core.checks import Array, RandomSource, generator
from nnlayers.core.parameter import Parameter

__all__ = ["glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "zeros"]


def he_normal(shape: tuple[int, ...], rng: RandomSource = None, dtype: DTypeLike = np.float32) -> Array:
    """Normal with variance ``2 / fan_in``: keeps the size of signals through layers of ReLU.

    Source: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers", ICCV 2015, equation 10.

    Examples
    --------
    >>> weight = nn.he_normal((200, 300), rng=0)
    >>> weight.shape, weight.dtype, round(float(weight.std()), 3)  # the root of 2 / 200
    ((200, 300), dtype('float32'), 0.1)
    """
    fan_in, _ = _fans(shape)
    return _normal(2 / fan_in, shape, rng, dtype)


def he_uniform(
    shape: tuple[int, ...], rng: RandomSource = None, dtype: DTypeLike = np.float32
) -> Array:
    """Uniform with variance ``2 / fan_in``, so in ``+- sqrt(6 / fan_in)``.

    Source: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers", ICCV 2015 (its variance).

    Examples
    --------
    >>> weight = nn.he_uniform((6, 300), rng=0)
    >>> bool(np.abs(weight).max() <= 1)  # the root of 6 / 6
    True
    """
    fan_in, _ = _fans(shape)
    return _uniform(2 / fan_in, shape, rng, dtype)


def glorot_normal(
    shape: tuple[int, ...], rng: RandomSource = None, dtype: DTypeLike = np.float32
) -> Array:
    """Normal with variance ``2 / (fan_in + fan_out)``, for tanh and linear layers.

    Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, equation 12.

    Examples
    --------
    >>> weight = nn.glorot_normal((100, 100), rng=0)
    >>> round(float(weight.std()), 3)  # the root of 2 / 200
    0.1
    """
    return _normal(2 / sum(_fans(shape)), shape, rng, dtype)


def glorot_uniform(
    shape: tuple[int, ...], rng: RandomSource = None, dtype: DTypeLike = np.float32
) -> Array:
    """Uniform with variance ``2 / (fan_in + fan_out)``, so in ``+- sqrt(6 / (fan_in + fan_out))``.

    Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, equation 16.

    Examples
    --------
    >>> layer = nn.Dense(2, 4, initializer=nn.glorot_uniform, rng=0)
    >>> bool(np.abs(layer.weight.value).max() <= 1)  # the root of 6 / 6
    True
    """
    return _uniform(2 / sum(_fans(shape)), shape, rng, dtype)


def zeros(shape: tuple[int, ...], rng: RandomSource = None, dtype: DTypeLike = np.float32) -> Array:
    """All zeros: for biases. Weights of zero keep all units of a layer identical forever.

    Examples
    --------
    >>> nn.zeros((2, 3))
    array([[0., 0., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    return np.zeros(shape, dtype)


def initial_weight(
    initializer: Callable[..., Array],
    shape: tuple[int, ...],
    rng: RandomSource,
    who: object,
    dtype: DTypeLike = np.float32,
) -> Parameter:
    """The parameter that an initializer draws for a layer.

    Raises
    ------
    TypeError, ValueError
        It is not a function, or what it draws has another shape.
    """
    if not callable(initializer):
        raise TypeError(
            f"{who}: initializer must be a function such as nn.he_normal, got {initializer!r}"
        )
    weight = initializer(shape, generator(rng, who), dtype)
    if np.shape(weight) != shape:
        raise ValueError(f"{who}: expected initial weights of shape {shape}, got {np.shape(weight)}")
    return Parameter(weight, dtype=dtype)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) < 2 or 0 in shape:
        raise ValueError(f"initializer: expected a shape (..., fan_in, fan_out), got {shape}")
    kernel = math.prod(shape[:-2])
    return kernel * shape[-2], kernel * shape[-1]


def _normal(variance: float, shape: tuple[int, ...], rng: RandomSource, dtype: DTypeLike) -> Array:
    return (generator(rng, "initializer").standard_normal(shape) * math.sqrt(variance)).astype(dtype)


def _uniform(variance: float, shape: tuple[int, ...], rng: RandomSource, dtype: DTypeLike) -> Array:
    limit = math.sqrt(3 * variance)  # the variance of a uniform is limit² / 3
    return generator(rng, "initializer").uniform(-limit, limit, shape).astype(dtype)
