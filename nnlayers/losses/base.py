"""The contract of a loss: a small class of its own, with forward and backward, that ends a network."""

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

import numpy as np

from nnlayers.core.answers.attributes import other_words
from nnlayers.core.checks import Array, as_array, describe, is_tuple_of_arrays
from nnlayers.core.component import Component
from nnlayers.core.devices import as_float, check_same_device, one_if_zero
from nnlayers.core.sample_weights import check_weights, takes_argument
from nnlayers.core.saving import drop_saved, new_ticket

__all__ = ["Loss"]


def _without_weights(forward: Callable[..., float]) -> Callable[..., float]:
    """A forward that says what to add when it is given weights, which it does not take."""

    @functools.wraps(forward)
    def forward_without_weights(
        self: "Loss", prediction: Any, target: Any, *args: Any, weights: Any = None, **options: Any
    ) -> float:
        if weights is not None or (args and len(inspect.signature(forward).parameters) < 4):
            raise TypeError(
                f"{type(self).__name__}.forward(prediction, target) takes no weights: add weights=None "
                "to its arguments, and return the weighted mean sum(w * l) / sum(w)"
            )
        return forward(self, prediction, target, *args, **options)

    return forward_without_weights


@other_words(
    item="forward and evaluate return a float already",
    reduction="the loss is always the mean over the samples",
    compute="use forward(prediction, target)",
    predict="a model predicts; a loss has evaluate(prediction, target)",
)
class Loss(Component):
    """The base class of losses: subclass it and define ``forward`` and ``backward``.

    ``forward(prediction, target, weights=None)`` returns the loss of a batch as a float, averaged over
    its samples, and saves what ``backward`` needs; ``backward(grad=1.0)`` returns
    ``grad * dL/dprediction``, in the form of the prediction (an array, or a tuple of arrays).
    `evaluate`, which is derived from ``forward``, is for validation: it saves nothing.

    With weights ``w``, the loss is the weighted mean ``sum(w * l) / sum(w)`` of the losses ``l`` of the
    samples, or 0 if all weights are 0. Their shape is that of the target's leading axes, ``(N,)`` or
    ``(N, T)``: they are class weights as ``weights=w[y]``, and the mask of padded sequences. A loss
    whose ``forward`` has no ``weights`` works as long as none are given.

    A loss that averages over all positions of sequences, or over all elements, sets
    ``is_mean_over_positions = True`` in its class. A Trainer needs that for batches of several lengths.

    Parameters that a loss holds are found, trained, saved and converted as those of a layer.

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

    instead_of_forward = "evaluate"

    default_metrics: ClassVar[tuple[str, ...]] = ()
    """The metrics that a Trainer reports with this loss unless told otherwise, as its ``metrics``."""

    kind_of_predictions: ClassVar[str | None] = None
    """What is predicted, in words; a Trainer refuses metrics of other predictions. None fits all."""

    least_outputs: ClassVar[int] = 1
    """The least size of the last axis of a network's predictions that makes sense to train."""

    is_mean_over_positions: ClassVar[bool] = False
    """True for a mean over all positions, or elements, of the targets, not over samples."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "forward" in vars(cls) and not takes_argument(cls.forward, "weights"):
            cls.forward = _without_weights(cls.forward)  # type: ignore[method-assign]

    def forward(self, prediction: Any, target: Any, weights: Any = None) -> float:
        """The loss of a batch, averaged over its samples; save what ``backward`` will need."""
        raise NotImplementedError(
            f"{type(self).__name__}: define forward(self, prediction, target, weights=None)"
        )

    def backward(self, grad: float = 1.0) -> Any:
        """The gradient with respect to the prediction of the last pending forward, times ``grad``."""
        raise NotImplementedError(f"{type(self).__name__}: define backward(self, grad=1.0)")

    def evaluate(self, prediction: Any, target: Any, weights: Any = None) -> float:
        """The loss of a batch, if no backward follows: nothing is saved or changed.

        Parameters
        ----------
        prediction, target : array, or tuple of arrays
            The output of the network, and what it should be.
        weights : array, optional
            How much each sample, or position, counts.

        Returns
        -------
        float

        Examples
        --------
        >>> loss, y, t = nn.MeanSquaredError(), np.array([[1.0], [4.0]]), np.array([[0.0], [1.0]])
        >>> loss.evaluate(y, t), loss.evaluate(y, t, weights=np.array([1.0, 0.0]))
        (5.0, 1.0)
        """
        ticket = new_ticket()
        try:
            if weights is None:
                return self.forward(prediction, target)
            return self.forward(prediction, target, weights=weights)
        finally:
            drop_saved(self, ticket)

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise a TypeError: call ``forward`` or ``evaluate``."""
        raise TypeError(
            f"{type(self).__name__} cannot be called: use forward(prediction, target) to train (then "
            "backward()), or evaluate(prediction, target)"
        )

    def check_target(self, target: Any, shape: Any) -> Any:
        """Refuse a target that does not go with predictions of this shape; return it as an array.

        ``forward`` calls it with its batch, and a Trainer with all its data before it begins. It is
        cheap, compared with a training step. For predictions that are a tuple of arrays, ``shape`` is
        a tuple of shapes, and a target is returned as it is: a loss that takes them checks it itself.

        Examples
        --------
        >>> nn.SoftmaxCrossEntropy().check_target([0, 2, 1], (3, 3))
        array([0, 2, 1])
        >>> nn.MeanSquaredError().check_target([[1.0], [2.0]], (3, 1))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ValueError: MeanSquaredError(): expected one target for each of 3 predictions, got ...
        """
        if is_tuple_of_arrays(target) or (shape and isinstance(shape[0], tuple)):
            return target
        return self._checked_array(target, shape)

    def check_single_target(self, target: Any, shape: Any) -> Array:
        """`check_target` for a loss of one prediction and one target, not tuples of them."""
        if is_tuple_of_arrays(target) or (shape and isinstance(shape[0], tuple)):
            raise TypeError(
                f"{self!r}: expected one prediction and one target, got predictions of shape {shape} "
                f"and, as target, {describe(target)}: for several outputs, give Losses([...]), a loss "
                "for each"
            )
        return self._checked_array(target, shape)

    def _checked_array(self, target: Any, shape: Any) -> Array:
        target = as_array(target, self)
        if target.shape[:1] != shape[:1]:
            raise ValueError(
                f"{self!r}: expected one target for each of {shape[0] if shape else 1} predictions, "
                f"got a target of shape {target.shape}"
            )
        return target

    def shares(self, weights: Any, shape: tuple[int, ...]) -> Array | float:
        """The factor of each of the losses of this shape in their mean.

        Without weights that is ``1 / size``; with weights it is ``w / sum(w)``, an array that
        broadcasts to the shape, or 0 if all weights are 0.

        Raises
        ------
        ValueError, TypeError
            The weights are not of the shape's leading axes, or not finite and at least 0.

        Examples
        --------
        >>> loss = nn.MeanSquaredError()
        >>> loss.shares(None, (4,)), loss.shares(np.array([1.0, 1.0, 2.0, 0.0]), (4,))
        (0.25, array([0.25, 0.25, 0.5 , 0.  ]))
        """
        size = math.prod(shape)
        if weights is None:
            return 1 / size
        weights = check_weights(weights, shape, repr(self))
        weights = weights.astype(np.promote_types(weights.dtype, np.float64))
        largest = weights.max() if weights.size else 1.0
        weights = (weights / one_if_zero(largest)).astype(np.float64, copy=False)
        total = as_float(weights.sum()) * (size / max(weights.size, 1))
        shares: Array = weights.reshape(weights.shape + (1,) * (len(shape) - weights.ndim))
        return shares / one_if_zero(total)

    def check_devices(self, prediction: Any, target: Any, weights: Any = None) -> None:
        """Refuse a target, or weights, that are not where the prediction is: on a GPU, or on the host.

        Raises
        ------
        TypeError
            It says where each of them is, and the way out.
        """
        check_same_device(target, prediction, self, "the target", "the prediction")
        if weights is not None:
            check_same_device(weights, prediction, self, "the weights", "the prediction")
