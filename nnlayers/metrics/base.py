"""Metrics of your own: the marks of means, and the error of those without a value."""

import inspect
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeAlias, TypeVar

import numpy as np

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import Array, host_array
from nnlayers.core.predictions import kinds_of
from nnlayers.core.sample_weights import weights_of_all

__all__ = ["UndefinedMetric", "mean_over_positions", "mean_over_samples"]

Metric: TypeAlias = Callable[..., float]
M = TypeVar("M", bound=Callable[..., Any])

_answers_other_words = answers_other_arguments(
    sample_weight="use weights",
    class_weight="give weights=w[y]",
    pos_label="use of_class",
    zero_division="a figure that has no value raises UndefinedMetric",
    multi_class="each class is compared with the rest",
    task="the shape of the target decides",
    num_classes="the number of scores decides",
)


def metric_of_samples(metric: M) -> M:
    """A decorator of metrics: wrong arguments, and calls without any samples, are answered."""
    checked, known = _answers_other_words(metric), inspect.signature(metric).parameters

    @wraps(metric)
    def metric_of_some(*args: Any, **options: Any) -> Any:
        if not args and "prediction" not in options and options.keys() <= known.keys():
            raise TypeError(f"{name_of(metric)}: expected a prediction and a target{hint(options)}")
        return checked(*args, **options)

    def hint(options: dict[str, Any]) -> str:
        """How a Trainer is given the metric, if it takes it."""
        if not kinds_of(metric_of_some):
            return ""
        name = f"nn.{name_of(metric)}"
        settings = "".join(f", {key}={value!r}" for key, value in options.items())
        given = f"functools.partial({name}{settings})" if options else name
        return f"; to a Trainer, give metrics=[{given}]"

    return metric_of_some  # type: ignore[return-value]


class UndefinedMetric(ValueError):  # noqa: N818 (it says why there is no figure; often nothing is wrong)
    """Raised by a metric that has no value for these samples; its text is the reason.

    A Trainer leaves the figure out, and warns of it once in a fit.

    Examples
    --------
    >>> nn.recall(np.array([0.3, -1.2]), np.array([0, 0]))
    Traceback (most recent call last):
    nnlayers.metrics.base.UndefinedMetric: recall: the target has no sample of the positive class
    """


def mean_over_samples(metric: M) -> M:
    """Mark a metric as a mean over samples: a decorator.

    A Trainer then adds it up batch by batch, each times the weight of its samples, which gives the same
    figure without keeping the predictions of an epoch. Do not mark a metric that is not a mean, such as
    an F1 or an R²: it would be the mean over batches, which is another number.

    Parameters
    ----------
    metric : function of (prediction, target, weights=None)
        The metric.

    Returns
    -------
    function
        The metric itself.

    Examples
    --------
    >>> @nn.metrics.mean_over_samples
    ... def within_one(prediction, target):
    ...     return float((np.abs(prediction - target) < 1).mean())
    >>> within_one(np.array([0.0, 2.0]), np.array([0.5, 4.0]))
    0.5
    """
    metric.is_mean_over_samples = True  # type: ignore[attr-defined]
    return metric


def name_of(metric: Any) -> str:
    """The name of a function, of that in a functools.partial, or of the class of an object."""
    plain = metric.func if isinstance(metric, partial) else metric
    return str(getattr(plain, "__name__", type(plain).__name__))


def mean_over_positions(metric: M) -> M:
    """Mark a metric as a mean over all positions of sequences, or over all elements: a decorator.

    It is `mean_over_samples` for these: in batches of several lengths, a batch counts with its
    positions. If all targets have one number for each sample, both are the same.

    Parameters
    ----------
    metric : function of (prediction, target, weights=None)
        The metric.

    Returns
    -------
    function
        The metric itself.

    Examples
    --------
    >>> @nn.metrics.mean_over_positions
    ... def within_one(prediction, target):
    ...     return float((np.abs(prediction - target) < 1).mean())
    >>> within_one(np.array([[0.0, 2.0]]), np.array([[0.5, 4.0]]))
    0.5
    """
    metric.is_mean_over_positions = True  # type: ignore[attr-defined]
    return metric


def metric_weights(weights: Any, shape: tuple[int, ...], who: str) -> Array:
    """The weight of each element of this shape, checked; some are above 0.

    Raises
    ------
    UndefinedMetric
        All weights are 0.
    """
    weights = weights_of_all(host_array(weights, who), shape, who)
    if not weights.any():
        raise UndefinedMetric(f"{who}: all weights are 0")
    return weights


def mean(values: Array, weights: Array | None) -> float:
    """The mean in float64, weighted if there are weights; they have the values' shape."""
    if weights is None:
        if values.dtype == bool:
            return int(np.count_nonzero(values)) / values.size
        return float(values.mean(dtype=np.promote_types(values.dtype, np.float64)))
    counts = weights > 0  # a value without weight is ignored, even if it is not finite
    chosen = weights[counts]
    return float((chosen * values[counts]).sum() / chosen.sum())
