"""The part of a network that is to blame is named with its place."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, check_network
from tests.layers_for_tests import Embedding, Residual
from tests.testing.messages import assert_it_fits
from tests.testing.networks.data import WrongBias, WrongDense, WrongLoss, X, Y


def test_the_wrong_layer_is_named_with_its_place():
    model = nn.Sequential(nn.Dense(4, 6, rng=0), nn.ReLU(), WrongDense(6, 3, rng=1))
    with pytest.raises(GradientError) as info:
        check_network(model, nn.SoftmaxCrossEntropy(), X, Y)
    error = info.value
    lines = str(error).splitlines()
    assert lines[0].startswith("layers.2 (WrongDense).backward: the gradient of the input is wrong")
    assert 'Reproduce: check_layer(model.layers[2], (6,), seed=0, checks="value")' in lines[-1]
    assert error.block == "input"
    assert_it_fits(error)


def test_nested_sequentials_are_searched():
    inner = nn.Sequential(nn.Dense(4, 4, rng=0), nn.Sequential(nn.ReLU(), WrongBias(4, 3, rng=1)))
    model = nn.Sequential(nn.Dense(4, 4, rng=2), inner)
    with pytest.raises(GradientError, match=r"layers\.1\.layers\.1\.layers\.1 \(WrongBias\)\.backward"):
        check_network(model, nn.SoftmaxCrossEntropy(), X, Y)


def test_a_layer_that_holds_layers_is_named_as_a_whole():
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Residual(WrongDense(3, 3, rng=1)))
    with pytest.raises(GradientError, match=r"^layers\.1 \(Residual\)\.backward"):
        check_network(model, nn.SoftmaxCrossEntropy(), X, Y)


def test_a_wrong_layer_after_integers_is_named():
    model = nn.Sequential(Embedding(4, 3), WrongBias(3, 3, rng=0))
    with pytest.raises(GradientError, match=r"layers\.1 \(WrongBias\).*'bias'"):
        check_network(model, nn.SoftmaxCrossEntropy(), np.array([0, 1, 3, 1, 2]), Y)

    class WrongEmbedding(Embedding):
        def backward(self, grad):
            super().backward(2 * grad)

    model = nn.Sequential(WrongEmbedding(4, 3), nn.Dense(3, 3, rng=0))
    with pytest.raises(GradientError, match=r"layers\.0 \(WrongEmbedding\).*'weight'"):
        check_network(model, nn.SoftmaxCrossEntropy(), np.array([0, 1, 3, 1, 2]), Y)


def test_a_wrong_loss_is_named():
    model = nn.Sequential(nn.Dense(4, 6, rng=0), nn.ReLU(), nn.Dense(6, 3, rng=1))
    with pytest.raises(GradientError, match=r"^loss \(WrongLoss\)\.backward"):
        check_network(model, WrongLoss(), X, Y)


def test_a_model_that_is_a_single_layer_is_named():
    with pytest.raises(GradientError, match=r"^WrongDense\.backward") as info:
        check_network(WrongDense(4, 3, rng=0), nn.SoftmaxCrossEntropy(), X, Y)
    assert "check_layer(model, (4,)" in str(info.value)


def test_a_container_whose_own_passes_are_wrong_is_named():
    class Doubles(nn.Sequential):
        def backward(self, grad):
            return 2 * super().backward(grad)

    with pytest.raises(GradientError, match=r"^Doubles\.backward: the gradient of the input is wrong"):
        check_network(Doubles(nn.Dense(4, 3, rng=0)), nn.SoftmaxCrossEntropy(), X, Y)


def test_the_network_is_named_if_each_part_is_right_by_itself():
    class Shy(nn.Dense):
        """Wrong if another object of its class made the last forward pass"""

        def forward(self, x):
            type(self).last = self.weight.value.shape
            return super().forward(x)

        predict = nn.Dense.predict

        def backward(self, grad):
            alone = self.last == self.weight.value.shape
            return super().backward(grad) * (1 if alone else 2)

    model = nn.Sequential(Shy(4, 5, rng=0), Shy(5, 3, rng=1))
    with pytest.raises(GradientError, match=r"^Sequential\.backward: the gradient of the"):
        check_network(model, nn.SoftmaxCrossEntropy(), X, Y)
