"""Checks of what an optimizer is given: parameters, and a state to load."""

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from nnlayers.core.checks import as_array, whole_number
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
        if parameter.default is not parameter.empty:
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


def read_state(
    optimizer: Any, state: Mapping[str, Any], remembered: Iterable[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The numbers of a state_dict, and what it remembers of each parameter; nothing is changed.

    Raises
    ------
    ValueError, TypeError
        A name, a shape or a count does not fit.
    """
    who = f"{type(optimizer).__name__}.load_state_dict"
    scheduled = callable(optimizer.lr)
    expected = {"steps", *optimizer.hyperparameters} - ({"lr"} if scheduled else set())
    if missing := expected - state.keys():
        hint = ": it was saved with a schedule, so give the optimizer one" * ("lr" in missing)
        raise ValueError(f"{who}: no value for {sorted(missing)}{hint}")
    if scheduled and "lr" in state:
        raise ValueError(f"{who}: it holds lr={state['lr']}, and this optimizer has a schedule")
    parameters = optimizer.parameters
    memories: list[dict[str, Any]] = [{} for _ in parameters]
    for key in state.keys() - expected:
        place, _, name = str(key).partition(".")
        if not place.isdecimal() or int(place) >= len(memories) or name not in remembered:
            raise ValueError(f"{who}: unknown name {key!r}")
        array, parameter = as_array(state[key], who), parameters[int(place)]
        if name == "steps":
            memories[int(place)][name] = whole_number(array[()], key, who, least=0)
        else:
            memories[int(place)][name] = parameter.converted(array, f"{key!r}")
    values = {name: state[name] for name in expected}
    # From an npz file a number comes as an array of one.
    one = {name for name, value in values.items() if isinstance(value, np.ndarray) and value.size == 1}
    values |= {name: values[name].item() for name in one}
    values["steps"] = whole_number(values["steps"], "steps", who, least=0)
    return values, memories
