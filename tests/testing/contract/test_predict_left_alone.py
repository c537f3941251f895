"""What the checks of predict cannot tell is reported or left alone."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import check_layer
from tests.catalogue.biased import Mixup
from tests.testing.contract.predictions import CHECKS, meant, moving, nonlinear, running, shape_of


@pytest.mark.parametrize(
    ("kind", "reasons"),
    [
        (moving.Flip, {"unbiased": "random flips"}),
        (nonlinear.NoiseBeforeTanh, {"unbiased": "noise before a nonlinearity"}),
        (moving.AlphaDropout, {"unbiased": "the mean of 400 forwards is not predict"}),
        (meant.SoftplusGate, {"unbiased": "noise before a nonlinearity"}),
        (meant.Rounded, {"unbiased": "forward is random, and predict a step function"}),
        (moving.Crop, {"unbiased": "outputs of different shapes"}),
        (running.Drifting, {"settles": "do not settle within "}),
        (running.NoisyCentered, {"settles": "it has a running State, and is random"}),
    ],
)
def test_what_cannot_be_told_is_reported(kind, reasons):
    report = check_layer(kind, shape_of(kind), checks=CHECKS)
    for check, reason in reasons.items():
        assert reason in report.not_applicable[check]
        assert f"not applicable: {check} (" in str(report)


def test_layers_that_hold_nothing_of_the_kind_are_not_reported():
    assert check_layer(nn.ReLU, "N D", checks=CHECKS).not_applicable == {}


def test_frozen_statistics_are_thawed_for_the_check():
    layer = running.BatchNorm(3)
    layer.trainable = False
    check_layer(layer, (3,), checks=CHECKS)


def test_layers_inside_that_are_used_by_themselves_are_left_alone():
    class OwnMask(nn.Layer):
        """It draws from the Generator of a layer inside"""

        def __init__(self):
            self.inner = nn.Dropout(0.5, rng=0)

        def forward(self, x):
            mask = (self.inner.rng.random(x.shape) < 0.5) * x.dtype.type(2)
            self.save_for_backward(mask)
            return x * mask

        def predict(self, x):
            return x

        def backward(self, grad):
            return grad * self.saved()

    report = check_layer(OwnMask, "N D", checks=CHECKS)
    assert "uses what is random or running in its layers" in report.not_applicable["delegates"]


def test_a_forward_that_needs_the_passes_of_its_layers_is_left_alone():
    class UsesSaved(nn.Layer):
        """It looks at what a layer inside has saved"""

        def __init__(self, D):
            self.inner = nn.Dense(D, D, rng=0)

        def forward(self, x):
            self.inner.forward(x)
            return 2 * self.inner.saved()

        def predict(self, x):
            return 2 * x

        def backward(self, grad):
            return 2 * grad

    report = check_layer(UsesSaved, "N D", checks="delegates")
    assert "with predict in its layers, forward fails" in report.not_applicable["delegates"]


def test_a_state_that_depends_on_the_batch_size_is_left_alone():
    class Carried(nn.Layer):
        """y = x + 0.5 y of the batch before"""

        def __init__(self):
            self.last = nn.State(np.zeros((3, 3)))

        def forward(self, x):
            y = self.predict(x)
            self.last.value = y
            return y

        def predict(self, x):
            return x + self.last.value / 2

        def backward(self, grad):
            return grad

    report = check_layer(Carried, "3 3", checks="settles")
    assert report.not_applicable == {}  # there are no sizes, so it is not tried


@pytest.mark.parametrize("seed", [23, 34])
def test_mixed_samples_whose_mean_is_nearly_zero_are_left_alone(seed):
    check_layer(Mixup, "N D", seed=seed)
