"""The gradients of a loss, of its prediction and of its parameters, are checked as those of a layer."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, LayerCheckError, check_loss, check_network


def target(rng, N, D):
    return rng.standard_normal((N, D))


class HalfLoss(nn.MeanSquaredError):
    def backward(self, grad=1.0):
        return super().backward(grad) / 2


class DeafLoss(nn.MeanSquaredError):
    def backward(self, grad=1.0):
        return super().backward()


@pytest.mark.parametrize("loss", [HalfLoss(), DeafLoss()])
def test_bugs_of_losses_are_found(loss):
    with pytest.raises(
        LayerCheckError, match=r"Loss.backward: the gradient of the prediction is wrong"
    ):
        check_loss(loss, prediction="N D", target=target)


class Scaled(nn.Loss):
    """L = mean (scale y - t)², with a scale that is learned"""

    factor = 1

    def __init__(self):
        self.scale = nn.Parameter(1.0)

    def forward(self, prediction, target):
        difference = self.scale.value * prediction - np.asarray(target, prediction.dtype)
        self.save_for_backward(prediction, difference)
        return float(np.square(difference).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        prediction, difference = self.saved()
        slope = difference * (2 * grad / difference.size)
        self.scale.add_grad(self.factor * (slope * prediction).sum())
        return slope * self.scale.value


class ScaledTwice(Scaled):
    factor = 2


class ScaledForgotten(Scaled):
    factor = 0


def test_a_loss_with_a_parameter_passes():
    report = check_loss(Scaled(), prediction="N D", target=target)
    assert report.verified == {"input", "scale"}


@pytest.mark.parametrize("wrong", [ScaledTwice, ScaledForgotten])
def test_a_wrong_gradient_of_a_parameter_of_a_loss_is_found(wrong):
    with pytest.raises(GradientError, match="the gradient of 'scale' is wrong") as info:
        check_loss(wrong(), prediction="N D", target=target)
    assert info.value.block == "scale"


def test_networks_are_checked_with_the_parameters_of_their_loss(rng):
    model, x, y = nn.Dense(3, 2, rng=0), rng.standard_normal((4, 3)), rng.standard_normal((4, 2))
    report = check_network(model, Scaled(), x, y, weight_decay=0.1)
    assert report.verified == {"input", "weight", "bias", "loss.scale"}
    with pytest.raises(GradientError, match=r"^loss \(ScaledTwice\).* gradient of 'scale' is wrong"):
        check_network(model, ScaledTwice(), x, y)


def test_the_decay_of_a_parameter_scales_the_weight_decay(rng):
    model, x, y = nn.Dense(3, 2, rng=0), rng.standard_normal((4, 3)), rng.standard_normal((4, 2))
    model.weight.decay = 0.25
    assert check_network(model, nn.MeanSquaredError(), x, y, weight_decay=0.5).checks == 3
