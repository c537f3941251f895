"""Whether a network that was built again from its text is the same as the one that was written."""

import dataclasses
import functools
import inspect
import types
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.notices import notice
from nnlayers.core.origin import is_built_in
from nnlayers.core.representation import plainly_equal
from nnlayers.core.state import State
from nnlayers.core.tree import Holder

WAY_OUT = (
    "let the constructor have an argument for it, kept in an attribute of the same name; or keep the "
    "code, and use model.save_weights(path)"
)
SET_BACK = "set it to that before saving, if nothing is lost by it; otherwise, "
WRITTEN = "input_shape", "last_axis", "column_names", "class_names"
MISSING = object()
NUMBERS = float, complex, np.generic
DYNAMIC = frozenset({"setattr", "vars", "__dict__", "__setattr__"})
"""The names that a function uses to set attributes of any name."""


def check_rebuilt(model: Layer, twin: Layer) -> None:
    """Refuse a network whose twin from its text has other parts, or attributes of other values.

    What a pass left behind is ignored, and so are attributes that are written for themselves. One that
    was set from outside is left out, with a warning.

    Raises
    ------
    TypeError
        They differ.
    """
    parts, twins = dict([("", model), *model.named_parts()]), dict([("", twin), *twin.named_parts()])
    alike = _Comparison(parts, twins).alike
    for path in parts | twins:
        here, there = parts.get(path), twins.get(path)
        if isinstance(here or there, np.random.Generator):
            continue  # several layers may have had the same one
        if type(here) is not type(there) or (isinstance(here, State) and _kind(here) != _kind(there)):
            raise TypeError(
                f"save: {path}: here is {_words(here)}, and would be {_words(there)} when the file is "
                f"read: {WAY_OUT}"
            )
    holders = [(path, part, twins[path]) for path, part in parts.items() if isinstance(part, Holder)]
    for path, one, other in holders:
        kind: Any = type(one)
        before, after = one.attributes_to_walk(), other.attributes_to_walk()
        for name in before | after:
            here, there = _attribute(one, before, name), _attribute(other, after, name)
            if name in WRITTEN or alike(here, there):
                continue
            if there is not MISSING or {name, "*"} & _set_by(kind, "__init__", "__post_init__"):
                raise TypeError(
                    f"save: {f'{path}, ' * bool(path)}{kind.__name__}: its {name} is "
                    f"{_in_short(here)}, and would be {_in_short(there)} when it is read: {SET_BACK}"
                    f"{WAY_OUT}"
                )
            if not hasattr(kind, name) and name not in _set_by(kind, *dir(kind)):  # not by a pass
                place = f"{path}.{name}" if path else name
                notice(f"save: {place} is left out: {kind.__name__} has no argument for it")


def _kind(state: Any) -> tuple[Any, ...]:
    """The shape and dtype; a floating value may get another floating dtype."""
    dtype = state.value.dtype
    return state.value.shape, "f" if dtype.kind == "f" else dtype


def _words(part: Any) -> str:
    if isinstance(part, State):
        return f"a {type(part).__name__} of shape {part.value.shape}, {part.value.dtype}"
    return "nothing" if part is None else f"a {type(part).__name__}"


def _in_short(value: Any) -> str:
    return "missing" if value is MISSING else f"{value!r:.80}"


def _attribute(thing: Any, own: dict[str, Any], name: str) -> Any:
    """An attribute of an object, or of its class if it is not computed there."""
    if name in own:
        return own[name]
    found = inspect.getattr_static(type(thing), name, MISSING)
    is_computed = hasattr(found, "__get__") and not isinstance(found, types.FunctionType)
    return MISSING if found is MISSING or is_computed else getattr(thing, name)


@functools.cache
def _set_by(kind: Any, *names: str) -> frozenset[str]:
    """The names in methods of a class, and in the methods that they call: attributes they may set.

    A star stands for any, by functions such as ``setattr``.
    """
    found, methods = set[str](), list(names)
    for method in methods:  # which grows
        for base in kind.__mro__:
            function = inspect.unwrap(vars(base).get(method, len))
            if not isinstance(function, types.FunctionType) or (
                is_built_in(base) and method != "__init__"
            ):
                continue  # those of nnlayers leave nothing behind
            code = function.__code__
            found |= set(code.co_names)
            if not (is_built_in(base) or DYNAMIC.isdisjoint(code.co_names)):
                found.add("*")
            methods += [name for name in code.co_names if name not in methods and hasattr(kind, name)]
    return frozenset(found)


class _Comparison:
    """Compares attributes of two networks, whose parts are compared by their places."""

    def __init__(self, parts: dict[str, Any], twins: dict[str, Any]) -> None:
        self.places = {id(part): path for path, part in parts.items()}
        self.twin_places = {id(part): path for path, part in twins.items()}
        self.met: dict[tuple[int, int], Any] = {}  # with the objects, so that no other gets their id

    def alike(self, one: Any, other: Any) -> bool:
        """True for equal values, and for those of which nothing can be compared."""
        pair = id(one), id(other)
        if one is other or pair in self.met:
            return True
        if isinstance(one, np.random.Generator):
            return type(one) is type(other)
        places = self.places.get(id(one)), self.twin_places.get(id(other))
        if isinstance(one, str) and type(other) is str:
            return str(one) == other and type(one) in (str, np.str_)
        if type(one) is not type(other) or places != (None, None):
            return type(one) is type(other) and places[0] == places[1]
        if isinstance(one, (list, tuple)):
            return len(one) == len(other) and all(map(self.alike, one, other))
        self.met[pair] = one, other  # from here on, it may contain itself
        if isinstance(one, dict):
            return one.keys() == other.keys() and all(self.alike(one[key], other[key]) for key in one)
        if isinstance(one, np.ndarray):
            same = one.dtype == other.dtype
            return same and np.array_equal(one, other, equal_nan=one.dtype.kind in "fc")
        if plainly_equal(one, other) or (isinstance(one, NUMBERS) and one != one and other != other):
            return True
        kind: Any = type(one)
        by_parts = kind.__eq__ is object.__eq__ or isinstance(one, types.MethodType)
        by_parts = by_parts or dataclasses.is_dataclass(one)
        return by_parts and self.alike(_inside(one), _inside(other))


def _inside(thing: Any) -> Any:
    """What an object that cannot be compared itself is made of; None if that is not known."""
    if isinstance(thing, types.FunctionType):
        closure = inspect.getclosurevars(thing).nonlocals
        return thing.__code__, closure, thing.__defaults__, thing.__kwdefaults__
    if isinstance(thing, functools.partial):
        return thing.func, thing.args, thing.keywords
    if isinstance(thing, types.MethodType):
        return thing.__func__, thing.__self__
    return getattr(thing, "__dict__", None)
