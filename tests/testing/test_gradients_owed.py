"""The gradients that a layer owes, and those that it does not."""

import dataclasses

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, LayerCheckError, check_layer
from tests.layers_for_tests import Embedding, Scale


def test_a_wrong_gradient_of_a_tiny_layer_is_found():
    class Tiny(nn.Layer):
        def forward(self, x):
            return 1e-6 * x

        def backward(self, grad):
            return -7e-6 * grad

    with pytest.raises(LayerCheckError):
        check_layer(Tiny(), (3,))


def test_a_parameter_without_gradient_is_found():
    class Forgetful(Scale):
        def backward(self, grad):
            self.saved()
            return grad * self.gain.value

    with pytest.raises(LayerCheckError, match="the gradient of 'gain'"):
        check_layer(Forgetful(3), (3,))


def test_a_new_mask_in_backward_is_found():
    class NewMask(nn.Layer):
        def __init__(self):
            self.rng = np.random.default_rng(0)

        def forward(self, x):
            return x * (self.rng.random(x.shape) < 0.5)

        def backward(self, grad):
            return grad * (self.rng.random(grad.shape) < 0.5)

    with pytest.raises(LayerCheckError, match="the gradient of the input"):
        check_layer(NewMask(), (10,))


def test_a_gradient_of_integer_input_is_refused():
    class Wrong(Embedding):
        def backward(self, grad):
            super().backward(grad)
            return grad

    with pytest.raises(LayerCheckError, match="expected None as the gradient of integer input"):
        check_layer(Wrong(4, 2), (), values=lambda rng, shape: rng.integers(0, 4, shape))


def test_the_layer_itself_is_left_as_it_is():
    layer = nn.Dense(3, 5, rng=0)
    before = layer.state_dict()
    check_layer(layer, (3,))
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
        assert value.dtype == np.float32
    assert layer.weight.grad is None


def test_frozen_parameters_are_not_asked_for_a_gradient():
    layer = nn.Dense(3, 5)
    layer.weight.trainable = False
    check_layer(layer, (3,))


def test_integers_among_several_inputs_have_no_gradient():
    class Pick(nn.Layer):
        """y[n] = x[n, i[n]]"""

        gradient = None

        def forward(self, x):
            x, index = x
            self.save_for_backward(x.shape, index)
            return x[np.arange(len(x)), index]

        def backward(self, grad):
            shape, index = self.saved()
            found = np.zeros(shape, grad.dtype)
            found[np.arange(len(index)), index] = grad
            return found, self.gradient

    def index(rng, shape):
        return rng.integers(0, 2, shape)

    check_layer(Pick, "N D+1, N", values=(None, index))
    Pick.gradient = np.zeros(3)
    with pytest.raises(
        ContractError, match=r"expected None as the gradient of the integers 'input\[1\]"
    ):
        check_layer(Pick, "N D+1, N", values=(None, index))


def test_what_saved_returns_may_be_indexed():
    class Shape(nn.Layer):
        """It saves a shape"""

        def forward(self, x):
            self.save_for_backward(x.shape)
            return x / max(len(x), 1)

        def backward(self, grad):
            return grad / max(self.saved()[0], 1)

    class Count(Shape):
        """It saves an array of one number"""

        def forward(self, x):
            self.save_for_backward(np.array([max(len(x), 1)], x.dtype))
            return x / max(len(x), 1)

        def backward(self, grad):
            return grad / self.saved()[0]

    check_layer(Shape, "N D")
    check_layer(Count, "N D")


def test_frozen_dataclasses_are_layers():
    @dataclasses.dataclass(frozen=True)
    class Power(nn.Layer):
        exponent: int

        def forward(self, x):
            self.save_for_backward(x)
            return x**self.exponent

        def backward(self, grad):
            return self.exponent * grad * self.saved() ** (self.exponent - 1)

    check_layer(lambda: Power(2), "N D")
