"""The form of what passes return: arrays, or (nested) tuples of arrays."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnlayers.core.checks import describe
from nnlayers.core.structures import arrays_in

WANTED = "expected an array, or a tuple of arrays"


def wrong_output(y: Any) -> str:
    """What is wrong with the form of a layer's output, in words; empty if nothing is."""
    for place, item in arrays_in(y):
        what = f"forward returns {_in_words(item)}" if not place else ""
        what = what or f"forward returns a tuple whose element {place} is {_in_words(item)}"
        if item is None:
            return f"{what}, {WANTED}: is a return missing?"
        if isinstance(item, list):
            return f"{what}, {WANTED}: write return tuple(...), or np.array(...) if it is one array"
        if isinstance(item, (bool, int, float, np.number)) or (
            np.shape(item) == () and hasattr(item, "shape")
        ):
            return (
                f"{what}, {WANTED}, whose first axis is the batch (a number for the whole batch is a "
                "loss: use nn.Loss and check_loss)"
            )
        if type(item) is not np.ndarray:
            return f"{what}, {WANTED}"
        if item.dtype.kind not in "fiub":
            return f"forward returns an array of {item.dtype}, expected one of real numbers"
        if item.dtype.kind != "f" and not place:
            return (
                f"forward returns an array of {item.dtype}, which has no gradient: return floats, or "
                "check what takes it in one layer with this"
            )
    return f"forward returns an empty tuple, {WANTED}" if isinstance(y, tuple) and not y else ""


def wrong_loss(value: Any) -> str:
    """What is wrong with the value of a loss, in words; empty if it is a float."""
    if isinstance(value, float):
        return ""
    what = f"forward returns {_in_words(value)}, expected a float"
    if value is None:
        return f"{what}: is a return missing?"
    if np.size(value) > 1:
        return f"{what}: return the mean over the samples, float(losses.mean())"
    return f"{what}: write return float(...)"


def in_form_of(x: Any, gradient: Any) -> Iterator[Any]:
    """The gradients of all arrays of an input, in a flat list.

    Raises
    ------
    TypeError
        They are not a tuple like the input.
    """
    if not isinstance(x, tuple):
        if isinstance(gradient, (tuple, list)):
            raise TypeError(f"backward returns {_in_words(gradient)}, expected one array")
        yield gradient
    elif isinstance(gradient, tuple) and len(gradient) == len(x):
        for item, found in zip(x, gradient, strict=True):
            yield from in_form_of(item, found)
    else:
        hint = ": is a return missing?" if gradient is None else ""
        raise TypeError(
            f"backward returns {_in_words(gradient)}, expected a tuple of {len(x)} gradients, one for "
            f"each array of the input (None for integers){hint}"
        )


def _in_words(x: Any) -> str:
    """An object of any kind, in a few words."""
    if isinstance(x, (tuple, list)):
        return f"a {type(x).__name__} of {len(x)}"
    if isinstance(x, (bool, int, float, np.number)) and np.isreal(x):
        return f"the number {x:z.6g}" if isinstance(x, float) else f"the {type(x).__name__} {x}"
    if x is None or type(x) is np.ndarray:
        return describe(x)
    return f"a {type(x).__name__}"
