"""The base of pointwise losses."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array, gradient_dtype, real_array
from nnlayers.core.conversion import check_real, widest
from nnlayers.core.sums import times_shares, weighted_mean
from nnlayers.losses.base import Loss

__all__ = ["Pointwise"]


class Pointwise(Loss):
    """Base of losses that compare each element: subclass it and define ``value`` and ``slope``.

    Notes
    -----
    Prediction ``y`` and target ``t`` have the same shape, whatever it is; nothing is broadcast. The
    loss is the mean of ``value(y, t)`` over all elements (weighted, if there are weights), and
    ``slope(y, t)`` is the derivative of ``value`` with respect to ``y``. Both are given arrays of one
    floating dtype that holds the numbers of both, float16 and integers in float64, so that nothing is
    rounded before it is compared. The gradient has the prediction's dtype.

    Raises
    ------
    ValueError, TypeError
        The shapes differ or are empty, or the values are not real numbers.

    Examples
    --------
    >>> class FourthPower(nn.Pointwise):
    ...     def value(self, y, t):
    ...         return (y - t) ** 4
    ...
    ...     def slope(self, y, t):
    ...         return 4 * (y - t) ** 3
    >>> FourthPower().evaluate(np.array([[1.0], [4.0]]), np.array([[0.0], [2.0]]))
    8.5
    """

    is_mean_over_positions = True

    def value(self, y: Array, t: Array) -> Array:
        """The loss of each element."""
        raise NotImplementedError(f"{type(self).__name__}: define value(self, y, t)")

    def slope(self, y: Array, t: Array) -> Array:
        """Its derivative with respect to ``y``."""
        raise NotImplementedError(f"{type(self).__name__}: define slope(self, y, t)")

    def forward(self, prediction: Any, target: Any, weights: Any = None) -> float:
        y = as_array(prediction, self)
        t = self.check_target(target, y.shape)
        if type(y) is not type(t) or weights is not None:
            self.check_devices(y, t, weights)
        dtype = y.dtype
        if not (dtype == np.float32 and t.dtype == np.float32):
            check_real(y, self)
            dtype, wide = gradient_dtype(y), widest(y, t)
            y, t = real_array(y, wide, self), real_array(t, wide, self)
        shares = self.shares(weights, y.shape)
        losses = self.value(y, t)
        if np.shape(losses) != y.shape:
            raise ValueError(
                f"{self!r}: expected value(y, t) of shape {y.shape}, got {np.shape(losses)}: it is the "
                "loss of each element"
            )
        self.save_for_backward(y, t, shares, dtype)
        return weighted_mean(losses, shares)

    def backward(self, grad: float = 1.0) -> Array:
        y, t, shares, dtype = self.saved()
        gradient = times_shares(self.slope(y, t), shares, grad)
        return gradient if y.dtype == dtype else gradient.astype(dtype)

    def check_target(self, target: Any, shape: Any) -> Array:
        target = self.check_single_target(target, shape)
        if target.shape != shape or 0 in shape:
            hint = ""  # calls that take lists and tables, too
            if (*target.shape, 1) == shape:
                hint = ": take np.expand_dims(y, -1)"
            elif target.shape == (*shape, 1):
                hint = ": take np.ravel(y)" if len(shape) == 1 else ": take np.squeeze(y, -1)"
            raise ValueError(
                f"{self!r}: expected a target of the prediction's shape {shape}, not empty, "
                f"got {target.shape}{hint}"
            )
        check_real(target, self, "a target")
        return target
