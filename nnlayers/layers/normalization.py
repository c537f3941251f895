"""Normalization of each position over its features."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlayers.core.answers.attributes import other_words
from nnlayers.core.building import constant
from nnlayers.core.checks import (
    Array,
    check_features,
    check_gradient,
    real_array_like,
    real_number,
    whole_number,
)
from nnlayers.core.layer import Layer
from nnlayers.core.normalization import normalize_groups, normalize_groups_backward
from nnlayers.core.parameter import Parameter
from nnlayers.core.sums import at_least_float32, column_sums, row_dots

__all__ = ["LayerNorm", "RMSNorm"]


words_for_gain = other_words(gamma="use gain", weight="use gain", beta="use offset", bias="use offset")


def _axis_sizes(features: int | Sequence[int], who: str) -> int | tuple[int, ...]:
    """The size of the last axis, or a tuple of those of several last axes."""
    if not isinstance(features, (tuple, list)) or not features:
        return whole_number(features, "features", who)
    return tuple(whole_number(size, "features", who) for size in features)


def checked_epsilon(value: float, who: str) -> float:
    """``epsilon`` as a float of at least 1e-18."""
    return real_number(value, "epsilon", who, least=1e-18)


def as_rows(x: Any, layer: Any) -> tuple[Array, Array]:
    """The input in the dtype of the gain, and its features as rows, those of float16 in float32.

    Raises
    ------
    ValueError, TypeError
        The sizes of the last axes are not those of the gain, or it is not of real numbers.
    """
    x = real_array_like(x, layer.gain.value, layer)
    sizes = layer.gain.value.shape
    if len(sizes) == 1:
        check_features(x, sizes[0], layer)
    elif x.ndim <= len(sizes) or x.shape[-len(sizes) :] != sizes:
        expected = ", ".join(map(str, sizes))
        raise ValueError(f"{layer!r}: expected input of shape (N, ..., {expected}), got {x.shape}")
    return x, at_least_float32(x.reshape(-1, math.prod(sizes)))


@words_for_gain
class LayerNorm(Layer):
    """Each position normalized over its features: ``y = gain * z + offset``.

    ``z = (x - mean) / s``, with ``s = sqrt(variance + epsilon)``; mean and variance are those of the
    features of one position of one sample, whatever else is in the batch.

    Parameters
    ----------
    features : int or tuple of int
        The size of the last axis, or the sizes of the last axes, over all of which it normalizes.
    epsilon : float
        Added to the variance, at least 1e-18; where all features are equal, ``y`` is ``offset``, but
        for the rounding of their mean, which is divided by ``sqrt(epsilon)``.

    Raises
    ------
    ValueError, TypeError
        A number out of its range; later, an input that is not of real numbers, or does not fit.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, ..., features)``, ``gain`` and ``offset`` ``(features,)``; they
    do not decay. With ``g = dL/dy`` and ``h = gain * g``: ``dL/dgain = sum g z`` and
    ``dL/doffset = sum g`` over all positions, ``dL/dx = (h - mean(h) - z * mean(h z)) / s`` with means
    over the features.

    Source: Ba, Kiros, Hinton, "Layer Normalization", arXiv 1607.06450, 2016.

    Examples
    --------
    >>> nn.LayerNorm(2).forward(np.array([[1.0, 3.0], [5.0, 5.0]])).round(3)
    array([[-1.,  1.],
           [ 0.,  0.]], dtype=float32)
    """

    def __init__(self, features: int | Sequence[int], *, epsilon: float = 1e-5) -> None:
        self.features = _axis_sizes(features, "LayerNorm")
        self.epsilon = checked_epsilon(epsilon, "LayerNorm")
        self.gain = Parameter(constant(1.0, self.features), decay=False)
        self.last_axis = self.gain.value.shape[-1]
        self.offset = Parameter(constant(0.0, self.features), decay=False)

    def own_multiplications(self, *input_shape: int) -> int:
        return 0  # element by element

    def forward(self, x: Array) -> Array:
        x, rows = as_rows(x, self)
        gain, offset = self.gain.value.reshape(-1), self.offset.value.reshape(-1)
        y, centred, scale, *_ = normalize_groups(rows[:, np.newaxis], gain, offset, 1, self.epsilon)
        self.save_for_backward(centred, scale, x.shape)
        return y.astype(x.dtype, copy=False).reshape(x.shape)

    def backward(self, grad: Array) -> Array:
        centred, scale, shape = self.saved()
        rows = at_least_float32(check_gradient(grad, shape, self)).reshape(centred.shape)
        gain = self.gain.value
        gradients = normalize_groups_backward(rows, centred, scale, gain.reshape(-1))
        grad_x, for_gain, for_offset = gradients
        self.gain.add_grad(for_gain.reshape(gain.shape))
        self.offset.add_grad(for_offset.reshape(gain.shape))
        return grad_x.astype(gain.dtype, copy=False).reshape(shape)


@words_for_gain
class RMSNorm(Layer):
    """Each position divided by the root mean square of its features: ``y = gain * z``, ``z = x / s``.

    ``s = sqrt(mean(x²) + epsilon)``: a `LayerNorm` without the mean and the offset.

    Parameters
    ----------
    features : int or tuple of int
        The size of the last axis, or the sizes of the last axes, over all of which it normalizes.
    epsilon : float
        Added to the mean square, at least 1e-18; where all features are 0, so is ``y``.

    Raises
    ------
    ValueError, TypeError
        A number out of its range; later, an input that is not of real numbers, or does not fit.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, ..., features)``, ``gain`` ``(features,)``; it does not decay. With
    ``g = dL/dy`` and ``h = gain * g``: ``dL/dgain = sum g z`` over all positions,
    ``dL/dx = (h - z * mean(h z)) / s`` with the mean over the features.

    Source: Zhang, Sennrich, "Root Mean Square Layer Normalization", NeurIPS 2019.

    Examples
    --------
    >>> nn.RMSNorm(2).forward(np.array([[1.0, 7.0], [0.0, 0.0]])).round(3)
    array([[0.2, 1.4],
           [0. , 0. ]], dtype=float32)
    """

    def __init__(self, features: int | Sequence[int], *, epsilon: float = 1e-5) -> None:
        self.features = _axis_sizes(features, "RMSNorm")
        self.epsilon = checked_epsilon(epsilon, "RMSNorm")
        self.gain = Parameter(constant(1.0, self.features), decay=False)
        self.last_axis = self.gain.value.shape[-1]

    def own_multiplications(self, *input_shape: int) -> int:
        return 0  # element by element

    def forward(self, x: Array) -> Array:
        x, rows = as_rows(x, self)
        scale = 1 / np.sqrt(row_dots(rows, rows) / rows.shape[1] + self.epsilon)
        z = rows * scale[:, np.newaxis]
        self.save_for_backward(z, scale, x.shape)
        y = z * self.gain.value.reshape(-1)
        return y.astype(x.dtype, copy=False).reshape(x.shape)

    def backward(self, grad: Array) -> Array:
        z, scale, shape = self.saved()
        rows = at_least_float32(check_gradient(grad, shape, self)).reshape(z.shape)
        along = rows * z
        self.gain.add_grad(column_sums(along).reshape(self.gain.value.shape))
        gain = at_least_float32(self.gain.value.reshape(-1))
        grad_x = rows * gain
        grad_x -= z * (along @ (gain / len(gain)))[:, np.newaxis]
        grad_x *= scale[:, np.newaxis]
        return grad_x.astype(self.gain.value.dtype, copy=False).reshape(shape)
