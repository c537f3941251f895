"""The gradient checker: it finds planted bugs, and says what it found."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import LayerCheckError, check_layer, check_loss
from nnlayers.testing.numeric import derivative
from tests.layers_for_tests import Embedding, Scale


class ScaleBase(Scale):
    """Scale with a backward to be spoiled."""

    def backward(self, grad):
        x = self.saved()
        self.gain.add_grad(self.gain_gradient(x, grad))
        return self.input_gradient(x, grad)

    def gain_gradient(self, x, grad):
        return (grad * x).sum(axis=0)

    def input_gradient(self, x, grad):
        return grad * self.gain.value


def spoiled(name, function):
    return type(
        "Spoiled", (ScaleBase,), {name: lambda self, x, grad: function(self.gain.value, x, grad)}
    )


def once_in_a_while_wrong(gain, x, grad):
    wrong = grad * gain
    wrong[-1, -1] *= 1.01
    return wrong


BUGS = {
    "averaged, not summed": spoiled("gain_gradient", lambda gain, x, grad: (grad * x).mean(axis=0)),
    "only the first row": spoiled("gain_gradient", lambda gain, x, grad: (grad * x)[0]),
    "not summed": spoiled("gain_gradient", lambda gain, x, grad: grad[0]),
    "sign": spoiled("gain_gradient", lambda gain, x, grad: -(grad * x).sum(axis=0)),
    "assumes an upstream of ones": spoiled("gain_gradient", lambda gain, x, grad: x.sum(axis=0)),
    "squares its upstream": spoiled("gain_gradient", lambda gain, x, grad: (grad**2 * x).sum(axis=0)),
    "takes its absolute value": spoiled("input_gradient", lambda gain, x, grad: np.abs(grad) * gain),
    "forgets the gain": spoiled("input_gradient", lambda gain, x, grad: grad),
    "zero": spoiled("input_gradient", lambda gain, x, grad: 0 * grad),
    "one element wrong by 1 %": spoiled("input_gradient", once_in_a_while_wrong),
    "1e-4 relative error everywhere": spoiled(
        "input_gradient", lambda gain, x, grad: 1.0001 * grad * gain
    ),
    "lower precision": spoiled(
        "input_gradient", lambda gain, x, grad: np.float32(grad) * np.float32(gain)
    ),
    "wrong shape": spoiled("input_gradient", lambda gain, x, grad: (grad * gain)[:1]),
}


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("seed", range(5))
def test_planted_bugs_are_found(bug, seed):
    with pytest.raises(LayerCheckError, match="Spoiled"):
        check_layer(lambda D: BUGS[bug](D), "N D", seed=seed)


def test_the_same_layer_without_a_bug_passes():
    for seed in range(20):
        check_layer(lambda D: ScaleBase(D), "N D", seed=seed)


def test_the_message_names_block_element_values_and_case():
    with pytest.raises(LayerCheckError) as info:
        check_layer(lambda D: BUGS["sign"](D), "N D", seed=3)
    message = str(info.value)
    assert message.startswith("Spoiled.backward: the gradient of 'gain' is wrong at element [0]: ")
    assert "seed=3" in message
    assert "D=" in message
    backward, numeric = (
        float(message.split(word)[1].split()[0].strip(",")) for word in ("gives ", " give ")
    )
    assert backward == pytest.approx(-numeric)


def test_a_wrong_gradient_of_the_input_is_called_that():
    with pytest.raises(
        LayerCheckError, match=r"the gradient of the input is wrong at element \[0, 0\]"
    ):
        check_layer(lambda D: BUGS["forgets the gain"](D), "N D")


def test_a_failure_is_an_assertion_error_that_tests_show():
    assert issubclass(LayerCheckError, AssertionError)


def test_tiny_layers_are_not_passed_for_being_tiny():
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


def test_integer_input_wants_none():
    class Wrong(Embedding):
        def backward(self, grad):
            super().backward(grad)
            return grad

    with pytest.raises(LayerCheckError, match="expected None for integer input"):
        check_layer(Wrong(4, 2), (), values=lambda rng, shape: rng.integers(0, 4, shape))


def test_values_restrict_the_input():
    class Root(nn.Layer):
        def forward(self, x):
            self.save_for_backward(x)
            return np.sqrt(x)

        def backward(self, grad):
            return grad / (2 * np.sqrt(self.saved()))

    check_layer(Root, "N D", values=lambda rng, shape: rng.uniform(0.5, 2, shape))


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


def test_a_spec_may_have_numbers():
    check_layer(lambda K: nn.Dense(7, K), "N 7")


def test_a_spec_that_does_not_fit_is_refused():
    with pytest.raises(TypeError, match=r"expected the names of the sizes .* \['D', 'K'\]"):
        check_layer(lambda D, K: nn.Dense(D, K), (3,))
    with pytest.raises(ValueError, match="expected the names of the sizes of the axes"):
        check_layer(nn.ReLU, "")


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
        check_loss(loss, prediction="N D", target=lambda rng, N, D: rng.standard_normal((N, D)))


@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (np.sin, 1.0),
        (lambda t: np.exp(3 * t), 3.0),
        (lambda t: 5 * t, 5.0),
        (lambda t: 1e-9 * t, 1e-9),
        (lambda t: np.sin(1000 * t), 1000.0),
        (lambda t: max(t + 1e-4, 0) * 2.0, 2.0),
        (lambda t: np.sqrt(t + 0.01), 5.0),
    ],
)
def test_the_numeric_derivative_is_within_its_error(f, slope):
    found = derivative(f, mass=abs(float(f(0.0))))
    assert abs(found.value - slope) <= 10 * found.error + 1e-12 * abs(slope)
    assert found.error < 1e-6 * abs(slope)


def test_a_shortcut_that_differs_from_backward_is_found():
    class Wrong(nn.Dense):
        def backward_parameters(self, grad):
            super().backward_parameters(-grad)

    with pytest.raises(
        LayerCheckError, match=r"Wrong.backward_parameters: the gradient of 'weight' differs"
    ):
        check_layer(Wrong(3, 5), (3,))


def test_what_makes_no_layer_is_refused():
    with pytest.raises(
        TypeError, match="check_layer: expected a Layer, or a function that makes one, got <class"
    ):
        check_layer(lambda: nn.ReLU, "N D")


def test_a_spec_with_commas_is_refused():
    with pytest.raises(
        ValueError, match="expected the names of the sizes of the axes, such as 'N D', got 'N,D'"
    ):
        check_layer(nn.ReLU, "N,D")


def test_one_number_is_the_shape_of_a_sample():
    check_layer(nn.Dense(3, 5), 3)
