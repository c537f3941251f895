"""The repr of a layer: the call that makes it again, derived from its constructor."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.core.state import State
from nnlayers.core.tree import Holder

SKIPPED = ("rng", "dtype")
"""Arguments that do not belong to the architecture."""

MISSING = object()


def in_short(value: Any) -> str:
    """The words for a component, a number of NumPy, or a function, as a repr shows them."""
    if isinstance(value, np.generic):
        return repr(value.item())
    return repr(value) if isinstance(value, Holder) else str(value.__name__)


def constructor_call(
    thing: object, words: Callable[[Any], str] = in_short, *, exact: bool = False
) -> str:
    """``Dense(64, 32, bias=False)``: the arguments of the constructor that are attributes, too.

    Arguments with a default are shown if they differ from it. If an argument without a default is
    not an attribute of the same name, the call cannot be told: ``Scale(...)``. Nor can a value that is
    neither plain, nor a function, nor a component itself. A random source is left out, or is None.
    ``words`` gives the words for a component, a number of NumPy, or a function. If it is ``exact``, an
    argument of another type than its default is shown, too: a pass makes something else of 2 and 2.0.
    """
    name = type(thing).__name__
    if type(thing).__init__ is object.__init__:
        return f"{name}()"
    parameters = inspect.signature(type(thing)).parameters.values()
    variable = [p for p in parameters if p.kind is p.VAR_POSITIONAL and _value(thing, p.name)]
    shown: list[str] = []
    for parameter in parameters:
        needed = parameter.default is parameter.empty
        if parameter.name in SKIPPED and not (needed and parameter.name == "rng"):
            continue
        value = _value(thing, parameter.name)
        if parameter.kind is parameter.VAR_KEYWORD:
            given = value.items() if isinstance(value, dict) else ()
            shown += [f"{key}={words_in_call(item, words)}" for key, item in given]
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            if not isinstance(value, (tuple, list)):
                return f"{name}(...)"
            shown += [words_in_call(item, words) for item in value]
            continue
        if isinstance(parameter.default, bool) and (value is None or isinstance(value, State)):
            value = value is not None  # whether there is such a parameter
        if parameter.name == "rng" or type(value).__module__.startswith("numpy.random"):
            value = None if needed else parameter.default
        elif value is MISSING or isinstance(value, State):
            if needed:
                return f"{name}(...)"
            value = parameter.default
        by_place = needed or variable or parameter.kind is parameter.POSITIONAL_ONLY
        if by_place and parameter.kind is not parameter.KEYWORD_ONLY:
            shown.append(words_in_call(value, words))
        elif needed or not _equal(value, parameter.default, exact=exact):
            shown.append(f"{parameter.name}={words_in_call(value, words)}")
    return f"{name}({', '.join(shown)})"


def _value(thing: Any, name: str) -> Any:
    """The attribute of that name, if it is one of the object, or a property of its own class.

    A user's class may have descriptors of another kind, too.
    """
    if name in vars(thing):
        return vars(thing)[name]
    owner = next((kind for kind in type(thing).__mro__ if name in vars(kind)), object)
    if owner.__module__.startswith("nnlayers.core") or not hasattr(vars(owner).get(name), "__set__"):
        return MISSING
    try:
        return getattr(thing, name)
    except Exception:
        return MISSING


def words_in_call(value: Any, special: Callable[[Any], str]) -> str:
    """The value as it stands in a call; three dots if it cannot stand there.

    Subclasses, such as enumerations and named tuples, would come back as something else.
    """
    kind: Any = type(value)
    if kind in (tuple, list):
        inner = ", ".join(words_in_call(item, special) for item in value)
        comma = "," * (kind is tuple and len(value) == 1)
        return f"({inner}{comma})" if kind is tuple else f"[{inner}]"
    if kind in (bool, int, float, str, np.str_, type(None)):
        return repr(str(value) if kind is np.str_ else value)
    name = getattr(value, "__name__", "")
    is_function = callable(value) and isinstance(name, str) and name.isidentifier()
    is_number = isinstance(value, np.generic) and value.dtype.kind in "fiub" and value.itemsize <= 8
    return special(value) if isinstance(value, Holder) or is_number or is_function else "..."


def _equal(one: Any, other: Any, *, exact: bool) -> bool:
    return plainly_equal(one, other) and (type(one) is type(other) or not exact)


def plainly_equal(one: Any, other: Any) -> bool:
    """The result of ``one == other``, at all places if there are several; False if that fails."""
    try:
        return one is other or bool(np.all(one == other))
    except Exception:  # arrays of other shapes, or what other libraries raise
        return False
