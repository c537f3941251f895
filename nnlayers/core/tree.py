"""The parts of an object: the one walk over layers, losses, and the containers in their attributes."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np

from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State

Items: TypeAlias = Iterable[tuple[Any, Any]]


class Holder:
    """Base of objects whose attributes are looked through for parts."""

    __slots__ = ()

    def attributes_to_walk(self) -> dict[str, Any]:
        """The attributes that count: all of them."""
        return vars(self)


def walk(
    root: Any,
    items: Callable[[Any], Items] | None = None,
    *,
    repeats: bool = False,
    depth: float = math.inf,
) -> Iterator[tuple[str, Any]]:
    """Everything below an object, with its path (``layers.0.weight``), each object once.

    The walk is in the order of definition, holders before what they hold. It uses no recursion, so
    depth costs in proportion.

    Parameters
    ----------
    root : object
        Where to begin; it is not yielded itself.
    items : function, optional
        Gives the names and values that an object holds; by default `held_items`.
    repeats : bool
        Whether to yield an object again at each further place.
    depth : int
        How many levels to go down.

    Raises
    ------
    ValueError
        An object contains itself; not with ``items`` of another kind.
    """
    strict, items = items is None, items or held_items
    seen, above = {id(root)}, [id(root)]
    levels = [("", iter(items(root)))]
    while levels:
        prefix, rest = levels[-1]
        for name, value in rest:
            if id(value) in seen and not (repeats and id(value) not in above):
                if strict and isinstance(value, Holder) and id(value) in above:
                    raise ValueError(f"{type(value).__name__} contains itself, at {prefix}{name}")
                continue
            seen.add(id(value))
            path = f"{prefix}{name}"
            yield path, value
            if len(levels) < depth and (inner := items(value)):
                levels.append((f"{path}.", iter(inner)))
                above.append(id(value))
                break
        else:
            levels.pop()
            above.pop()


def held_items(thing: Any) -> Items:
    """The parts of a holder, list, tuple or dict, and what may contain further ones."""
    if isinstance(thing, Holder):
        return [item for item in thing.attributes_to_walk().items() if _counts(item[1])]
    if isinstance(thing, dict):
        return [item for item in thing.items() if _counts(item[1])]
    if isinstance(thing, (list, tuple)):
        return [item for item in enumerate(thing) if _counts(item[1])]
    return ()


def parts(root: Holder) -> Iterator[tuple[str, Any]]:
    """Every State, Parameter, Generator and holder below an object, once, with its path.

    Raises
    ------
    ValueError
        Two objects have the same path, or one contains itself.
    """
    paths: set[str] = set()
    for path, value in walk(root):
        if not isinstance(value, _CONTAINERS):
            if path in paths:
                raise ValueError(f"{type(root).__name__} holds two objects with the path {path!r}")
            paths.add(path)
            yield path, value


def own_parts(root: Holder) -> Iterator[tuple[str, Any]]:
    """The parts that an object holds itself, not those in other holders."""

    def items(thing: Any) -> Items:
        return held_items(thing) if thing is root or isinstance(thing, _CONTAINERS) else ()

    for path, value in walk(root, items):
        if not isinstance(value, _CONTAINERS):
            yield path, value


def first_parameter(root: Holder, *, trainable: bool = False) -> Parameter | None:
    """A parameter that is held, the first one found; with ``trainable``, one that is trained.

    Every pass through a network asks for some, and nearly always an attribute is one: those are looked
    at first.
    """
    for value in vars(root).values():
        if isinstance(value, Parameter) and (not trainable or value.trainable):
            return value
    for _, value in walk(root):
        if isinstance(value, Parameter) and (not trainable or value.trainable):
            return value
    return None


_CONTAINERS = (list, tuple, dict)
_known_kinds: dict[type, bool] = {}  # of each type that was met, whether it counts


def _counts(value: Any) -> bool:
    """True for a part, and for what may contain parts."""
    kind = type(value)
    if kind not in _known_kinds:
        held = (State, Holder, *_CONTAINERS)  # numpy.random takes time to import: it is asked last
        _known_kinds[kind] = issubclass(kind, held) or (
            kind.__module__ != "builtins"
            and not issubclass(kind, np.ndarray)
            and issubclass(kind, np.random.Generator)
        )
    return _known_kinds[kind]
