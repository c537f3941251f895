"""Derivatives by differences, and the kinks and jumps among them."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, check_layer, directional_derivative, numerical_gradient
from nnlayers.testing.numeric import derivative


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
        (lambda t: float(np.float32(np.exp(np.float32(t)))), 1.0),
    ],
)
def test_the_derivative_is_within_its_error(f, slope):
    found = derivative(f, absolute_sum=abs(float(f(0.0))))
    assert abs(found.value - slope) <= 10 * found.error + 1e-12 * abs(slope)
    assert found.error < 1e-4 * abs(slope)


def test_a_jump_is_unsure():
    assert derivative(lambda t: float(t > 0)).kind == "unsure"


def test_numerical_gradients_and_directional_derivatives_are_right():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    gradient, error = numerical_gradient(lambda x: np.sin(x).sum(), x)
    np.testing.assert_allclose(gradient, np.cos(x), atol=1e-10)
    assert (error < 1e-8).all()
    found = directional_derivative(np.sin, x, np.ones_like(x))
    assert found.value == pytest.approx(np.cos(x).sum())
    assert found.kind == "smooth"
    assert directional_derivative(np.abs, np.zeros(2), np.ones(2)).kind == "kink"
    with pytest.raises(ValueError, match="expected x and d of one shape"):
        directional_derivative(np.sin, x, np.ones(2))


@pytest.mark.parametrize("f", [np.sin, lambda x: x[:, 0], lambda x: x[:0]])
def test_a_numerical_gradient_of_several_numbers_is_refused(f):
    with pytest.raises(
        ValueError, match="expected f to return a number, got an array of shape"
    ) as info:
        numerical_gradient(f, np.ones((2, 2)))
    assert "write lambda x: f(x).sum()" in str(info.value)


def test_a_number_may_be_an_array_of_one_element():
    gradient, _ = numerical_gradient(lambda x: (x**2).sum(keepdims=True), np.array([1.0, -2.0]))
    np.testing.assert_allclose(gradient, [2, -4])


def test_a_kink_is_judged_by_the_slopes_around_it():
    report = check_layer(nn.ReLU, "N D")
    assert report.outcomes["kink"] > 0
    assert "at a kink (within the slopes around it)" in str(report)


@pytest.mark.parametrize("slope", [2.0, -1.0, np.nan])
def test_a_gradient_at_a_kink_that_is_not_between_its_slopes_is_found(slope):
    class OddReLU(nn.ReLU):
        def forward(self, x):
            self.x = x
            return super().forward(x)

        predict = nn.ReLU.predict

        def backward(self, grad):
            return np.where(self.x == 0, slope * grad, super().backward(grad))

    with pytest.raises(GradientError, match="the gradient of the input is wrong") as info:
        check_layer(OddReLU, "N D", checks="value")
    assert "There is a kink at this point" in str(info.value)
