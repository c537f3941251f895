"""The metrics that a trainer reports: their names, and whether they fit its loss."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from nnlayers.core.predictions import NUMBERS, kinds_of
from nnlayers.core.sample_weights import takes_argument
from nnlayers.core.similar import closest
from nnlayers.losses.base import Loss
from nnlayers.metrics import BY_NAME, Metric
from nnlayers.metrics.base import name_of

SHORT = {
    "acc": "accuracy",
    "auc": "roc_auc",
    "auroc": "roc_auc",
    "ap": "average_precision",
    "mae": "mean_absolute_error",
    "rmse": "root_mean_squared_error",
}
"""What metrics are called for short, in lower case."""


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
                raise ValueError(_unknown(metric))
            name, metric = metric, BY_NAME[metric]
        elif callable(metric):
            name = name_of(metric)
        else:
            raise TypeError(f"Trainer: a metric is a name or a function, got {metric!r}")
        name = name if own_name is None else str(own_name)
        if name == "<lambda>":
            raise ValueError("Trainer: a lambda has no name: give a dict, metrics={'its name': metric}")
        if name in metrics or name in ("loss", "penalty"):
            raise ValueError(
                f"Trainer: two figures are named {name!r}: give a dict, {{'another name': metric}}"
            )
        metrics[name] = metric
    return metrics


def _unknown(metric: str) -> str:
    """The message about a name that no metric has, with the one that was probably meant."""
    similar = SHORT.get(metric.lower()) or closest(metric, BY_NAME)
    hint = f" (did you mean {similar!r}?)" if similar else ""
    return f"Trainer: unknown metric {metric!r}{hint}; there are {sorted(BY_NAME)}"


def check_fit(metrics: Mapping[str, Metric], loss: Loss) -> None:
    """Refuse a metric of other predictions than those that the loss trains.

    Functions and losses that do not say what predictions they are for fit everything.

    Raises
    ------
    ValueError
        It names the metrics that fit.
    """
    kind = loss.kind_of_predictions
    for name, metric in metrics.items():
        if not _fits(metric, kind):
            names = ", ".join(_those_that_fit(kind))
            raise ValueError(
                f"Trainer: {name} is a metric of {' or '.join(kinds_of(metric))}, but the predictions "
                f"of {loss!r} are {kind}: those that fit are {names}{_way_out(metric, kind)}"
            )


def add_those_of_numbers(error: Exception, loss: Loss) -> None:
    """Name the metrics of numbers, if one of ours failed for a loss that trains these."""
    is_ours = isinstance(error, ValueError) and str(error).partition(": expected ")[0] in BY_NAME
    names = ", ".join(name for name in BY_NAME if kinds_of(BY_NAME[name]) == (NUMBERS,))
    if is_ours and loss.kind_of_predictions == NUMBERS and "take r2" not in str(error):
        decided = "take binary_accuracy" in str(error)
        way = _way_out(BY_NAME["binary_accuracy"], NUMBERS) if decided else ""
        error.add_note(f"the predictions of {loss!r} are numbers: their metrics are {names}{way}")


def _those_that_fit(kind: str | None) -> list[str]:
    """The metrics of one kind of predictions, those of no other kind first."""
    names = [name for name in BY_NAME if _fits(BY_NAME[name], kind)]
    return sorted(names, key=lambda name: len(kinds_of(BY_NAME[name])))


def _fits(metric: Any, kind: str | None) -> bool:
    if isinstance(metric, partial) and "threshold" in metric.keywords and kind == NUMBERS:
        return True
    kinds = kinds_of(metric)
    return not kinds or kind in (None, *kinds)


def _way_out(metric: Any, kind: str | None) -> str:
    """How a metric of decisions is made for numbers."""
    if kind != NUMBERS or not takes_argument(metric, "threshold"):
        return ""
    return f"; for targets of 0 and 1, give functools.partial(nn.{name_of(metric)}, threshold=0.5)"
