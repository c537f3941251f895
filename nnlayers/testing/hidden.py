"""Parts and arrays that `named_parts` does not find: in slots, closures, globals, other objects."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.state import State
from nnlayers.losses.base import Loss
from nnlayers.testing.inspection import all_components
from nnlayers.testing.references import Found, everything, slots

MOST_LOOSE = 100


def lost_in_copies(thing: Component) -> str:
    """What copies of a layer or loss lack, or what hides a method, in words; empty if nothing does."""
    if words := _hides_a_method(thing):
        return words
    for component in all_components(thing):
        kind = type(component)
        words = _hides_a_method(component)
        for name in slots(kind):
            if hasattr(component, name):
                words = (
                    f"{name!r} is in __slots__, so that copies, files and named_parts() lose it: leave "
                    f"__slots__ out of {kind.__name__}"
                )
        if words:
            return words
    return ""


def _hides_a_method(component: Component) -> str:
    for name, value in vars(component).items():
        method = getattr(Layer if isinstance(component, Layer) else Loss, name, None)
        if callable(method) and not callable(value):
            kind = type(component).__name__
            words = f"the attribute {name!r} of {kind} hides the method {name}()"
            return f"{words}: give it another name"
    return ""


def hidden_part(thing: Component) -> str:
    """A State, layer or loss that named_parts does not find, in words; empty if there is none."""
    known = {id(part) for _, part in Component.named_parts(thing)} | {id(thing)}
    for found in everything(thing):
        if isinstance(found.value, (State, Component)) and id(found.value) not in known:
            return f"{type(found.value).__name__} {found}"
    return ""


def loose_arrays(thing: Component) -> Iterator[Found]:
    """The float arrays outside of States, in a fixed order, but for constants.

    Those that are read-only count as constants, and those outside of the object whose name is in
    capitals. At most `MOST_LOOSE` are given: a list that all copies share may grow with every pass.
    """
    return islice(filter(_may_change, everything(thing)), MOST_LOOSE)


def _may_change(found: Found) -> bool:
    array = found.value
    return (
        isinstance(array, np.ndarray)
        and array.dtype.kind == "f"
        and array.size > 0
        and array.flags.writeable
        and not (found.where and _in_capitals(found.path))
    )


def _in_capitals(path: str) -> bool:
    """True for the name of a constant, with at least two letters: W is that of a weight."""
    letters = path.rpartition(".")[2].strip("_0123456789")
    return letters.isupper() and len(letters) > 1
