"""The figures of an epoch: the loss and the metrics, as means over its samples."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nnlayers.core.structures import length
from nnlayers.metrics import BY_NAME, Metric


class Totals:
    """Sums of the figures of batches, each times its samples."""

    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self.metrics = metrics
        self.sums: dict[str, float] = {}
        self.samples = 0

    def add(self, value: float, prediction: Any, y: Any) -> None:
        """Add a batch: its loss, and the metrics of its predictions."""
        samples = length(y)
        self.samples += samples
        self.sums["loss"] = self.sums.get("loss", 0.0) + value * samples
        for name, metric in self.metrics.items():
            figure = metric(prediction, y)
            if type(figure) is not float and (np.ndim(figure) or not _is_real(figure)):
                raise TypeError(f"Trainer: the metric {name!r} must return a number, got {figure!r}")
            self.sums[name] = self.sums.get(name, 0.0) + float(figure) * samples

    def means(self) -> dict[str, float]:
        """The means over the samples."""
        return {name: total / self.samples for name, total in self.sums.items()}


def _is_real(figure: Any) -> bool:
    return np.asarray(figure).dtype.kind in "fiub"


def named_metrics(given: Any) -> dict[str, Metric]:
    """The metrics by the names under which they are reported; a mapping names them itself."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        hint = f": give [{given!r}]" if isinstance(given, str) else ""
        raise TypeError(f"Trainer: expected a list of metrics, got {given!r}{hint}")
    metrics: dict[str, Metric] = {}
    named: Any = given.items() if isinstance(given, Mapping) else ((None, metric) for metric in given)
    for own_name, metric in named:
        if isinstance(metric, str):
            if metric not in BY_NAME:
                raise ValueError(f"Trainer: unknown metric {metric!r}; there are {sorted(BY_NAME)}")
            name, metric = metric, BY_NAME[metric]
        elif callable(metric):
            name = getattr(metric, "__name__", type(metric).__name__)
        else:
            raise TypeError(f"Trainer: a metric is a name or a function, got {metric!r}")
        name = name if own_name is None else str(own_name)
        if name in metrics or name in ("loss", "penalty"):
            raise ValueError(f"Trainer: two figures are named {name!r}: rename one of the metrics")
        metrics[name] = metric
    return metrics
