"""The loss of guessing: what the best constant prediction would reach, as a yardstick."""

import math
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.losses.base import Loss
from nnlayers.losses.classification import SoftmaxCrossEntropy
from nnlayers.losses.pointwise import Pointwise


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

    @property
    def limit(self) -> float:
        """A loss above it is as good as guessed."""
        return self.loss - 0.02 * (self.loss - self.floor)

    @property
    def majority(self) -> float:
        """The share of the most frequent class."""
        return math.nan if self.shares is None else float(self.shares.max())


def guess(loss: Loss, prediction: Any, y: Any) -> Guess:
    """The yardstick for some targets; a prediction of some of them says how many classes there are."""
    if not isinstance(prediction, np.ndarray) or not isinstance(y, np.ndarray):
        return Guess()
    if type(loss).forward is SoftmaxCrossEntropy.forward:
        return _guess_class(prediction.shape[-1], y, prediction.ndim)
    if isinstance(loss, Pointwise) and type(loss).forward is Pointwise.forward:
        y = y.astype(np.float64)
        constant = np.broadcast_to(y.mean(axis=0), y.shape)
        return Guess(loss.evaluate(constant, y), size=float(np.sqrt(np.mean(np.square(y)))))
    return Guess()


def _guess_class(classes: int, y: Array, ndim: int) -> Guess:
    if y.ndim < ndim:
        labels, floor = y.reshape(-1).astype(np.intp), 0.0
        shares = np.bincount(labels, minlength=classes) / labels.size
    else:
        rows = y.reshape(-1, classes).astype(np.float64)
        labels, floor = rows.argmax(axis=1), entropy(rows) / len(rows)
        shares = rows.mean(axis=0)
    return Guess(entropy(shares), floor, shares, labels)


def entropy(shares: Array) -> float:
    """``-sum p log p``, in nats."""
    return -float((shares * np.log(np.where(shares > 0, shares, 1))).sum())
