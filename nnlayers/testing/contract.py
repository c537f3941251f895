"""The exact checks of a layer, one function each: what they compare needs no finite differences.

A check returns what is wrong, in words, or None; it raises `NotApplicable` where it cannot be tried.
Adding a check is adding a function with ``@exact``, here or in `life_cycle`; its docstring says what it
guards against.
"""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.testing.inspection import is_coarse
from nnlayers.testing.trials import INPUT, LayerTrial, reset_sources

Gradients = dict[str, Array | None]
EXACT: dict[str, Callable[[LayerTrial], str | None]] = {}


class NotApplicable(Exception):  # noqa: N818 (it is no error)
    """A check cannot be tried, and why."""


def exact(check: Callable[[LayerTrial], str | None]) -> Callable[[LayerTrial], str | None]:
    """Put a check into the table, under its name."""
    EXACT[check.__name__.removesuffix("_")] = check
    return check


def run(layer: Layer, x: Array, upstream: Array) -> tuple[Array, Gradients]:
    """One forward and backward: the output, and the gradients of the input and all parameters."""
    y = layer.forward(x)
    found: Gradients = {INPUT: layer.backward(upstream)}
    return y, found | {path: p.grad for path, p in layer.named_parameters()}


def differ(one: Gradients, other: Gradients, tolerance: float = 1e-9) -> str:
    """The first block in which two sets of gradients differ; empty where there is none."""
    largest = max(float(np.abs(g).max(initial=0)) for g in (*one.values(), 0.0) if g is not None)
    for block in one:
        if not same(one[block], other[block], tolerance, noise=1e-13 * largest):
            return "the input" if block == INPUT else repr(block)
    return ""


def same(one: Any, other: Any, tolerance: float = 1e-9, noise: float = 0.0) -> bool:
    """Whether two arrays are equal up to rounding, and noise; None stands for zeros."""
    if one is None and other is None:
        return True
    one = np.zeros_like(other) if one is None else np.asarray(one)
    other = np.zeros_like(one) if other is None else np.asarray(other)
    if one.shape != other.shape:
        return False
    size = np.abs(one[np.isfinite(one)]).max(initial=0.0)
    return np.allclose(one, other, rtol=tolerance, atol=tolerance * float(size) + noise, equal_nan=True)


@exact
def repeatable(trial: LayerTrial) -> str | None:
    """Randomness that no held Generator decides, or a result that depends on earlier objects."""
    if not same(trial.fresh().forward(trial.x), trial.fresh().forward(trial.x)):
        return "two copies give different outputs: draw from a Generator that the layer holds"
    return None


@exact
def shapes(trial: LayerTrial) -> str | None:
    """A gradient that only broadcasts to the right shape; one for integers."""
    found = trial.gradients()[INPUT]
    if trial.x.dtype.kind != "f":
        return (
            None if found is None else "expected None for the gradient of integer input, got an array"
        )
    if found is None:
        return "backward returned None, not the gradient of the input"
    if np.shape(found) != trial.x.shape:
        return f"the gradient of the input has shape {np.shape(found)}, expected {trial.x.shape}"
    return None


@exact
def precision(trial: LayerTrial) -> str | None:
    """A hidden conversion to float32 in a float64 layer."""
    y, gradients = run(trial.fresh(), trial.x, trial.upstream)
    for what, array in {"the output": y, "the gradient of the input": gradients[INPUT]}.items():
        if array is not None and array.dtype.kind == "f" and array.dtype != np.float64:
            return f"{what} is {array.dtype} where all that goes in is float64"
    if (trial.case and trial.case.regime != "normal") or is_coarse(trial.x):
        raise NotApplicable("the values are round numbers")
    if is_coarse(y, trial.largest):
        return "the output has the precision of float32 where all that goes in is float64"
    for block, array in gradients.items():
        if array is not None and is_coarse(array):
            return f"the gradient of {block!r} has the precision of float32 where all is float64"
    return None


@exact
def arguments(trial: LayerTrial) -> str | None:
    """A verb that writes into its argument."""
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
    prediction(trial.fresh(), x)
    return None if np.array_equal(x, trial.x) else "predict modifies its argument"


@exact
def parameters(trial: LayerTrial) -> str | None:
    """A pass that changes a parameter, or a gradient that is the parameter itself."""
    layer = trial.fresh()
    own = dict(layer.named_parameters())
    before = {path: p.value.copy() for path, p in own.items()}
    run(layer, trial.x, trial.upstream)
    prediction(layer, trial.x)
    for path, parameter in layer.named_parameters():
        if own.get(path) is not parameter:
            return f"a pass replaces the Parameter {path!r}, which an optimizer may hold, by another"
        if not np.array_equal(before[path], parameter.value):
            return f"a pass changes the value of {path!r}"
        if parameter.grad is not None and np.shares_memory(parameter.grad, parameter.value):
            return f"the gradient of {path!r} shares memory with its value"
    return None


@exact
def linear(trial: LayerTrial) -> str | None:
    """A backward that squares, clips or ignores its upstream: it must be linear in it."""

    def back(upstream: Array) -> Gradients:
        return run(trial.fresh(), trial.x, upstream)[1]

    upstream = trial.upstream
    once = back(upstream)
    zero = {block: None if g is None else np.zeros_like(g) for block, g in once.items()}
    for factor, words in ((2.0, "2"), (-1.0, "-1"), (1e3, "1,000"), (1e-3, "0.001")):
        scaled = back(factor * upstream)
        expected = {block: None if g is None else factor * g for block, g in once.items()}
        if where := differ(expected, scaled, 1e-7):
            guess = ""
            if not differ(once, scaled, 1e-7):
                guess = ": it ignores its upstream, or takes its absolute value"
            elif not differ(
                {b: None if g is None else abs(factor) * factor * g for b, g in once.items()}, scaled
            ):
                guess = ": it seems to square its upstream"
            return (
                f"{words} times the upstream does not give {words} times the gradient of {where}{guess}"
            )
    other = np.roll(upstream[::-1], 1, axis=-1) if upstream.ndim else upstream
    rows = np.zeros_like(upstream)
    rows[:1] = upstream[:1]
    holes = upstream * (np.arange(upstream.size).reshape(upstream.shape) % 2)
    for name, second in (("another", other), ("a one-row", rows), ("a sparse", holes)):
        part, both = back(second), back(upstream + 2 * second)
        expected = {block: total(g, part[block], part[block]) for block, g in once.items()}
        if where := differ(expected, both, 1e-7):
            return f"adding {name} upstream does not add its gradient to that of {where}"
    if where := differ(zero, back(0 * upstream)):
        return f"an upstream of zeros gives a gradient of {where} that is not zero"
    return None


@exact
def results(trial: LayerTrial) -> str | None:
    """A returned array that a later call overwrites."""
    layer = trial.fresh()
    y, gradients = run(layer, trial.x, trial.upstream)
    kept = {"output": y, **gradients}
    copies = {name: None if array is None else np.array(array) for name, array in kept.items()}
    run(layer, another_input(trial), -trial.upstream)
    prediction(layer, another_input(trial))
    for name, array in kept.items():
        if array is not None and not same(array, copies[name], 0.0):
            return f"a later pass overwrites the {name} of an earlier one"
    return None


@exact
def used(trial: LayerTrial) -> str | None:
    """A layer that remembers: a stale saved value, a counter, a cache of a parameter."""
    fresh, layer = trial.fresh(), trial.fresh()
    for x in (another_input(trial), trial.x, another_input(trial)):
        run(layer, x, -trial.upstream)
    layer.clear_gradients()
    reset_sources(layer, fresh)
    for each in (layer, fresh):
        for parameter in each.parameters():
            parameter.value[...] = 0.75 * parameter.value + 0.125
    y, gradients = run(layer, trial.x, trial.upstream)
    expected, right = run(fresh, trial.x, trial.upstream)
    if not same(expected, y):
        return "after a few passes the same input gives another output than in a fresh copy"
    if where := differ(right, gradients):
        return f"after a few passes the gradient of {where} is another one than in a fresh copy"
    return None


@exact
def instances(trial: LayerTrial) -> str | None:
    """Values that all objects of the class share."""
    one, other = trial.fresh(), trial.fresh()
    one.forward(trial.x)
    other.forward(another_input(trial))
    found: Gradients = {INPUT: one.backward(trial.upstream)}
    found |= {path: p.grad for path, p in one.named_parameters()}
    if where := differ(trial.gradients(), found):
        return f"the forward of one object changes the gradient of {where} of another"
    return None


@exact
def order(trial: LayerTrial) -> str | None:
    """Values saved as attributes: two forwards must be undone last first, each with its own values."""
    layer, alone = trial.fresh(), trial.fresh()
    second = another_input(trial)
    layer.forward(trial.x)
    layer.forward(second)
    alone.forward(trial.x)
    _, last = run(copy.deepcopy(alone), second, -trial.upstream)
    first: Gradients = {INPUT: alone.backward(trial.upstream)}
    found = layer.backward(-trial.upstream)
    if not same(last[INPUT], found):
        return "after two forwards, the first backward does not belong to the last forward"
    found = layer.backward(trial.upstream)
    if not same(first[INPUT], found):
        return "after two forwards, the second backward does not belong to the first forward"
    for (path, parameter), (_, own) in zip(
        layer.named_parameters(), alone.named_parameters(), strict=True
    ):
        if not same(total(own.grad, last[path]), parameter.grad, 1e-8):
            return (
                f"after two forwards and two backwards, the gradient of {path!r} is not the sum of both"
            )
    return None


@exact
def accumulation(trial: LayerTrial) -> str | None:
    """A gradient that is overwritten, not added to."""
    layer = trial.fresh()
    _, once = run(layer, trial.x, trial.upstream)
    reset_sources(layer, trial.fresh())
    _, twice = run(layer, trial.x, trial.upstream)
    for path, _ in layer.named_parameters():
        gradient = once[path]
        if gradient is not None and not same(2 * gradient, twice[path], 1e-8):
            return f"a second pass does not add to the gradient of {path!r}: use add_grad"
    return None


def total(*gradients: Array | None) -> Array | None:
    """The sum of gradients, where None stands for zeros."""
    parts = [gradient for gradient in gradients if gradient is not None]
    return sum(parts[1:], start=parts[0]) if parts else None


def prediction(layer: Layer, x: Array) -> Array | None:
    """The prediction; None where there is no predict, which is another check's business."""
    try:
        return layer.predict(x)
    except NotImplementedError:
        return None


def another_input(trial: LayerTrial) -> Array:
    """Another input of the same shape and kind."""
    return (
        np.roll(trial.x, 1, axis=0)[::-1]
        if trial.restricted or trial.x.dtype.kind != "f"
        else (0.7 * np.flip(trial.x) + 0.1)
    )
