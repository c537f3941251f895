"""Losses: small classes of their own, with forward and backward, that end a network."""

from typing import Any, ClassVar

import numpy as np

from nnlayers.arrays import Array, as_array, floating_array, real_array
from nnlayers.saved import SavesForBackward, tickets


def softmax(x: Array, axis: int = -1) -> Array:
    """Probabilities from logits: ``exp(x) / sum exp(x)`` along an axis, of the same shape.

    The largest logit is subtracted first, so that nothing overflows.

    Examples
    --------
    >>> nn.softmax(np.array([[0.0, np.log(3.0)], [1000.0, 0.0]]))
    array([[0.25, 0.75],
           [1.  , 0.  ]])
    """
    x = floating_array(x, "softmax")
    with np.errstate(over="ignore"):  # a difference beyond the dtype's range: its exponential is 0
        y: Array = np.exp(x - x.max(axis=axis, keepdims=True))
    y /= y.sum(axis=axis, keepdims=True)
    return y


class Loss(SavesForBackward):
    """The base class of losses: subclass it and define ``forward`` and ``backward``.

    ``forward(prediction, target)`` returns the loss of a batch as a float, averaged over its samples,
    and saves what ``backward`` needs; ``backward(grad=1.0)`` returns ``grad * dL/dprediction``.
    `evaluate`, which is derived from ``forward``, is for validation: it saves nothing.

    Examples
    --------
    >>> class SumOfSquares(nn.Loss):
    ...     def forward(self, prediction, target):
    ...         difference = prediction - target
    ...         self.save_for_backward(difference)
    ...         return float((difference**2).sum()) / len(difference)
    ...
    ...     def backward(self, grad=1.0):
    ...         difference = self.saved()
    ...         return grad * 2 * difference / len(difference)
    >>> SumOfSquares().evaluate(np.array([[1.0], [4.0]]), np.array([[0.0], [1.0]]))
    5.0
    """

    _instead = "evaluate"

    default_metrics: ClassVar[tuple[str, ...]] = ()
    """The names of the metrics that a Trainer reports with this loss unless told otherwise."""

    def forward(self, prediction: Array, target: Array) -> float:
        """The loss of a batch."""
        raise NotImplementedError(f"{type(self).__name__}: define forward(self, prediction, target)")

    def backward(self, grad: float = 1.0) -> Array:
        """The gradient with respect to the prediction of the last pending forward, times ``grad``."""
        raise NotImplementedError(f"{type(self).__name__}: define backward(self, grad=1.0)")

    def evaluate(self, prediction: Array, target: Array) -> float:
        """The loss of a batch, where no backward follows: nothing is saved or changed."""
        since = next(tickets)
        try:
            return self.forward(prediction, target)
        finally:
            self._forget_all(since)

    def check_target(self, target: Any, shape: tuple[int, ...]) -> Array:
        """Refuse a target that does not go with predictions of this shape; return it as an array.

        ``forward`` calls it with its batch, and a Trainer with all its data before it begins. It is
        cheap, compared with a training step.
        """
        target = as_array(target)
        if target.shape[:1] != shape[:1]:
            raise ValueError(
                f"{self!r}: expected one target for each of {shape[0]} predictions, "
                f"got a target of shape {target.shape}"
            )
        return target

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class SoftmaxCrossEntropy(Loss):
    """Cross-entropy of the softmax: ``L = -1/N sum_n sum_k t_nk log softmax(z_n)_k``.

    Notes
    -----
    The prediction ``z`` are logits of shape ``(N, C)``, before any softmax. The target is either
    integer labels in ``0 ... C-1``, of shape ``(N,)``, or one distribution over the classes per
    sample, ``(N, C)``. With ``p = softmax(z)``, ``dL/dz = (p - t) / N``. The loss is in nats.

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
    >>> loss.forward(logits, np.array([0, 3]))  # log 4, whatever the labels are
    1.3862943611198906
    >>> loss.backward()
    array([[-0.375,  0.125,  0.125,  0.125],
           [ 0.125,  0.125,  0.125, -0.375]])
    """

    default_metrics = ("accuracy",)

    def forward(self, prediction: Array, target: Array) -> float:
        z = floating_array(prediction, self)
        if z.ndim != 2 or z.size == 0:
            raise ValueError(
                f"{self!r}: expected logits of shape (N, C), none of them 0, got {z.shape}"
            )
        target = self.check_target(target, z.shape)
        z = z.copy(order="F")  # class by class: reductions over few classes are several times faster
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        total = p.sum(axis=1, keepdims=True)
        p /= total
        self.save_for_backward(p, target)
        if target.ndim == 1:
            chosen = z[np.arange(len(z)), target]
        else:  # where a class has no weight, its logit may be -inf
            chosen = np.multiply(z, target, out=np.zeros_like(z), where=target != 0).sum(axis=1)
        return float((np.log(total[:, 0]) - chosen).sum(dtype=np.float64)) / len(z)

    def backward(self, grad: float = 1.0) -> Array:
        p, target = self.saved()
        scale = float(grad) / len(p)
        gradient: Array = p * scale
        if target.ndim == 1:
            gradient[np.arange(len(p)), target] -= scale
        else:
            gradient -= target * scale
        return gradient

    def check_target(self, target: Any, shape: tuple[int, ...]) -> Array:
        target = super().check_target(target, shape)
        if target.ndim == 1 and target.dtype.kind in "iu":
            unsigned = target.view(target.dtype.str.replace("i", "u"))  # negative labels are huge there
            if target.size and unsigned.max() >= shape[1]:
                raise ValueError(
                    f"{self!r}: expected labels in 0 ... {shape[1] - 1}, "
                    f"got labels from {target.min()} to {target.max()}"
                )
        elif target.shape == shape and target.dtype.kind in "fiub":
            target = target.astype(np.float32 if target.dtype.kind != "f" else target.dtype, copy=False)
            wrong = (target < 0).any(axis=1) | ~(
                np.abs(target.sum(axis=1, dtype=np.float64) - 1) < 1e-3
            )
            if wrong.any():
                row = int(wrong.argmax())
                raise ValueError(
                    f"{self!r}: expected probability targets, not negative and with rows that sum to "
                    f"1; row {row} is {target[row]}"
                )
        else:
            raise (TypeError if target.ndim == 1 else ValueError)(
                f"{self!r}: expected integer labels of shape ({shape[0]},) or probability targets of "
                f"shape {shape}, got {target.dtype} of shape {target.shape}"
            )
        return target


class MeanSquaredError(Loss):
    """Mean squared error: ``L = 1/M sum (y - t)²`` over all ``M`` elements of the batch.

    Notes
    -----
    Prediction ``y`` and target ``t`` have the same shape, whatever it is; nothing is broadcast.
    ``dL/dy = 2 (y - t) / M``.

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

    def forward(self, prediction: Array, target: Array) -> float:
        prediction = floating_array(prediction, self)
        target = self.check_target(target, prediction.shape)
        difference = prediction - real_array(target, prediction.dtype, self)
        self.save_for_backward(difference)
        return float(np.square(difference).mean(dtype=np.float64))

    def backward(self, grad: float = 1.0) -> Array:
        difference = self.saved()
        return difference * (2 * float(grad) / difference.size)

    def check_target(self, target: Any, shape: tuple[int, ...]) -> Array:
        target = super().check_target(target, shape)
        if target.shape != shape or 0 in shape:
            raise ValueError(
                f"{self!r}: expected a target of the prediction's shape {shape}, none of it 0, "
                f"got {target.shape}"
            )
        if target.dtype.kind not in "fiub":
            raise TypeError(f"{self!r}: expected a target of real numbers, got {target.dtype}")
        return target
