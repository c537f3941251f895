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
from nnlayers.core.distributions import are_distributions
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
    of_samples = next((function for known, function in KNOWN if known is plain), None)
    if isinstance(metric, top_k_accuracy):
        of_samples, options = _accuracies_of_top_k, {"k": metric.k}
    if of_samples is None:
        return metric
    fits = _fit_as_classes if of_samples in OF_CLASSES else _fit

    def number(prediction: Any, target: Any, weights: Any = None) -> Any:
        if not prediction.size or not fits(prediction, target, **options):
            return metric(prediction, target, weights=weights)  # which refuses them
        return _mean(of_samples(prediction, target, **options), weights)

    return number


def _fit(prediction: Array, target: Array, **options: Any) -> bool:
    return target.shape == prediction.shape


def _fit_as_classes(scores: Array, target: Array, k: int = 1) -> bool:
    """True for scores of more than ``k`` classes, and labels or distributions."""
    is_labels = target.shape == scores.shape[:-1] and target.dtype.kind in "iu"
    return scores.ndim > 1 and scores.shape[-1] > k and (is_labels or target.shape == scores.shape)


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
    good = np.isfinite(scores.max(axis=-1))
    if target.ndim == scores.ndim:
        return target.argmax(axis=-1), good & are_distributions(target)
    return target, good & (target >= 0) & (target < scores.shape[-1])


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
)
OF_CLASSES = _accuracies, _accuracies_of_top_k
