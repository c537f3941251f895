"""The lines of the gradient table, with inputs for each, and copies of models on both devices."""

import copy
import inspect

import numpy as np

import nnlayers as nn
from nnlayers.core.structures import each
from nnlayers.testing.shapes import Shapes, size_names
from tests import test_gradients
from tests.devices.stand_in import asarray, asnumpy
from tests.gradient_rows.attention import NETWORKS, OF_TUPLES
from tests.gradient_rows.sequences import OF_INTEGERS

LAYERS = [
    *[(*line, None) for line in test_gradients.LAYERS + test_gradients.USERS_LAYERS],
    *OF_INTEGERS,
    *OF_TUPLES,
    *NETWORKS,
]
LOSSES = test_gradients.LOSSES
SIZES = {"N": 4, "T": 5, "S": 6, "D": 3, "K": 2, "C": 4, "H": 6, "W": 7, "V": 8, "features": 3}


def title(line):
    entry = line[0] if isinstance(line[0], nn.Loss) else test_gradients.make(line[0])
    return f"{type(entry).__name__}-{line[1]}"


def made(layer):
    """The layer, with random numbers of its own wherever it holds a Generator."""
    model = layer(**{name: SIZES[name] for name in size_names(layer)})
    rng = np.random.default_rng(5)
    for _, state in model.named_states():
        state.value[...] = 0.5 + 0.3 * rng.standard_normal(state.value.shape)
    for _, part in model.named_parts():
        if isinstance(part, np.random.Generator):
            part.bit_generator.state = np.random.default_rng(7).bit_generator.state
    return model


def inputs(shape, values, rng):
    """Normal numbers, or what the functions draw."""
    return drawn(Shapes(shape, (), "inputs").of(SIZES), values, rng)


def drawn(shape, values, rng):
    if shape and isinstance(shape[0], tuple):
        functions = values or (None,) * len(shape)
        return tuple(drawn(*pair, rng) for pair in zip(shape, functions, strict=True))
    return call(values, rng, shape) if values else rng.standard_normal(shape, np.float32)


def call(draw, rng, shape):
    sizes = [name for name in inspect.signature(draw).parameters if name in SIZES]
    return draw(rng, shape, **{name: SIZES[name] for name in sizes})


def on_device(x):
    return None if x is None else each(asarray, x)


def on_host(x):
    """The arrays of a result in the memory of the host."""
    if isinstance(x, tuple):
        return tuple(map(on_host, x))
    return None if x is None else asnumpy(x)


def on_both(model):
    """A copy of a model on the host, and one on the device."""
    return copy.deepcopy(model), copy.deepcopy(model).to("cupy")
