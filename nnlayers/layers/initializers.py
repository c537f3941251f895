"""Initial weights: functions of (shape, rng, dtype).

A shape is ``(fan_in, fan_out)``, with any number of kernel axes before: ``(height, width, in, out)``.
They draw in float64 and convert, so that one seed gives the same weights in every dtype.
"""

import math

import numpy as np
from numpy.typing import DTypeLike

from nnlayers.core.building import blank, check_room, is_building
from nnlayers.core.checks import Array, RandomSource, generator, real_number

__all__ = [
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "orthogonal",
    "truncated_normal",
    "zeros",
]

CUT_DEVIATION = math.sqrt(1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2)))
"""The standard deviation of a standard normal that is cut at -2 and 2."""


def he_normal(shape: tuple[int, ...], rng: RandomSource = None, dtype: DTypeLike = np.float32) -> Array:
    """Normal with variance ``2 / fan_in``: keeps the size of signals through layers of ReLU.

    Source: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers", ICCV 2015, equation 10.

    Parameters
    ----------
    shape : tuple of int
        ``(fan_in, fan_out)``, with any number of kernel axes before, which multiply both; none is 0.
    rng : int, Generator or None
        The source of the numbers.
    dtype : dtype
        A floating type.

    Returns
    -------
    array of this shape

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

    Arguments are those of `he_normal`. Source: that of `he_normal` (its variance).

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

    Arguments are those of `he_normal`. Source: Glorot, Bengio, "Understanding the difficulty of
    training deep feedforward neural networks", AISTATS 2010, equation 12.

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

    Arguments are those of `he_normal`. Source: Glorot, Bengio, "Understanding the difficulty of
    training deep feedforward neural networks", AISTATS 2010, equation 16.

    Examples
    --------
    >>> layer = nn.Dense(2, 4, initializer=nn.glorot_uniform, rng=0)
    >>> bool(np.abs(layer.weight.value).max() <= 1)  # the root of 6 / 6
    True
    """
    return _uniform(2 / sum(_fans(shape)), shape, rng, dtype)


def lecun_normal(
    shape: tuple[int, ...], rng: RandomSource = None, dtype: DTypeLike = np.float32
) -> Array:
    """Normal with variance ``1 / fan_in``: keeps the size of signals through linear layers.

    Arguments are those of `he_normal`. Source: LeCun, Bottou, Orr, Müller, "Efficient BackProp", 1998,
    equation 16.

    Examples
    --------
    >>> weight = nn.lecun_normal((100, 300), rng=0)
    >>> round(float(weight.std()), 3)  # the root of 1 / 100
    0.1
    """
    fan_in, _ = _fans(shape)
    return _normal(1 / fan_in, shape, rng, dtype)


def lecun_uniform(
    shape: tuple[int, ...], rng: RandomSource = None, dtype: DTypeLike = np.float32
) -> Array:
    """Uniform with variance ``1 / fan_in``, so in ``+- sqrt(3 / fan_in)``.

    Arguments are those of `he_normal`. Source: that of `lecun_normal` (its variance).

    Examples
    --------
    >>> weight = nn.lecun_uniform((3, 300), rng=0)
    >>> bool(np.abs(weight).max() <= 1)  # the root of 3 / 3
    True
    """
    fan_in, _ = _fans(shape)
    return _uniform(1 / fan_in, shape, rng, dtype)


def truncated_normal(
    shape: tuple[int, ...],
    rng: RandomSource = None,
    dtype: DTypeLike = np.float32,
    *,
    stddev: float | None = None,
) -> Array:
    """Normal without its tails: numbers of more than two standard deviations are drawn again.

    Arguments are those of `he_normal`, and ``stddev``, the deviation of what is left, by default
    ``1 / sqrt(fan_in)``. (That of the normal before it is cut is larger: all numbers are in ``+- 2.27
    stddev``.) For a layer, give ``functools.partial(nn.truncated_normal, stddev=0.02)``.

    Source: Johnson, Kotz, Balakrishnan, "Continuous Univariate Distributions", volume 1, 1994, section
    13.10.1 (the variance).

    Examples
    --------
    >>> weight = nn.truncated_normal((100, 300), rng=0)
    >>> round(float(weight.std()), 3)  # the root of 1 / 100
    0.1
    >>> weight = nn.truncated_normal((100, 300), rng=0, stddev=0.02)
    >>> round(float(weight.std()), 3), round(float(np.abs(weight).max()), 3)
    (0.02, 0.045)
    """
    if stddev is None:
        stddev = 1 / math.sqrt(_fans(shape)[0])
    stddev = real_number(stddev, "stddev", "truncated_normal")
    if is_building():
        return blank(shape, dtype)
    rng = generator(rng, "truncated_normal")
    values = rng.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = rng.standard_normal(np.count_nonzero(outside))
    return (values * (stddev / CUT_DEVIATION)).astype(dtype)


def orthogonal(
    shape: tuple[int, ...],
    rng: RandomSource = None,
    dtype: DTypeLike = np.float32,
    *,
    gain: float = 1.0,
) -> Array:
    """A random orthogonal matrix times ``gain``: keeps the length of signals, or of gradients.

    All axes but the last are flattened to rows. If there are at least as many rows as columns,
    ``W.T @ W`` is ``gain²`` times the identity, otherwise ``W @ W.T``. Any orthogonal matrix is as
    likely as any other. Arguments are those of `he_normal`, and ``gain``. For a layer with another
    gain, give ``functools.partial(nn.orthogonal, gain=2**0.5)``.

    Sources: Saxe, McClelland, Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks", ICLR 2014; Mezzadri, "How to generate random matrices from the classical
    compact groups", Notices of the AMS 54, 2007 (the signs).

    Examples
    --------
    >>> weight = nn.orthogonal((3, 2), rng=0)
    >>> np.allclose(weight.T @ weight, np.eye(2), atol=1e-6)
    True
    """
    _fans(shape)
    gain = real_number(gain, "gain", "orthogonal")
    if is_building():
        return blank(shape, dtype)
    rows, columns = math.prod(shape[:-1]), shape[-1]
    normal = generator(rng, "orthogonal").standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(normal)
    q *= np.sign(np.diagonal(r))
    weight = q if rows >= columns else q.T
    return (gain * weight).reshape(shape).astype(dtype)


def zeros(shape: tuple[int, ...], rng: RandomSource = None, dtype: DTypeLike = np.float32) -> Array:
    """All zeros: for biases. Weights of zero keep all units of a layer identical forever.

    Arguments are those of `he_normal`.

    Examples
    --------
    >>> nn.zeros((2, 3))
    array([[0., 0., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    check_room(shape)
    return np.zeros(shape, dtype)


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    if np.ndim(shape) != 1 or len(shape) < 2 or min(shape) < 1:
        raise ValueError(f"initializer: expected a shape (..., fan_in, fan_out), got {shape}")
    kernel = math.prod(shape[:-2])
    return kernel * shape[-2], kernel * shape[-1]


def _normal(variance: float, shape: tuple[int, ...], rng: RandomSource, dtype: DTypeLike) -> Array:
    if is_building():
        return blank(shape, dtype)
    return (generator(rng, "initializer").standard_normal(shape) * math.sqrt(variance)).astype(dtype)


def _uniform(variance: float, shape: tuple[int, ...], rng: RandomSource, dtype: DTypeLike) -> Array:
    if is_building():
        return blank(shape, dtype)
    limit = math.sqrt(3 * variance)  # the variance of a uniform is limit² / 3
    return generator(rng, "initializer").uniform(-limit, limit, shape).astype(dtype)
