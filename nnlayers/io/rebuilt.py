"""Whether a network that was built again from its text is the same as the one that was written."""

from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.state import State
from nnlayers.core.tree import Holder

WAY_OUT = (
    "let the constructor have an argument for it, kept in an attribute of the same name; or keep the "
    "code, and use model.save_weights(path)"
)
WRITTEN = "input_shape", "last_axis", "column_names", "class_names"


def check_rebuilt(model: Layer, twin: Layer) -> None:
    """Refuse a network whose twin from its text has other parts, or attributes of other values.

    Attributes that only one of them has, such as what a pass left behind, are ignored, and so are those
    that are written for themselves.

    Raises
    ------
    TypeError
        They differ.
    """
    parts, twins = dict([("", model), *model.named_parts()]), dict([("", twin), *twin.named_parts()])
    for path in parts | twins:
        one, other = parts.get(path), twins.get(path)
        if isinstance(one or other, np.random.Generator):
            continue  # several layers may have had the same one
        if type(one) is not type(other) or (
            isinstance(one, State) and one.value.shape != other.value.shape  # type: ignore[union-attr]
        ):
            raise TypeError(
                f"save: {path}: here is {_words(one)}, and would be {_words(other)} when the file is "
                f"read: {WAY_OUT}"
            )
        if not isinstance(one, Holder):
            continue
        after = other.attributes_to_walk()  # type: ignore[union-attr]
        for name, value in one.attributes_to_walk().items():
            if name in after and name not in WRITTEN and not _alike(value, after[name]):
                raise TypeError(
                    f"save: {f'{path}, ' * bool(path)}{type(one).__name__}: its {name} is "
                    f"{value!r:.80}, and would be {after[name]!r:.80} when it is read: {WAY_OUT}"
                )


def _words(part: Any) -> str:
    if isinstance(part, State):
        return f"a {type(part).__name__} of shape {part.value.shape}"
    return "nothing" if part is None else f"a {type(part).__name__}"


def _alike(one: Any, other: Any) -> bool:
    """True for equal values, and for those that are compared elsewhere or cannot be compared."""
    if isinstance(one, (State, Holder, np.random.Generator)):
        return True
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if callable(one) and callable(other):
        return getattr(one, "__qualname__", one) == getattr(other, "__qualname__", other)
    plain = (bool, int, float, complex, str, bytes, type(None), np.generic, np.ndarray)
    if isinstance(one, plain) or isinstance(other, plain):
        return bool(one == other or (one != one and other != other))
    return True
