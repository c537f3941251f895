"""The repr of a layer: the call that makes it again, derived from its constructor."""

import inspect
from typing import Any

from nnlayers.core.parameter import State

SKIPPED = ("rng", "dtype")
"""Arguments that do not belong to the architecture."""


def constructor_call(thing: object) -> str:
    """``Dense(64, 32, bias=False)``: the arguments of the constructor that are attributes, too.

    Arguments with a default are shown if they differ from it. If an argument without a default is
    not an attribute of the same name, the call cannot be told: ``Scale(...)``.
    """
    name = type(thing).__name__
    if type(thing).__init__ is object.__init__:
        return f"{name}()"
    shown: list[str] = []
    for parameter in inspect.signature(type(thing)).parameters.values():
        value = getattr(thing, parameter.name, parameter.empty)
        if parameter.kind is parameter.VAR_POSITIONAL and isinstance(value, (list, tuple)):
            shown += map(repr, value)
            continue
        if parameter.name in SKIPPED or parameter.kind is parameter.VAR_KEYWORD:
            continue
        if isinstance(parameter.default, bool) and (value is None or isinstance(value, State)):
            value = value is not None  # whether there is such a parameter
        if value is parameter.empty or isinstance(value, State):
            if parameter.default is parameter.empty:
                return f"{name}(...)"
        elif parameter.default is parameter.empty and parameter.kind is not parameter.KEYWORD_ONLY:
            shown.append(_words(value))
        elif not _equal(value, parameter.default):
            shown.append(f"{parameter.name}={_words(value)}")
    return f"{name}({', '.join(shown)})"


def _words(value: Any) -> str:
    return value.__name__ if inspect.isfunction(value) else repr(value)


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except ValueError:  # arrays
        return False
