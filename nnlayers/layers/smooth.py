"""Smooth activation functions."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array, check_gradient, floating_array
from nnlayers.core.conversion import widest
from nnlayers.core.layer import Layer
from nnlayers.core.normal import normal
from nnlayers.layers.activations import Elementwise
from nnlayers.losses.binary import sigmoid
from nnlayers.losses.classification import softmax

__all__ = ["GELU", "SiLU", "Sigmoid", "Softmax", "Softplus", "Tanh"]


class Sigmoid(Elementwise):
    """The logistic function: ``y = 1 / (1 + exp(-x))``, in (0, 1).

    Notes
    -----
    Any shape. ``dL/dx = dL/dy * y * (1 - y)``. `SigmoidBinaryCrossEntropy` takes logits, without this
    layer before it.

    Source: Bishop, "Pattern Recognition and Machine Learning", 2006, equations 4.59 and 4.88.

    Examples
    --------
    >>> nn.Sigmoid().predict(np.array([[-1000.0, 0.0, np.log(3.0)]]))
    array([[0.  , 0.5 , 0.75]])
    """

    def value(self, x: Array) -> Array:
        return sigmoid(x)

    def slope(self, x: Array, y: Array) -> Any:
        return y * (1 - y)


class Tanh(Elementwise):
    """The hyperbolic tangent: ``y = tanh(x)``, in (-1, 1).

    Notes
    -----
    Any shape. ``dL/dx = dL/dy * (1 - y²)``.

    Source: LeCun, Bottou, Orr, Müller, "Efficient BackProp", 1998, section 4.4.

    Examples
    --------
    >>> nn.Tanh().predict(np.array([[-1000.0, 0.0, 1000.0]]))
    array([[-1.,  0.,  1.]])
    """

    def value(self, x: Array) -> Array:
        return np.tanh(x)

    def slope(self, x: Array, y: Array) -> Any:
        return 1 - y * y


class Softplus(Elementwise):
    """The smooth ReLU: ``y = log(1 + exp(x))``, which is positive.

    Notes
    -----
    Any shape. ``dL/dx = dL/dy / (1 + exp(-x))``. It is computed as ``max(x, 0) + log(1 + exp(-|x|))``,
    which does not overflow.

    Source: Dugas, Bengio, Bélisle, Nadeau, Garcia, "Incorporating Second-Order Functional Knowledge
    for Better Option Pricing", NIPS 2000.

    Examples
    --------
    >>> nn.Softplus().predict(np.array([[-1000.0, 0.0, 20.0]])).round(4)
    array([[ 0.    ,  0.6931, 20.    ]])
    """

    def value(self, x: Array) -> Array:
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def slope(self, x: Array, y: Array) -> Any:
        return sigmoid(x)


class SiLU(Layer):
    """The sigmoid linear unit, also called swish: ``y = x σ(x)``, with ``σ(x) = 1 / (1 + exp(-x))``.

    Notes
    -----
    Any shape. ``dL/dx = dL/dy * (σ(x) + y (1 - σ(x)))``. The gradient at infinity, and the value at
    minus infinity, are NaN.

    Source: Elfwing, Uchibe, Doya, "Sigmoid-Weighted Linear Units for Neural Network Function
    Approximation in Reinforcement Learning", Neural Networks 107, 2018.

    Examples
    --------
    >>> layer = nn.SiLU()
    >>> layer.forward(np.array([[-1000.0, 0.0, 1000.0]]))
    array([[  -0.,    0., 1000.]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0]]))
    array([[0. , 0.5, 1. ]])
    """

    def forward(self, x: Array) -> Array:
        x = floating_array(x, self)
        share = sigmoid(x)
        y = x * share
        self.save_for_backward(share, y)
        return y

    def predict(self, x: Array) -> Array:
        x = floating_array(x, self)
        return x * sigmoid(x)

    def backward(self, grad: Array) -> Array:
        share, y = self.saved()
        grad = check_gradient(grad, y.shape, self)
        slope = 1 - share
        slope *= y
        slope += share
        slope *= grad
        return slope


class GELU(Layer):
    """The Gaussian error linear unit: ``y = x Φ(x)``, with the normal distribution function ``Φ``.

    Notes
    -----
    Any shape. ``dL/dx = dL/dy * (Φ(x) + x φ(x))``, with the density ``φ(x) = exp(-x²/2) / sqrt(2π)``.
    This is the exact form, not the approximation by tanh. The gradient at infinity, and the value at
    minus infinity, are NaN.

    Source: Hendrycks, Gimpel, "Gaussian Error Linear Units (GELUs)", 2016, arXiv:1606.08415.

    Examples
    --------
    >>> layer = nn.GELU()
    >>> layer.forward(np.array([[-1.0, 0.0, 1.0, 20.0]])).round(4)
    array([[-0.1587,  0.    ,  0.8413, 20.    ]])
    >>> layer.backward(np.array([[1.0, 1.0, 1.0, 1.0]])).round(4)
    array([[-0.0833,  0.5   ,  1.0833,  1.    ]])
    """

    def forward(self, x: Array) -> Array:
        x = floating_array(x, self)
        below, density = normal(x)
        self.save_for_backward(below + x * density)
        return x * below

    def predict(self, x: Array) -> Array:
        x = floating_array(x, self)
        return x * normal(x)[0]

    def backward(self, grad: Array) -> Array:
        slope = self.saved()
        return check_gradient(grad, slope.shape, self) * slope


class Softmax(Layer):
    """Probabilities from logits: ``y = exp(x) / sum exp(x)`` along the last axis.

    Raises
    ------
    ValueError
        The input is not a batch, or has no classes.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, ..., C)``. ``dL/dx = y * (dL/dy - sum_c dL/dy_c y_c)``. Nothing
    overflows, since the largest logit is subtracted first. `SoftmaxCrossEntropy` takes logits, without
    this layer before it.

    Source: Bridle, "Training Stochastic Model Recognition Algorithms as Networks can Lead to Maximum
    Mutual Information Estimation of Parameters", NIPS 1989.

    Examples
    --------
    >>> layer = nn.Softmax()
    >>> layer.forward(np.array([[0.0, np.log(3.0)]]))
    array([[0.25, 0.75]])
    >>> layer.backward(np.array([[1.0, 0.0]]))
    array([[ 0.1875, -0.1875]])
    """

    def forward(self, x: Array) -> Array:
        y = self.predict(x)
        self.save_for_backward(y)
        return y

    def predict(self, x: Array) -> Array:
        x = floating_array(x, self)
        if x.ndim < 2 or x.shape[-1] == 0:
            raise ValueError(f"{self!r}: expected input of shape (N, ..., classes), got {x.shape}")
        return softmax(x)

    def backward(self, grad: Array) -> Array:
        y = self.saved()
        grad = check_gradient(grad, y.shape, self)
        mean = np.einsum("...c,...c->...", grad, y, dtype=widest(grad, y))
        return (y * (grad - mean[..., np.newaxis])).astype(grad.dtype, copy=False)
