"""Exact checks of what a layer or loss holds, and of what it must not depend on."""

import numpy as np

from nnlayers.core.component import Component
from nnlayers.core.parameter import Parameter
from nnlayers.core.structures import arrays_in, each
from nnlayers.testing.contract.comparison import nearly_equal
from nnlayers.testing.contract.table import exact
from nnlayers.testing.inspection import float_arrays, hidden_parts, uses_global_random_state
from nnlayers.testing.trials import Trial, block_in_words


@exact("layer", "loss")
def registered(trial: Trial) -> str | None:
    """An array that affects the output but is not saved, or a part that is not found."""
    thing = trial.fresh()
    own = [path for path, part in Component.named_parts(thing) if isinstance(part, Parameter)]
    if missing := set(own) - {path for path, _ in thing.named_parameters()}:
        return f"named_parameters() omits {sorted(missing)}"
    if len(thing.parameters()) != len(own):
        return "parameters() omits some of named_parameters()"
    if hidden := hidden_parts(thing):
        return f"{hidden} is not found: make it an attribute, or an item of a list, tuple or dict"
    for index, (path, _) in enumerate(float_arrays(thing)):
        changed = trial.fresh()
        array = float_arrays(changed)[index][1]
        if array.flags.writeable:
            array[...] = 1.5 * array + 0.25
            if not nearly_equal(trial.output, trial.forward(changed, trial.x)):
                return (
                    f"the array {path!r} affects the output, but is neither a Parameter nor a State "
                    "(which is saved but not trained)"
                )
    return None


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
    """A batch without samples that fails, or that spoils a State."""
    layer, x = trial.fresh(), each(lambda array: array[:0], trial.x)
    try:
        y = trial.forward(layer, x)
        gradients = trial.take_gradients(layer, each(np.zeros_like, y))
        predicted = trial.predict(layer, x)
    except Exception as error:
        return f"a pass fails on an empty batch: {type(error).__name__}: {error}"
    for name, (_, array) in zip(trial.input_names(), arrays_in(x), strict=True):
        gradient = gradients[name]
        if gradient is not None and np.shape(gradient) != array.shape:
            where = block_in_words(name)
            return (
                f"for an empty batch, the gradient of {where} has shape {np.shape(gradient)}, expected "
                f"{array.shape}"
            )
    if predicted is not None and _shapes(predicted) != _shapes(y):
        return f"predict returns shape {_shapes(predicted)} for an empty batch, forward {_shapes(y)}"
    for path, state in layer.named_states():
        if not np.isfinite(state.value).all():
            return f"an empty batch makes the State {path!r} NaN: update it only if len(x) > 0"
    for path, parameter in layer.named_parameters():
        if parameter.grad is not None and not np.array_equal(parameter.grad, 0 * parameter.grad):
            return f"an empty batch gives a nonzero gradient of {path!r}"
    return None


def _shapes(y: object) -> object:
    return each(np.shape, y)
