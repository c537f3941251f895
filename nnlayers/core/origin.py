"""Whether something is of this package, or of a user."""

from typing import Any


def is_built_in(thing: Any) -> bool:
    """True for a class or function of this package."""
    return is_own_module(thing.__module__)


def is_own_module(name: object) -> bool:
    """True for the name of a module of this package."""
    return str(name).partition(".")[0] == "nnlayers"
