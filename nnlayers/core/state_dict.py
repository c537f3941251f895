"""Values by name, brought into states: all of them or none."""

import os
from collections.abc import Mapping
from typing import Any

from nnlayers.core.checks import describe
from nnlayers.core.state import State


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
        wrong.append(f"no value for {sorted(missing)}")
    if unknown := values.keys() - states.keys():
        wrong.append(f"{kind} has no {sorted(map(str, unknown))}")
    if wrong:
        raise ValueError(f"{who}: {'; '.join(wrong)}")
    arrays = {p: state.converted(values[p], f"a value for {p!r}") for p, state in states.items()}
    for path, state in states.items():
        state.value[...] = arrays[path]
