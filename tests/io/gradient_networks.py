"""The layers of the gradient table with random values, and an input for each."""

import numpy as np

import nnlayers as nn
from nnlayers.testing.shapes import Shapes, size_names
from tests.gradient_rows.attention import NETWORKS, OF_TUPLES
from tests.gradient_rows.sequences import OF_INTEGERS
from tests.test_gradients import LAYERS

SUFFIXES = ["npz", "safetensors"]
SIZES = {"N": 3, "T": 5, "S": 4, "D": 3, "K": 4, "C": 4, "H": 6, "W": 5, "V": 7}


def name(row):
    return f"{type(made(row)).__name__}-{row[1]}"


def made(row):
    return row[0](**{size: SIZES.get(size, 2) for size in size_names(row[0])})


def network(row, seed=0):
    """The layer of a row of the table, with random values, and an input."""
    layer, rng = fill(made(row), seed), np.random.default_rng(seed)
    shapes = Shapes(row[1], size_names(row[0]), "network")
    sizes = {size: SIZES.get(size, 2) for size in shapes.names}
    drawn = shapes.of(sizes)
    if not isinstance(drawn[0], tuple):
        return layer, input_of(row[2], rng, drawn, sizes)
    values = row[2] or [None] * len(drawn)
    return layer, tuple(input_of(*pair, sizes) for pair in zip(values, [rng] * 9, drawn, strict=False))


def input_of(values, rng, shape, sizes):
    if values is None:
        return rng.standard_normal(shape).astype(np.float32)
    return values(rng, shape, **{size: sizes[size] for size in size_names(values) & sizes.keys()})


def fill(layer, seed=0):
    """Give every parameter and state random values: positive ones to variances and deviations."""
    rng = np.random.default_rng(seed)
    for path, state in layer.named_states():
        values = rng.standard_normal(state.value.shape)
        positive = path.split(".")[-1] in ("variance", "std")
        state.value[...] = np.abs(values) + 0.5 if positive else values
    return layer


def own_classes(layer):
    """The classes of its layers that are not those of nnlayers."""
    parts = [layer, *(part for _, part in layer.named_parts())]
    kinds = {type(part) for part in parts if isinstance(part, nn.Layer)}
    return [kind for kind in kinds if not kind.__module__.startswith("nnlayers.")]


TABLE = [*[(*line, None) for line in LAYERS], *OF_INTEGERS, *OF_TUPLES, *NETWORKS]
TABLE = [row for row in TABLE if name(row).split("-")[0] != "FixedBatchNorm"]  # of for_inference()
