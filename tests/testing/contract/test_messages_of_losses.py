"""Common mistakes in losses end in a sentence that says what to do."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer, check_loss
from tests.testing.messages import ITSELF, in_one_line


class Absolute(nn.Loss):
    """L = what a subclass makes of |y|"""

    def value(self, losses):
        return float(losses.mean())

    def forward(self, prediction, target):
        self.save_for_backward(prediction)
        return self.value(np.abs(prediction).mean(axis=1))

    def backward(self, grad=1.0):
        x = self.saved()
        return (grad / x.size) * np.sign(x)


class OneEach(Absolute):
    def value(self, losses):
        return losses


class Array(Absolute):
    def value(self, losses):
        return losses.mean(keepdims=True)


class Forgets(Absolute):
    def value(self, losses):
        pass


class Float32(Absolute):
    def value(self, losses):
        return np.float32(losses.mean())


class NoGradient(Absolute):
    def backward(self, grad=1.0):
        self.saved()


class FirstOfSaved(Absolute):
    def backward(self, grad=1.0):
        (x,) = self.saved()
        return (grad / x.size) * np.sign(x)


def zeros(N):
    return np.zeros(N)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (
            OneEach(),
            "an array of shape (3,), expected a float: return the mean over the samples, float(",
        ),
        (Array(), "forward returns an array of shape (1,), expected a float: write return float(...)"),
        (Forgets(), "forward returns None, expected a float: is a return missing?"),
        (Float32(), "expected a float: write return float(...)"),
        (NoGradient(), "backward returns None, expected the gradient of the prediction: is a return "),
        (FirstOfSaved(), f"forward saved one value: {ITSELF}"),
    ],
)
def test_a_mistake_of_a_loss_is_named(loss, message):
    with pytest.raises(ContractError) as caught:
        check_loss(loss, prediction="N D", target=zeros)
    assert message in in_one_line(caught.value)
    assert caught.value.check == "shapes"


def test_a_target_is_drawn_by_a_function():
    check_loss(Absolute(), prediction="N D", target=zeros)
    with pytest.raises(TypeError, match="expected target to be a function that draws it") as caught:
        check_loss(Absolute(), prediction="N D", target=np.zeros(3))
    assert "got an array of shape (3,)" in str(caught.value)
    with pytest.raises(ContractError, match="target fails: ZeroDivisionError") as info:
        check_loss(Absolute(), prediction="N D", target=lambda rng: 1 / 0)
    assert info.value.check == "target"


def test_classes_of_losses_are_refused_with_advice():
    with pytest.raises(TypeError, match=r"expected a Loss \(an instance\), got .*: make an instance"):
        check_loss(nn.MeanSquaredError, prediction="N D", target=zeros)
    with pytest.raises(TypeError, match="use check_loss for a loss"):
        check_layer(nn.MeanSquaredError(), "N D")
    with pytest.raises(TypeError, match="use check_layer for a layer"):
        check_loss(nn.ReLU(), prediction="N D", target=zeros)
