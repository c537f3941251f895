"""Metrics of predicted numbers: mean absolute error, root mean squared error, R²."""

import math
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, host_array, real_array
from nnlayers.core.conversion import check_real, widest
from nnlayers.core.predictions import NUMBERS, measures
from nnlayers.metrics.base import (
    UndefinedMetric,
    mean,
    mean_over_positions,
    metric_of_samples,
    metric_weights,
)

__all__ = ["mean_absolute_error", "r2", "root_mean_squared_error"]


@measures(NUMBERS)
@mean_over_positions
@metric_of_samples
def mean_absolute_error(prediction: Any, target: Any, weights: Any = None) -> float:
    """``1/M sum |y - t|`` over all elements, in the target's unit; both of the same shape.

    Parameters
    ----------
    prediction, target : array
        Numbers ``y`` and ``t``, of any shape.
    weights : array, optional
        Weights ``w`` of the leading axes: the figure is ``sum(w |y - t|) / sum(w)``.

    Returns
    -------
    float
        NaN if an element is.

    Raises
    ------
    ValueError, TypeError
        The shapes differ or are empty, or the values are not real numbers.
    UndefinedMetric
        All weights are 0.

    Examples
    --------
    >>> nn.mean_absolute_error(np.array([[1.0], [4.0]]), np.array([[0.0], [1.0]]))
    2.0
    """
    y, t, weights = _numbers("mean_absolute_error", prediction, target, weights)
    return mean(np.abs(_difference(y, t)), weights)


@measures(NUMBERS)
@metric_of_samples
def root_mean_squared_error(prediction: Any, target: Any, weights: Any = None) -> float:
    """``sqrt(1/M sum (y - t)²)`` over all elements, in the target's unit; both of the same shape.

    It is the root of the mean over all samples, which is not the mean of the roots of batches, nor that
    of several outputs.

    Parameters
    ----------
    prediction, target : array
        Numbers ``y`` and ``t``, of any shape.
    weights : array, optional
        Weights ``w`` of the leading axes: the figure is ``sqrt(sum(w (y - t)²) / sum(w))``.

    Returns
    -------
    float
        NaN if an element is.

    Raises
    ------
    ValueError, TypeError
        The shapes differ or are empty, or the values are not real numbers.
    UndefinedMetric
        All weights are 0.

    Examples
    --------
    >>> round(nn.root_mean_squared_error(np.array([[3.0], [5.0]]), np.array([[0.0], [1.0]])), 4)
    3.5355
    """
    y, t, weights = _numbers("root_mean_squared_error", prediction, target, weights)
    size = np.abs(_difference(y, t))
    largest = size.max() if weights is None else size[weights > 0].max()
    if largest == 0 or not np.isfinite(largest):
        return float(largest)
    return float(largest) * math.sqrt(mean((size / largest) ** 2, weights))  # nothing overflows


@measures(NUMBERS)
@metric_of_samples
def r2(prediction: Any, target: Any, weights: Any = None) -> float:
    """The coefficient of determination, ``1 - sum (y - t)² / sum (t - mean t)²``, at most 1.

    It is 0 for the prediction ``mean t``, and negative for a worse one.

    Parameters
    ----------
    prediction, target : array
        Numbers ``y`` and ``t`` of the same shape. Of several outputs, along the last axis of
        ``(N, ..., D)``, the figure is the mean of theirs.
    weights : array, optional
        Weights of the leading axes, for the sums and the mean.

    Returns
    -------
    float
        NaN if an element is.

    Raises
    ------
    UndefinedMetric
        The target is constant. In the mean over outputs, those with a constant target are left out.
    ValueError, TypeError
        The shapes differ or are empty, or the values are not real numbers.

    Examples
    --------
    >>> round(nn.r2(np.array([2.5, 0.0, 2.0, 8.0]), np.array([3.0, -0.5, 2.0, 7.0])), 4)
    0.9486
    """
    y, t, weights = _numbers("r2", prediction, target, weights)
    rows = (-1, t.shape[-1] if t.ndim > 1 else 1)
    y, t = y.reshape(rows), t.reshape(rows)
    weights = np.ones(t.shape) if weights is None else weights.reshape(rows)
    found = [_r2(*column) for column in zip(y.T, t.T, weights.T, strict=True)]
    defined = [value for value in found if value is not None]
    if not defined:
        raise UndefinedMetric("r2: the target is constant")
    return sum(defined) / len(defined)


def _r2(y: Array, t: Array, weights: Array) -> float | None:
    """R² of one output; None if its target is constant."""
    counts = weights > 0
    y, t, weights = y[counts], t[counts], weights[counts]
    if not t.size or t.min() == t.max():
        return None
    size = max(float(np.abs(t).max()), np.finfo(np.float64).tiny)
    with np.errstate(over="ignore", invalid="ignore"):
        t, y = t / size, y / size
        spread = t - (weights * t).sum() / weights.sum()
        return float(1 - (weights * _difference(y, t) ** 2).sum() / (weights * spread**2).sum())


def _difference(y: Array, t: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        return y - t


def _numbers(who: str, prediction: Any, target: Any, weights: Any) -> tuple[Array, Array, Array | None]:
    """The prediction, the target and the weights of all elements, in a dtype that holds them."""
    prediction, target = host_array(prediction, who), host_array(target, who)
    if prediction.shape != target.shape or prediction.size == 0:
        hint = ": take np.expand_dims(y, -1)" if (*target.shape, 1) == prediction.shape else ""
        raise ValueError(
            f"{who}: expected a target of the prediction's shape {prediction.shape}, not empty, "
            f"got {target.shape}{hint}"
        )
    check_real(prediction, who)
    check_real(target, who, "a target")
    wide = np.promote_types(widest(prediction, target), np.float64)
    given = None if weights is None else metric_weights(weights, prediction.shape, who)
    return real_array(prediction, wide, who), real_array(target, wide, who), given
