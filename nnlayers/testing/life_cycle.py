"""The exact checks of a layer's life: layouts, dtypes, copies, files, predict, what it holds."""

import copy
import pickle
from collections.abc import Callable

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter, State
from nnlayers.testing.contract import (
    EXACT,
    Gradients,
    NotApplicable,
    another_input,
    differ,
    exact,
    prediction,
    run,
    same,
)
from nnlayers.testing.inspection import (
    all_layers,
    fingerprint,
    float_arrays,
    hidden_parts,
    importable,
    uses_global_random_state,
)
from nnlayers.testing.trials import INPUT, LayerTrial

__all__ = ["EXACT", "LAYOUTS"]


@exact
def balance(trial: LayerTrial) -> str | None:
    """Values saved twice and taken back once: they pile up."""
    layer = trial.fresh()
    run(layer, trial.x, trial.upstream)
    left = sum(holder.pending for holder in all_layers(layer))
    return f"after forward and backward, {left} saved values are left" if left else None


@exact
def shortcut(trial: LayerTrial) -> str | None:
    """A backward_parameters, which training loops call, that differs from backward."""
    layer = trial.fresh()
    layer.forward(trial.x)
    layer.backward_parameters(trial.upstream)
    if any(holder.pending for holder in all_layers(layer)):
        return "backward_parameters leaves saved values behind"
    right = trial.gradients()
    for path, parameter in layer.named_parameters():
        if not same(right[path], parameter.grad):
            return f"backward_parameters gives another gradient of {path!r} than backward"
    return None


@exact
def global_random_state(trial: LayerTrial) -> str | None:
    """Numbers drawn from numpy.random itself."""

    def use() -> None:
        layer = trial.fresh()
        run(layer, trial.x, trial.upstream)
        prediction(layer, trial.x)

    if uses_global_random_state(use):
        return "it uses numpy.random's global state: take a Generator, rng="
    return None


@exact
def layouts(trial: LayerTrial) -> str | None:
    """Results that depend on how the array lies in memory; writing into a read-only one."""
    y, gradients = run(trial.fresh(), trial.x, trial.upstream)
    for name, lay in LAYOUTS.items():
        try:
            other, found = run(trial.fresh(), lay(trial.x), lay(trial.upstream))
        except ValueError as error:
            return f"{name} arrays are not taken: {error}"
        if not same(y, other):
            return f"{name} input gives another output"
        if where := differ(gradients, found):
            return f"{name} arrays give another gradient of {where}"
    return None


@exact
def empty_batch(trial: LayerTrial) -> str | None:
    """A batch without samples, as the last of an epoch may be."""
    layer = trial.fresh()
    x = trial.x[:0]
    try:
        y = layer.forward(x)
        gradient = layer.backward(np.zeros_like(y))
        predicted = prediction(layer, x)
    except Exception as error:
        return f"an empty batch fails: {type(error).__name__}: {error}"
    if gradient is not None and np.shape(gradient) != x.shape:
        return f"the gradient of an empty batch has shape {np.shape(gradient)}, expected {x.shape}"
    if predicted is not None and predicted.shape != y.shape:
        return f"predict gives the shape {predicted.shape} for an empty batch, forward {y.shape}"
    for path, parameter in layer.named_parameters():
        if parameter.grad is not None and not np.array_equal(parameter.grad, 0 * parameter.grad):
            return f"an empty batch gives a gradient of {path!r} that is not zero"
    return None


@exact
def float32(trial: LayerTrial) -> str | None:
    """float32 that becomes float64 on the way."""
    layer = trial.fresh().astype(np.float32)
    x = trial.x.astype(np.float32) if trial.x.dtype.kind == "f" else trial.x
    y = layer.forward(x)
    if y.dtype.kind == "f" and y.dtype != np.float32:
        return f"float32 input gives {y.dtype} output"
    gradient = layer.backward(trial.upstream.astype(np.float32))
    if gradient is not None and gradient.dtype != np.float32:
        return f"a float32 upstream gives a {gradient.dtype} gradient of the input"
    predicted = prediction(layer, x)
    if predicted is not None and predicted.dtype != y.dtype:
        return f"float32 input gives a {predicted.dtype} prediction"
    return None


@exact
def large_values(trial: LayerTrial) -> str | None:
    """Overflow that ends in NaN, as in a naive softmax."""
    if trial.restricted or trial.x.dtype.kind != "f":
        raise NotApplicable("the values come from a restricted set")
    for dtype in (np.float32, np.float64):
        layer = trial.fresh().astype(dtype)
        x = (1e4 * trial.x).astype(dtype)
        y, gradients = run(layer, x, trial.upstream.astype(dtype))
        if np.isnan(y).any():
            return f"values of 10,000 give NaN in the output, in {np.dtype(dtype)}"
        for block, gradient in gradients.items():
            if gradient is not None and np.isnan(gradient).any():
                return f"values of 10,000 give NaN in the gradient of {block!r}, in {np.dtype(dtype)}"
    return None


@exact
def copies(trial: LayerTrial) -> str | None:
    """A copy that shares a parameter, or that gives other outputs."""
    layer = trial.fresh()
    paths = [path for path, _ in layer.named_parameters()]
    if lost := sorted(set(trial.paths) ^ set(paths)):
        return f"a copy has lost, or has more, parameters: {lost}"
    for parameter in layer.parameters():
        parameter.value[...] = 0.75 * parameter.value + 0.125
    twins = {"copy.deepcopy": copy.deepcopy(layer)}
    if all(map(importable, all_layers(layer))):
        try:
            twins["pickle"] = pickle.loads(pickle.dumps(layer))
        except Exception as error:
            return f"it cannot be pickled: {type(error).__name__}: {error}"
    reference = trial.fresh()
    for own, parameter in zip(reference.parameters(), layer.parameters(), strict=True):
        own.value[...] = parameter.value
    expected = reference.forward(trial.x)
    for name, twin in twins.items():
        if not same(expected, twin.forward(trial.x)):
            return f"{name} gives a layer with another output"
        for (path, one), (_, other) in zip(
            layer.named_parameters(), twin.named_parameters(), strict=True
        ):
            if np.shares_memory(one.value, other.value):
                return f"{name} gives a layer that shares {path!r}"
    return None


@exact
def saving(trial: LayerTrial) -> str | None:
    """What a state_dict does not hold: outputs must be the same after saving and loading."""
    layer, other = trial.fresh(), trial.fresh()
    run(layer, another_input(trial), trial.upstream)  # states move
    for _, part in other.named_parts():
        if isinstance(part, State):
            part.value = part.value + np.ones((), part.value.dtype)
    other.load_state_dict(layer.state_dict())
    if not same(prediction(layer, trial.x), prediction(other, trial.x)):
        return "after save and load, predict gives another output"
    return None


@exact
def registered(trial: LayerTrial) -> str | None:
    """An array that decides the output but is neither trained nor saved; a part that is not found."""
    layer = trial.fresh()
    own = [path for path, part in Layer.named_parts(layer) if isinstance(part, Parameter)]
    if missing := set(own) - {path for path, _ in layer.named_parameters()}:
        return f"named_parameters leaves out {sorted(missing)}"
    if len(layer.parameters()) != len(own):
        return "parameters() leaves out some of named_parameters()"
    if hidden := hidden_parts(layer):
        return f"{hidden} is not found: put it into an attribute, or a list, tuple or dict that is one"
    for index, (path, _) in enumerate(float_arrays(layer)):
        changed = trial.fresh()
        array = float_arrays(changed)[index][1]
        if array.flags.writeable:
            array[...] = 1.5 * array + 0.25
            if not same(trial.output, changed.forward(trial.x)):
                return (
                    f"the array {path!r} decides the output, but is neither a Parameter nor a State "
                    "(which is kept and saved, but not trained)"
                )
    return None


@exact
def predict(trial: LayerTrial) -> str | None:
    """A predict that leaves a trace, draws, or computes something else than forward."""
    layer = trial.fresh()
    before = fingerprint(layer)
    try:
        first = layer.predict(trial.x)
    except NotImplementedError as error:
        return f"predict fails: {error}"
    if fingerprint(layer) != before:
        return "predict leaves a trace in the layer (or draws from its Generator)"
    if not same(first, layer.predict(trial.x)):
        return "predict gives another output the second time"
    layer.forward(trial.x)
    layer.predict(another_input(trial))
    found: Gradients = {INPUT: layer.backward(trial.upstream)}
    found |= {path: p.grad for path, p in layer.named_parameters()}
    if where := differ(trial.gradients(), found):
        return f"a predict between forward and backward changes the gradient of {where}"
    sources = [
        p for _, p in layer.named_parts() if isinstance(p, np.random.Generator) or type(p) is State
    ]
    if not sources and not same(trial.output, first):
        return "predict gives another output than forward, though nothing random or running is in it"
    return None


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "Fortran-ordered": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "read-only": lambda a: _read_only(a.copy()),
}


def _read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array
