"""Losses of numbers."""

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.losses.pointwise import Pointwise

__all__ = ["MeanSquaredError"]


class MeanSquaredError(Pointwise):
    """Mean squared error: ``L = 1/M sum (y - t)²`` over all ``M`` elements of the batch.

    Notes
    -----
    Prediction ``y`` and target ``t`` have the same shape, whatever it is; nothing is broadcast.
    ``dL/dy = 2 (y - t) / M``. With weights it is the weighted mean over all elements.

    Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 1.1 (there a sum).

    Raises
    ------
    ValueError, TypeError
        The shapes differ or are empty, or the values are not real numbers.

    Examples
    --------
    >>> loss = nn.MeanSquaredError()
    >>> loss.forward(np.array([[1.0], [4.0]]), np.array([[0.0], [1.0]]))
    5.0
    >>> loss.backward()
    array([[1.],
           [3.]])
    """

    def value(self, y: Array, t: Array) -> Array:
        return np.square(y - t)

    def slope(self, y: Array, t: Array) -> Array:
        return 2 * (y - t)
