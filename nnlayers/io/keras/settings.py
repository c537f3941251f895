"""What a .keras file says of a layer, compared with the layer that gets its weights."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnlayers.io.keras.files import snake_case
from nnlayers.io.keras.layers import keras_weights
from nnlayers.io.rearranged import Unit
from nnlayers.layers.convolution import Convolution
from nnlayers.layers.recurrent import Recurrent
from nnlayers.layers.transposed_convolution import ConvTranspose2D
from nnlayers.layers.window_arguments import padding_of_each
from nnlayers.layers.windows import windows_along

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
SAME = {  # names of settings there and here that have to be equal, where both have them
    "epsilon": "epsilon",
    "groups": "groups",
    "return_sequences": "return_sequences",
    "strides": "stride",
    "dilation_rate": "dilation",
    "use_causal_mask": "causal",
}
WINDOWS = {"strides", "dilation_rate"}  # of the depthwise part, in a separable convolution
EXPECTED = {  # settings of certain layers that are the only ones here
    "data_format": "channels_last",
    "merge_mode": "concat",
    "recurrent_activation": "sigmoid",
    "reset_after": True,
    "renorm": False,
    "rms_scaling": False,
    "mask_zero": False,
}


def check_settings(unit: Unit, name: str, config: Mapping[str, Any]) -> None:
    """Refuse a layer that computes something else, as far as its kind and its settings tell.

    Raises
    ------
    ValueError
        It says what differs.
    """
    if not config:
        return
    kind, kinds = re.sub(r"_\d+$", "", name.rpartition("/")[2]), kinds_of(unit)
    if kind in KNOWN and kind not in kinds and not KNOWN.isdisjoint(kinds):
        raise ValueError(f"{unit.who}: it computes something else than {name!r:.99} there")
    found = dict(config)
    if name.endswith("/backward_layer"):
        found["layer"] = found.get("backward_layer")
    for key in ("layer", "cell"):  # of a wrapper, such as Bidirectional
        inner = found.pop(key, None)
        found.update(inner.get("config", {}) if isinstance(inner, Mapping) else {})
    expected: dict[str, Any] = dict(EXPECTED, go_backwards=name.endswith("/backward_layer"))
    if "recurrent_initializer" in found:
        expected["activation"] = "tanh"
    pointwise = name.endswith("/pointwise")
    for key, here in SAME.items():
        if hasattr(unit.layer, here) and not (pointwise and key in WINDOWS):
            expected[key] = getattr(unit.layer, here)
    for key in found.keys() & expected.keys():
        one, other = found[key], expected[key]
        if key in WINDOWS:
            axes = unit.layer.weight.value.ndim - 2
            one, other = np.broadcast_to(one, axes).tolist(), np.broadcast_to(other, axes).tolist()
        if one != other:
            raise ValueError(
                f"{unit.who}: its {key} is {other!r}, but {one!r:.99} in {name!r:.99} there"
            )
    _check_axis(unit, name, config)
    equation = found.get("equation", "...a,ab->...b")
    if not re.fullmatch(r"([^,]*)(\w),\2(\w)->\1\3", equation):
        raise ValueError(f"{unit.who}: its matrix is not that of {equation!r:.99} in {name!r:.99}")
    if isinstance(unit.layer, Convolution) and "padding" in found and not pointwise:
        _check_padding(unit, name, found)


def _check_padding(unit: Unit, name: str, config: Mapping[str, Any]) -> None:
    """Refuse a convolution whose windows are at other places, for an input of the size that is told."""
    layer: Any = unit.layer
    word, axes = config["padding"], layer.weight.value.ndim - 2
    each = padding_of_each(layer.padding, axes)
    if isinstance(layer, ConvTranspose2D):
        numbers = not isinstance(layer.padding, str)
        same = word == layer.padding or (numbers and (word != "valid" or not any(map(any, each))))
    else:
        shape = config.get("input_shape") or ()
        sizes = shape[1:-1] if len(shape) == axes + 2 else [None] * axes
        strides, dilations = (np.broadcast_to(v, axes).tolist() for v in (layer.stride, layer.dilation))
        windows = zip(layer.weight.value.shape[:axes], strides, dilations, strict=True)
        same = all(
            _pads_alike(word, numbers, *window, size)
            for numbers, window, size in zip(each, windows, sizes, strict=True)
        )
    if not same:
        raise ValueError(
            f"{unit.who}: its padding is {layer.padding!r}, but {word!r:.99} in {name!r:.99} there"
        )


def _pads_alike(
    word: str, here: str | tuple[int, int], kernel: int, stride: int, dilation: int, size: int | None
) -> bool:
    """True if the windows along an axis are the same; if its size is not known, for all sizes."""
    before = dilation * (kernel - 1)
    there = (before, 0) if word == "causal" else word
    sizes = range(before + 1, before + 1 + stride) if size is None else [size]
    return all(
        windows_along(size, kernel, stride, dilation, there)
        == windows_along(size, kernel, stride, dilation, here)
        for size in sizes
    )


def _check_axis(unit: Unit, name: str, config: Mapping[str, Any]) -> None:
    """Refuse a norm of other axes than the last ones."""
    if "epsilon" not in config or "axis" not in config:
        return
    axes, shape = np.atleast_1d(config["axis"]), config.get("input_shape") or ()
    last = range(-len(axes), 0)
    if sorted(axis - len(shape) if axis >= 0 else axis for axis in axes.tolist()) != list(last):
        raise ValueError(f"{unit.who}: expected a norm of the last axis, got axis={axes} in {name!r}")


def kinds_of(unit: Unit) -> list[str]:
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


KNOWN = frozenset(
    KINDS.get(layer.__name__, snake_case(layer.__name__))
    for layer in keras_weights.registry.keys() - {object}
)
"""The kinds of Keras that layers of the library have."""
