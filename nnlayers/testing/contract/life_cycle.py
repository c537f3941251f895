"""The exact checks of a layer's life cycle: layouts, dtypes, copies, files, predict, its parts."""

import copy
import pickle

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.testing.contract import EXACT, NotApplicable, exact
from nnlayers.testing.inspection import (
    all_layers,
    fingerprint,
    float_arrays,
    hidden_parts,
    is_importable,
    uses_global_random_state,
)
from nnlayers.testing.passes import (
    LAYOUTS,
    Gradients,
    another_input,
    first_difference,
    nearly_equal,
    predict_if_defined,
    run_passes,
)
from nnlayers.testing.trials import INPUT, LayerTrial, block_in_words

__all__ = ["EXACT"]


@exact
def balance(trial: LayerTrial) -> str | None:
    """Saved values that backward does not take back, so that they pile up."""
    layer = trial.fresh()
    run_passes(layer, trial.x, trial.upstream)
    left = sum(holder.pending for holder in all_layers(layer))
    return f"after forward and backward, {left} saved values remain" if left else None


@exact
def shortcut(trial: LayerTrial) -> str | None:
    """A backward_parameters, called by training loops, that differs from backward."""
    layer = trial.fresh()
    layer.forward(trial.x)
    layer.backward_parameters(trial.upstream)
    if any(holder.pending for holder in all_layers(layer)):
        return "backward_parameters leaves saved values behind"
    right = trial.gradients()
    for path, parameter in layer.named_parameters():
        if not nearly_equal(right[path], parameter.grad):
            return f"backward_parameters gives a different gradient of {path!r} than backward"
    return None


@exact
def global_random_state(trial: LayerTrial) -> str | None:
    """Random numbers from the global state of numpy.random."""

    def use() -> None:
        layer = trial.fresh()
        run_passes(layer, trial.x, trial.upstream)
        predict_if_defined(layer, trial.x)

    if uses_global_random_state(use):
        return "it uses the global state of numpy.random: draw from a Generator, rng="
    return None


@exact
def layouts(trial: LayerTrial) -> str | None:
    """Results that depend on the memory layout of an array, or writing into a read-only one."""
    y, gradients = run_passes(trial.fresh(), trial.x, trial.upstream)
    for name, arrange in LAYOUTS.items():
        try:
            other, found = run_passes(trial.fresh(), arrange(trial.x), arrange(trial.upstream))
        except ValueError as error:
            return f"{name} arrays are rejected: {error}"
        if not nearly_equal(y, other):
            return f"{name} input gives a different output"
        if where := first_difference(gradients, found):
            return f"{name} arrays give a different gradient of {where}"
    return None


@exact
def empty_batch(trial: LayerTrial) -> str | None:
    """A batch without samples that fails, or that spoils a State."""
    layer, x = trial.fresh(), trial.x[:0]
    try:
        y = layer.forward(x)
        gradient = layer.backward(np.zeros_like(y))
        predicted = predict_if_defined(layer, x)
    except Exception as error:
        return f"a pass fails on an empty batch: {type(error).__name__}: {error}"
    if gradient is not None and np.shape(gradient) != x.shape:
        return f"the gradient of an empty batch has shape {np.shape(gradient)}, expected {x.shape}"
    if predicted is not None and predicted.shape != y.shape:
        return f"predict returns shape {predicted.shape} for an empty batch, forward {y.shape}"
    for path, state in layer.named_states():
        if not np.isfinite(state.value).all():
            return f"an empty batch makes the State {path!r} NaN: update it only if len(x) > 0"
    for path, parameter in layer.named_parameters():
        if parameter.grad is not None and not np.array_equal(parameter.grad, 0 * parameter.grad):
            return f"an empty batch gives a nonzero gradient of {path!r}"
    return None


@exact
def float32(trial: LayerTrial) -> str | None:
    """float32 input that gives float64 results."""
    layer = trial.fresh().astype(np.float32)
    x = trial.x.astype(np.float32) if trial.x.dtype.kind == "f" else trial.x
    y = layer.forward(x)
    if y.dtype.kind == "f" and y.dtype != np.float32:
        return f"float32 input gives {y.dtype} output"
    gradient = layer.backward(trial.upstream.astype(np.float32))
    if gradient is not None and gradient.dtype != np.float32:
        return f"a float32 upstream gradient gives a {gradient.dtype} gradient of the input"
    predicted = predict_if_defined(layer, x)
    if predicted is not None and predicted.dtype != y.dtype:
        return f"float32 input gives a {predicted.dtype} prediction"
    return None


@exact
def large_values(trial: LayerTrial) -> str | None:
    """Overflow that turns into NaN, as in a naive softmax."""
    if trial.values_given or trial.x.dtype.kind != "f":
        raise NotApplicable("the layer accepts only some values")
    for dtype in (np.float32, np.float64):
        layer = trial.fresh().astype(dtype)
        x = (1e4 * trial.x).astype(dtype)
        y, gradients = run_passes(layer, x, trial.upstream.astype(dtype))
        if np.isnan(y).any():
            return f"10,000 times the input gives NaN in the output, in {np.dtype(dtype)}"
        for block, gradient in gradients.items():
            if gradient is not None and np.isnan(gradient).any():
                where = block_in_words(block)
                return f"10,000 times the input gives NaN in the gradient of {where}, in {x.dtype}"
    return None


@exact
def copies(trial: LayerTrial) -> str | None:
    """A copy that shares a parameter, or gives a different output."""
    layer = trial.fresh()
    paths = [path for path, _ in layer.named_parameters()]
    if lost := sorted(set(trial.paths) ^ set(paths)):
        return f"a copy has lost or gained parameters: {lost}"
    for parameter in layer.parameters():
        parameter.value[...] = 0.75 * parameter.value + 0.125
    twins = {"copy.deepcopy": copy.deepcopy(layer)}
    if all(map(is_importable, all_layers(layer))):
        try:
            twins["pickle"] = pickle.loads(pickle.dumps(layer))
        except Exception as error:
            return f"pickle fails: {type(error).__name__}: {error}"
    reference = trial.fresh()
    for own, parameter in zip(reference.parameters(), layer.parameters(), strict=True):
        own.value[...] = parameter.value
    expected = reference.forward(trial.x)
    for name, twin in twins.items():
        if not nearly_equal(expected, twin.forward(trial.x)):
            return f"{name} gives a layer with a different output"
        for (path, one), (_, other) in zip(
            layer.named_parameters(), twin.named_parameters(), strict=True
        ):
            if np.shares_memory(one.value, other.value):
                return f"{name} gives a layer that shares {path!r}"
    return None


@exact
def saving(trial: LayerTrial) -> str | None:
    """Values missing from state_dict, so that saving and loading changes the output."""
    layer, other = trial.fresh(), trial.fresh()
    run_passes(layer, another_input(trial), trial.upstream)  # changes the states
    for _, part in other.named_parts():
        if isinstance(part, State):
            part.value = part.value + np.ones((), part.value.dtype)
    other.load_state_dict(layer.state_dict())
    if not nearly_equal(predict_if_defined(layer, trial.x), predict_if_defined(other, trial.x)):
        return "after saving and loading, predict gives a different output"
    return None


@exact
def registered(trial: LayerTrial) -> str | None:
    """An array that affects the output but is not saved, or a part that is not found."""
    layer = trial.fresh()
    own = [path for path, part in Layer.named_parts(layer) if isinstance(part, Parameter)]
    if missing := set(own) - {path for path, _ in layer.named_parameters()}:
        return f"named_parameters() omits {sorted(missing)}"
    if len(layer.parameters()) != len(own):
        return "parameters() omits some of named_parameters()"
    if hidden := hidden_parts(layer):
        return f"{hidden} is not found: make it an attribute, or an item of a list, tuple or dict"
    for index, (path, _) in enumerate(float_arrays(layer)):
        changed = trial.fresh()
        array = float_arrays(changed)[index][1]
        if array.flags.writeable:
            array[...] = 1.5 * array + 0.25
            if not nearly_equal(trial.output, changed.forward(trial.x)):
                return (
                    f"the array {path!r} affects the output, but is neither a Parameter nor a State "
                    "(which is saved but not trained)"
                )
    return None


@exact
def predict(trial: LayerTrial) -> str | None:
    """A predict that changes the layer, draws random numbers, or computes another function."""
    layer = trial.fresh()
    before = fingerprint(layer)
    try:
        first = layer.predict(trial.x)
    except NotImplementedError as error:
        return f"predict fails: {error}"
    if fingerprint(layer) != before:
        return "predict changes the layer (or draws from its Generator)"
    if not nearly_equal(first, layer.predict(trial.x)):
        return "predict gives a different output the second time"
    layer.forward(trial.x)
    layer.predict(another_input(trial))
    found: Gradients = {INPUT: layer.backward(trial.upstream)}
    found |= {path: p.grad for path, p in layer.named_parameters()}
    if where := first_difference(trial.gradients(), found):
        return f"a predict between forward and backward changes the gradient of {where}"
    sources = [
        p for _, p in layer.named_parts() if isinstance(p, np.random.Generator) or type(p) is State
    ]
    if not sources and not nearly_equal(trial.output, first):
        return "predict differs from forward, although the layer holds no Generator and no State"
    return None
