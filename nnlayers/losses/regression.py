"""Losses of numbers."""

import numpy as np

from nnlayers.core.checks import Array, real_number
from nnlayers.core.predictions import NUMBERS
from nnlayers.losses.pointwise import Pointwise

__all__ = ["Huber", "MeanAbsoluteError", "MeanSquaredError"]


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

    kind_of_predictions = NUMBERS

    def value(self, y: Array, t: Array) -> Array:
        return np.square(y - t)

    def slope(self, y: Array, t: Array) -> Array:
        return 2 * (y - t)


class MeanAbsoluteError(Pointwise):
    """Mean absolute error: ``L = 1/M sum |y - t|`` over all ``M`` elements of the batch.

    Notes
    -----
    Prediction ``y`` and target ``t`` have the same shape, whatever it is; nothing is broadcast.
    ``dL/dy = sign(y - t) / M``, which is 0 where they are equal. With weights it is the weighted mean
    over all elements. The best constant prediction is the median of the targets, so a few targets
    that are far off matter less than to `MeanSquaredError`.

    Source: Hastie, Tibshirani, Friedman, "The Elements of Statistical Learning", 2009, section 10.6.

    Raises
    ------
    ValueError, TypeError
        The shapes differ or are empty, or the values are not real numbers.

    Examples
    --------
    >>> loss = nn.MeanAbsoluteError()
    >>> loss.forward(np.array([[1.0], [4.0]]), np.array([[0.0], [1.0]]))
    2.0
    >>> loss.backward()
    array([[0.5],
           [0.5]])
    """

    kind_of_predictions = NUMBERS

    def value(self, y: Array, t: Array) -> Array:
        return np.abs(y - t)

    def slope(self, y: Array, t: Array) -> Array:
        return np.sign(y - t)


class Huber(Pointwise):
    """Huber loss: the mean of ``d²/2`` if ``|d| <= delta``, and of ``delta (|d| - delta/2)`` elsewhere.

    Parameters
    ----------
    delta : float
        Where the parabola passes into a line, in the unit of the targets; greater than 0. It can be
        set.

    Notes
    -----
    Prediction ``y`` and target ``t`` have the same shape, whatever it is; nothing is broadcast.
    ``d = y - t``, and the mean is over all ``M`` elements; with weights, the weighted mean.
    ``dL/dy = d / M``, cut off at ``-delta / M`` and ``delta / M``, so a target that is far off pulls
    no harder than one at the distance ``delta``.

    Smooth L1 with ``beta = delta`` is this loss divided by ``delta``; with ``delta = 1`` both are the
    same. Where ``|d| <= delta`` it is half of the squared error.

    Source: Huber, "Robust Estimation of a Location Parameter", Annals of Mathematical Statistics 35,
    1964.

    Raises
    ------
    ValueError, TypeError
        ``delta`` is not a finite number greater than 0; later, the shapes differ or are empty, or the
        values are not real numbers.

    Examples
    --------
    >>> loss = nn.Huber(delta=1.0)
    >>> loss.forward(np.array([[0.5], [4.0]]), np.array([[0.0], [1.0]]))  # (0.125 + 2.5) / 2
    1.3125
    >>> loss.backward()
    array([[0.25],
           [0.5 ]])
    """

    default_metrics = ("mean_absolute_error",)
    kind_of_predictions = NUMBERS

    def __init__(self, delta: float = 1.0) -> None:
        self.delta = delta

    @property
    def delta(self) -> float:
        """Where the parabola passes into a line."""
        return self._delta

    @delta.setter
    def delta(self, delta: float) -> None:
        if (number := real_number(delta, "delta", "Huber")) == 0:
            raise ValueError("Huber: delta must be greater than 0: for |y - t|, take MeanAbsoluteError")
        self._delta = number

    def value(self, y: Array, t: Array) -> Array:
        distance = np.abs(y - t)
        inner = np.minimum(distance, self.delta)
        return inner * (distance - inner / 2)

    def slope(self, y: Array, t: Array) -> Array:
        return np.clip(y - t, -self.delta, self.delta)
