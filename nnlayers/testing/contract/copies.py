"""Exact checks of copies and files."""

import copy
import pickle
from typing import Any

import numpy as np

from nnlayers.core.component import Component
from nnlayers.core.state import State
from nnlayers.testing.contract.comparison import another_input, nearly_equal
from nnlayers.testing.contract.table import exact
from nnlayers.testing.inspection import all_components, is_importable
from nnlayers.testing.trial import Trial


@exact("layer", "loss")
def copies(trial: Trial) -> str | None:
    """A copy that shares a parameter, or gives a different output."""
    thing = trial.fresh()
    paths = [path for path, _ in thing.named_parameters()]
    if lost := sorted(set(trial.paths) ^ set(paths)):
        return f"a copy has lost or gained parameters: {lost}"
    for parameter in thing.parameters():
        parameter.value[...] = 0.75 * parameter.value + 0.125
    twins = {"copy.deepcopy": copy.deepcopy(thing)}
    if all(map(is_importable, all_components(thing))):
        try:
            twins["pickle"] = pickle.loads(pickle.dumps(thing))
        except Exception as error:
            return f"pickle fails: {type(error).__name__}: {error}"
    reference = trial.fresh()
    for own, parameter in zip(reference.parameters(), thing.parameters(), strict=True):
        own.value[...] = parameter.value
    expected = trial.forward(reference, trial.x)
    for name, twin in twins.items():
        if not nearly_equal(expected, trial.forward(twin, trial.x)):
            return f"{name} gives a {trial.kind} with a different output"
        if path := _shared(thing, twin):
            return f"{name} gives a {trial.kind} that shares {path!r}"
    return None


def _shared(thing: Component, twin: Component) -> str:
    """The path of a parameter that two objects share; empty if there is none."""
    pairs = zip(thing.named_parameters(), twin.named_parameters(), strict=True)
    shared = (path for (path, one), (_, other) in pairs if np.shares_memory(one.value, other.value))
    return next(shared, "")


@exact("layer", "loss")
def saving(trial: Trial) -> str | None:
    """Values missing from state_dict, so that saving and loading changes the output."""
    thing, other = trial.fresh(), trial.fresh()
    trial.passes(thing, another_input(trial))  # changes the states
    for _, part in other.named_parts():
        if isinstance(part, State):
            part.value[...] += np.ones((), part.value.dtype)
    other.load_state_dict(thing.state_dict())
    outputs: list[Any] = [trial.predict(one, trial.x) for one in (thing, other)]
    if not nearly_equal(*outputs):
        return f"after saving and loading, predict gives a different output{_lost(trial, thing, other)}"
    return None


def _lost(trial: Trial, saved: Any, loaded: Any) -> str:
    """The attributes that predict uses and loading does not restore, with the remedy."""
    originals, names = {"": saved, **dict(saved.named_parts())}, []
    for path, part in reversed([("", loaded), *loaded.named_parts()]):  # the innermost first
        for name, value in vars(originals[path]).items() if isinstance(part, Component) else ():
            before = trial.predict(loaded, trial.x)
            object.__setattr__(part, name, copy.deepcopy(value))
            if not nearly_equal(before, trial.predict(loaded, trial.x)):
                names.append(repr(f"{path}.{name}".lstrip(".")))
    if not names:
        return ""
    return f": loading does not restore {', '.join(names)}. Make a running statistic a State"
