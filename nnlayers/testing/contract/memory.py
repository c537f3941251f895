"""Exact checks of who writes where: arguments, parameters, results, the layout of arrays."""

from typing import Any

import numpy as np

from nnlayers.core.parameter import Parameter
from nnlayers.core.structures import each
from nnlayers.testing.contract.comparison import (
    LAYOUTS,
    another_input,
    first_difference,
    identical,
    nearly_equal,
    times,
)
from nnlayers.testing.contract.table import exact
from nnlayers.testing.lines import frozen, line_that_writes
from nnlayers.testing.trial import Trial, copied


@exact("layer", "loss", "function")
def arguments(trial: Trial) -> str | None:
    """A pass that writes into its argument."""
    thing, x, upstream = trial.fresh(), trial.x, trial.upstream
    y = trial.forward(thing, x)
    if not identical(x, trial.x):
        return f"forward modifies its argument{_where(trial, 'forward')}"
    kept = copied(y)
    trial.backward(thing, upstream)
    if not identical(upstream, trial.upstream):
        return f"backward modifies its argument{_where(trial, 'backward')}"
    if not identical(x, trial.x):
        return f"backward modifies the input of forward{_where(trial, 'input')}"
    if not identical(kept, y):
        return f"backward modifies the output of forward{_where(trial, 'output')}"
    trial.predict(trial.fresh(), x)
    if not identical(x, trial.x):
        return f"predict modifies its argument{_where(trial, 'predict')}"
    return None


def _where(trial: Trial, what: str) -> str:
    """The line that writes into the argument of a verb, or into the input or the output of forward."""
    thing, x, upstream = trial.fresh(), trial.x, trial.upstream
    if what in ("forward", "predict"):
        line = line_that_writes(lambda: getattr(trial, what)(thing, frozen(x)))
    else:
        y = trial.forward(thing, x)
        frozen({"backward": upstream, "input": x, "output": y}[what])
        line = line_that_writes(lambda: trial.backward(thing, upstream))
    return f": {line}" * bool(line)


@exact("layer", "loss")
def parameters(trial: Trial) -> str | None:
    """A pass that changes a parameter, or a gradient that shares memory with one."""
    thing = trial.fresh()
    own = dict(thing.named_parameters())
    before = {path: p.value.copy() for path, p in own.items()}
    trial.passes(thing)
    trial.predict(thing, trial.x)
    parameter: Parameter
    for path, parameter in thing.named_parameters():
        if own.get(path) is not parameter:
            return f"a pass replaces the Parameter {path!r} by a new one, unknown to an optimizer"
        if not np.array_equal(before[path], parameter.value):
            return f"a pass changes the value of {path!r}. A running statistic is a State"
        if parameter.grad is not None and np.shares_memory(parameter.grad, parameter.value):
            return f"the gradient of {path!r} shares memory with its value"
    return None


@exact("layer", "loss", "function")
def results(trial: Trial) -> str | None:
    """A returned array that a later pass overwrites."""
    thing = trial.fresh()
    y, gradients = trial.passes(thing)
    kept: dict[str, Any] = {"the output": y}
    kept |= {f"the gradient of {trial.in_words(block)}": g for block, g in gradients.items()}
    copies = {name: copied(array) for name, array in kept.items()}
    trial.passes(thing, another_input(trial), times(-1, trial.upstream))
    trial.predict(thing, another_input(trial))
    for name, array in kept.items():
        if array is not None and not nearly_equal(array, copies[name], 0.0):
            return f"a later pass overwrites an array that an earlier one returned: {name}"
    return None


@exact("layer", "loss", "function")
def layouts(trial: Trial) -> str | None:
    """Results that depend on the memory layout of an array, or writing into a read-only one."""
    y, gradients = trial.passes()
    for name, arrange in LAYOUTS.items():

        def arranged(array: Any, arrange: Any = arrange) -> Any:
            return arrange(array) if isinstance(array, np.ndarray) else array

        try:
            other, found = trial.passes(None, each(arranged, trial.x), each(arranged, trial.upstream))
        except ValueError as error:
            if name == "read-only" and (words := _writes(trial)):
                return f"{words}. Its values stay the same, but a read-only array is rejected"
            return f"{name} arrays are rejected: {error}"
        if not nearly_equal(y, other):
            return f"{name} input gives a different output"
        if block := first_difference(gradients, found):
            return f"{name} arrays give a different gradient of {trial.in_words(block)}"
    return None


def _writes(trial: Trial) -> str:
    """Which verb writes into which array, and where; empty if none is found."""
    for what, words in {
        "forward": "forward writes into its argument",
        "backward": "backward writes into its argument",
        "input": "backward writes into the input of forward",
    }.items():
        if where := _where(trial, what):
            return f"{words}{where}"
    return ""
