"""The exact checks of a layer's passes, one function each; they need no finite differences.

A check returns a description of the failure, or None. It raises `NotApplicable` if it cannot be tried.
To add a check, add a function with ``@exact``, here or in `life_cycle`. The first line of its docstring
says what it guards against, and is part of the message.
"""

import copy
from collections.abc import Callable

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.inspection import has_float32_precision
from nnlayers.testing.passes import (
    Gradients,
    another_input,
    first_difference,
    nearly_equal,
    predict_if_defined,
    run_passes,
    sum_gradients,
)
from nnlayers.testing.snapshots import restore_states
from nnlayers.testing.trials import INPUT, LayerTrial, block_in_words

EXACT: dict[str, Callable[[LayerTrial], str | None]] = {}


class NotApplicable(Exception):  # noqa: N818 (it is not an error)
    """The reason why a check cannot be tried."""


def exact(check: Callable[[LayerTrial], str | None]) -> Callable[[LayerTrial], str | None]:
    """Add a check to the table, under its name."""
    EXACT[check.__name__.removesuffix("_")] = check
    return check


@exact
def repeatable(trial: LayerTrial) -> str | None:
    """Randomness that does not come from a Generator of the layer, or dependence on other objects."""
    if not nearly_equal(trial.fresh().forward(trial.x), trial.fresh().forward(trial.x)):
        return "two copies give different outputs: draw from a Generator that is an attribute"
    return None


@exact
def shapes(trial: LayerTrial) -> str | None:
    """A gradient of the wrong shape, or one for integer input."""
    found = trial.gradients()[INPUT]
    if trial.x.dtype.kind != "f":
        return None if found is None else "expected None as the gradient of integer input, got an array"
    if found is None:
        return "backward returned None, expected the gradient of the input"
    if np.shape(found) != trial.x.shape:
        return f"the gradient of the input has shape {np.shape(found)}, expected {trial.x.shape}"
    return None


@exact
def precision(trial: LayerTrial) -> str | None:
    """A hidden conversion to float32."""
    all_float64 = "the layer and its input are float64"
    y, gradients = run_passes(trial.fresh(), trial.x, trial.upstream)
    for what, array in {"the output": y, "the gradient of the input": gradients[INPUT]}.items():
        if array is not None and array.dtype.kind == "f" and array.dtype != np.float64:
            return f"{what} is {array.dtype}, although {all_float64}"
    if (trial.case and trial.case.regime != "normal") or has_float32_precision(trial.x):
        raise NotApplicable("the input consists of round numbers")
    if has_float32_precision(y, trial.largest_output):
        return f"the output has only float32 precision, although {all_float64}"
    for block, array in gradients.items():
        if array is not None and has_float32_precision(array):
            where = block_in_words(block)
            return f"the gradient of {where} has only float32 precision, although {all_float64}"
    return None


@exact
def arguments(trial: LayerTrial) -> str | None:
    """A pass that writes into its argument."""
    layer, x, upstream = trial.fresh(), trial.x.copy(), trial.upstream.copy()
    y = layer.forward(x)
    if not np.array_equal(x, trial.x):
        return "forward modifies its argument"
    kept = np.array(y)
    layer.backward(upstream)
    if not np.array_equal(upstream, trial.upstream):
        return "backward modifies its argument"
    if not np.array_equal(x, trial.x):
        return "backward modifies the input of forward"
    if not np.array_equal(kept, y, equal_nan=True):
        return "backward modifies the output of forward"
    predict_if_defined(trial.fresh(), x)
    return None if np.array_equal(x, trial.x) else "predict modifies its argument"


@exact
def parameters(trial: LayerTrial) -> str | None:
    """A pass that changes a parameter, or a gradient that shares memory with one."""
    layer = trial.fresh()
    own = dict(layer.named_parameters())
    before = {path: p.value.copy() for path, p in own.items()}
    run_passes(layer, trial.x, trial.upstream)
    predict_if_defined(layer, trial.x)
    for path, parameter in layer.named_parameters():
        if own.get(path) is not parameter:
            return f"a pass replaces the Parameter {path!r} by a new one, unknown to an optimizer"
        if not np.array_equal(before[path], parameter.value):
            return f"a pass changes the value of {path!r}"
        if parameter.grad is not None and np.shares_memory(parameter.grad, parameter.value):
            return f"the gradient of {path!r} shares memory with its value"
    return None


@exact
def linear(trial: LayerTrial) -> str | None:
    """A backward that is not linear in the upstream gradient: it squares, clips or ignores it."""

    def back(upstream: Array) -> Gradients:
        return run_passes(trial.fresh(), trial.x, upstream)[1]

    upstream = trial.upstream
    once = back(upstream)
    zero = {block: None if g is None else np.zeros_like(g) for block, g in once.items()}
    for factor, words in ((2.0, "2"), (-1.0, "-1"), (1e3, "1,000"), (1e-3, "0.001")):
        scaled = back(factor * upstream)
        expected = {block: None if g is None else factor * g for block, g in once.items()}
        if where := first_difference(expected, scaled, 1e-7):
            guess = ""
            if not first_difference(once, scaled, 1e-7):
                guess = ": backward ignores it, or takes its absolute value"
            elif not first_difference(
                {b: None if g is None else abs(factor) * factor * g for b, g in once.items()}, scaled
            ):
                guess = ": backward seems to square it"
            times = f"{words} times the"
            return f"{times} upstream gradient does not give {times} gradient of {where}{guess}"
    other = np.roll(upstream[::-1], 1, axis=-1) if upstream.ndim else upstream
    rows = np.zeros_like(upstream)
    rows[:1] = upstream[:1]
    holes = upstream * (np.arange(upstream.size).reshape(upstream.shape) % 2)
    for name, second in (("another", other), ("a one-row", rows), ("a sparse", holes)):
        part, both = back(second), back(upstream + 2 * second)
        expected = {block: sum_gradients(g, part[block], part[block]) for block, g in once.items()}
        if where := first_difference(expected, both, 1e-7):
            return f"adding {name} upstream gradient does not add its share to the gradient of {where}"
    if where := first_difference(zero, back(0 * upstream)):
        return f"an upstream gradient of zeros gives a nonzero gradient of {where}"
    return None


@exact
def results(trial: LayerTrial) -> str | None:
    """A returned array that a later pass overwrites."""
    layer = trial.fresh()
    y, gradients = run_passes(layer, trial.x, trial.upstream)
    kept: Gradients = {"the output": y}
    kept |= {f"the gradient of {block_in_words(block)}": g for block, g in gradients.items()}
    copies = {name: None if array is None else np.array(array) for name, array in kept.items()}
    run_passes(layer, another_input(trial), -trial.upstream)
    predict_if_defined(layer, another_input(trial))
    for name, array in kept.items():
        if array is not None and not nearly_equal(array, copies[name], 0.0):
            return f"a later pass overwrites an array that an earlier one returned: {name}"
    return None


@exact
def used(trial: LayerTrial) -> str | None:
    """A layer that depends on its history: a stale saved value, a counter, a cached parameter."""
    fresh, layer = trial.fresh(), trial.fresh()
    for x in (another_input(trial), trial.x, another_input(trial)):
        run_passes(layer, x, -trial.upstream)
    layer.clear_gradients()
    restore_states(layer, fresh)
    for each in (layer, fresh):
        for parameter in each.parameters():
            parameter.value[...] = 0.75 * parameter.value + 0.125
    y, gradients = run_passes(layer, trial.x, trial.upstream)
    expected, right = run_passes(fresh, trial.x, trial.upstream)
    if not nearly_equal(expected, y):
        return "after a few passes, the output differs from that of a fresh copy"
    if where := first_difference(right, gradients):
        return f"after a few passes, the gradient of {where} differs from that of a fresh copy"
    return None


@exact
def instances(trial: LayerTrial) -> str | None:
    """Values shared by all objects of the class."""
    one, other = trial.fresh(), trial.fresh()
    one.forward(trial.x)
    other.forward(another_input(trial))
    found: Gradients = {INPUT: one.backward(trial.upstream)}
    found |= {path: p.grad for path, p in one.named_parameters()}
    if where := first_difference(trial.gradients(), found):
        return f"a forward of one object changes the gradient of {where} in another one"
    return None


@exact
def order(trial: LayerTrial) -> str | None:
    """Values saved as attributes: backward must use those of the last pending forward."""
    layer, alone = trial.fresh(), trial.fresh()
    second = another_input(trial)
    layer.forward(trial.x)
    layer.forward(second)
    alone.forward(trial.x)
    _, last = run_passes(copy.deepcopy(alone), second, -trial.upstream)
    first: Gradients = {INPUT: alone.backward(trial.upstream)}
    found = layer.backward(-trial.upstream)
    if not nearly_equal(last[INPUT], found):
        return "after two forwards, the first backward does not match the second forward"
    found = layer.backward(trial.upstream)
    if not nearly_equal(first[INPUT], found):
        return "after two forwards, the second backward does not match the first forward"
    for (path, parameter), (_, own) in zip(
        layer.named_parameters(), alone.named_parameters(), strict=True
    ):
        if not nearly_equal(sum_gradients(own.grad, last[path]), parameter.grad, 1e-8):
            return f"after two forwards and two backwards, the gradient of {path!r} is not their sum"
    return None


@exact
def accumulation(trial: LayerTrial) -> str | None:
    """A parameter gradient that is overwritten instead of added to."""
    layer = trial.fresh()
    _, once = run_passes(layer, trial.x, trial.upstream)
    restore_states(layer, trial.fresh())
    _, twice = run_passes(layer, trial.x, trial.upstream)
    for path, _ in layer.named_parameters():
        gradient = once[path]
        if gradient is not None and not nearly_equal(2 * gradient, twice[path], 1e-8):
            return f"a second backward does not add to the gradient of {path!r}: use add_grad"
    return None
