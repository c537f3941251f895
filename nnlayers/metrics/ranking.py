"""ROC AUC and average precision: how well scores put the samples of a class before the others."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.predictions import LOGITS, NUMBERS, SCORES, measures
from nnlayers.metrics.averages import Reason, averaged, check_average
from nnlayers.metrics.base import metric_of_samples
from nnlayers.metrics.binary_tasks import BinaryTask, binary_tasks, cumulated

__all__ = ["average_precision", "roc_auc"]


@measures(SCORES, LOGITS, NUMBERS)
@metric_of_samples
def roc_auc(
    prediction: Any,
    target: Any,
    weights: Any = None,
    *,
    average: str | None = "macro",
    of_class: int | None = None,
) -> Any:
    """The area under the ROC curve: how often a positive sample has a larger score than a negative one.

    It is ``P(s⁺ > s⁻) + P(s⁺ = s⁻) / 2`` over all pairs, weighted by the product of their weights: in
    [0, 1], and 1/2 for scores that say nothing.

    Parameters
    ----------
    prediction, target : array
        Logits and 0 or 1 of the same shape: ``(N,)`` and ``(N, ..., 1)`` are one label, otherwise the
        labels are along the last axis. Or logits of classes ``(N, ..., C)`` and labels ``(N, ...)``:
        each class against the rest.
    weights : array, optional
        The weights of the samples, ``(N,)``, or of positions.
    average : "macro" or None
        The mean, or an array of the figures of the classes, or labels; NaN where one has none.
    of_class : int, optional
        The class, or label, whose figure alone is returned.

    Returns
    -------
    float or array of shape (C,)

    Raises
    ------
    UndefinedMetric
        The target has no positive sample, or no negative one. In the mean, such classes are left out.
    ValueError, TypeError
        A shape, a dtype, a label or an option does not fit.

    Notes
    -----
    The scores of a class are the log-odds ``z_k - log sum_{j≠k} exp z_j`` of its softmax probability:
    they put the samples in the same order, and do not round to 0 or 1. For probabilities ``p`` instead
    of logits, give ``np.log(p)``. The figure is NaN if a logit is.

    Source: Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27, 2006.

    Examples
    --------
    >>> nn.roc_auc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]))
    0.75
    """

    def why(it: str) -> str:
        return f"the target needs samples of {it}, and others"

    return _figure("roc_auc", _area, why, prediction, target, weights, average, of_class)


@measures(SCORES, LOGITS, NUMBERS)
@metric_of_samples
def average_precision(
    prediction: Any,
    target: Any,
    weights: Any = None,
    *,
    average: str | None = "macro",
    of_class: int | None = None,
) -> Any:
    """The mean precision over the recall: ``sum_i (R_i - R_{i-1}) P_i`` over all thresholds, in [0, 1].

    It is about the share of positive samples for scores that say nothing, so that it shows more than
    the ROC AUC where these are rare. The scores of classes are those of `roc_auc`.

    Parameters
    ----------
    prediction, target, weights, average, of_class
        As for `roc_auc`.

    Returns
    -------
    float or array of shape (C,)

    Raises
    ------
    UndefinedMetric
        The target has no positive sample. In the mean, such classes are left out.
    ValueError, TypeError
        A shape, a dtype, a label or an option does not fit.

    Notes
    -----
    Source: Manning, Raghavan, Schütze, "Introduction to Information Retrieval", 2008, section 8.4.

    Examples
    --------
    >>> round(nn.average_precision(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])), 4)
    0.8333
    """

    def why(it: str) -> str:
        return f"the target has no sample of {it}"

    return _figure(
        "average_precision", _mean_precision, why, prediction, target, weights, average, of_class
    )


def _figure(
    who: str,
    figure: Callable[[BinaryTask], float],
    why: Reason,
    prediction: Any,
    target: Any,
    weights: Any,
    average: str | None,
    of_class: int | None,
) -> Any:
    """The figures of all tasks as one number; a task whose figure is NaN has none."""
    found = binary_tasks(who, prediction, target, weights)
    index = check_average(average, of_class, found.columns, who)
    if not found.usable:
        return math.nan if average or of_class is not None else np.full(found.columns, np.nan)
    values = np.full(found.columns, np.nan)
    for column in range(found.columns) if index is None else [index]:
        values[column] = figure(found.task(column))
    return averaged(who, values, average, index, ~np.isnan(values), why, found.noun)


def _area(task: BinaryTask) -> float:
    _, positive, negative = cumulated(task)
    if not (positive.size and positive[-1] and negative[-1]):
        return math.nan
    heights = np.concatenate([[0], positive / positive[-1]])
    widths = np.diff(negative, prepend=0) / negative[-1]
    return float((widths * (heights[1:] + heights[:-1])).sum() / 2)


def _mean_precision(task: BinaryTask) -> float:
    _, positive, negative = cumulated(task)
    if not (positive.size and positive[-1]):
        return math.nan
    steps = np.diff(positive, prepend=0) / positive[-1]
    return float((steps * _precision(positive, negative)).sum())


def _precision(positive: Array, negative: Array) -> Array:
    return positive / (positive + negative)
