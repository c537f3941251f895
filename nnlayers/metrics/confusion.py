"""The confusion matrix."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array
from nnlayers.metrics.base import metric_of_samples
from nnlayers.metrics.classes import (
    above,
    classes,
    have_largest,
    have_no_nan,
    lack_largest,
    logits_of_labels,
    refuse_threshold,
)

__all__ = ["confusion_matrix"]


@metric_of_samples
def confusion_matrix(
    prediction: Any, target: Any, weights: Any = None, *, threshold: float = 0.0
) -> Array:
    """Counts of shape ``(C, C)``: row the true class, column the predicted one.

    Parameters
    ----------
    prediction, target : array
        Scores ``(N, ..., C)``, with labels ``(N, ...)`` or distributions ``(N, ..., C)``; or logits
        ``(N,)`` or ``(N, ..., 1)`` with a target of their shape, whose classes are 0 and 1.
    weights : array, optional
        The weights of the samples, ``(N,)``, or of positions: the matrix has their sums, not counts.
    threshold : float
        A logit above it predicts 1. Not for scores of classes.

    Returns
    -------
    array of shape (C, C)

    Raises
    ------
    ValueError, TypeError
        A score is NaN, a shape or a dtype does not fit, or a label is not that of a class.
    UndefinedMetric
        All weights are 0.

    Examples
    --------
    >>> scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    >>> nn.confusion_matrix(scores, np.array([1, 0, 0]))
    array([[1, 1],
           [0, 1]])
    >>> nn.confusion_matrix(np.array([2.0, -1.0, 0.5]), np.array([1, 0, 0]))
    array([[1, 1],
           [0, 1]])
    """
    who = "confusion_matrix"
    shape = as_array(prediction, who).shape
    if shape == as_array(target, who).shape and (len(shape) == 1 or shape[-1:] == (1,)):
        found = logits_of_labels(who, prediction, target, weights)
        if not have_no_nan(found):
            raise ValueError(f"{who}: expected logits, got NaN: weights or inputs are not finite")
        predicted, true = above(found.logits, threshold, who), found.positive
        given = None if found.weights is None else found.weights.ravel()
        return _counts(predicted.ravel().astype(np.intp), true.ravel().astype(np.intp), given, 2)
    refuse_threshold(threshold, who)
    scores, labels, given = classes(who, prediction, target, weights)
    if not have_largest(scores):
        bad = lack_largest(scores)
        raise ValueError(
            f"{who}: expected scores with a largest one, got {np.count_nonzero(bad)} of "
            f"{bad.size} rows with NaN, or with several infinite ones: weights or inputs are not finite"
        )
    return _counts(scores.argmax(axis=-1), labels, given, scores.shape[-1])


def _counts(predicted: Array, true: Array, weights: Array | None, classes: int) -> Array:
    counts = np.bincount(true * classes + predicted, weights, classes * classes)
    return counts.reshape(classes, classes)
