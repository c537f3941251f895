"""Scores of classes with their labels, and logits with targets of their own shape: the checks."""

import math
import numbers
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array, host_array
from nnlayers.core.conversion import check_real, where
from nnlayers.core.labels import TWO_CLASSES, check_classes, check_labels, label_hint
from nnlayers.core.notices import notice
from nnlayers.metrics.base import metric_weights

NOT_LABELS = ": give the scores that the network predicts, not labels"


class Classes(NamedTuple):
    """Scores ``(M, C)``, labels ``(M,)``, weights ``(M,)`` or None; what has weight 0 is left out."""

    scores: Array
    labels: Array
    weights: Array | None


class Logits(NamedTuple):
    """Logits ``(M, K)``, which of them are truly positive, and weights ``(M, K)`` or None."""

    logits: Array
    positive: Array
    weights: Array | None


def has_labels(prediction: Array, target: Array) -> bool:
    """True for scores ``(N, ..., C)`` of classes with labels ``(N, ...)``."""
    return prediction.ndim > 1 and prediction.shape[-1] > 1 and target.shape == prediction.shape[:-1]


def scores_or_logits(who: str, prediction: Any, target: Any, weights: Any) -> Classes | Logits:
    """Scores of classes with labels, or logits with a target of their own shape."""
    prediction, target = host_array(prediction, who), host_array(target, who)
    if has_labels(prediction, target):
        return classes(who, prediction, target, weights)
    found = logits_of_labels(who, prediction, target, weights, or_classes=True)
    positive = found.positive
    if positive.shape[1] > 1 < len(positive) and (np.count_nonzero(positive, axis=1) == 1).all():
        notice(
            f"{who}: each row of the target has exactly one class, and the columns are taken as labels "
            "that are independent of one another: if they exclude one another, give "
            "np.argmax(target, axis=-1)"
        )
    return found


def classes(who: str, prediction: Any, target: Any, weights: Any) -> Classes:
    """Scores of classes; the labels are those of the target, or the largest of each distribution."""
    scores, target = host_array(prediction, who), host_array(target, who)
    shape = scores.shape
    fits = target.shape in (shape[:-1], shape)
    if scores.ndim < 2 or scores.size == 0 or shape[-1] < 2 or not fits:
        raise ValueError(
            f"{who}: expected predictions of shape (N, ..., C), scores of some samples for at least 2 "
            f"classes, and a target of shape (N, ...) or (N, ..., C), got {shape} and {target.shape}"
            f"{_shape_hint(shape, target)}"
        )
    check_real(scores, who)
    if target.shape == shape:
        target = _distributions(who, target).argmax(axis=-1)
    elif target.dtype.kind in "iu":
        check_labels(target, shape[-1], who)
    else:
        hint = label_hint(target, target.shape)
        raise TypeError(f"{who}: expected integer labels, got {target.dtype}{hint}")
    scores, labels = scores.reshape(-1, shape[-1]), target.reshape(-1).astype(np.intp, copy=False)
    if weights is None:
        return Classes(scores, labels, None)
    weights = metric_weights(weights, shape[:-1], who).reshape(-1)
    if (counts := weights > 0).all():
        return Classes(scores, labels, weights)
    return Classes(scores[counts], labels[counts], weights[counts])


def _distributions(who: str, target: Array) -> Array:
    try:
        return check_classes(target, target.shape, who)
    except ValueError as error:
        if _are_zeros_and_ones(target):
            raise ValueError(
                f"{error}: for labels that are independent, take binary_accuracy"
            ) from None
        raise


def logits_of_labels(
    who: str, prediction: Any, target: Any, weights: Any, *, or_classes: bool = False
) -> Logits:
    """Logits of one label ``(N,)``, or of those along the last axis, and a target of 0 and 1."""
    logits, target = host_array(prediction, who), host_array(target, who)
    if logits.shape != target.shape or logits.size == 0:
        classes = "scores of classes (N, ..., C) with labels (N, ...), or " * or_classes
        raise ValueError(
            f"{who}: expected {classes}logits with a target of their shape, not empty, got "
            f"{logits.shape} and {target.shape}{_logit_hint(logits.shape, target.shape)}"
        )
    check_real(logits, who)
    check_real(target, who, "a target")
    if logits.dtype.kind != "f":
        raise TypeError(f"{who}: expected logits, floating numbers, got {logits.dtype}{NOT_LABELS}")
    _check_probabilities(target, who)
    rows = (-1, logits.shape[-1] if logits.ndim > 1 else 1)
    if weights is not None:
        weights = metric_weights(weights, logits.shape, who).reshape(rows)
    return Logits(logits.reshape(rows), (target > 0.5).reshape(rows), weights)


def above(logits: Array, threshold: Any, who: str) -> Array:
    """True where a logit is above the threshold."""
    if isinstance(threshold, (bool, np.bool_)) or not isinstance(threshold, numbers.Real):
        raise TypeError(f"{who}: threshold must be a real number, got {threshold!r}")
    if math.isnan(threshold):
        raise ValueError(f"{who}: threshold must be a real number, got nan")
    return np.greater(logits, np.float64(threshold))  # which a float16 would round


def _check_probabilities(target: Array, who: str) -> None:
    good = (target >= 0) & (target <= 1)
    if not good.all():
        place = np.unravel_index(int(good.argmin()), target.shape)
        signs = ": take np.maximum(y, 0)" * bool((np.abs(target) == 1).all())
        at = f" {where(place)}" if place else ""
        raise ValueError(f"{who}: expected targets from 0 to 1, got {target[place]}{at}{signs}")


def _are_zeros_and_ones(target: Array) -> bool:
    return target.dtype.kind in "fiub" and bool(np.isin(target, (0, 1)).all())


def _shape_hint(scores: tuple[int, ...], array: Array) -> str:
    """A likely cause of shapes that do not go together, and the way out."""
    target = array.shape
    if target[:-1] == scores and target[-1] > 1:
        return ": the prediction comes first, then the target"
    if len(scores) == 1:
        return NOT_LABELS
    if scores[-1] == 1 and target == scores:
        if _are_zeros_and_ones(array):
            return ": for one logit a sample, as for SigmoidBinaryCrossEntropy, take binary_accuracy"
        if array.dtype.kind in "fiub":
            return ": for numbers, take r2, mean_absolute_error or root_mean_squared_error"
    if scores[-1] == 1:
        return f": {TWO_CLASSES}"
    if target == (*scores[:-1], 1) and len(target) == 2:
        return ": take np.ravel(y)"
    return ""


def _logit_hint(logits: tuple[int, ...], target: tuple[int, ...]) -> str:
    if (*target, 1) == logits:
        return ": take np.expand_dims(y, -1)"
    if (*logits, 1) == target or (target == (*logits[:-1], 1) and len(target) == 2):
        return ": take np.ravel(y)"
    if logits and target == logits[:-1]:
        return f": {logits[-1]} scores a sample are those of classes, for which there is accuracy"
    if target[:-1] == logits and target[-1:] > (1,):
        return ": the prediction comes first, then the target"
    return ""


def have_largest(scores: Array) -> bool:
    """True if each row has a largest score; not if a score is NaN, or the largest ones are infinite."""
    most = scores.item(scores.argmax())  # NaN, if there is one
    if -math.inf < most < math.inf and scores.item(scores.argmin()) > -math.inf:
        return True
    return not lack_largest(scores).any()


def lack_largest(scores: Array) -> Array:
    """For each row, True if it has no largest score."""
    largest = scores.max(axis=-1, keepdims=True)
    several = np.count_nonzero(scores == largest, axis=-1) > 1
    return np.isnan(largest[..., 0]) | (np.isinf(largest[..., 0]) & several)


def refuse_threshold(threshold: Any, who: str) -> None:
    """Refuse a threshold where the largest score decides.

    Raises
    ------
    ValueError
        It is not the default.
    """
    if threshold != 0:
        raise ValueError(
            f"{who}: threshold is for logits with a target of their shape; of classes, that with the "
            "largest score is predicted"
        )


def have_no_nan(found: Logits) -> bool:
    """True unless a logit of some weight is NaN."""
    bad = np.isnan(found.logits)
    return not (bad.any() and (bad if found.weights is None else bad & (found.weights > 0)).any())
