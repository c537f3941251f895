"""The loss of guessing: what the best constant prediction would reach, as a yardstick."""

import copy
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.losses.base import Loss
from nnlayers.losses.binary import SigmoidBinaryCrossEntropy
from nnlayers.losses.classification import SoftmaxCrossEntropy
from nnlayers.losses.pointwise import Pointwise
from nnlayers.losses.regression import MeanSquaredError

ELEMENTS = 1 << 15  # of the targets, from which a constant is found


class Guess(NamedTuple):
    """The loss of the best constant prediction; NaN where the loss is of an unknown kind."""

    loss: float = math.nan
    floor: float = 0.0
    """The least loss that is possible."""
    shares: Array | None = None
    """The share of each class in the targets."""
    labels: Array | None = None
    """The class of each position."""
    size: float = math.nan
    """The root of the mean square of targets that are numbers."""

    @property
    def is_classes(self) -> bool:
        """True if the targets are classes."""
        return self.shares is not None

    def less(self, share: float) -> float:
        """The loss after a share of what can be learned."""
        return self.loss - share * (self.loss - self.floor)

    @property
    def is_varied(self) -> bool:
        """True if the targets differ, by more than rounding: there is something to learn."""
        return self.loss > 1e-12 * (1 if self.is_classes else min(self.size, 1.0) ** 2)

    @property
    def majority(self) -> float:
        """The share of the most frequent class."""
        return math.nan if self.shares is None else float(self.shares.max())


def guess(loss: Loss, prediction: Any, y: Any) -> Guess:
    """The yardstick for some targets; a prediction of some of them says how many classes there are."""
    if not isinstance(prediction, np.ndarray) or not isinstance(y, np.ndarray):
        return Guess()
    if isinstance(loss, SoftmaxCrossEntropy):
        return _guess_class(loss, prediction.shape[-1], y, prediction.ndim)
    if isinstance(loss, Pointwise) and type(loss).forward is Pointwise.forward:
        y = y.astype(np.float64)
        is_mean = type(loss).value is MeanSquaredError.value
        constant = y.mean(axis=0) if is_mean else _best_constant(loss, y)
        size = float(np.sqrt(np.mean(np.square(y))))
        found = Guess(loss.evaluate(np.broadcast_to(constant, y.shape), y), size=size)
        if isinstance(loss, SigmoidBinaryCrossEntropy) and (y.ndim == 1 or y.shape[-1] == 1):
            labels = (y > 0.5).reshape(-1).astype(np.intp)  # of one logit, whose sign decides
            shares = np.bincount(labels, minlength=2) / labels.size
            return found._replace(shares=shares, labels=labels)
        return found
    return Guess()


def _guess_class(loss: Loss, classes: int, y: Array, ndim: int) -> Guess:
    if y.ndim < ndim:
        labels, floor = y.reshape(-1).astype(np.intp), 0.0
        shares = np.bincount(labels, minlength=classes) / labels.size
    else:
        rows = y.reshape(-1, classes).astype(np.float64)
        labels, floor = rows.argmax(axis=1), entropy(rows) / len(rows)
        shares = rows.mean(axis=0)
    if type(loss).forward is SoftmaxCrossEntropy.forward:
        return Guess(entropy(shares), floor, shares, labels)
    # A class of its own, such as with weights: the classes are predicted by their shares, or all alike.
    some = y[:: max(1, labels.size * classes // ELEMENTS)]
    logits = np.log(np.maximum(shares, 1e-6)), np.zeros(classes)
    shape = (*some.shape[: ndim - 1], classes)
    losses = [loss.evaluate(np.broadcast_to(constant, shape).copy(), some) for constant in logits]
    return Guess(min(losses), 0.0, shares, labels)


def _best_constant(loss: Pointwise, y: Array) -> Array:
    """The constant of the least loss, in each column: what a network learns that sees no input."""
    y = y[:: max(1, y.size // ELEMENTS)]

    def cost(constant: Array) -> Array:
        losses = loss.value(np.broadcast_to(constant, y.shape).copy(), y).mean(axis=0)
        return np.where(np.isnan(losses), np.inf, losses)

    logits = np.linspace(-16, 16, 9).reshape(-1, *[1] * (y.ndim - 1))
    quantiles = np.quantile(y, [0, 0.25, 0.5, 0.75, 1], axis=0)
    points = np.sort(np.concatenate([np.broadcast_to(logits, (9, *y.shape[1:])), quantiles]), axis=0)
    best = np.argmin([cost(point) for point in points], axis=0)[np.newaxis]
    low, high = (
        np.take_along_axis(points, np.clip(best + side, 0, len(points) - 1), axis=0)[0]
        for side in (-1, 1)
    )
    for _ in range(16):  # a third is left out each time
        one, other = low + (high - low) / 3, high - (high - low) / 3
        is_left = cost(one) < cost(other)
        low, high = np.where(is_left, low, one), np.where(is_left, other, high)
    middle: Array = (low + high) / 2
    return middle


def is_of_differences(loss: Loss, y: Array) -> bool:
    """True if a loss depends on the differences of predictions and targets like these only."""
    shape = (min(len(y), 8), *y.shape[1:])
    prediction = np.linspace(-1, 1, math.prod(shape)).reshape(shape)
    target = prediction[::-1] / 2
    evaluate: Callable[..., float] = copy.deepcopy(loss).evaluate
    try:
        found = evaluate(prediction, target)
        moved, other = evaluate(prediction + 3, target + 3), evaluate(prediction, target + 3)
    except Exception:  # it wants other targets
        return False
    return math.isclose(found, moved, rel_tol=1e-4) and not math.isclose(found, other, rel_tol=1e-4)


def entropy(shares: Array) -> float:
    """``-sum p log p``, in nats."""
    return -float((shares * np.log(np.where(shares > 0, shares, 1))).sum())
