"""The positional arguments of a plain function: drawn, given, or constant."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.component import Component
from nnlayers.losses.base import Loss
from nnlayers.testing.styles import name_of, parameters_of

WHO = "check_function"


class Argument(NamedTuple):
    """A positional argument of the function: its name, and what is known of it."""

    name: str
    sizes: str | None = None
    """The names of the sizes, if it is drawn."""
    array: Any = None
    """The floating array, if it is given."""
    constant: Any = None

    @property
    def is_array(self) -> bool:
        """True if it is drawn, or a floating array: not a constant."""
        return self.sizes is not None or self.array is not None


def read_arguments(
    forward: Callable[..., Any], given: Sequence[Any], options: Mapping[str, Any], slip: str = ""
) -> list[Argument]:
    """The arguments with the names of forward's parameters.

    ``slip`` is a sentence about the first one, in case that there are too many.

    Raises
    ------
    TypeError, ValueError
        They do not fit forward, or none of them has a gradient.
    """
    for value in given:
        if isinstance(value, str) and "," in value:
            one_by_one = ", ".join(f'"{sizes.strip()}"' for sizes in value.split(","))
            raise ValueError(
                f"{WHO}: expected a string for each argument, as in {one_by_one}, got {value!r}"
            )
    if parameters := parameters_of(forward):
        signature = inspect.Signature(parameters)
        try:
            signature.bind(*given, **options)
        except TypeError as error:
            note = slip if "too many" in str(error) else ""
            raise TypeError(
                f"{WHO}: the arguments do not fit {name_of(forward)}{signature}: {error}{note}"
            ) from None
    names = [p.name for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD]
    names += [f"argument {index}" for index in range(len(names), len(given))]
    arguments = []
    for name, value in zip(names, given, strict=False):
        if isinstance(value, str):
            arguments.append(Argument(name, sizes=value))
        elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
            arguments.append(Argument(name, array=value.astype(np.float64)))
        else:
            arguments.append(Argument(name, constant=value))
    if not any(argument.is_array for argument in arguments):
        raise TypeError(
            f"{WHO}: expected at least one argument with a gradient, the names of its sizes, such as "
            f"'N D', or a floating array; got {', '.join(map(repr, given)) or 'no argument'}"
        )
    return arguments


def values_by_place(values: Any, arguments: Sequence[Argument]) -> Any:
    """The functions that draw, in the order of the arguments that are drawn."""
    drawn = [argument.name for argument in arguments if argument.sizes is not None]
    if values is not None and not drawn:
        raise ValueError(f"{WHO}: values draws arguments, but none is given by the names of its sizes")
    if isinstance(values, Mapping):
        if unknown := sorted(set(values) - set(drawn)):
            raise ValueError(
                f"{WHO}: values names {unknown}, expected arguments that are drawn: {drawn}"
            )
        return tuple(values.get(name) for name in drawn)
    if isinstance(values, (tuple, list)) and len(values) == len(arguments):
        pairs = zip(arguments, values, strict=True)
        return tuple(function for argument, function in pairs if argument.sizes is not None)
    return values


def refuse(function: Any) -> None:
    """Refuse layers, losses, and what cannot be called."""
    if isinstance(function, Component) or (
        isinstance(function, type) and issubclass(function, Component)
    ):
        kind = function if isinstance(function, type) else type(function)
        other = "check_loss" if issubclass(kind, Loss) else "check_layer"
        raise TypeError(f"{WHO}: expected a function, got {function!r}: use {other}")
    if not callable(function):
        raise TypeError(f"{WHO}: expected a function as forward, got {function!r}")
