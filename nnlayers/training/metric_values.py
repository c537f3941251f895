"""The value of a metric for some predictions."""

from typing import Any

import numpy as np

from nnlayers.core.devices import on_device
from nnlayers.metrics import Metric, UndefinedMetric
from nnlayers.metrics.on_device import without_wait


def figure_of(name: str, metric: Any, prediction: Any, y: Any, weights: Any) -> float:
    """What a metric returns, as a float; a number on a device is left there.

    Raises
    ------
    TypeError
        It is not a number; and whatever the metric raises, with a note.
    """
    if on_device(prediction):
        metric = without_wait(metric)
    try:
        figure = metric(prediction, y) if weights is None else metric(prediction, y, weights=weights)
    except UndefinedMetric:
        raise
    except Exception as error:
        is_of_labels = str(getattr(metric, "__module__", "")).startswith("sklearn.")
        hint = f": give nn.metrics.of_labels({name})" * is_of_labels
        error.add_note(f"in the metric {name!r}{hint}")
        raise
    if on_device(figure) and figure.ndim == 0:
        return figure
    if type(figure) is not float and (np.ndim(figure) or np.asarray(figure).dtype.kind not in "fiub"):
        raise TypeError(f"Trainer: the metric {name!r} must return a number, got {figure!r}")
    return float(figure)


def is_mean(metric: Metric) -> bool:
    """True for a metric that is marked as a mean, over samples or over positions."""
    marks = ("is_mean_over_samples", "is_mean_over_positions")
    return any(getattr(metric, mark, False) for mark in marks)
