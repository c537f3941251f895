"""Which arrays of Keras are those of which layer, and whether they fit."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.io.keras.files import KerasLayer
from nnlayers.io.keras.settings import DIRECTIONS, check_settings, kinds_of
from nnlayers.io.matching import check_fit, some_of
from nnlayers.io.rearranged import Unit

NUMBERED = re.compile(r"(.*?)(?:_(\d{1,9}))?", re.DOTALL)


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
        if any(array.dtype in (np.int8, np.uint8) for array in layer.arrays):
            raise ValueError(f"{who}: {name!r:.99} is quantized: load the network that it was made of")
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
        try:
            check_settings(unit, name, layer.config)
        except TypeError as error:
            raise ValueError(f"{who}: the settings of {name!r:.99} are not those of Keras 3") from error
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
        if kind.startswith("depthwise") and len(queue) < sum(kind in kinds_of(unit) for unit in units):
            raise ValueError(
                f"{who}: the file has layers of the kinds {kind} and {kind.removeprefix('depthwise_')} "
                "for convolutions with a group for each channel, and lacks their order: save the "
                "network as a .keras file, or map each name to a path here"
            )
    ordered = {}
    for unit in units:
        kinds = kinds_of(unit)
        queue = next((queues[kind] for kind in kinds if queues.get(kind)), [])
        name = queue.pop()[1] if queue else f"(no further {kinds[-1]})"
        ordered[name] = layers.get(name, KerasLayer())
    return {**ordered, **layers}
