"""Precision, recall and F1: how well samples of a class are found."""

import math
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.predictions import LOGITS, SCORES, measures
from nnlayers.metrics.averages import Reason, averaged, check_average, ratio
from nnlayers.metrics.base import metric_of_samples
from nnlayers.metrics.classes import (
    Logits,
    above,
    have_largest,
    have_no_nan,
    refuse_threshold,
    scores_or_logits,
)

__all__ = ["f1", "precision", "recall"]


@measures(SCORES, LOGITS)
@metric_of_samples
def precision(
    prediction: Any,
    target: Any,
    weights: Any = None,
    *,
    average: str | None = "macro",
    of_class: int | None = None,
    threshold: float = 0.0,
) -> Any:
    """The share of what is predicted as a class that is of this class: ``TP / (TP + FP)``, in [0, 1].

    For scores ``(N, ..., C)`` with labels ``(N, ...)``, the class predicted is that of the largest
    score, and the figure is the mean over the classes (macro average). For logits with a target of
    their shape, those above ``threshold`` are predicted as positive. ``(N,)`` and ``(N, ..., 1)`` are
    one label, and the figure is that of the positive class. Otherwise the labels are along the last
    axis, and the figure is their mean. It is NaN if a score is.

    Parameters
    ----------
    prediction, target : array
        Scores of classes and labels, or logits and 0 or 1 (above 1/2 counts as 1).
    weights : array, optional
        The weights of the samples, ``(N,)``, or of positions.
    average : "macro" or None
        The mean, or an array of the figures of the classes, or labels; NaN where one has none.
    of_class : int, optional
        The class, or label, whose figure alone is returned.
    threshold : float
        Logits above it are positive. The default is the probability 1/2.

    Returns
    -------
    float or array of shape (C,)

    Raises
    ------
    UndefinedMetric
        A class of the target is never predicted. Classes that are neither in the target nor predicted
        are left out of the mean.
    ValueError, TypeError
        A shape, a dtype, a label or an option does not fit.

    Examples
    --------
    >>> nn.precision(np.array([2.0, 1.0, 0.5, -3.0]), np.array([1, 1, 0, 0]))
    0.6666666666666666
    >>> scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]])
    >>> nn.precision(scores, np.array([0, 1, 1]), average=None)
    array([0.5, 1. ])
    """
    who = "precision"
    counts = _class_counts(who, prediction, target, weights, threshold)
    occurs = (counts.actual > 0) | (counts.predicted > 0)

    def why(it: str) -> str:
        return f"nothing is predicted as {it}"

    values = ratio(counts.right, counts.predicted)
    return _figure(who, counts, values, average, of_class, occurs, why)


@measures(SCORES, LOGITS)
@metric_of_samples
def recall(
    prediction: Any,
    target: Any,
    weights: Any = None,
    *,
    average: str | None = "macro",
    of_class: int | None = None,
    threshold: float = 0.0,
) -> Any:
    """The share of the samples of a class that are predicted as such: ``TP / (TP + FN)``, in [0, 1].

    The mean over the classes is also called balanced accuracy.

    Parameters
    ----------
    prediction, target, weights, average, of_class, threshold
        As for `precision`.

    Returns
    -------
    float or array of shape (C,)

    Raises
    ------
    UndefinedMetric
        The target has no sample of the class. In the mean, such classes are left out.
    ValueError, TypeError
        A shape, a dtype, a label or an option does not fit.

    Examples
    --------
    >>> nn.recall(np.array([2.0, 1.0, -0.5, -3.0]), np.array([1, 0, 1, 0]))
    0.5
    """
    who = "recall"
    counts = _class_counts(who, prediction, target, weights, threshold)

    def why(it: str) -> str:
        return f"the target has no sample of {it}"

    values = ratio(counts.right, counts.actual)
    return _figure(who, counts, values, average, of_class, counts.actual > 0, why)


@measures(SCORES, LOGITS)
@metric_of_samples
def f1(
    prediction: Any,
    target: Any,
    weights: Any = None,
    *,
    average: str | None = "macro",
    of_class: int | None = None,
    threshold: float = 0.0,
) -> Any:
    """The harmonic mean of precision and recall, ``2 TP / (2 TP + FP + FN)``, in [0, 1].

    The macro average is the mean of the classes' F1.

    Parameters
    ----------
    prediction, target, weights, average, of_class, threshold
        As for `precision`.

    Returns
    -------
    float or array of shape (C,)

    Raises
    ------
    UndefinedMetric
        The class is neither in the target nor predicted. In the mean, such classes are left out.
    ValueError, TypeError
        A shape, a dtype, a label or an option does not fit.

    Examples
    --------
    >>> nn.f1(np.array([2.0, 1.0, -0.5, -3.0]), np.array([1, 0, 1, 0]))
    0.5
    """
    who = "f1"
    counts = _class_counts(who, prediction, target, weights, threshold)
    both = counts.actual + counts.predicted

    def why(it: str) -> str:
        return f"{it} is neither in the target nor predicted"

    values = ratio(2 * counts.right, both)
    return _figure(who, counts, values, average, of_class, both > 0, why)


class _Counts(NamedTuple):
    """For each class the weight of what is right, of what is predicted as it, and of what is it.

    ``noun`` says what the columns are, classes or labels; ``usable`` is False if a score is NaN.
    """

    right: Array
    predicted: Array
    actual: Array
    noun: str
    usable: bool


def _class_counts(who: str, prediction: Any, target: Any, weights: Any, threshold: Any) -> _Counts:
    found = scores_or_logits(who, prediction, target, weights)
    if isinstance(found, Logits):
        predicted, true = above(found.logits, threshold, who), found.positive
        weight = 1 if found.weights is None else found.weights
        right, named, actual = (
            (part * weight).sum(axis=0) for part in (predicted & true, predicted, true)
        )
        return _Counts(right, named, actual, "label", have_no_nan(found))
    refuse_threshold(threshold, who)
    scores, true, weights = found
    predicted, size = scores.argmax(axis=-1), scores.shape[-1]
    hit = predicted == true
    right = np.bincount(true[hit], None if weights is None else weights[hit], size)
    named, actual = (np.bincount(labels, weights, size) for labels in (predicted, true))
    return _Counts(right, named, actual, "class", have_largest(scores))


def _figure(
    who: str,
    counts: _Counts,
    values: Array,
    average: str | None,
    of_class: int | None,
    occurs: Array,
    why: Reason,
) -> Any:
    index = check_average(average, of_class, len(values), who)
    if not counts.usable:
        return math.nan if average or of_class is not None else np.full(len(values), np.nan)
    return averaged(who, values, average, index, occurs, why, counts.noun)
