"""Losses of classes, and the softmax."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array, gradient_dtype, real_array
from nnlayers.core.conversion import widest
from nnlayers.core.devices import on_device
from nnlayers.core.kernels import cross_entropy
from nnlayers.core.labels import are_right_labels, check_classes
from nnlayers.core.predictions import SCORES
from nnlayers.losses.base import Loss

__all__ = ["SoftmaxCrossEntropy", "softmax"]


def softmax(x: Array, axis: int = -1) -> Array:
    """Probabilities from logits: ``exp(x) / sum exp(x)`` along an axis.

    The largest logit is subtracted first, so that nothing overflows, and sums are in a wider dtype than
    float16.

    Parameters
    ----------
    x : array
        Logits, of any shape.
    axis : int
        The axis of the classes.

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
    >>> nn.softmax(np.array([[0.0, np.log(3.0)], [1000.0, 0.0]]))
    array([[0.25, 0.75],
           [1.  , 0.  ]])
    """
    x = as_array(x, "softmax")
    dtype, x = gradient_dtype(x), real_array(x, widest(x), "softmax")
    with np.errstate(over="ignore"):  # a difference beyond the dtype's range: its exponential is 0
        y: Array = np.exp(x - x.max(axis=axis, keepdims=True))
    y /= y.sum(axis=axis, keepdims=True)
    return y.astype(dtype, copy=False)


class SoftmaxCrossEntropy(Loss):
    """Cross-entropy of the softmax: ``L = -1/N sum_n sum_k t_nk log softmax(z_n)_k``.

    Notes
    -----
    The prediction ``z`` are logits of shape ``(N, ..., C)``, before any softmax. The target is either
    integer labels in ``0 ... C-1``, of shape ``(N, ...)``, or a distribution over the classes at each
    position, ``(N, ..., C)``. ``L`` is the mean over all ``M`` positions, in nats; weights have a shape
    from ``(N,)`` to ``(N, ...)``. With ``p = softmax(z)``, ``dL/dz = (p - t) / M``.

    The logarithm is taken of the sum of exponentials, never of a probability that may have become
    zero: however large the logits are, the loss is exact where its dtype can represent it.

    Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.3.4.

    Raises
    ------
    ValueError, TypeError
        A shape, a dtype or a label that does not fit; rows of a distribution that do not sum to 1.

    Examples
    --------
    >>> loss = nn.SoftmaxCrossEntropy()
    >>> logits = np.zeros((2, 4))
    >>> round(loss.forward(logits, np.array([0, 3])), 4)  # log 4, whatever the labels are
    1.3863
    >>> loss.backward()
    array([[-0.375,  0.125,  0.125,  0.125],
           [ 0.125,  0.125,  0.125, -0.375]])
    """

    default_metrics = ("accuracy",)
    kind_of_predictions = SCORES
    least_outputs = 2
    is_mean_over_positions = True

    def forward(self, prediction: Any, target: Any, weights: Any = None) -> float:
        z = as_array(prediction, self)
        if z.ndim < 2 or z.size == 0:
            raise ValueError(
                f"{self!r}: expected logits of shape (N, ..., C), not empty, got {z.shape}"
            )
        shape, target = z.shape, self.check_target(target, z.shape)
        if type(z) is not type(target) or weights is not None:
            self.check_devices(z, target, weights)
        dtype = z.dtype
        if dtype != np.float32:
            dtype, z = gradient_dtype(z), real_array(z, widest(z), self)
        if target.ndim == len(shape):
            target = target.astype(z.dtype, copy=False)
        shares: Any = shape[-1] / z.size
        if weights is not None:
            shares = np.broadcast_to(self.shares(weights, shape[:-1]), shape[:-1]).reshape(-1)
        if z.ndim > 2:  # position by position
            z = z.reshape(-1, shape[-1])
            target = target.reshape(-1) if target.ndim < len(shape) else target.reshape(z.shape)
        loss, gradient = cross_entropy(z, target, shares)
        self.save_for_backward(gradient, shape, dtype)
        return loss

    def backward(self, grad: float = 1.0) -> Array:
        gradient, shape, dtype = self.saved()
        if grad != 1:
            gradient = gradient * float(grad)
        if gradient.dtype != dtype:
            gradient = gradient.astype(dtype)
        return gradient if len(shape) == 2 else gradient.reshape(shape)

    def check_target(self, target: Any, shape: Any) -> Array:
        if are_right_labels(target, shape):  # nearly always
            return target
        target = self.check_single_target(target, shape)
        # A look at the numbers would wait for the GPU: there the loss is NaN if they are wrong.
        return check_classes(target, shape, self, values=not on_device(target))
