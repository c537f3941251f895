"""Other libraries' words for arguments, for the message when one is given."""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, ParamSpec, TypeVar

from nnlayers.core.answers.arguments_table import ADVICE, OF_TRAINING, OTHER_ARGUMENTS
from nnlayers.core.answers.missing_arguments import check_missing, check_number
from nnlayers.core.declared import unknown_name
from nnlayers.core.origin import is_built_in

P = ParamSpec("P")
R = TypeVar("R")


def advice_for(*names: str) -> dict[str, str]:
    """What to do instead of giving an argument: of a function, or of a class, given with its bases."""
    advice = dict(OF_TRAINING)
    for name in reversed(names):
        advice |= ADVICE.get(name, {})
    return advice


def advice_for_class(kind: type) -> dict[str, str]:
    """The same for the constructor of a class."""
    return advice_for(*(base.__name__ for base in kind.__mro__))


class Arguments:
    """The names of the arguments of a function, to refuse others with the advice to give."""

    def __init__(self, function: Callable[..., Any], who: str) -> None:
        parameters = [*inspect.signature(function).parameters.values()]
        kinds = {p.kind for p in parameters}
        self.who = who
        self.any_position = inspect.Parameter.VAR_POSITIONAL in kinds
        self.any_name = inspect.Parameter.VAR_KEYWORD in kinds
        self.positions = sum(p.kind <= p.POSITIONAL_OR_KEYWORD for p in parameters)
        by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        self.names = [p.name for p in parameters if p.kind in by_name and p.name != "self"]
        self.keywords = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]

    def check(self, args: tuple[Any, ...], names: Mapping[str, Any], words: Mapping[str, str]) -> None:
        """Refuse an unknown name, and an argument by position that goes by name only.

        Raises
        ------
        TypeError
            It names what was probably meant.
        """
        if not self.any_name:
            for name in names:
                if name not in self.names:
                    self._refuse(name, words)
        if len(args) > self.positions and self.keywords and not self.any_position:
            value = args[self.positions]
            shown = "..." if hasattr(value, "shape") else repr(value)
            raise TypeError(
                f"{self.who}: name the arguments {', '.join(self.keywords)}, such as "
                f"{self.keywords[0]}={shown}"
            )

    def _refuse(self, name: str, words: Mapping[str, str]) -> NoReturn:
        ours = [word for word in OTHER_ARGUMENTS.get(name, ()) if word in self.names]
        advice = {name: f"use {ours[0]}"} if ours else words
        raise TypeError(unknown_name(name, self.who, self.names, advice, "argument"))


def answers_other_arguments(**words: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator of functions: their unknown arguments are answered with ours, or with these words."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        who = function.__qualname__.removesuffix(".__init__")
        arguments, advice = Arguments(function, who), advice_for(who) | words

        @functools.wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            arguments.check(args, kwargs, advice)
            if function.__name__ == "__init__":
                check_missing(function, who, args[1:], kwargs)
            return function(*args, **kwargs)

        return checked

    return decorate


def check_constructor(kind: type, args: tuple[Any, ...], names: Mapping[str, Any]) -> None:
    """Refuse arguments that the constructor of a class does not have; quick where all are right.

    For a user's class, only arguments with advice are refused; Python says the rest.

    Raises
    ------
    TypeError
        It names what was probably meant.
    """
    init: Any = kind.__init__  # type: ignore[misc]
    if init is object.__init__:
        advice = advice_for_class(kind)
        found = [f": {advice[name]}" for name in names if name in advice]
        raise TypeError(f"{kind.__name__} takes no arguments{''.join(found[:1])}")
    init = inspect.unwrap(init) if is_built_in(init) else init
    if code := getattr(init, "__code__", None):
        known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        many = len(args) >= code.co_argcount and not code.co_flags & inspect.CO_VARARGS
        if not many and all(name in known for name in names):
            return
    advice, arguments = advice_for_class(kind), Arguments(init, kind.__name__)
    if is_built_in(kind):
        arguments.check((kind, *args), names, advice)
        if not arguments.any_position:
            check_number(init, kind.__name__, args)
    else:
        words = OTHER_ARGUMENTS.keys() | advice.keys()
        arguments.check((kind, *args), {n: names[n] for n in names if n in words}, advice)
