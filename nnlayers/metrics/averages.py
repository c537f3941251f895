"""The figures of several classes, or labels, as one number: their mean, or that of one of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, whole_number
from nnlayers.metrics.base import UndefinedMetric

Reason = Callable[[str], str]
"""Says why a class has no value; it takes words for the class."""


def check_average(average: object, of_class: object, columns: int, who: str) -> int | None:
    """Refuse another average than "macro" and None, and a class that is not there; return the class."""
    if average not in ("macro", None):
        raise ValueError(
            f"{who}: average must be 'macro' (the mean of the classes' figures) or None (an array of "
            f"them), got {average!r}"
        )
    if of_class is None:
        return None
    index = whole_number(of_class, "of_class", who, least=0)
    if index and columns == 1:
        raise ValueError(
            f"{who}: one logit has one figure, that of the positive class: leave out of_class={index}"
        )
    if index >= columns:
        raise ValueError(f"{who}: of_class must be in 0 ... {columns - 1}, got {index}")
    return index


def averaged(
    who: str,
    values: Array,
    average: str | None,
    of_class: int | None,
    occurs: Array,
    why: Reason,
    noun: str,
) -> Any:
    """One number for the values of the classes, NaN where there is none; or these, if average is None.

    The mean is over the classes that occur.

    Raises
    ------
    UndefinedMetric
        The class asked for has no value, or one of those that occur, or none occurs.
    """
    missing = np.isnan(values)
    if average is None and of_class is None:
        if missing.all():
            raise UndefinedMetric(f"{who}: {why(_words(noun, 0, len(values)))}")
        return values
    chosen = np.flatnonzero(occurs) if of_class is None else np.array([of_class])
    if not len(chosen):
        chosen = np.arange(len(values))
    without = chosen[missing[chosen]]
    if len(without):
        raise UndefinedMetric(f"{who}: {why(_words(noun, int(without[0]), len(values)))}")
    return float(values[chosen].mean())


def ratio(part: Array, whole: Array) -> Array:
    """``part / whole``, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole != 0)


def _words(noun: str, index: int, columns: int) -> str:
    return "the positive class" if columns == 1 else f"{noun} {index}"
