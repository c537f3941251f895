"""input_gradient."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import directional_derivative
from tests.core.test_inference import Noise, mixed
from tests.layers_for_tests import Embedding


def test_it_is_the_gradient_of_the_loss_of_a_prediction(rng):
    model, loss = mixed(), nn.SoftmaxCrossEntropy()
    x, direction = rng.standard_normal((2, 5, 3))
    y = np.array([0, 1, 1, 0, 1])
    found = nn.input_gradient(model, loss, x, y)
    slope = directional_derivative(lambda x: loss.evaluate(model.predict(x), y), x, direction)
    assert found.shape == x.shape
    assert np.vdot(found, direction) == pytest.approx(slope.value)


def test_it_changes_nothing(rng):
    model, loss = mixed(), nn.MeanSquaredError()
    x, y = rng.standard_normal((5, 3)), rng.standard_normal((5, 2))
    model.parameters()[0].add_grad(np.ones((3, 4)))
    before = model.state_dict()
    nn.input_gradient(model, loss, x, y)
    assert (model.parameters()[0].grad == 1).all()
    assert all(p.grad is None for p in model.parameters()[1:])
    assert all(p.trainable for p in model.parameters())
    assert [part.pending for part in (model, loss, *model)] == [0] * 6
    for path, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[path])


def test_the_parameters_of_a_loss_take_no_gradient(rng):
    class Scaled(nn.Loss):
        def __init__(self):
            self.scale = nn.Parameter([2.0])

        def forward(self, prediction, target):
            self.save_for_backward(prediction)
            return float(self.scale.value[0] * prediction.sum())

        def backward(self, grad=1.0):
            prediction = self.saved()
            self.scale.add_grad([grad * prediction.sum()])
            return grad * self.scale.value * np.ones_like(prediction)

    loss, x = Scaled(), rng.standard_normal((2, 3))
    assert (nn.input_gradient(nn.Identity(), loss, x, None) == 2).all()
    assert loss.scale.grad is None


def test_inputs_that_are_tuples_have_gradients_that_are_tuples(rng):
    model = nn.Sequential(nn.Parallel(nn.Dense(3, 2, rng=0), Embedding(4, 2)), nn.Add())
    x = rng.standard_normal((5, 3)), np.array([0, 1, 2, 3, 0])
    first, second = nn.input_gradient(model, nn.MeanSquaredError(), x, np.zeros((5, 2)))
    assert first.shape == (5, 3)
    assert second is None


def test_a_layer_that_does_not_say_how_is_named():
    model = nn.Sequential(nn.Dense(2, 2), Noise())
    with pytest.raises(NotImplementedError, match=r"Noise, at layers\.1, holds a Generator"):
        nn.input_gradient(model, nn.MeanSquaredError(), np.ones((1, 2)), np.ones((1, 2)))
