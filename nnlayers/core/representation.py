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


def constructor_call(thing: object, words: Callable[[Any], str] = repr) -> str:
    """``Dense(64, 32, bias=False)``: the arguments of the constructor that are attributes, too.

    Arguments with a default are shown if they differ from it. If an argument without a default is
    not an attribute of the same name, the call cannot be told: ``Scale(...)``. Nor can a value that is
    neither plain, nor a function, nor a component itself. ``words`` gives the words for a component.
    """
    name = type(thing).__name__
    if type(thing).__init__ is object.__init__:
        return f"{name}()"
    parameters = inspect.signature(type(thing)).parameters.values()
    variable = [p for p in parameters if p.kind is p.VAR_POSITIONAL and _value(thing, p.name)]
    shown: list[str] = []
    for parameter in parameters:
        if parameter.name in SKIPPED or parameter.kind is parameter.VAR_KEYWORD:
            continue
        value = _value(thing, parameter.name)
        if parameter.kind is parameter.VAR_POSITIONAL:
            if not isinstance(value, (tuple, list)):
                return f"{name}(...)"
            shown += [_words(item, words) for item in value]
            continue
        if isinstance(parameter.default, bool) and (value is None or isinstance(value, State)):
            value = value is not None  # whether there is such a parameter
        if value is MISSING or isinstance(value, State):
            if parameter.default is parameter.empty:
                return f"{name}(...)"
            value = parameter.default
        positional = parameter.kind is not parameter.KEYWORD_ONLY
        if positional and (variable or parameter.default is parameter.empty):
            shown.append(_words(value, words))
        elif not _equal(value, parameter.default):
            shown.append(f"{parameter.name}={_words(value, words)}")
    return f"{name}({', '.join(shown)})"


def _value(thing: Any, name: str) -> Any:
    """The attribute of that name, if it is one of the object, or a property of its own class."""
    if name in vars(thing):
        return vars(thing)[name]
    owner = next((kind for kind in type(thing).__mro__ if name in vars(kind)), object)
    if owner.__module__.startswith("nnlayers.core") or not isinstance(vars(owner).get(name), property):
        return MISSING
    try:
        return getattr(thing, name)
    except Exception:
        return MISSING


def _words(value: Any, of_component: Callable[[Any], str]) -> str:
    """The value as it stands in a call; three dots if it cannot stand there."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, (tuple, list)):
        inner = ", ".join(_words(item, of_component) for item in value)
        comma = "," * (isinstance(value, tuple) and len(value) == 1)
        return f"({inner}{comma})" if isinstance(value, tuple) else f"[{inner}]"
    if isinstance(value, Holder):
        return of_component(value)
    if isinstance(value, (bool, int, float, str, type(None))):
        return repr(value)
    name = getattr(value, "__name__", "")
    return name if callable(value) and name.isidentifier() else "..."


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except ValueError:  # arrays
        return False
