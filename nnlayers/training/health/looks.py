"""The looks of the health report: some rows of the data, and their way through a copy of the model."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnlayers.core import tree
from nnlayers.core.checks import Array
from nnlayers.core.component import Component
from nnlayers.core.devices import beside, on_device, to_host
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.structures import arrays_in
from nnlayers.core.sums import norm
from nnlayers.core.watch import observe
from nnlayers.layers.activations import ReLU
from nnlayers.training.health.ends import Call, is_rectified, is_without_parts, kind_of_end

SAMPLED = 1024  # elements of a weight that are compared
LAST = 8  # layers that are looked at for those that make the predictions


def some_rows(samples: int, count: int) -> Any:
    """An index of about ``count`` rows, spread evenly but without a period; all if there are fewer."""
    if samples <= count:
        return slice(None)
    golden = (np.arange(count) * 0.6180339887498949) % 1
    return np.unique((golden * samples).astype(np.intp))


def some_of(array: Any, index: Any) -> Array:
    """A copy of the rows of an index, in the memory of the host."""
    if not on_device(array):
        return np.array(array[index])
    rows: Array = to_host(array[index if isinstance(index, slice) else beside(index, array)])
    return rows


def fingerprint(data: Any) -> int:
    """A number that tells data from others: of their shapes, and of some rows."""
    parts = []
    for _, array in arrays_in(data):
        some = np.asarray(to_host(array[:: max(1, len(array) // 8)]))
        parts.append((array.shape, some.tobytes()))
    return hash(tuple(parts))


@dataclass(frozen=True)
class Scale:
    """The scale of what goes into a layer: mean and deviation of each column."""

    path: str
    layer: str
    mean: Array
    std: Array

    @property
    def size(self) -> Array:
        """The root of the mean square of each column."""
        return np.hypot(self.mean, self.std)


@dataclass
class Look:
    """Some rows on their way through a copy of the model."""

    prediction: Any = None
    scales: list[Scale] = field(default_factory=list)
    """The scales of data that go into layers with weights as they are."""
    unfitted: list[Scale] = field(default_factory=list)
    """Those of the input of layers that standardise, but were never fitted."""
    dead: dict[str, float] = field(default_factory=dict)
    """The share of dead units of each rectifier."""
    units: dict[str, int] = field(default_factory=dict)
    """How many units it has."""
    ends: list[tuple[Array, str]] = field(default_factory=list)
    """Each array of the prediction, and what the layer does that made it: see `kind_of_end`."""
    logits: list[tuple[Array, str]] = field(default_factory=list)
    """Those of them that the loss takes as logits."""


def look(model: Layer, x: Any, *, scales: bool) -> Look:
    """Predict some rows with a copy of the model; its parameters are shared, all else is copied."""
    found = Look()
    x = model.convert_input(x)
    data = [array for _, array in arrays_in(x)]  # the data, and what layers without weights make of it
    calls: deque[Call] = deque(maxlen=LAST)

    def see(path: str, layer: Component, x: Any, y: Any) -> None:
        if not isinstance(layer, Layer) or not isinstance(x, np.ndarray) or x.dtype.kind != "f":
            return
        if scales and any(np.may_share_memory(x, array) for array in data):
            _see_data(found, path, layer, x)
            if not layer.children() and not _has_weights(layer):
                data.extend(array for _, array in arrays_in(y))
        if not isinstance(y, np.ndarray):
            return
        if is_plain := is_without_parts(layer):
            calls.append(Call(layer, x, y))
        if x.ndim > 1 and (isinstance(layer, ReLU) or (is_plain and is_rectified(x, y))):
            unknown = (x == 0).reshape(-1, y.shape[-1]).mean(axis=0) > 0.5  # other rows may differ
            alive = y.reshape(-1, y.shape[-1]).any(axis=0) | unknown
            found.dead[path], found.units[path] = float(1 - alive.mean()), alive.size

    found.prediction = observe(model, "predict", x, see, shared=model.parameters())
    found.ends = [(array, kind_of_end(array, calls)) for _, array in arrays_in(found.prediction)]
    return found


def _see_data(found: Look, path: str, layer: Layer, x: Array) -> None:
    fresh = _is_unfitted(layer)
    if x.ndim < 2 or not (fresh or _has_weights(layer)):
        return
    columns = x.reshape(-1, x.shape[-1]).astype(np.float64)
    mean = columns.mean(axis=0)
    columns -= mean
    std = np.sqrt(np.einsum("ij,ij->j", columns, columns) / len(columns))
    (found.unfitted if fresh else found.scales).append(Scale(path, repr(layer), mean, std))


def _has_weights(layer: Layer) -> bool:
    return any(isinstance(p, Parameter) and p.value.ndim > 1 for _, p in tree.own_parts(layer))


def _is_unfitted(layer: Layer) -> bool:
    """True for a layer like Standardize whose mean is 0 and whose deviation 1, as when it was made."""
    if not hasattr(layer, "fit"):
        return False
    states = dict(tree.own_parts(layer))
    if states.keys() != {"mean", "std"}:
        return False
    return not states["mean"].value.any() and bool((states["std"].value == 1).all())


def weights_of(model: Layer) -> list[tuple[str, Parameter]]:
    """The weights that are trained, with their paths: parameters of at least two axes."""
    named = model.named_parameters()
    return [(path, p) for path, p in named if p.trainable and p.value.ndim > 1 and p.value.size]


def sampled(parameter: Parameter) -> Array:
    """A copy of some elements of a parameter."""
    value = parameter.value
    elements = value.ravel() if on_device(value) else np.ravel(value, order="K")
    some: Array = to_host(elements[:: max(1, elements.size // SAMPLED) | 1].astype(np.float64))
    return some


def relative_change(before: list[Array], after: list[Array]) -> float:
    """The norm of the change of all weights together, divided by theirs before; NaN if that is 0."""
    change = [a - b for b, a in zip(before, after, strict=True)]
    return norm(change) / (norm(before) or math.nan)


def identities(model: Layer) -> dict[str, tuple[bytes, float]]:
    """What tells the values of each trained parameter from others: some, and the sum of all squares.

    In float16, small updates are lost in rounding: those parameters are left out.
    """
    return {
        path: (sampled(p).tobytes(), float(np.vdot(p.value, p.value)))
        for path, p in model.named_parameters()
        if p.trainable and p.lr_factor and p.value.size and p.value.dtype.itemsize >= 4
    }
