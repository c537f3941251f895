"""Metrics: functions of (prediction, target) that return a float, the mean over the samples."""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from nnlayers.core.checks import Array, as_array, real_array
from nnlayers.core.conversion import check_real, widest
from nnlayers.core.labels import TWO_CLASSES, check_classes, check_labels, label_hint

__all__ = ["accuracy", "confusion_matrix", "mean_absolute_error"]

Metric: TypeAlias = Callable[..., float]


class UndefinedMetric(ValueError):
    """A metric has no value for some data; the text says why."""


def mean_over_samples(metric: Metric) -> Metric:
    """Mark a metric as a mean over the samples."""
    metric.is_mean_over_samples = True  # type: ignore[attr-defined]
    return metric


@mean_over_samples
def accuracy(prediction: Array, target: Array) -> float:
    """The share, in [0, 1], of samples, or positions, whose largest score is that of the label.

    ``prediction`` has shape ``(N, ..., C)``; ``target`` is labels ``(N, ...)`` or distributions
    ``(N, ..., C)``. If a score is NaN, or several infinite ones are the largest, the accuracy is
    NaN.

    Raises
    ------
    ValueError, TypeError
        A shape or a dtype does not fit, or a label is not that of a class.

    Examples
    --------
    >>> scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    >>> round(float(nn.accuracy(scores, np.array([1, 0, 0]))), 3)
    0.667
    """
    scores, predicted, true = _labels("accuracy", prediction, target)
    if not _have_largest(scores):
        return math.nan
    return np.count_nonzero(predicted == true) / true.size


@mean_over_samples
def mean_absolute_error(prediction: Array, target: Array) -> float:
    """``1/M sum |y - t|`` over all elements, in the target's unit; both of the same shape.

    It is NaN if an element is.

    Raises
    ------
    ValueError, TypeError
        The shapes differ or are empty, or the values are not real numbers.

    Examples
    --------
    >>> nn.mean_absolute_error(np.array([[1.0], [4.0]]), np.array([[0.0], [1.0]]))
    2.0
    """
    who = "mean_absolute_error"
    prediction, target = as_array(prediction, who), as_array(target, who)
    if prediction.shape != target.shape or prediction.size == 0:
        hint = ": take y[:, np.newaxis]" if (*target.shape, 1) == prediction.shape else ""
        raise ValueError(
            f"{who}: expected a target of the prediction's shape {prediction.shape}, not empty, "
            f"got {target.shape}{hint}"
        )
    check_real(prediction, who)
    check_real(target, who)
    wide = np.promote_types(widest(prediction, target), np.float64)
    difference = real_array(prediction, wide, who) - real_array(target, wide, who)
    return float(np.abs(difference).mean())


def confusion_matrix(prediction: Array, target: Array) -> Array:
    """Counts of shape ``(C, C)``: row the true class, column the predicted one.

    ``prediction`` holds scores ``(N, ..., C)``; ``target`` is labels ``(N, ...)`` or distributions
    ``(N, ..., C)``.

    Raises
    ------
    ValueError, TypeError
        A score is NaN, a shape or a dtype does not fit, or a label is not that of a class.

    Examples
    --------
    >>> scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    >>> nn.confusion_matrix(scores, np.array([1, 0, 0]))
    array([[1, 1],
           [0, 1]])
    """
    scores, predicted, true = _labels("confusion_matrix", prediction, target)
    if not _have_largest(scores):
        bad = _lack_largest(scores)
        raise ValueError(
            f"confusion_matrix: expected scores with a largest one, got {np.count_nonzero(bad)} of "
            f"{bad.size} rows with NaN, or with several infinite ones: weights or inputs are not finite"
        )
    classes = scores.shape[-1]
    counts = np.zeros((classes, classes), np.intp)
    np.add.at(counts, (true, predicted), 1)
    return counts


def _labels(who: str, prediction: Array, target: Array) -> tuple[Array, Array, Array]:
    """The scores, and in one row the labels of the largest ones, and the true labels."""
    scores, target = as_array(prediction, who), as_array(target, who)
    shape = scores.shape
    fits = target.shape in (shape[:-1], shape)
    if scores.ndim < 2 or scores.size == 0 or shape[-1] < 2 or not fits:
        raise ValueError(
            f"{who}: expected predictions of shape (N, ..., C), scores of some samples for at least 2 "
            f"classes, and a target of shape (N, ...) or (N, ..., C), got {shape} and {target.shape}"
            f"{_shape_hint(shape, target.shape)}"
        )
    check_real(scores, who)
    if target.shape == shape:
        target = check_classes(target, shape, who).argmax(axis=-1)
    elif target.dtype.kind in "iu":
        check_labels(target, shape[-1], who)
    else:
        hint = label_hint(target, target.shape)
        raise TypeError(f"{who}: expected integer labels, got {target.dtype}{hint}")
    return scores, scores.argmax(axis=-1).ravel(), target.ravel()


def _shape_hint(scores: tuple[int, ...], target: tuple[int, ...]) -> str:
    """A likely cause of shapes that do not go together, and the way out."""
    if target[:-1] == scores and target[-1] > 1:
        return ": the prediction comes first, then the target"
    if len(scores) == 1:
        return ": give the scores that the network predicts, not labels"
    if scores[-1] == 1:
        return f": {TWO_CLASSES}"
    if target == (*scores[:-1], 1) and len(target) == 2:
        return ": take y.ravel()"
    return ""


def _have_largest(scores: Array) -> bool:
    """True if each row has a largest score; not if a score is NaN, or the largest ones are infinite."""
    most = scores.item(scores.argmax())  # NaN, if there is one
    if -math.inf < most < math.inf and scores.item(scores.argmin()) > -math.inf:
        return True
    return not _lack_largest(scores).any()


def _lack_largest(scores: Array) -> Array:
    """For each row, True if it has no largest score."""
    largest = scores.max(axis=-1, keepdims=True)
    several = np.count_nonzero(scores == largest, axis=-1) > 1
    return np.isnan(largest[..., 0]) | (np.isinf(largest[..., 0]) & several)


BY_NAME: dict[str, Metric] = {"accuracy": accuracy, "mean_absolute_error": mean_absolute_error}
