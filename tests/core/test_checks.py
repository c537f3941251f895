"""The check of upstream gradients that layers share."""

import numpy as np
import pytest

import nnlayers as nn

LAYERS = [
    nn.Flatten(),
    nn.Upsample2D(2),
    nn.BatchNorm(4),
    nn.BatchNorm(4).for_inference(),
    nn.GroupNorm(2, 4),
    nn.LayerNorm(4),
    nn.LeakyReLU(),
    nn.Softmax(),
    nn.Conv2D(4, 4, 1, groups=4, rng=0),
    nn.ConvTranspose2D(4, 4, 1, rng=0),
    nn.Dense(4, 4, rng=0),
]


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
@pytest.mark.parametrize("kind", [bool, np.uint8])
def test_an_upstream_gradient_of_integers_is_converted_before_it_is_summed(layer, kind, rng):
    """A sum of numbers of 8 bits is taken modulo 256, one of booleans is True."""
    x = rng.standard_normal((4, 6, 6, 4)).astype(np.float32)
    found = []
    for convert in (False, True):
        layer.clear_gradients()
        grad = np.full(layer.forward(x).shape, 200).astype(kind)
        dx = layer.backward(grad.astype(np.float32) if convert else grad)
        found.append([dx, *(parameter.grad for parameter in layer.parameters())])
    for one, other in zip(*found, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, other)
