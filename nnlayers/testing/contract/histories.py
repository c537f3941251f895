"""Exact checks of sequences of passes: used layers, several objects, pending forwards, gradients."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from nnlayers.core.component import Component
from nnlayers.core.structures import each, length
from nnlayers.testing.contract.comparison import (
    another_input,
    first_difference,
    is_float,
    nearly_equal,
    sum_gradients,
    times,
)
from nnlayers.testing.contract.table import exact
from nnlayers.testing.errors import failed_pass
from nnlayers.testing.inspection import all_components
from nnlayers.testing.plan import mixed_signs
from nnlayers.testing.snapshots import restore_states
from nnlayers.testing.trial import Gradients, Trial, copied
from nnlayers.testing.trials import largest


@exact("layer", "loss")
def accumulation(trial: Trial) -> str | None:
    """A parameter gradient that is overwritten instead of added to."""
    thing = trial.fresh()
    _, once = trial.passes(thing)
    restore_states(thing, trial.fresh())
    _, twice = trial.passes(thing)
    for path, _ in thing.named_parameters():
        gradient = once[path]
        if gradient is not None and not nearly_equal(2 * gradient, twice[path], 1e-8):
            return f"a second backward does not add to the gradient of {path!r}: use add_grad"
    return None


@exact("layer", "loss")
def used(trial: Trial) -> str | None:
    """A layer that depends on its history: a stale saved value, a counter, a cached parameter."""
    fresh, thing = trial.fresh(), trial.fresh()
    for x in (another_input(trial), trial.x, another_input(trial)):
        trial.passes(thing, x, times(-1, trial.upstream))
    thing.clear_gradients()
    restore_states(thing, fresh)
    for one in (thing, fresh):
        for parameter in one.parameters():
            parameter.value[...] = 0.75 * parameter.value + 0.125
    y, gradients = trial.passes(thing)
    expected, right = trial.passes(fresh)
    if not nearly_equal(expected, y):
        return "after a few passes, the output differs from that of a fresh copy"
    if block := first_difference(right, gradients):
        where = trial.in_words(block)
        return f"after a few passes, the gradient of {where} differs from that of a fresh copy"
    return None


@exact("layer", "loss")
def instances(trial: Trial) -> str | None:
    """Values shared by all objects of the class."""
    one, other = trial.fresh(), trial.fresh()
    trial.forward(one, trial.x)
    trial.forward(other, another_input(trial))
    found = trial.take_gradients(one, trial.upstream)
    if block := first_difference(trial.gradients(), found):
        where = trial.in_words(block)
        return f"a forward of one object changes the gradient of {where} in another one"
    return None


@exact("layer", "loss", "function")
def order(trial: Trial) -> str | None:
    """Values in attributes or in one buffer: backward must use those of the last pending forward."""
    (_, first), used = trial.passes(), trial.fresh()
    trial.forward(used, trial.x)
    seconds = list(_second_passes(trial, used))
    found = (_wrong_order(trial, first, *second) for second in seconds)
    return next(filter(None, found), None)


def _wrong_order(
    trial: Trial, first: Gradients, second: Any, opposite: Any, last: Gradients
) -> str | None:
    """What is wrong after a forward of the trial's input and one of a second input, in words."""
    thing = trial.fresh()
    for x in (trial.x, second):
        trial.forward(thing, copied(x))
    rounding = 1e-13 * max(largest(gradient) for gradient in (*first.values(), *last.values()))
    for which, other, upstream, expected in (
        ("first", "second", opposite, last),
        ("second", "first", trial.upstream, first),
    ):
        words = f"after two forwards, the {which} backward does not match the {other} forward"
        try:
            found = trial.take_gradients(thing, copied(upstream))
        except Exception as error:
            return f"{words}: {failed_pass(error)}"
        for name in trial.inputs:
            if not nearly_equal(expected[name], found[name], noise=rounding):
                return words
    for path, parameter in thing.named_parameters():
        both = sum_gradients(first[path], last[path])
        if not nearly_equal(both, parameter.grad, 1e-8, rounding):
            return f"after two forwards and two backwards, the gradient of {path!r} is not their sum"
    return None


def _second_passes(trial: Trial, used: Any) -> Iterator[tuple[Any, Any, Gradients]]:
    """Other inputs, upstream gradients, and the gradients that a used layer gives for them.

    One has one sample more, if the layer takes that; one has the same shape. Both are wider,
    unless ``values=`` was given.
    """
    wider = each(lambda array: 3 * array if is_float(array) else array, another_input(trial))
    x = another_input(trial) if trial.values_given else wider
    if trial.kind == "layer":
        samples = length(trial.x)
        more = each(lambda a: np.concatenate([a, a[:1]]) if len(a) == samples else a, x)
        thing, rng = copy.deepcopy(used), np.random.default_rng(0)
        # It may take no other number of samples.
        with contextlib.suppress(Exception):
            y = trial.forward(thing, copied(more))
            upstream = each(lambda a: mixed_signs(rng, a.shape) if is_float(a) else None, y)
            yield more, upstream, trial.take_gradients(thing, copied(upstream))
    upstream = times(-1, trial.upstream)
    yield x, upstream, trial.passes(copy.deepcopy(used), copied(x), copied(upstream))[1]


@exact("layer", "loss")
def balance(trial: Trial) -> str | None:
    """Saved values that backward does not take back, so that they pile up."""
    thing = trial.fresh()
    trial.passes(thing)
    left = _pending(thing)
    return f"after forward and backward, {left} saved values remain" if left else None


@exact("layer")
def shortcut(trial: Trial) -> str | None:
    """A backward_parameters, called by training loops, that differs from backward."""
    layer = trial.fresh()
    trial.forward(layer, trial.x)
    layer.backward_parameters(trial.upstream)
    if _pending(layer):
        return "backward_parameters leaves saved values behind"
    right = trial.gradients()
    for path, parameter in layer.named_parameters():
        if not nearly_equal(right[path], parameter.grad):
            return f"backward_parameters gives a different gradient of {path!r} than backward"
    return None


def _pending(thing: Component) -> int:
    """How much is saved in an object, and in all those in it."""
    pending: list[int] = [component.pending for component in all_components(thing)]
    return sum(pending)
