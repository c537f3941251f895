"""Relatives of ReLU: straight for positive numbers, small for negative ones."""

from typing import Any

import numpy as np

from nnlayers.core.building import constant
from nnlayers.core.checks import (
    Array,
    check_features,
    check_gradient,
    floating_array,
    real_array_like,
    real_number,
    whole_number,
)
from nnlayers.core.kernels import sum_rows
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.layers.activations import Elementwise

__all__ = ["ELU", "LeakyReLU", "PReLU"]


class LeakyReLU(Layer):
    """The leaky rectified linear unit: ``y = max(x, slope * x)``.

    Parameters
    ----------
    slope : float
        The slope for negative numbers, in [0, 1).

    Raises
    ------
    ValueError, TypeError
        The slope is not a number in its range.

    Notes
    -----
    Any shape. ``dL/dx = dL/dy`` where ``x > 0``, and ``slope * dL/dy`` elsewhere, at 0 and at NaN too.

    Source: Maas, Hannun, Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models",
    ICML Workshop on Deep Learning for Audio, Speech and Language Processing, 2013.

    Examples
    --------
    >>> layer = nn.LeakyReLU(0.1)
    >>> layer.forward(np.array([[-2.0, 0.0, 3.0]]))
    array([[-0.2,  0. ,  3. ]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0.1, 0.1, 1. ]])
    """

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = real_number(slope, "slope", "LeakyReLU", below=1.0)

    def forward(self, x: Array) -> Array:
        x = floating_array(x, self)
        self.save_for_backward(x > 0)
        return np.maximum(x, self.slope * x)

    def predict(self, x: Array) -> Array:
        x = floating_array(x, self)
        return np.maximum(x, self.slope * x)

    def backward(self, grad: Array) -> Array:
        positive = self.saved()
        grad = check_gradient(grad, positive.shape, self)
        return grad * np.maximum(positive, self.slope, dtype=grad.dtype)


class PReLU(Layer):
    """The rectified linear unit with a learned slope: ``y = max(x, 0) + slope * min(x, 0)``.

    Parameters
    ----------
    features : int
        The number of slopes: 1 for all elements, or one for each feature (or channel), the size of
        the last axis.

    Raises
    ------
    ValueError, TypeError
        ``features`` is not a whole number of at least 1; later, an input with another number of
        features.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, ..., features)``, or ``(N, ...)`` if there is one slope. With
    ``g = dL/dy``: ``dL/dx = g`` where ``x > 0``, ``slope * g`` elsewhere; ``dL/dslope`` is the sum of
    ``g * min(x, 0)`` over all axes but the last (over all, for one slope). The slopes begin at 0.25,
    and do not decay.

    Source: He, Zhang, Ren, Sun, "Delving Deep into Rectifiers", ICCV 2015, section 2.1.

    Examples
    --------
    >>> layer = nn.PReLU(2)
    >>> layer.slope.value[...] = [0.5, 0.0]
    >>> layer.predict(np.array([[-2.0, -2.0], [3.0, 3.0]]))
    array([[-1.,  0.],
           [ 3.,  3.]], dtype=float32)
    """

    def __init__(self, features: int = 1) -> None:
        self.features = whole_number(features, "features", "PReLU")
        self.slope = Parameter(constant(0.25, self.features), decay=False)

    def forward(self, x: Array) -> Array:
        x = real_array_like(x, self.slope.value, self)
        if self.features > 1 or x.ndim == 0:
            check_features(x, self.features, self)
        self.save_for_backward(x)
        return np.maximum(x, 0) + self.slope.value * np.minimum(x, 0)

    def backward(self, grad: Array) -> Array:
        x = self.saved()
        grad = check_gradient(grad, x.shape, self)
        self.slope.add_grad(sum_rows((grad * np.minimum(x, 0)).reshape(-1, self.features)))
        return grad * (x > 0) + self.slope.value * (grad * ~(x > 0))


class ELU(Elementwise):
    """The exponential linear unit: ``y = x`` where ``x > 0``, and ``alpha * (exp(x) - 1)`` elsewhere.

    Parameters
    ----------
    alpha : float
        ``-alpha`` is the limit for large negative numbers; at least 0.

    Raises
    ------
    ValueError, TypeError
        ``alpha`` is not a number in its range.

    Notes
    -----
    Any shape. ``dL/dx = dL/dy`` where ``x > 0``, and ``dL/dy * alpha * exp(x)`` elsewhere.

    Source: Clevert, Unterthiner, Hochreiter, "Fast and Accurate Deep Network Learning by Exponential
    Linear Units (ELUs)", ICLR 2016.

    Examples
    --------
    >>> nn.ELU().predict(np.array([[-1000.0, 0.0, 3.0]]))
    array([[-1.,  0.,  3.]])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = real_number(alpha, "alpha", "ELU")

    def value(self, x: Array) -> Array:
        return np.maximum(x, 0) + self.alpha * np.expm1(np.minimum(x, 0))

    def slope(self, x: Array, y: Array) -> Any:
        positive = x > 0
        return positive + ~positive * (self.alpha * np.exp(np.minimum(x, 0)))
