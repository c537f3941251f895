"""Inspection of layers and losses: everything that they hold, and whether it has changed."""

import pickle
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnlayers.core import tree
from nnlayers.core.checks import Array
from nnlayers.core.component import Component
from nnlayers.core.state import State
from nnlayers.testing.references import contents


def has_float32_precision(array: Array, largest: float = 0.0) -> bool:
    """True if float64 numbers have only the precision of float32, without being round numbers.

    Numbers that are tiny compared with ``largest`` are ignored: they may be rounded differences.
    """
    array = np.atleast_1d(array)
    size = max(largest, np.abs(array[np.isfinite(array)]).max(initial=0.0))
    values = array[np.isfinite(array) & (np.abs(array) > max(1e-9, 1e-6 * size))]
    if values.size < 2 or values.dtype != np.float64:
        return False
    with np.errstate(all="ignore"):
        fine = values[values != np.round(values * 4096) / 4096]
        return fine.size >= 2 and bool((fine == fine.astype(np.float32)).all())


def _walk_everything(thing: Any) -> Iterator[tuple[str, Any]]:
    """Everything that it refers to, in containers and plain objects too, except in its States."""
    yield "", thing
    yield from tree.walk(thing, _contents)


def _contents(value: Any) -> tree.Items:
    """The names and values that an object of any kind holds."""
    if isinstance(value, (State, str, bytes, type, np.random.Generator)):
        return ()
    if isinstance(value, tree.Holder):
        return value.attributes_to_walk().items()
    return contents(value)[1]


def all_components(thing: Component) -> list[Component]:
    """The layer or loss, and all layers and losses in it."""
    return [thing, *(part for _, part in thing.named_parts() if isinstance(part, Component))]


def fingerprint(thing: Component) -> dict[str, Any]:
    """Everything that a layer or loss refers to, and how much it has saved, in a comparable form."""
    found: dict[str, Any] = {}
    for path, value in _walk_everything(thing):
        if isinstance(value, State):
            found[path] = (value.value.tobytes(), id(value))
        elif isinstance(value, np.ndarray):
            found[path] = value.tobytes()
        elif isinstance(value, (int, float, str, bool, type(None))):
            found[path] = value
        elif isinstance(value, Component):
            found[path] = value.pending
        elif isinstance(value, (dict, list, tuple, set, frozenset)):
            found[path] = len(value)
    for path, part in Component.named_parts(thing):
        if isinstance(part, np.random.Generator):
            found[path] = repr(part.bit_generator.state)
    return found


def is_importable(thing: object) -> bool:
    """True if pickle can find the class, unlike one defined in a function."""
    kind = type(thing)
    found: Any = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is kind


def uses_global_random_state(call: Callable[[], object]) -> bool:
    """True if a call draws from numpy.random's global state, or seeds it. The state is restored."""
    kept = np.random.get_state()  # noqa: NPY002
    try:
        np.random.seed(20_260_101)  # noqa: NPY002
        before = pickle.dumps(np.random.get_state())  # noqa: NPY002
        call()
        return pickle.dumps(np.random.get_state()) != before  # noqa: NPY002
    finally:
        np.random.set_state(kept)  # noqa: NPY002
