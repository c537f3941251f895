"""Values by name, brought into states: all of them or none."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

from nnlayers.core.checks import describe
from nnlayers.core.state import State


def first_names(names: Iterable[str]) -> str:
    """The first ten names in their order, for messages, and how many there are besides."""
    ordered = sorted(names)
    return f"{ordered[:10]}{f' and {len(ordered) - 10:,} more' * (len(ordered) > 10)}"


def load_states(states: Mapping[str, State], values: Mapping[str, Any], who: str) -> None:
    """Give states the values of the same names, or none of them.

    Raises
    ------
    TypeError, ValueError
        Names are missing or unknown, or a value does not fit.
    """
    kind, who = who, f"{who}.load_state_dict"
    given: object = values
    if not isinstance(given, Mapping):
        hint = ": use load_weights(path) for a file" * isinstance(given, (str, os.PathLike))
        raise TypeError(f"{who}: expected a state_dict, got {describe(given)}{hint}")
    wrong = []
    if missing := states.keys() - values.keys():
        wrong.append(f"no value for {first_names(missing)}")
    if unknown := values.keys() - states.keys():
        wrong.append(f"{kind} has no {first_names(map(str, unknown))}")
    if wrong:
        raise ValueError(f"{who}: {'; '.join(wrong)}")
    arrays = {p: state.converted(values[p], f"a value for {p!r}") for p, state in states.items()}
    for path, state in states.items():
        state.value[...] = arrays[path]
