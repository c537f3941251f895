"""Activation functions: element-wise, without parameters."""

import numpy as np

from nnlayers.arrays import Array, check_gradient, floating_array
from nnlayers.layer import Layer


class ReLU(Layer):
    """The rectified linear unit: ``y = max(x, 0)``.

    Notes
    -----
    Any shape. ``dL/dx = dL/dy`` where ``x > 0``, else 0; the derivative at 0 is 0.

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
        x = floating_array(x, self)
        self.save_for_backward(x > 0)
        return np.maximum(x, 0)

    def predict(self, x: Array) -> Array:
        return np.maximum(floating_array(x, self), 0)

    def backward(self, grad: Array) -> Array:
        positive = self.saved()
        return check_gradient(grad, positive.shape, self) * positive
