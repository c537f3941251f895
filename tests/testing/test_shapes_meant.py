"""Advice on shapes that may not be meant, and none where sizes are not the cause."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer, check_loss
from tests.testing.messages import assert_it_fits, in_one_line


class Scale(nn.Layer):
    def __init__(self, features):
        self.gain = nn.Parameter(np.ones(features))

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.gain.value

    def backward(self, grad):
        self.gain.add_grad((grad * self.saved()).sum(axis=0))
        return grad * self.gain.value


class Square(nn.Layer):
    def forward(self, x):
        self.save_for_backward(x)
        return x**2

    def backward(self, grad):
        return 2 * grad * self.saved()


class Product(nn.Layer):
    def forward(self, x):
        one, other = x
        self.save_for_backward(one, other)
        return one * other

    def backward(self, grad):
        one, other = self.saved()
        return grad * other, grad * one


class KeepsAxes(nn.Layer):
    def __init__(self, D):
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        self.mean.value = x.mean(axis=0, keepdims=True)
        return x.copy()

    def predict(self, x):
        return x.copy()

    def backward(self, grad):
        return grad.copy()


class WideGain(Scale):
    def __init__(self, D):
        super().__init__(D)
        self.gain.value = np.ones((1, D))


BATCH = "The first axis is the batch: is 'N D' meant?"
MADE_FOR_ONE = "If the layer is made for one size, let the function take it, as D"


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (lambda: nn.Dense(4, 3), "N D", MADE_FOR_ONE),
        (lambda: Scale(4), "N D", "If it accepts only some sizes, write so in the shape: 'N 2*D'"),
        (lambda D: Scale(D), "D", BATCH),
        (lambda D: nn.Dense(D, 3), "D", BATCH),
        (Square, ["N", "D"], "['N', 'D'] are several inputs; if one is meant, write 'N D'"),
        (Square, "N, 2*D", "'N, 2*D' are several inputs; if one is meant, write 'N 2*D'"),
        (Square, "N D, N D", "a tuple of 2 arrays, as 'N D, N D' says: is one array meant?"),
        (Square(), ((3,), (3,)), "a tuple of 2 arrays, as ((3,), (3,)) says: is one array meant?"),
        (Product(), (3,), "give a tuple with a shape for each, such as ((3,), (3,))"),
        (Product, "N D", "If it takes several inputs, separate them by commas: 'N D, N D'"),
    ],
)
def test_a_shape_that_may_not_be_meant_is_named(layer, shape, message):
    with pytest.raises(ContractError) as caught:
        check_layer(layer, shape)
    assert message in in_one_line(caught.value)
    assert_it_fits(caught.value)


def test_layers_pass_with_the_shapes_that_are_advised():
    assert check_layer(Square, "N D").verified == {"input"}
    assert check_layer(Product(), ((3,), (3,))).verified == {"input[0]", "input[1]"}
    assert check_layer(lambda D: Scale(D), "N D").verified == {"gain", "input"}


@pytest.mark.parametrize("layer", [lambda D: KeepsAxes(D), lambda D: WideGain(D)])
def test_a_value_of_another_shape_is_not_put_down_to_the_sizes(layer):
    with pytest.raises(ContractError) as caught:
        check_layer(layer, "N D")
    assert "expected a value of shape (5,), got (1, 5)" in in_one_line(caught.value)
    assert "sizes" not in str(caught.value)


def test_a_target_with_a_size_that_is_not_an_axis_is_named():
    def target(rng, N, K):
        return rng.standard_normal((N, K))

    with pytest.raises(ContractError) as caught:
        check_loss(nn.MeanSquaredError(), prediction="N D", target=target)
    message = "target takes K, which is not an axis of 'N D': is one meant?"
    assert message in in_one_line(caught.value)


def test_a_target_that_fails_is_not_put_down_to_several_inputs():
    def target(rng, N):
        return (*N,)

    with pytest.raises(ContractError, match="target fails: TypeError") as caught:
        check_loss(nn.MeanSquaredError(), prediction="N D, N D", target=target)
    assert "several" not in str(caught.value)
    assert "array meant" not in str(caught.value)
