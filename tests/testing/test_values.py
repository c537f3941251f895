"""The inputs that are drawn: one or several, by the checker or by a user's function."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, GradientError, check_layer
from tests.testing.messages import in_one_line


class Attend(nn.Layer):
    """y = weights of steps times steps, of two inputs, and a mask"""

    def forward(self, inputs):
        x, w, mask = inputs[0], inputs[1], inputs[2].astype(inputs[0].dtype)
        self.save_for_backward(x, w, mask)
        return ((w * mask)[:, :, None] * x).sum(axis=1)

    def backward(self, grad):
        x, w, mask = self.saved()
        dw = (grad[:, None, :] * x).sum(axis=2) * mask
        return (w * mask)[:, :, None] * grad[:, None, :], dw, None


def bits(rng, shape):
    return rng.integers(0, 2, shape)


def test_several_inputs_are_drawn_and_checked_each():
    report = check_layer(Attend, "N T D, N T, N T", values=(None, None, bits))
    assert report.verified == {"input[0]", "input[1]"}


class AttendWrongly(Attend):
    def backward(self, grad):
        dx, dw, nothing = super().backward(grad)
        return dx, -dw, nothing


def test_the_wrong_one_of_several_inputs_is_named():
    with pytest.raises(GradientError, match=r"the gradient of 'input\[1\]' is wrong") as info:
        check_layer(AttendWrongly, "N T D, N T, N T", values=(None, None, bits))
    error = info.value
    assert (error.block, error.causes[0]) == (
        "input[1]",
        "The sign is wrong: it is -1 x the correct gradient.",
    )
    names = {"np": np, "make": AttendWrongly}
    exec(error.code, names)
    assert names["found"][error.index] == pytest.approx(error.backward)


class OneGradient(Attend):
    def backward(self, grad):
        return super().backward(grad)[0]


def test_a_single_gradient_for_three_inputs_is_refused():
    with pytest.raises(ContractError, match=r"expected a tuple of 3\s+gradients"):
        check_layer(OneGradient, "N T D, N T, N T", values=(None, None, bits))


def test_values_may_ask_for_sizes():
    seen = []

    def values(rng, shape, D):
        seen.append((shape[1], D))
        return rng.standard_normal(shape)

    check_layer(lambda D, K: nn.Dense(D, K), "N D", values=values)
    assert seen
    assert all(one == other for one, other in seen)


def test_a_missing_gradient_of_one_of_several_inputs_is_named():
    class Forgets(Attend):
        def backward(self, grad):
            return super().backward(grad)[0], None, None

    with pytest.raises(ContractError) as info:
        check_layer(Forgets, "N T D, N T, N T", values=(None, None, bits))
    message = "expected the gradient of 'input[1]': None is for integers and masks, which values= draws"
    assert message in in_one_line(info.value)


@pytest.mark.parametrize("values", [3, (None,), ("x", "y")])
def test_values_of_another_kind_are_refused(values):
    with pytest.raises(TypeError, match=r"expected values to be a function of \(rng, shape\), or"):
        check_layer(Attend, "N T D, N T", values=values)


def test_values_restrict_the_input():
    class Root(nn.Layer):
        def forward(self, x):
            self.save_for_backward(x)
            return np.sqrt(x)

        def backward(self, grad):
            return grad / (2 * np.sqrt(self.saved()))

    check_layer(Root, "N D", values=lambda rng, shape: rng.uniform(0.5, 2, shape))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            lambda rng, shape: rng.random(3),
            "values: expected an array of the shape that was asked for, (3, 5), got (3,)",
        ),
        (lambda rng, shape: 1 / 0, "values fails: ZeroDivisionError: division by zero"),
    ],
)
def test_values_of_another_shape_and_values_that_fail_are_refused(values, message):
    with pytest.raises(ContractError) as caught:
        check_layer(nn.ReLU, "N D", values=values)
    assert message in in_one_line(caught.value)
    assert caught.value.check == "values"
