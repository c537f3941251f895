"""The cause that a message names for a wrong loss."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, check_loss
from tests.testing.messages import in_one_line


class MeanSquares(nn.Loss):
    def forward(self, prediction, target):
        d = self.check_target(target, prediction.shape) - prediction
        self.save_for_backward(d)
        return float((d * d).mean())


class Ignores(MeanSquares):
    def backward(self, grad=1.0):
        d = self.saved()
        return -2 * d / d.size


class Squares(MeanSquares):
    def backward(self, grad=1.0):
        d = self.saved()
        return -2 * grad**2 * d / d.size


class DividesByRows(MeanSquares):
    def backward(self, grad=1.0):
        d = self.saved()
        return -2 * grad * d / len(d)


class Clips(MeanSquares):
    def backward(self, grad=1.0):
        d = self.saved()
        return -2 * grad * np.clip(d, -1, 1) / d.size


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (Ignores, "It ignores its upstream gradient, the argument of backward."),
        (Squares, "It squares its upstream gradient"),
        (DividesByRows, "Looks as if a division by D is missing"),
        (Clips, "where the size of the difference from the target is above about 1"),
    ],
)
def test_the_cause_of_a_wrong_loss_is_named(loss, words):
    with pytest.raises(GradientError) as info:
        check_loss(
            loss(),
            prediction="N D",
            target=lambda rng, N, D: rng.standard_normal((N, D)),
            checks="value",
        )
    assert words in in_one_line(info.value)
    assert "layer" not in info.value.code
    assert "found = loss.backward(" in info.value.code
