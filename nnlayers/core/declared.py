"""Attributes that are declared in the body of a class: checked when set, and no others taken."""

import math
import numbers
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nnlayers.core.checks import real_number, true_or_false
from nnlayers.core.similar import closest

REQUIRED = object()
"""The default of an argument that has none."""


class Declared:
    """Base of classes whose attributes are declared in their body.

    Setting or reading any other attribute raises an AttributeError that names the word that was
    probably meant. Names that begin with an underscore are free.
    """

    other_words: ClassVar[Mapping[str, str]] = {}
    """Words of other libraries, and other likely ones, each with the advice to give."""

    if not TYPE_CHECKING:  # to a type checker, these would make every name right

        def __setattr__(self, name, value):
            declared = getattr(type(self), name, None)
            if isinstance(declared, Checked):
                value = declared.checked(value, self)
            elif isinstance(declared, property) and declared.fset is None:
                advice = self.other_words.get(name, "it is derived")
                raise AttributeError(f"{_who(self)}.{name} cannot be set: {advice}")
            elif not hasattr(type(self), name) and not name.startswith("_"):
                raise AttributeError(
                    unknown_name(name, _who(self), public_names(self), self.other_words)
                )
            object.__setattr__(self, name, value)

        def __getattr__(self, name):
            """Only called for names that are not there."""
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            if hasattr(type(self), name):  # a property that failed: its own error says more
                return object.__getattribute__(self, name)
            raise AttributeError(unknown_name(name, _who(self), public_names(self), self.other_words))


def _who(thing: object) -> str:
    """Its name in messages."""
    return type(thing).__name__ if type(thing).__str__ is object.__str__ else str(thing)


def unknown_name(
    name: str, who: str, known: list[str], other_words: Mapping[str, str], what: str = "attribute"
) -> str:
    """The message about a name that does not exist: the advice for it, or the most similar name.

    If there is neither, it lists the arguments that there are.
    """
    similar = closest(name, known)
    advice = other_words.get(name) or (f"did you mean {similar}?" if similar else "")
    if what == "argument" and known and not advice:
        advice = f"it has {', '.join(known)}"
    return f"{who} has no {what} {name!r}{': ' * bool(advice)}{advice}"


def public_names(thing: object) -> list[str]:
    """The names of the attributes and methods that users may use."""
    return [name for name in dir(type(thing)) if not name.startswith("_")]


class Checked:
    """A declared attribute: a value is checked, and perhaps converted, when it is set."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def checked(self, value: Any, thing: Any) -> Any:
        """The attribute of ``thing`` when a value is set.

        Raises
        ------
        TypeError, ValueError
            The value is not what it should be.
        """
        raise NotImplementedError


class Number(Checked):
    """A declared number, at least 0 and below a bound, or a bool if its default is one."""

    def __init__(
        self, default: Any = REQUIRED, *, below: float | None = None, least: float = 0.0
    ) -> None:
        self.default, self.below, self.least = default, below, least
        self.kw_only = True  # as an argument of a constructor

    def keep_kind_of(self, older: "Number") -> None:
        """Be of the kind, and have the bound, of the number whose default this one gives anew."""
        if type(self) is Number:
            self.__class__ = type(older)
        if self.below is None:
            self.below = older.below
        self.least = self.least or older.least
        self.kw_only = self.kw_only and older.kw_only

    def checked(self, value: Any, thing: object) -> Any:
        """The value as a Python number, which does not upcast float32, or as a bool."""
        who = type(thing).__name__
        if isinstance(self.default, bool):
            return true_or_false(value, self.name, who)
        below = math.inf if self.below is None else self.below
        number = real_number(value, self.name, who, below=below)
        if number < self.least:
            raise ValueError(f"{who}: {self.name} must be at least {self.least:g}, got {value!r}")
        return number


class Factor(Number):
    """A declared factor, at least 0, for which True stands for 1 and False for 0."""

    def checked(self, value: Any, thing: object) -> float:
        if isinstance(value, (bool, np.bool_)):
            value = float(value)
        return real_number(value, self.name, type(thing).__name__)


class Limit(Number):
    """A declared number above 0; infinity stands for no limit."""

    def checked(self, value: Any, thing: object) -> float:
        who = type(thing).__name__
        endless = isinstance(value, numbers.Real) and value == math.inf
        number = math.inf if endless else real_number(value, self.name, who)
        if not number:
            raise ValueError(f"{who}: {self.name} must be above 0, got {value!r}")
        return number


class Scheduled(Number):
    """A declared number, or a function of the number of steps that returns one."""

    def checked(self, value: Any, thing: object) -> float | Callable[[int], float]:
        who = type(thing).__name__
        if isinstance(value, type):
            raise TypeError(f"{who}: {self.name}: make an instance, {value.__name__}(...)")
        if callable(value):
            self.at(value, 0, who)
            return value
        return real_number(value, self.name, who)

    def at(self, schedule: Callable[[int], float], step: int, who: str) -> float:
        """The number that a schedule gives at a step."""
        return real_number(schedule(step), f"{self.name} at step {step:,}, by its schedule,", who)
