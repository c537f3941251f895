"""What C and NumPy files share: one dtype for all numbers, and text that cannot end a comment."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.core.tree import walk


def single_dtype(model: Layer, who: str) -> np.dtype[Any]:
    """The dtype of all parameters and floating states, float32 or float64; float32 if there is none.

    Raises
    ------
    TypeError
        They have several dtypes, or another one.
    """
    held = [part.value for _, part in walk(model) if isinstance(part, (Parameter, State))]
    found = {array.dtype for array in held if array.dtype.kind == "f"} or {np.dtype(np.float32)}
    if len(found) > 1 or not found <= {np.dtype(np.float32), np.dtype(np.float64)}:
        names = " and ".join(sorted(map(str, found)))
        raise TypeError(
            f"{who}: expected a model whose numbers are all float32, or all float64, got {names}: use "
            "model.astype(np.float32)"
        )
    return found.pop()


def comment(text: object) -> str:
    """Text on one line, in which what could end a comment, or continue it, is written as a code."""
    return re.sub(r"[^ -~]|[*\\?]", lambda found: f"<{ord(found[0]):x}>", str(text))


def described(layer: Layer) -> str:
    """The call that makes a layer, as a comment; of one that is nested too deeply, the class."""
    try:
        return comment(repr(layer))
    except RecursionError:
        return type(layer).__name__


def title(path: str, layer: Layer) -> str:
    """A comment that says which layer the following lines compute."""
    text = comment(f"{path}: ") * bool(path) + described(layer)
    return text if len(text) <= 90 else f"{text[:87]}..."


def plain_names(names: Iterable[object] | None) -> list[Any]:
    """Names of columns or classes as text, whole numbers, True and False; empty if there are none."""
    plain = [
        name.item() if isinstance(name, np.generic) else name
        for name in ([] if names is None else names)
    ]
    return [name if type(name) in (str, int, bool) else str(name) for name in plain]
