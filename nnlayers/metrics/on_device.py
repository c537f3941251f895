"""Means of arrays on a device, as numbers there: nothing waits for it, so that training goes on.

They are the metrics of the same names without their checks: of what those refuse, they are NaN, and
also of scores whose largest is infinite.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.metrics.accuracies import accuracy, binary_accuracy, top_k_accuracy
from nnlayers.metrics.base import Metric
from nnlayers.metrics.classes import above
from nnlayers.metrics.regression import mean_absolute_error


def without_wait(metric: Metric) -> Metric:
    """The metric as a number on the device of the prediction; itself, if it is none of these."""
    plain, options = metric, {}
    if isinstance(metric, partial) and not metric.args:
        plain, options = metric.func, metric.keywords
    if isinstance(plain, top_k_accuracy):
        plain, options = top_k_accuracy, {"k": plain.k}
    if plain not in SCORES:
        return metric

    def number(prediction: Any, target: Any, weights: Any = None) -> Any:
        allowed = [prediction.shape]
        if plain in OF_CLASSES:
            allowed.append(prediction.shape[:-1])
        if target.shape not in allowed:
            return metric(prediction, target, weights=weights)  # which refuses them
        return _mean(*SCORES[plain](prediction, target, **options), weights)

    return number


def _accuracy(scores: Array, target: Array) -> tuple[Array, Array]:
    labels, good = _labels(scores, target)
    return scores.argmax(axis=-1) == labels, good


def _top_k_accuracy(scores: Array, target: Array, k: int) -> tuple[Array, Array]:
    labels, good = _labels(scores, target)
    labels = labels[..., np.newaxis]
    classes = _classes(scores)
    own = np.where(classes == labels, scores, 0).sum(axis=-1, keepdims=True)
    before = (scores > own) | ((scores == own) & (classes < labels))
    return before.sum(axis=-1) < k, good


def _labels(scores: Array, target: Array) -> tuple[Array, Array]:
    """The labels, and where they and the scores are as they should be."""
    labels = target.argmax(axis=-1) if target.ndim == scores.ndim else target
    good = np.isfinite(scores.max(axis=-1)) & (labels >= 0) & (labels < scores.shape[-1])
    return labels, good


def _classes(scores: Array) -> Array:
    """The number of the class, of each score."""
    return np.cumsum(np.ones_like(scores, dtype=np.intp), axis=-1) - 1


def _binary_accuracy(
    logits: Array, target: Array, threshold: float = 0.0
) -> tuple[Array, Array]:
    right = above(logits, threshold, "binary_accuracy") == (target > 0.5)
    return right, ~np.isnan(logits) & (target >= 0) & (target <= 1)


def _absolute_errors(prediction: Array, target: Array) -> tuple[Array, Array]:
    errors = np.abs(prediction.astype(np.float64) - target.astype(np.float64))
    return errors, errors == errors


def _mean(values: Array, good: Array, weights: Array | None) -> Any:
    """The mean of the values, weighted if there are weights; NaN if one is not good."""
    values = np.where(good, values, np.nan)
    if weights is None:
        return values.mean(dtype=np.float64)
    weights = weights.astype(np.float64).reshape(weights.shape + (1,) * (values.ndim - weights.ndim))
    weights = np.broadcast_to(weights, values.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weights > 0, weights * values, 0).sum() / weights.sum()


SCORES: dict[Any, Callable[..., tuple[Array, Array]]] = {
    accuracy: _accuracy,
    binary_accuracy: _binary_accuracy,
    mean_absolute_error: _absolute_errors,
    top_k_accuracy: _top_k_accuracy,
}
"""The value of each sample, or position, and where it can be computed."""

OF_CLASSES = accuracy, top_k_accuracy
