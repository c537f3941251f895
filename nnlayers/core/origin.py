"""Whether something is of this package, or of a user; and of which class a method is."""

from typing import Any


def is_built_in(thing: Any) -> bool:
    """True for a class or function of this package."""
    return is_own_module(thing.__module__)


def is_own_module(name: object) -> bool:
    """True for the name of a module of this package."""
    return str(name).partition(".")[0] == "nnlayers"


def outdated(cls: type, method: str, *, by: str, root: type) -> type | None:
    """The class below ``root`` whose ``method`` is inherited although ``by`` was redefined since."""
    older = next(base for base in cls.__mro__ if method in vars(base))
    newer = next(base for base in cls.__mro__ if by in vars(base))
    behind = cls.__mro__.index(newer) < cls.__mro__.index(older)
    return older if behind and older is not root else None
