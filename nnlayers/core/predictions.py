"""What the predictions of a network are: what losses train, and what metrics measure."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

M = TypeVar("M", bound=Callable[..., Any])

SCORES = "scores of classes"
LOGITS = "logits of labels, each by itself"
NUMBERS = "numbers"


def measures(*kinds: str) -> Callable[[M], M]:
    """A decorator of metrics that says which predictions they are for."""

    def mark(metric: M) -> M:
        metric.kinds_of_predictions = kinds  # type: ignore[attr-defined]
        return metric

    return mark


def kinds_of(metric: Any) -> tuple[str, ...]:
    """The predictions that a metric is for; empty if it does not say so."""
    plain = metric.func if isinstance(metric, partial) else metric
    kinds: tuple[str, ...] = getattr(plain, "kinds_of_predictions", ())
    return kinds
