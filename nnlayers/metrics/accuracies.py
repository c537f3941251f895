"""Accuracies: the shares of samples, or positions, that are predicted right."""

import inspect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nnlayers.core.checks import whole_number
from nnlayers.core.predictions import LOGITS, NUMBERS, SCORES, measures
from nnlayers.metrics.base import mean, mean_over_positions, metric_of_samples
from nnlayers.metrics.classes import above, classes, have_largest, have_no_nan, logits_of_labels

__all__ = ["accuracy", "binary_accuracy", "top_k_accuracy"]


@measures(SCORES, NUMBERS)
@mean_over_positions
@metric_of_samples
def accuracy(prediction: Any, target: Any, weights: Any = None) -> float:
    """The share, in [0, 1], of samples, or positions, whose largest score is that of the label.

    Parameters
    ----------
    prediction : array of shape (N, ..., C)
        The scores of the classes.
    target : array of shape (N, ...) or (N, ..., C)
        Labels, or distributions over the classes.
    weights : array, optional
        The weights of the samples, ``(N,)``, or of positions, up to ``(N, ...)``.

    Returns
    -------
    float
        NaN if a score is NaN, or several infinite ones are the largest.

    Raises
    ------
    ValueError, TypeError
        A shape or a dtype does not fit, or a label is not that of a class.
    UndefinedMetric
        All weights are 0.

    Examples
    --------
    >>> scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    >>> round(nn.accuracy(scores, np.array([1, 0, 0])), 3)
    0.667
    """
    scores, labels, weights = classes("accuracy", prediction, target, weights)
    if not have_largest(scores):
        return math.nan
    return mean(scores.argmax(axis=-1) == labels, weights)


@measures(LOGITS)
@mean_over_positions
@metric_of_samples
def binary_accuracy(
    prediction: Any, target: Any, weights: Any = None, *, threshold: float = 0.0
) -> float:
    """The share, in [0, 1], of logits that are on the right side of the threshold.

    Parameters
    ----------
    prediction : array
        Logits, of any shape; of several labels, each counts on its own.
    target : array of the same shape
        0 or 1, or probabilities: above 1/2 they count as 1.
    weights : array, optional
        The weights of the samples, ``(N,)``, or of elements.
    threshold : float
        A logit above it predicts 1. The default is the probability 1/2; for the probability ``p`` it is
        ``log(p / (1 - p))``.

    Returns
    -------
    float
        NaN if a logit is.

    Raises
    ------
    ValueError, TypeError
        The shapes differ or are empty, logits are not floating numbers, or targets not in [0, 1].
    UndefinedMetric
        All weights are 0.

    Examples
    --------
    >>> nn.binary_accuracy(np.array([2.0, -1.0, 0.5, -3.0]), np.array([1, 0, 0, 0]))
    0.75
    """
    found = logits_of_labels("binary_accuracy", prediction, target, weights)
    predicted = above(found.logits, threshold, "binary_accuracy")
    return mean(predicted == found.positive, found.weights) if have_no_nan(found) else math.nan


@dataclass(frozen=True)
class top_k_accuracy:  # noqa: N801 (it is used as a function)
    """The metric that counts a sample as right if its label is among the ``k`` largest scores.

    ``nn.top_k_accuracy(3)`` is a function of ``(prediction, target, weights=None)`` for `accuracy`'s
    shapes, in [0, 1]; its figure is named ``top_3_accuracy``. Of equal scores, those of lower classes
    come first, so that ``nn.top_k_accuracy(1)`` is `accuracy`.

    Parameters
    ----------
    k : int
        How many classes may be named; fewer than there are.

    Raises
    ------
    ValueError, TypeError
        ``k`` is not a whole number of at least 1, or there are not more classes; and as `accuracy`.

    Examples
    --------
    >>> scores = np.array([[0.1, 0.7, 0.2], [0.8, 0.05, 0.15]])
    >>> nn.top_k_accuracy(2)(scores, np.array([2, 1]))
    0.5
    """

    k: int = 5
    is_mean_over_positions: ClassVar[bool] = True
    kinds_of_predictions: ClassVar[tuple[str, ...]] = (SCORES, NUMBERS)

    if not TYPE_CHECKING:

        def __new__(cls, *args, **names):
            """Refuse a call as if it were the metric itself."""
            if len(args) + len(names) > 1:
                raise TypeError(
                    "top_k_accuracy: give the number first, nn.top_k_accuracy(3)(prediction, target), "
                    "and to a Trainer metrics=[nn.top_k_accuracy(3)]"
                )
            return super().__new__(cls)

        __new__.__signature__ = inspect.signature(lambda cls, k=5: None)  # what editors show

    def __post_init__(self) -> None:
        vars(self)["k"] = whole_number(self.k, "k", "top_k_accuracy")

    @property
    def __name__(self) -> str:
        """The name of the figure."""
        return f"top_{self.k}_accuracy"

    def __call__(self, prediction: Any, target: Any, weights: Any = None) -> float:
        scores, labels, weights = classes(self.__name__, prediction, target, weights)
        if self.k >= scores.shape[1]:
            raise ValueError(
                f"{self.__name__}: expected more than {self.k} classes, got {scores.shape[1]}, one of "
                "which the label always is"
            )
        if not have_largest(scores):
            return math.nan
        own = scores[np.arange(len(labels)), labels][:, np.newaxis]
        before = np.arange(scores.shape[1]) < labels[:, np.newaxis]
        rank = np.count_nonzero((scores > own) | ((scores == own) & before), axis=1)
        return mean(rank < self.k, weights)
