"""Looking into layers: what they hold beyond what the contract finds, and whether it changed."""

import pickle
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnlayers.core import tree
from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter, State


def is_coarse(array: Array, largest: float = 0.0) -> bool:
    """Whether float64 numbers have just the precision of float32, and are not simply round.

    What is tiny beside the ``largest`` one does not count: it may be a rounded difference.
    """
    array = np.atleast_1d(array)
    size = max(largest, np.abs(array[np.isfinite(array)]).max(initial=0.0))
    values = array[np.isfinite(array) & (np.abs(array) > max(1e-9, 1e-6 * size))]  # no mere rounding
    if values.size < 2 or values.dtype != np.float64:
        return False
    with np.errstate(all="ignore"):
        fine = values[values != np.round(values * 4096) / 4096]
        return fine.size >= 2 and bool((fine == fine.astype(np.float32)).all())


def float_arrays(layer: Layer) -> list[tuple[str, Array]]:
    """The float arrays in a layer that are no State, with their paths, in a fixed order."""
    return [
        (path, value)
        for path, value in _everything(layer)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size
    ]


def hidden_parts(layer: Layer) -> str:
    """The path of a Parameter or Layer that the contract does not find; empty where there is none."""
    found = {id(part) for _, part in Layer.named_parts(layer)}
    for path, value in _everything(layer):
        if isinstance(value, (Parameter, Layer)) and id(value) not in found and value is not layer:
            return f"{type(value).__name__} {path!r}"
    for kind in type(layer).__mro__:
        for name, value in vars(kind).items():
            if isinstance(value, (Parameter, Layer)):
                return f"{type(value).__name__} {name!r}, an attribute of the class,"
    return ""


def _everything(thing: Any) -> Iterator[tuple[str, Any]]:
    """All that hangs on a layer, in containers and plain objects too, but not inside its States."""
    yield "", thing
    yield from tree.walk(thing, _contents)


def _contents(value: Any) -> tree.Items:
    """What an object of any kind holds."""
    if isinstance(value, (State, str, bytes, type, np.random.Generator)):
        return ()
    if isinstance(value, tree.Holder):
        return value.attributes().items()
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(enumerate(value))
    if isinstance(value, np.ndarray):
        return list(enumerate(value.ravel())) if value.dtype == object else ()
    return getattr(value, "__dict__", {}).items()


def all_layers(layer: Layer) -> list[Layer]:
    """The layer and all those in it."""
    return [layer, *(part for _, part in layer.named_parts() if isinstance(part, Layer))]


def fingerprint(layer: Layer) -> dict[str, Any]:
    """All that hangs on a layer, and how much it has saved, in a form that can be compared."""
    found: dict[str, Any] = {}
    for path, value in _everything(layer):
        if isinstance(value, State):
            found[path] = (value.value.tobytes(), id(value))
        elif isinstance(value, np.ndarray):
            found[path] = value.tobytes()
        elif isinstance(value, (int, float, str, bool, type(None))):
            found[path] = value
        elif isinstance(value, Layer):
            found[path] = value.pending
        elif isinstance(value, (dict, list, tuple, set, frozenset)):
            found[path] = len(value)
    for path, part in Layer.named_parts(layer):
        if isinstance(part, np.random.Generator):
            found[path] = repr(part.bit_generator.state)
    return found


def importable(thing: object) -> bool:
    """Whether pickle could find the class: not where it stands in a function or in a notebook."""
    kind = type(thing)
    found: Any = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind


def uses_global_random_state(call: Callable[[], object]) -> bool:
    """Whether a call draws from numpy.random itself, or seeds it; its state is put back."""
    kept = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(20_260_101)  # noqa: NPY002
        before = pickle.dumps(np.random.get_state())  # noqa: NPY002
        call()
        return pickle.dumps(np.random.get_state()) != before  # noqa: NPY002
    finally:
        np.random.set_state(kept)  # noqa: NPY002
