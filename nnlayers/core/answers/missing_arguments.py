"""Calls of a constructor that lack arguments, or have too many: what is needed, and where sizes go."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SIZES = "in_features", "in_channels", "features"


@functools.cache
def _positions(function: Callable[..., Any]) -> tuple[list[str], int]:
    """The names of the arguments that have a place, without ``self``, and how many have no default."""
    parameters = [
        p
        for p in list(inspect.signature(function).parameters.values())[1:]
        if p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    return [p.name for p in parameters], sum(p.default is p.empty for p in parameters)


def check_missing(
    function: Callable[..., Any], who: str, args: Sequence[Any], names: Mapping[str, Any]
) -> None:
    """Refuse a call of a constructor that lacks arguments, or has one twice.

    Raises
    ------
    TypeError
        It names all that are needed.
    """
    places, number = _positions(function)
    needed = places[:number]
    if any(name not in names for name in needed[len(args) :]):
        hint = ""
        if needed[0] in SIZES:
            example = f"nn.{who}({_example(needed, args, names)})"
            hint = f": the size of the input comes first, as in {example}"
        raise TypeError(f"{who}: expected {_joined(needed)}, got {_given(args, names)}{hint}")
    if twice := [name for name in places[: len(args)] if name in names]:
        raise TypeError(f"{who}: {twice[0]} is given twice, by its position and by its name")


def check_number(function: Callable[..., Any], who: str, args: Sequence[Any]) -> None:
    """Refuse a call of a constructor with more arguments than it has.

    Raises
    ------
    TypeError
        It names those that it has.
    """
    places, _ = _positions(function)
    if not places:
        raise TypeError(f"{who} takes no arguments")
    if len(args) > len(places):
        raise TypeError(f"{who}: expected only {_joined(places)}, got {_given(args, {})}")


def _example(needed: list[str], args: Sequence[Any], names: Mapping[str, Any]) -> str:
    """A call that has all that is needed: what was given moves to the right of the input's size."""
    size = needed[:1] if args and needed[0].startswith("in_") and needed[0] not in names else []
    words = size + [_shown(value) for value in args]
    by_name = False
    for name in needed[len(words) :]:
        by_name = by_name or name in names
        value = _shown(names[name]) if name in names else "..."
        words.append(f"{name}={value}" if by_name else name)
    return ", ".join(words + [f"{n}={_shown(names[n])}" for n in names if n not in needed])


def _given(args: Sequence[Any], names: Mapping[str, Any]) -> str:
    named = [f"{name}={_shown(value)}" for name, value in names.items()]
    return ", ".join([_shown(value) for value in args] + named) or "no arguments"


def _shown(value: Any) -> str:
    """The value as in a call, in short."""
    text = repr(value)
    return text if len(text) < 40 and "\n" not in text else f"{type(value).__name__}(...)"


def _joined(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
