"""Functions of labels, such as scikit-learn's, as metrics."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.predictions import LOGITS, SCORES, measures
from nnlayers.core.sample_weights import takes_argument
from nnlayers.metrics.base import Metric, UndefinedMetric, name_of
from nnlayers.metrics.classes import Logits, above, have_largest, have_no_nan, scores_or_logits

__all__ = ["of_labels"]


def of_labels(function: Callable[..., Any], name: str | None = None) -> Metric:
    """A metric from a function ``f(y_true, y_pred)`` of labels, such as those of scikit-learn.

    It is given the labels of the target and the predicted ones, in scikit-learn's order. For scores
    ``(N, ..., C)`` with labels ``(N, ...)``, the predicted ones are the classes of the largest scores,
    and all positions are in one row. For logits with a target of their shape, they are 1 above 0, and
    0 otherwise: in one row for ``(N,)`` and ``(N, ..., 1)``, in columns for several labels. Weights of
    samples are passed on as ``sample_weight=``.

    Parameters
    ----------
    function : callable
        It returns a number.
    name : str, optional
        The name of the figure; by default that of the function.

    Returns
    -------
    function of (prediction, target, weights=None)
        It is NaN if a score is, and has no value (`UndefinedMetric`) if the function returns NaN.

    Raises
    ------
    TypeError
        ``function`` is not callable. The metric raises it if the function returns an array, or if
        weights are given and it takes no ``sample_weight``.

    Examples
    --------
    >>> def share_of_zeros(y_true, y_pred):
    ...     return np.mean(y_pred == 0)
    >>> metric = nn.metrics.of_labels(share_of_zeros)
    >>> metric.__name__, metric(np.array([[0.1, 0.9], [0.8, 0.2]]), np.array([1, 0]))
    ('share_of_zeros', 0.5)
    """
    if not callable(function):
        raise TypeError(f"of_labels: expected a function of (y_true, y_pred), got {function!r}")
    who = name or name_of(function)

    @measures(SCORES, LOGITS)
    def metric(prediction: Any, target: Any, weights: Any = None) -> float:
        usable, true, predicted, given = _labels(who, prediction, target, weights)
        if not usable:
            return math.nan
        if given is not None and not takes_argument(function, "sample_weight"):
            raise TypeError(f"{who}: weights are given, and it takes no sample_weight")
        options = {} if given is None else {"sample_weight": given}
        figure = np.asarray(function(true, predicted, **options))
        if figure.ndim or figure.dtype.kind not in "fiub":
            raise TypeError(f"{who}: expected a function that returns a number, got {figure!r}")
        if np.isnan(figure):
            raise UndefinedMetric(f"{who}: it is NaN for these labels")
        return float(figure)

    metric.__name__ = metric.__qualname__ = who
    return metric


def _labels(who: str, prediction: Any, target: Any, weights: Any) -> tuple[bool, Array, Array, Any]:
    """Whether no score is NaN, the true labels, the predicted ones, the weights of these or None."""
    found = scores_or_logits(who, prediction, target, weights)
    if not isinstance(found, Logits):
        predicted = found.scores.argmax(axis=-1)
        return have_largest(found.scores), found.labels, predicted, found.weights
    shape = (-1,) if found.positive.shape[1] == 1 else found.positive.shape
    labels = (found.positive, above(found.logits, 0, who))
    true, predicted = (part.astype(np.intp).reshape(shape) for part in labels)
    if found.weights is None:
        return have_no_nan(found), true, predicted, None
    given = found.weights[:, 0]
    if (found.weights != found.weights[:, :1]).any():
        raise ValueError(f"{who}: expected one weight for each sample, got one for each label")
    counts = given > 0
    return have_no_nan(found), true[counts], predicted[counts], given[counts]
