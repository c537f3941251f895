"""Exact checks of what a layer or loss holds, and of what it must not depend on."""

from itertools import islice
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, describe
from nnlayers.core.component import Component
from nnlayers.core.parameter import Parameter
from nnlayers.core.structures import arrays_in, each, length
from nnlayers.testing.contract.comparison import nearly_equal
from nnlayers.testing.contract.table import NotApplicable, exact
from nnlayers.testing.errors import failed_pass
from nnlayers.testing.hidden import hidden_part, loose_arrays
from nnlayers.testing.inspection import uses_global_random_state
from nnlayers.testing.trial import Trial


@exact("layer", "loss")
def registered(trial: Trial) -> str | None:
    """An array that affects the output but is not saved, or a part that is not found."""
    thing = trial.fresh()
    own = [path for path, part in Component.named_parts(thing) if isinstance(part, Parameter)]
    if missing := set(own) - {path for path, _ in thing.named_parameters()}:
        return f"named_parameters() omits {sorted(missing)}"
    if len(thing.parameters()) != len(own):
        return "parameters() omits some of named_parameters()"
    if hidden := hidden_part(thing):
        return f"{hidden} is not found: make it an attribute, or an item of a list, tuple or dict"
    for index, found in enumerate(list(loose_arrays(thing))):
        copy = trial.fresh()
        same = next(islice(loose_arrays(copy), index, None))
        if _affects_output(trial, copy, same.value):
            constant = ". A constant is read-only, or has a name in capitals" if found.where else ""
            return (
                f"the array {found} affects the output, but is neither a Parameter nor a State (which "
                f"is saved but not trained){constant}"
            )
    return None


def _affects_output(trial: Trial, thing: Component, array: Array) -> bool:
    """True if the output changes with an array, which is the same again afterwards."""
    kept = array.copy()
    array[...] = 1.5 * array + 0.25
    try:
        return not nearly_equal(trial.output, trial.forward(thing, trial.x))
    finally:
        array[...] = kept


@exact("layer", "loss", "function")
def global_random_state(trial: Trial) -> str | None:
    """Random numbers from the global state of numpy.random."""

    def use() -> None:
        thing = trial.fresh()
        trial.passes(thing)
        trial.predict(thing, trial.x)

    if uses_global_random_state(use):
        return "it uses the global state of numpy.random: draw from a Generator, rng="
    return None


@exact("layer")
def empty_batch(trial: Trial) -> str | None:
    """A batch without samples (the batch is the first axis) that fails, or that spoils a State."""
    layer, x = trial.fresh(), _without_samples(trial)
    try:
        y = trial.forward(layer, x)
        gradients = trial.take_gradients(layer, each(np.zeros_like, y))
        predicted = trial.predict(layer, x)
    except Exception as error:
        fed = f"a batch without samples, {describe(x)},"
        words = f"{fed} fails: {failed_pass(error)}"
        return f"{words}. The batch is the first axis of input and output"
    for name, (_, array) in zip(trial.input_names(), arrays_in(x), strict=True):
        gradient, where = gradients[name], trial.in_words(name)
        if gradient is not None and np.shape(gradient) != array.shape:
            return (
                f"for an empty batch, the gradient of {where} has shape {np.shape(gradient)}, expected "
                f"{array.shape}"
            )
    differ = predicted is not None and _shapes(predicted) != _shapes(y)
    if differ and _shapes(trial.predict(trial.fresh(), trial.x)) == _shapes(trial.output):
        return f"predict returns shape {_shapes(predicted)} for an empty batch, forward {_shapes(y)}"
    return _spoiled(layer)


def _without_samples(trial: Trial) -> Any:
    """The input without its samples; inputs of another length are not batches.

    Raises
    ------
    NotApplicable
        It cannot be told which inputs are batches.
    """
    samples = length(trial.x)
    lengths = {len(array) for _, array in arrays_in(trial.x)}
    sizes = list(trial.case.sizes.values()) if trial.case else []
    if isinstance(trial.x, tuple) and len(lengths) == 1 and len(set(sizes)) < len(sizes):
        raise NotApplicable("two sizes are equal: which inputs are batches is not known")
    return each(lambda array: array[:0] if len(array) == samples else array, trial.x)


def _spoiled(layer: Component) -> str | None:
    """What a pass of an empty batch has spoiled."""
    for path, state in layer.named_states():
        if not np.isfinite(state.value).all():
            return f"an empty batch makes the State {path!r} NaN: update it only if len(x) > 0"
    for path, parameter in layer.named_parameters():
        if parameter.grad is not None and not np.array_equal(parameter.grad, 0 * parameter.grad):
            return f"an empty batch gives a nonzero gradient of {path!r}"
    return None


def _shapes(y: Any) -> Any:
    return each(np.shape, y)
