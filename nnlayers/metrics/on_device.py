"""Means of arrays on a device, as numbers there: nothing waits for it, so that training goes on.

They are the metrics of the same names without their checks: of what those refuse, they are NaN, and
also of scores whose largest is infinite.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.devices import beside
from nnlayers.metrics.accuracies import accuracy, binary_accuracy, top_k_accuracy
from nnlayers.metrics.base import Metric
from nnlayers.metrics.classes import above
from nnlayers.metrics.regression import mean_absolute_error


class Samples(NamedTuple):
    """What a metric is the mean of."""

    values: Array
    good: Array
    """Where they can be computed."""


def without_wait(metric: Metric) -> Metric:
    """The metric as a number on the device of the prediction; itself, if it is none of these."""
    plain: Any = metric
    options: dict[str, Any] = {}
    if isinstance(metric, partial) and not metric.args:
        plain, options = metric.func, metric.keywords
    if isinstance(plain, top_k_accuracy):
        plain, options = top_k_accuracy, {"k": plain.k}
    of_samples = next((function for known, function in KNOWN if known is plain), None)
    if of_samples is None:
        return metric

    def number(prediction: Any, target: Any, weights: Any = None) -> Any:
        has_labels = plain in (accuracy, top_k_accuracy) and target.shape == prediction.shape[:-1]
        if not has_labels and target.shape != prediction.shape:
            return metric(prediction, target, weights=weights)  # which refuses them
        return _mean(of_samples(prediction, target, **options), weights)

    return number


def _accuracies(scores: Array, target: Array) -> Samples:
    labels, good = _labels(scores, target)
    return Samples(scores.argmax(axis=-1) == labels, good)


def _accuracies_of_top_k(scores: Array, target: Array, k: int) -> Samples:
    labels, good = _labels(scores, target)
    labels, classes = labels[..., np.newaxis], beside(np.arange(scores.shape[-1]), scores)
    own = np.where(classes == labels, scores, 0).sum(axis=-1, keepdims=True)
    before = (scores > own) | ((scores == own) & (classes < labels))
    return Samples(before.sum(axis=-1) < k, good)


def _labels(scores: Array, target: Array) -> tuple[Array, Array]:
    """The labels, and where they and the scores are as they should be."""
    labels = target.argmax(axis=-1) if target.ndim == scores.ndim else target
    return labels, np.isfinite(scores.max(axis=-1)) & (labels >= 0) & (labels < scores.shape[-1])


def _binary_accuracies(logits: Array, target: Array, threshold: float = 0.0) -> Samples:
    right = above(logits, threshold, "binary_accuracy") == (target > 0.5)
    return Samples(right, ~np.isnan(logits) & (target >= 0) & (target <= 1))


def _absolute_errors(prediction: Array, target: Array) -> Samples:
    errors = np.abs(prediction.astype(np.float64) - target.astype(np.float64))
    return Samples(errors, errors == errors)


def _mean(samples: Samples, weights: Array | None) -> Array:
    """The mean of the values, weighted if there are weights; NaN if one is not good."""
    values: Array = np.where(samples.good, samples.values, np.nan)
    if weights is None:
        mean: Array = values.mean(dtype=np.float64)
        return mean
    weights = weights.reshape(weights.shape + (1,) * (values.ndim - weights.ndim))
    weights = np.broadcast_to(weights.astype(np.float64), values.shape)
    total = np.where(weights > 0, weights * values, 0).sum()
    with np.errstate(invalid="ignore"):  # all weights may be 0
        total /= weights.sum()
    return total


KNOWN: tuple[tuple[Any, Callable[..., Samples]], ...] = (
    (accuracy, _accuracies),
    (binary_accuracy, _binary_accuracies),
    (mean_absolute_error, _absolute_errors),
    (top_k_accuracy, _accuracies_of_top_k),
)
