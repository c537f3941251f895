"""Curves: the numbers of the ROC curve and of the precision-recall curve."""

from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.metrics.averages import check_average
from nnlayers.metrics.base import UndefinedMetric, metric_of_samples
from nnlayers.metrics.binary_tasks import binary_tasks, cumulated

__all__ = ["PrecisionRecallCurve", "RocCurve", "precision_recall_curve", "roc_curve"]


class RocCurve(NamedTuple):
    """The points of a ROC curve, from (0, 0) to (1, 1), and their thresholds, from the largest.

    Examples
    --------
    The largest threshold that finds at least half of the positive samples:

    >>> curve = nn.roc_curve(np.array([-2.0, 0.5, -0.5, 3.0]), np.array([0, 0, 1, 1]))
    >>> point = np.argmax(curve.true_positive_rate >= 0.5)
    >>> print(curve.thresholds[point], curve.false_positive_rate[point])
    0.5 0.0
    """

    false_positive_rate: Array
    """The share of the negative samples above each threshold, from 0 to 1."""
    true_positive_rate: Array
    """The share of the positive samples above each threshold: the recall."""
    thresholds: Array
    """The thresholds, from the largest to ``-inf``."""


class PrecisionRecallCurve(NamedTuple):
    """The points of a precision-recall curve, by rising recall, and their thresholds.

    Examples
    --------
    The precision at the largest threshold that finds all positive samples:

    >>> curve = nn.precision_recall_curve(np.array([-2.0, 0.5, -0.5, 3.0]), np.array([0, 0, 1, 1]))
    >>> point = np.argmax(curve.recall == 1)
    >>> print(curve.thresholds[point], curve.precision[point].round(2))
    -2.0 0.67
    """

    precision: Array
    """The share of positive samples in what is above each threshold; 1 at the first point."""
    recall: Array
    """The share of the positive samples above each threshold, from 0 to 1."""
    thresholds: Array
    """The thresholds, from the largest to ``-inf``."""


@metric_of_samples
def roc_curve(
    prediction: Any, target: Any, weights: Any = None, *, of_class: int | None = None
) -> RocCurve:
    """The shares of negative and of positive samples above each threshold: ``FP / N`` and ``TP / P``.

    Scores **above** ``thresholds[i]`` count as positive at the point ``i``, as they do in `precision`
    and the others for ``threshold=``. The thresholds are the distinct scores, from the largest, above
    which there is nothing, and then ``-inf``: one point more than distinct scores.

    Parameters
    ----------
    prediction, target : array
        Logits and 0 or 1 of the same shape, or logits of classes ``(N, ..., C)`` and labels
        ``(N, ...)``: of one class against the rest, by its log-odds (see `roc_auc`).
    weights : array, optional
        The weights of the samples, ``(N,)``, or of positions.
    of_class : int, optional
        The class, or the label along the last axis. Of two classes, it is 1 by default.

    Returns
    -------
    RocCurve
        Three arrays of one length: ``false_positive_rate``, ``true_positive_rate``, ``thresholds``.

    Raises
    ------
    UndefinedMetric
        The target has no positive sample, or no negative one.
    ValueError, TypeError
        A score is not finite; there are several classes, and none is named; a shape, a dtype or a label
        does not fit.

    Examples
    --------
    >>> curve = nn.roc_curve(np.array([-2.0, 0.5, -0.5, 3.0]), np.array([0, 0, 1, 1]))
    >>> curve.false_positive_rate
    array([0. , 0. , 0.5, 0.5, 1. ])
    >>> curve.true_positive_rate
    array([0. , 0.5, 0.5, 1. , 1. ])
    >>> curve.thresholds
    array([ 3. ,  0.5, -0.5, -2. , -inf])
    """
    thresholds, positive, negative, it = _counts("roc_curve", prediction, target, weights, of_class)
    if not (positive[-1] and negative[-1]):
        raise UndefinedMetric(f"roc_curve: the target needs samples of {it}, and others")
    return RocCurve(negative / negative[-1], positive / positive[-1], thresholds)


@metric_of_samples
def precision_recall_curve(
    prediction: Any, target: Any, weights: Any = None, *, of_class: int | None = None
) -> PrecisionRecallCurve:
    """Precision and recall of what is above each threshold: ``TP / (TP + FP)`` and ``TP / P``.

    At the first point nothing is predicted as positive; its precision is set to 1.

    Parameters
    ----------
    prediction, target, weights, of_class
        As for `roc_curve`.

    Returns
    -------
    PrecisionRecallCurve
        Three arrays of one length: ``precision``, ``recall``, ``thresholds``, as for `roc_curve`.

    Raises
    ------
    UndefinedMetric
        The target has no positive sample.
    ValueError, TypeError
        As for `roc_curve`.

    Examples
    --------
    >>> curve = nn.precision_recall_curve(np.array([-2.0, 0.5, -0.5, 3.0]), np.array([0, 0, 1, 1]))
    >>> curve.precision.round(2)
    array([1.  , 1.  , 0.5 , 0.67, 0.5 ])
    >>> curve.recall
    array([0. , 0.5, 0.5, 1. , 1. ])
    """
    who = "precision_recall_curve"
    thresholds, positive, negative, it = _counts(who, prediction, target, weights, of_class)
    if not positive[-1]:
        raise UndefinedMetric(f"{who}: the target has no sample of {it}")
    above = positive + negative
    precision = np.divide(positive, above, out=np.ones(len(above)), where=above != 0)
    return PrecisionRecallCurve(precision, positive / positive[-1], thresholds)


def _counts(
    who: str, prediction: Any, target: Any, weights: Any, of_class: int | None
) -> tuple[Array, Array, Array, str]:
    """The thresholds, the weights of positive and negative samples above them, words for the class."""
    found = binary_tasks(who, prediction, target, weights)
    index = check_average(None, of_class, found.columns, who)
    if index is None:
        if found.columns > 2 or (found.columns == 2 and found.noun == "label"):
            options = "classes" if found.noun == "class" else "labels"
            raise ValueError(
                f"{who}: {found.columns} {options} have a curve each: name one, of_class=0, say"
            )
        index = found.columns - 1
    task = found.task(index)
    if not (found.usable and np.isfinite(task.scores).all()):
        raise ValueError(f"{who}: expected finite scores: weights or inputs are not finite")
    scores, positive, negative = (np.concatenate([[0], part]) for part in cumulated(task))
    it = "the positive class" if found.columns == 1 else f"{found.noun} {index}"
    return np.append(scores[1:].astype(np.float64), -np.inf), positive, negative, it
