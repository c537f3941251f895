"""Activation functions: element-wise, without parameters."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array, check_gradient, floating_array
from nnlayers.core.kernels import relu, relu_backward
from nnlayers.core.layer import Layer

__all__ = ["Elementwise", "ReLU"]


class ReLU(Layer):
    """The rectified linear unit: ``y = max(x, 0)``.

    Notes
    -----
    Any shape. ``dL/dx = dL/dy`` where ``x > 0``, and 0 elsewhere; the derivative at 0, and at NaN, is
    0. An upstream gradient that is infinite where ``x <= 0`` gives NaN.

    Source: Nair, Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML 2010.

    Examples
    --------
    >>> layer = nn.ReLU()
    >>> layer.forward(np.array([[-1.0, 0.0, 2.0]]))
    array([[0., 0., 2.]])
    >>> layer.backward(np.array([[5.0, 5.0, 5.0]]))
    array([[0., 0., 5.]])
    """

    def forward(self, x: Array) -> Array:
        y = relu(floating_array(x, self))
        self.save_for_backward(y)
        return y

    def predict(self, x: Array) -> Array:
        return relu(floating_array(x, self))

    def backward(self, grad: Array) -> Array:
        y = self.saved()
        return relu_backward(check_gradient(grad, y.shape, self), y)


class Elementwise(Layer):
    """Base of functions of each element: subclass it and define ``value`` and ``slope``.

    Notes
    -----
    Any shape. ``y = value(x)`` and ``dL/dx = dL/dy * slope(x, y)``, where ``slope`` is the derivative
    of ``value`` at ``x``, in terms of ``x`` and ``y`` as convenient. Both are given floating arrays,
    write into neither, and return one of the same shape and dtype.

    Examples
    --------
    >>> class Tanh(nn.Elementwise):
    ...     def value(self, x):
    ...         return np.tanh(x)
    ...
    ...     def slope(self, x, y):
    ...         return 1 - y * y
    >>> layer = Tanh()
    >>> layer.forward(np.array([[0.0, 100.0]]))
    array([[0., 1.]])
    >>> layer.backward(np.array([[2.0, 2.0]]))
    array([[2., 0.]])
    """

    def value(self, x: Array) -> Array:
        """The function."""
        raise NotImplementedError(f"{type(self).__name__}: define value(self, x)")

    def slope(self, x: Array, y: Array) -> Any:
        """Its derivative at ``x``, where its value is ``y``."""
        raise NotImplementedError(f"{type(self).__name__}: define slope(self, x, y)")

    def forward(self, x: Array) -> Array:
        x = floating_array(x, self)
        y = self._checked_value(x)
        self.save_for_backward(x, y)
        return y

    def predict(self, x: Array) -> Array:
        return self._checked_value(floating_array(x, self))

    def _checked_value(self, x: Array) -> Array:
        y = self.value(x)
        if np.shape(y) != x.shape:
            raise ValueError(f"{self!r}: expected value(x) of shape {x.shape}, got {np.shape(y)}")
        return y

    def backward(self, grad: Array) -> Array:
        x, y = self.saved()
        return check_gradient(grad, x.shape, self) * self.slope(x, y)
