"""Which networks may be tried with zeros when they are built, as a file can ask for any size."""

import math
from typing import Any

from nnlayers.core.layer import Layer
from nnlayers.layers.convolution import Conv1D, Conv2D
from nnlayers.layers.shape import Upsample2D
from nnlayers.layers.transposed_convolution import ConvTranspose2D
from nnlayers.layers.window_arguments import padding_of_each, per_axis

LARGEST, LONGEST = 1 << 18, 1 << 10
"""The most numbers of a sample, and steps of a sequence, that are tried."""

ROOM, MOST = 4096, 1 << 28
"""How much larger layers may make an image, and the most numbers that they may make of a sample."""


def input_is_small(shapes: list[Any]) -> bool:
    """True if samples of these shapes, the sizes of which may be None, may be tried."""
    numbers = [[size or 0 for size in shape] for shape in shapes]
    large = sum(map(math.prod, numbers)) > LARGEST
    long = any(len(sizes) < 3 and max(sizes[:-1], default=0) > LONGEST for sizes in numbers)
    return not large and not long


def values_are_small(layers: list[Layer], shape: Any) -> bool:
    """True if a chain of layers makes no very large values of a sample; its shape may be None."""
    growth, shape = _growth(layers), shape or ()
    images = len(shape) > 2
    positions = math.prod(shape) // max(min(shape), 1) if images else math.prod(shape[:1])
    if len(shape) == 1 and not layers[0].takes_integers:
        positions = 1
    kinds = (Conv1D, Conv2D, ConvTranspose2D) if images else Layer
    weights = [getattr(layer, "weight", None) for layer in layers if isinstance(layer, kinds)]
    widest = max([weight.value.shape[-1] for weight in weights if weight is not None], default=1)
    return growth <= ROOM and growth * positions * widest <= MOST


def _growth(layers: list[Layer]) -> int:
    """By how much the layers may make an image larger, and how large the windows of pools are."""
    factor, more = 1, 0
    for layer in layers:
        if isinstance(layer, (Upsample2D, ConvTranspose2D)):
            sizes = layer.factor if isinstance(layer, Upsample2D) else layer.stride
            factor *= math.prod(per_axis(sizes, 2))
        more += math.prod(per_axis(getattr(layer, "size", 0), 2))
        pairs = padding_of_each(getattr(layer, "padding", 0), 2)
        more += sum(sum(pair) for pair in pairs if isinstance(pair, tuple))
    return factor + more
