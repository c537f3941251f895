"""Which arrays of Keras are those of which layer, and whether they fit."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.io.keras_files import KerasLayer, snake_case
from nnlayers.io.keras_layers import keras_weights
from nnlayers.io.matching import check_fit, some_of
from nnlayers.io.rearranged import Unit
from nnlayers.layers.recurrent import Recurrent

KINDS = {
    "Conv2D": "conv2d",
    "ConvTranspose2D": "conv2d_transpose",
    "BatchNorm": "batch_normalization",
    "FixedBatchNorm": "batch_normalization",
    "LayerNorm": "layer_normalization",
    "GroupNorm": "group_normalization",
    "RMSNorm": "rms_normalization",
}
DIRECTIONS = {"ahead": "forward_layer", "back": "backward_layer"}
NUMBERED = re.compile(r"(.*?)(?:_(\d{1,9}))?", re.DOTALL)
SAME = {  # names of settings there and here that have to be equal, where both have them
    "epsilon": "epsilon",
    "groups": "groups",
    "return_sequences": "return_sequences",
    "strides": "stride",
    "dilation_rate": "dilation",
    "padding": "padding",
}
WINDOWS = {"strides", "dilation_rate", "padding"}  # of the depthwise part, in a separable convolution
EXPECTED = {  # settings of certain layers that are the only ones here
    "data_format": "channels_last",
    "merge_mode": "concat",
    "recurrent_activation": "sigmoid",
    "reset_after": True,
    "go_backwards": False,
    "renorm": False,
}


def in_turn(who: str, units: Sequence[Unit], arrays: Sequence[Array]) -> list[tuple[Unit, list[Array]]]:
    """Each layer with as many arrays as it takes."""
    layers, first = {}, 0
    for unit in units:
        last = first + len(unit.arrays)
        if first < len(arrays):
            layers[f"arrays {first} ... {min(last, len(arrays)) - 1}"] = KerasLayer(
                [*arrays[first:last]]
            )
        first = last
    if first < len(arrays):
        layers[f"arrays {first} ... {len(arrays) - 1}"] = KerasLayer([*arrays[first:]])
    return fitting(who, units, layers)


def fitting(
    who: str, units: Sequence[Unit], layers: Mapping[str, KerasLayer]
) -> list[tuple[Unit, list[Array]]]:
    """Each layer with its arrays, in the shapes that are expected.

    Raises
    ------
    ValueError
        They do not fit, or a setting differs.
    """
    pairs, shapes = [], {}
    for index, (name, layer) in enumerate(layers.items()):
        expected = list(units[index].arrays.items()) if index < len(units) else []
        if len(expected) != len(layer.arrays):
            shapes[name] = {f"array {n}": array.shape for n, array in enumerate(layer.arrays)}
            continue
        arrays = [
            _in_shape(units[index].layer, array, places.shape)
            for (_, places), array in zip(expected, layer.arrays, strict=True)
        ]
        shapes[name] = {names[0]: a.shape for (names, _), a in zip(expected, arrays, strict=True)}
        pairs.append((units[index], arrays))
    check_fit(who, units, shapes)
    for unit, (name, layer) in zip(units, layers.items(), strict=True):
        _check_settings(unit, name, layer.config)
    return pairs


def _in_shape(layer: Layer, array: Array, shape: tuple[int, ...]) -> Array:
    """An array in the expected shape, if it is a depthwise kernel, or slopes with axes of size 1."""
    *taps, channels = array.shape if array.ndim else (0,)
    groups = getattr(layer, "groups", 1)
    depthwise = len(shape) == array.ndim > 2 and groups == getattr(layer, "in_channels", 0)
    if depthwise and shape == (*taps[:-1], 1, taps[-1] * channels) and taps[-1] == groups:
        return array.reshape(shape)
    ones = array.ndim - len(shape)
    return array.reshape(shape) if ones > 0 and array.shape == (*(1,) * ones, *shape) else array


def _check_settings(unit: Unit, name: str, config: Mapping[str, Any]) -> None:
    """Refuse a layer that computes something else, as far as its settings tell."""
    found = dict(config)
    for key in ("layer", "cell"):  # of a wrapper, such as Bidirectional
        inner = found.pop(key, None)
        found.update(inner.get("config", {}) if isinstance(inner, Mapping) else {})
    expected: dict[str, Any] = dict(EXPECTED)
    if "recurrent_initializer" in found:
        expected["activation"] = "tanh"
    for key, here in SAME.items():
        if hasattr(unit.layer, here) and not (name.endswith("/pointwise") and key in WINDOWS):
            expected[key] = getattr(unit.layer, here)
    if not isinstance(expected.get("padding", ""), str):  # numbers may do the same
        del expected["padding"]
    for key in found.keys() & expected.keys():
        one, other = found[key], expected[key]
        if key in WINDOWS and key != "padding":
            axes = unit.layer.weight.value.ndim - 2
            one, other = np.broadcast_to(one, axes).tolist(), np.broadcast_to(other, axes).tolist()
        if one != other:
            raise ValueError(
                f"{unit.who}: its {key} is {other!r}, but {one!r:.99} in {name!r:.99} there"
            )
    _check_axis(unit, name, config)


def _check_axis(unit: Unit, name: str, config: Mapping[str, Any]) -> None:
    """Refuse a norm of other axes than the last ones."""
    if "epsilon" not in config or "axis" not in config:
        return
    axes, shape = np.atleast_1d(config["axis"]), config.get("input_shape") or ()
    last = range(-len(axes), 0)
    if sorted(axis - len(shape) if axis >= 0 else axis for axis in axes.tolist()) != list(last):
        raise ValueError(f"{unit.who}: expected a norm of the last axis, got axis={axes} in {name!r}")


def separated(layers: Mapping[str, KerasLayer]) -> dict[str, KerasLayer]:
    """The layers, a separable convolution as the two that it consists of."""
    found = {}
    for name, layer in layers.items():
        if name.rpartition("/")[2].startswith("separable_conv") and len(layer.arrays) > 1:
            found[f"{name}/depthwise"] = KerasLayer(layer.arrays[:1], layer.config)
            found[f"{name}/pointwise"] = KerasLayer(layer.arrays[1:], layer.config)
        else:
            found[name] = layer
    return found


def in_order_of_kinds(
    who: str, units: Sequence[Unit], layers: Mapping[str, KerasLayer], outer: str
) -> dict[str, KerasLayer]:
    """The layers of a file that lacks their order, as those of each kind follow one another.

    Raises
    ------
    ValueError
        There are networks in the network, or two kinds for a layer, so that numbers do not tell the
        order.
    """
    queues: dict[str, list[tuple[int, str]]] = {}
    for name, layer in layers.items():
        *inside, last = name.removeprefix(outer).strip("/").split("/")
        direction = last if last in DIRECTIONS.values() else ""
        if direction:
            last = inside.pop() if inside else ""
        numbered = NUMBERED.fullmatch(last)
        if inside or not numbered or not layer.numbered:
            raise ValueError(
                f"{who}: the file lacks the order of layers that are in others, or in attributes, such "
                f"as {name[:99]!r}: save a network that is Sequential or functional as a .keras file, "
                f"or map each name to a path here: {some_of(sorted(layers))}"
            )
        kind, number = numbered.groups("0")
        queues.setdefault(direction or kind, []).append((int(number), name))
    for kind, queue in queues.items():
        queue.sort(reverse=True)
        if kind.startswith("depthwise") and len(queue) < sum(kind in _kinds(unit) for unit in units):
            raise ValueError(
                f"{who}: the file has layers of the kinds {kind} and {kind.removeprefix('depthwise_')} "
                "for convolutions with a group for each channel, and lacks their order: save the "
                "network as a .keras file, or map each name to a path here"
            )
    ordered = {}
    for unit in units:
        kinds = _kinds(unit)
        queue = next((queues[kind] for kind in kinds if queues.get(kind)), [])
        name = queue.pop()[1] if queue else f"(no further {kinds[-1]})"
        ordered[name] = layers.get(name, KerasLayer())
    return {**ordered, **layers}


def _kinds(unit: Unit) -> list[str]:
    """The kinds of layer in Keras that may have the arrays of a layer here, the likelier first."""
    classes = type(unit.layer).__mro__
    name = next(kind for kind in classes if kind in keras_weights.registry).__name__
    kind = KINDS.get(name, snake_case(name))
    direction = DIRECTIONS.get(unit.path.rpartition(".")[2])
    if direction and isinstance(unit.layer, Recurrent):
        return [direction]
    groups = getattr(unit.layer, "groups", 1)
    depthwise = groups > 1 and groups == getattr(unit.layer, "in_channels", 0)
    return [f"depthwise_{kind}"] * depthwise + [kind]
