"""Checks of what an optimizer is given: an update, and parameters."""

import inspect
from collections.abc import Iterable
from typing import Any

from nnlayers.core.parameter import Parameter


def arguments_of_update(method: Any) -> tuple[list[str], bool]:
    """The names of the arguments of ``update`` after ``lr``, and whether it passes on any (``*args``).

    Raises
    ------
    TypeError
        It has another signature than ``update(self, value, grad, lr, ...)``.
    """
    signature = inspect.signature(method.update)
    parameters = signature.parameters.values()
    named = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    passed_on = len(named) < len(parameters)
    first, further = [p.name for p in named[:4]], named[4:]
    if first != ["self", "value", "grad", "lr"][: len(first) if passed_on else 4]:
        raise TypeError(
            f"{method.__name__}: expected update(self, value, grad, lr, ...), with what is remembered "
            f"of each parameter as further arguments, got update{signature}"
        )
    for parameter in further:
        if parameter.default is not parameter.empty and parameter.name != "decay":
            raise TypeError(
                f"{method.__name__}.update: {parameter.name} has a default, and is not remembered: "
                f"declare it, {parameter.name}: float = hyperparameter(default={parameter.default!r})"
            )
    return [parameter.name for parameter in further], passed_on


def distinct_parameters(parameters: Any, who: str) -> tuple[Parameter, ...]:
    """The parameters, each once."""
    hint = "pass model.parameters()"
    if not isinstance(parameters, Iterable):
        raise TypeError(f"{who}: expected parameters, got {parameters!r}: {hint}")
    parameters = list(parameters)
    if not parameters:
        raise ValueError(f"{who}: expected at least one parameter, got none")
    for parameter in parameters:
        if not isinstance(parameter, Parameter):
            raise TypeError(f"{who}: expected Parameters, got {parameter!r}: {hint}")
    return tuple(dict.fromkeys(parameters))
