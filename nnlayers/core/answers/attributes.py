"""Other libraries' words for attributes, for the message when one is asked for."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from nnlayers.core.origin import is_built_in

T = TypeVar("T", bound=type)


class OtherWord:
    """An attribute that is not there: reading it raises an AttributeError that names ours.

    An object, or a subclass, may still have an attribute of that name. It costs nothing unless it is
    asked for; ``__getattr__`` would make every attribute slower.
    """

    def __init__(self, name: str, advice: str) -> None:
        self.name, self.advice = name, advice
        self.__doc__ = f"Not here: {advice}."  # for help()

    def __get__(self, thing: Any, owner: type) -> Any:
        raise AttributeError(f"{owner.__name__} has no attribute {self.name!r}: {self.advice}")


class OtherSetting(OtherWord):
    """The same for one that people set: setting it raises too, except in a user's own class."""

    def __get__(self, thing: Any, owner: type) -> Any:
        if thing is not None and self.name in vars(thing):
            return vars(thing)[self.name]
        return super().__get__(thing, owner)

    def __set__(self, thing: Any, value: object) -> None:
        if is_built_in(type(thing)):
            super().__get__(thing, type(thing))
        vars(thing)[self.name] = value


def other_words(kind: type[OtherWord] = OtherWord, /, **advice: str) -> Callable[[T], T]:
    """A decorator of classes: attributes that other libraries have, each with the advice to give."""

    def with_other_words(cls: T) -> T:
        for name, words in advice.items():
            if name not in vars(cls):
                setattr(cls, name, kind(name, words))
        cls.__dir__ = _without_other_words  # type: ignore[method-assign,assignment]
        return cls

    return with_other_words


def _without_other_words(thing: Any) -> list[str]:
    """The names that ``dir`` lists, and editors complete."""
    own = vars(thing)
    return [
        name
        for name in object.__dir__(thing)
        if name in own or not isinstance(inspect.getattr_static(type(thing), name, None), OtherWord)
    ]


NO_MODE = "there is no mode: forward is a training pass, predict an inference pass"
