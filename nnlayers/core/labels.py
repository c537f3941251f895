"""Targets of classes: integer labels, or a distribution over the classes at each position."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array
from nnlayers.core.conversion import integers_of, not_whole, way_out, where
from nnlayers.core.distributions import are_distributions
from nnlayers.core.kernels import are_labels

TWO_CLASSES = "two classes need two outputs, Dense(..., 2), or one with SigmoidBinaryCrossEntropy"
CHUNK_OF_ROWS = 1 << 14  # rows of distributions that are looked at in one go


def check_labels(labels: Array, classes: int, who: object) -> None:
    """Refuse integer labels that are not in ``0 ... classes-1``, whatever their dtype.

    Raises
    ------
    ValueError
        A label is negative, has wrapped around, or is too large.
    """
    if not are_labels(labels, classes):
        least, most = int(labels.min()), int(labels.max())
        raise ValueError(
            f"{who}: expected labels in 0 ... {classes - 1}, got labels from {least} to {most}"
            f"{_range_hint(labels, least, most, classes)}"
        )


def _range_hint(labels: Array, least: int, most: int, classes: int) -> str:
    """A likely cause of a label that no class has, and the way out."""
    if least < 0 and classes > 1 << (8 * labels.itemsize - 1):
        return f": {labels.dtype} does not hold labels of {classes} classes, so some have wrapped"
    if labels.dtype.kind == "u" and most == (1 << 8 * labels.itemsize) - 1:
        return f": {most} is what {labels.dtype} makes of -1, so leave out samples that have no label"
    if least == -1 and most == 1 and classes == 2 and labels.all():
        return ": labels count from 0, so take np.maximum(y, 0)"
    if least < 0:
        return ": leave out samples that have no label"
    if classes == 1 and most == 1:
        return f": {TWO_CLASSES}"
    if least and most == classes:
        return ": labels count from 0, so take y - 1"
    return f": a network for these labels needs {most + 1} outputs"


def are_right_labels(target: Any, shape: tuple[int, ...]) -> bool:
    """True if it is an array of labels that goes with scores ``(N, C)``: a short look."""
    return (
        type(target) is np.ndarray
        and target.dtype.kind in "iu"
        and target.ndim == 1
        and len(shape) == 2
        and len(target) == shape[0]
        and are_labels(target, shape[1])
    )


def check_classes(target: Any, shape: tuple[int, ...], who: object, *, values: bool = True) -> Array:
    """Labels ``(N, ...)`` or distributions ``(N, ..., C)`` that go with scores of this shape.

    Raises
    ------
    TypeError, ValueError
        They are something else: it says what to do.
    """
    target = as_array(target, who)
    if target.shape == shape[:-1] and target.dtype.kind in "iu":
        if values:
            check_labels(target, shape[-1], who)
    elif target.shape == shape and target.dtype.kind in "fiub":
        for start in range(0, len(target) if values else 0, CHUNK_OF_ROWS):
            _check_distributions(target[start : start + CHUNK_OF_ROWS], start, who)
    else:
        hint = _shape_hint(target, shape) or label_hint(target, shape[:-1])
        raise (TypeError if target.shape == shape[:-1] else ValueError)(
            f"{who}: expected integer labels of shape {shape[:-1]} or probability targets of "
            f"shape {shape}, got {target.dtype} of shape {target.shape}{hint}"
        )
    return target


def _shape_hint(target: Array, shape: tuple[int, ...]) -> str:
    """What to change in a network whose output has too many axes, or its classes second."""
    if len(shape) > 2 and target.shape == shape[:1]:
        return (
            ": for one label a sample, put nn.Flatten(), nn.GlobalAveragePool() or "
            "return_sequences=False before the last Dense"
        )
    if len(shape) == target.ndim == 2 and target.dtype.kind in "iu" and target.max(initial=0) > 1:
        return (
            f": for a label at each of {target.shape[1]} steps, leave out return_sequences=False, "
            "nn.Flatten() and pooling; for one label a sample, give one column of y"
        )
    if target.shape == (shape[0], *shape[2:]) and target.dtype.kind in "iu":
        return ": the classes come last: np.moveaxis(prediction, 1, -1)"
    return ""


def _check_distributions(target: Array, start: int, who: object) -> None:
    wrong = ~are_distributions(target)
    if wrong.any():
        place = np.unravel_index(int(wrong.argmax()), wrong.shape)
        raise ValueError(
            f"{who}: expected probability targets, not negative and with rows that sum to 1, got "
            f"{target[place]} {where((int(place[0]) + start, *place[1:]))}"
        )


def label_hint(labels: Array, shape: tuple[int, ...]) -> str:
    """How to make labels of this shape from what came instead, for messages."""
    kind = labels.dtype.kind
    if kind not in "fiub":
        return way_out(labels, "y", integers=True)
    if kind == "f" and (found := not_whole(labels)):
        return f": {found} is not a label, so leave out samples that have none"
    if len(shape) == 1 and labels.shape == (*shape, 1):
        return f": take np.ravel(y){'.astype(int)' * (kind in 'fb')}"
    if kind in "fb" and labels.shape == shape:
        return f": take {integers_of('y', labels)}"
    return ""
