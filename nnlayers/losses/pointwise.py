"""The base of pointwise losses."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array, floating_array, real_array
from nnlayers.losses.base import Loss, times_shares, weighted_mean

__all__ = ["Pointwise"]


class Pointwise(Loss):
    """Base of losses that compare each element: subclass it and define ``value`` and ``slope``.

    Notes
    -----
    Prediction ``y`` and target ``t`` have the same shape, whatever it is; nothing is broadcast. The
    loss is the mean of ``value(y, t)`` over all elements (weighted, if there are weights), and
    ``slope(y, t)`` is the derivative of ``value`` with respect to ``y``.

    Raises
    ------
    ValueError, TypeError
        The shapes differ or are empty, or the values are not real numbers.

    Examples
    --------
    >>> class MeanAbsoluteError(nn.Pointwise):
    ...     def value(self, y, t):
    ...         return np.abs(y - t)
    ...
    ...     def slope(self, y, t):
    ...         return np.sign(y - t)
    >>> MeanAbsoluteError().evaluate(np.array([[1.0], [4.0]]), np.array([[0.0], [2.0]]))
    1.5
    """

    def value(self, y: Array, t: Array) -> Array:
        """The loss of each element."""
        raise NotImplementedError(f"{type(self).__name__}: define value(self, y, t)")

    def slope(self, y: Array, t: Array) -> Array:
        """Its derivative with respect to ``y``."""
        raise NotImplementedError(f"{type(self).__name__}: define slope(self, y, t)")

    def forward(self, prediction: Any, target: Any, weights: Any = None) -> float:
        y = floating_array(prediction, self)
        t = real_array(self.check_target(target, y.shape), y.dtype, self)
        shares = self.shares(weights, y.shape)
        losses = self.value(y, t)
        if np.shape(losses) != y.shape:
            raise ValueError(
                f"{self!r}: expected value(y, t) of shape {y.shape}, got {np.shape(losses)}: it is the "
                "loss of each element"
            )
        self.save_for_backward(y, t, shares)
        return weighted_mean(losses, shares)

    def backward(self, grad: float = 1.0) -> Array:
        y, t, shares = self.saved()
        return times_shares(self.slope(y, t), shares, grad)

    def check_target(self, target: Any, shape: Any) -> Array:
        target = self.check_single_target(target, shape)
        if target.shape != shape or 0 in shape:
            raise ValueError(
                f"{self!r}: expected a target of the prediction's shape {shape}, none of it 0, "
                f"got {target.shape}"
            )
        if target.dtype.kind not in "fiub":
            raise TypeError(f"{self!r}: expected a target of real numbers, got {target.dtype}")
        return target
