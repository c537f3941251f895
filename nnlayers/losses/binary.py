"""Losses of yes or no: each output is the logit of a probability of its own; and the sigmoid."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array, gradient_dtype, real_array
from nnlayers.core.conversion import where, widest
from nnlayers.core.devices import nan_unless, on_device
from nnlayers.core.predictions import LOGITS
from nnlayers.losses.pointwise import Pointwise

__all__ = ["SigmoidBinaryCrossEntropy", "sigmoid"]


def sigmoid(x: Array) -> Array:
    """Probabilities from logits, each on its own: ``1 / (1 + exp(-x))``.

    Nothing overflows, and small probabilities keep their digits.

    Parameters
    ----------
    x : array
        Logits, of any shape.

    Returns
    -------
    array of the same shape
        In the dtype of ``x``; float32 for integers.

    Raises
    ------
    TypeError
        ``x`` is not of real numbers.

    Examples
    --------
    >>> nn.sigmoid(np.array([0.0, np.log(3.0), -1000.0]))
    array([0.5 , 0.75, 0.  ])
    """
    x = as_array(x, "sigmoid")
    dtype, x = gradient_dtype(x), real_array(x, widest(x), "sigmoid")
    y = np.negative(x, out=np.empty_like(x))
    with np.errstate(over="ignore"):  # the reciprocal of infinity is 0
        np.exp(y, out=y)
    y += 1
    np.divide(1, y, out=y)
    return y.astype(dtype, copy=False)


class SigmoidBinaryCrossEntropy(Pointwise):
    """Cross-entropy of the sigmoid: ``L = -1/M sum (t log σ(z) + (1 - t) log(1 - σ(z)))``.

    Notes
    -----
    The prediction ``z`` are logits, before any sigmoid ``σ(z) = 1 / (1 + exp(-z))``, and the target
    ``t`` has their shape, whatever it is; nothing is broadcast. Targets are probabilities in [0, 1],
    mostly 0 and 1: integers, booleans or floating numbers. For two classes, both are ``(N, 1)``. For
    labels of which a sample may have several, both are ``(N, C)``.

    ``L`` is the mean over all ``M`` elements, in nats: over samples and labels, not a sum over the
    labels. ``dL/dz = (σ(z) - t) / M``. With weights it is the weighted mean over all elements; weights
    of shape ``(N, C)`` leave out labels that are not known.

    Nothing is rounded away: ``L = 1/M sum (r |z| + log(1 + exp(-|z|)))``, where ``r`` is ``1 - t`` for
    a positive logit and ``t`` for any other. However large the logits are, loss and gradient are exact
    where their dtype can represent them. A logit may be infinite if its target agrees.

    Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.3.2.

    Raises
    ------
    ValueError, TypeError
        The shapes differ or are empty, a target is not in [0, 1], or the values are not real numbers.

    Examples
    --------
    >>> loss = nn.SigmoidBinaryCrossEntropy()
    >>> round(loss.forward(np.zeros((2, 1)), np.array([[0], [1]])), 4)  # log 2
    0.6931
    >>> loss.backward()
    array([[ 0.25],
           [-0.25]])
    """

    default_metrics = ("binary_accuracy",)
    kind_of_predictions = LOGITS

    def value(self, z: Array, t: Array) -> Array:
        z = _nan_where_wrong(z, t)
        size = np.abs(z)
        with np.errstate(invalid="ignore"):  # 0 * inf, which is 0 here; log1p keeps NaN
            linear = np.fmax(size * _other_side(z, t), 0)
        return linear + np.log1p(np.exp(-size))

    def slope(self, z: Array, t: Array) -> Array:
        z = _nan_where_wrong(z, t)
        small = np.exp(-np.abs(z))  # the sigmoid of -|z| keeps its digits, that of |z| is rounded to 1
        return np.copysign(1, z) * (_other_side(z, t) - small / (1 + small))

    def check_target(self, target: Any, shape: Any) -> Array:
        try:
            target = super().check_target(target, shape)
        except ValueError as error:
            raise ValueError(f"{error}{_shape_hint(np.shape(target), shape)}") from None
        if on_device(target):  # a look at the numbers would wait for the GPU
            return target.astype(np.float32) if target.dtype.kind in "iu" else target
        least, most = target.min(), target.max()
        if not (least >= 0 and most <= 1):  # NaN fails every comparison
            place = np.unravel_index(int(((target >= 0) & (target <= 1)).argmin()), shape)
            hint = ""
            if least == -1 and most == 1 and target.all():
                hint = ": take np.maximum(y, 0)"
            elif least >= 0 and target.dtype.kind in "iu":
                hint = ": labels of several classes go with SoftmaxCrossEntropy"
            raise ValueError(
                f"{self!r}: expected targets in [0, 1], got {target[place]}"
                f"{' ' + where(place) if place else ''}{hint}"
            )
        return target.astype(bool) if target.dtype.kind in "iu" else target  # float32 is enough then


def _shape_hint(target: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """The way out if the target looks like that of classes."""
    if shape[-1:] == (1,) and target == (*shape[:-1], 2):
        return ": of two columns, one for each class, take y[..., 1:]"
    if shape[-1:] > (1,) and target == shape[:-1]:
        return f": labels of {shape[-1]} classes go with SoftmaxCrossEntropy"
    return ""


def _nan_where_wrong(z: Array, t: Array) -> Array:
    """The logits; on a GPU, with NaN where the target is not in [0, 1], which nothing else refuses."""
    return nan_unless((t >= 0) & (t <= 1), z) if on_device(z) else z


def _other_side(z: Array, t: Array) -> Array:
    """How much of a target speaks against the sign of its logit: ``1 - t`` if that is +, or ``t``."""
    return np.abs(t - ~np.signbit(z))
