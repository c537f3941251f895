"""Metrics: functions of (prediction, target) that return a float, the mean over the samples."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from nnlayers.core.checks import Array, as_array

__all__ = ["accuracy", "confusion_matrix", "mean_absolute_error"]

Metric: TypeAlias = Callable[[Array, Array], float]


def accuracy(prediction: Array, target: Array) -> float:
    """The share, in [0, 1], of samples, or positions, whose largest score is that of the label.

    ``prediction`` has shape ``(N, ..., C)``; ``target`` is labels ``(N, ...)`` or distributions
    ``(N, ..., C)``.

    Examples
    --------
    >>> scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    >>> round(float(nn.accuracy(scores, np.array([1, 0, 0]))), 3)
    0.667
    """
    predicted, true = _labels("accuracy", prediction, target)
    return np.count_nonzero(predicted == true) / true.size


def mean_absolute_error(prediction: Array, target: Array) -> float:
    """``1/M sum |y - t|`` over all elements, in the target's unit; both of the same shape.

    Examples
    --------
    >>> nn.mean_absolute_error(np.array([[1.0], [4.0]]), np.array([[0.0], [1.0]]))
    2.0
    """
    prediction, target = as_array(prediction), as_array(target)
    if prediction.shape != target.shape:
        raise ValueError(
            f"mean_absolute_error: expected a target of the prediction's shape {prediction.shape}, "
            f"got {target.shape}"
        )
    return float(np.mean(np.abs(np.subtract(prediction, target, dtype=np.float64))))


def confusion_matrix(prediction: Array, target: Array) -> Array:
    """Counts of shape ``(C, C)``: row the true class, column the predicted one.

    ``prediction`` holds scores ``(N, ..., C)``; ``target`` is labels ``(N, ...)`` or distributions
    ``(N, ..., C)``.

    Examples
    --------
    >>> scores = np.array([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]])
    >>> nn.confusion_matrix(scores, np.array([1, 0, 0]))
    array([[1, 1],
           [0, 1]])
    """
    predicted, true = _labels("confusion_matrix", prediction, target)
    classes = np.shape(prediction)[-1]
    if (true < 0).any() or (true >= classes).any():
        raise ValueError(
            f"confusion_matrix: expected labels in 0 ... {classes - 1}, "
            f"got labels from {true.min()} to {true.max()}"
        )
    counts = np.zeros((classes, classes), np.intp)
    np.add.at(counts, (true, predicted), 1)
    return counts


def _labels(who: str, prediction: Array, target: Array) -> tuple[Array, Array]:
    """The predicted labels and the true ones, in one row; for scores, the place of the largest."""
    prediction, target = as_array(prediction, who), as_array(target, who)
    shape = prediction.shape
    fits = target.shape in (shape[:-1], shape)
    if prediction.ndim < 2 or prediction.size == 0 or shape[-1] < 2 or not fits:
        raise ValueError(
            f"{who}: expected predictions of shape (N, ..., C), scores of some samples for at least 2 "
            f"classes, and a target of shape (N, ...) or (N, ..., C), got {shape} and {target.shape}"
        )
    if target.shape == shape:
        target = target.argmax(axis=-1)
    elif target.dtype.kind not in "iu":
        raise TypeError(f"{who}: expected integer labels, got {target.dtype}")
    return prediction.argmax(axis=-1).ravel(), target.ravel()


BY_NAME: dict[str, Metric] = {"accuracy": accuracy, "mean_absolute_error": mean_absolute_error}
