"""The styles in which functions and their gradients are written."""

import numpy as np
import pytest

from nnlayers.testing import ContractError, GradientError, check_function
from tests.testing.functions.plain import AFFINE, affine_backward, affine_forward


def test_forward_may_return_its_output_and_a_cache():
    report = check_function(affine_forward, affine_backward, *AFFINE)
    assert report.name == "affine_backward"
    assert report.verified == {"x", "w", "b"}
    assert report.checks == 54
    assert report.outcomes == {"right": 18}
    assert report.outcomes["unsure"] == 0


def test_a_single_gradient_needs_no_tuple():
    def forward(x):
        return np.maximum(x, 0), x

    for wrap in (lambda dx: dx, lambda dx: (dx,), lambda dx: [dx]):
        report = check_function(forward, lambda dout, x, wrap=wrap: wrap(dout * (x > 0)), "N D")
        assert report.verified == {"x"}


def test_forward_may_return_several_outputs_and_a_cache():
    def step_forward(x, h):
        return x * h, x + h, (x, h)

    def step_backward(dc, dh, cache):
        x, h = cache
        return dc * h + dh, dc * x + dh

    assert check_function(step_forward, step_backward, "N D", "N D").verified == {"x", "h"}


def test_backward_may_take_several_upstream_gradients_and_the_arguments():
    def forward(x, h):
        return x * h, x + h

    def backward(dc, dh, x, h):
        return dc * h + dh, dc * x + dh

    assert check_function(forward, backward, "N D", "N D").verified == {"x", "h"}


def test_forward_may_return_its_output_alone():
    def backward(dout, x, w, b):
        return dout @ w.T, x.T @ dout, dout.sum(axis=0)

    report = check_function(lambda x, w, b: x @ w + b, backward, *AFFINE)
    assert report.name == "backward"
    assert report.verified == {"x", "w", "b"}


def test_backward_may_take_the_arrays_without_the_constants():
    def power(x, exponent):
        return x**exponent

    def with_all(dout, x, exponent):
        return dout * exponent * x ** (exponent - 1)

    def with_arrays(dout, x):
        return dout * 3 * x**2

    for backward in (with_all, with_arrays):
        assert check_function(power, backward, "N D", 3).verified == {"x"}


def test_backward_may_take_the_upstream_gradient_alone():
    assert check_function(lambda x: 3 * x, lambda dout: 3 * dout, "N D").verified == {"x"}


def test_forward_may_return_its_own_backward():
    def tanh(x):
        y = np.tanh(x)
        return y, lambda dy: dy * (1 - y**2)

    for report in (check_function(tanh, None, "N D"), check_function(tanh, "N D")):
        assert report.name == "tanh"
        assert report.verified == {"x"}


def softmax_loss(x, y):
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(x))
    dx = p.copy()
    dx[rows, y] -= 1
    return -np.log(p[rows, y]).mean(), dx / len(x)


def labels(rng, shape, C):
    return rng.integers(0, C, shape)


def test_a_loss_may_return_its_gradient_with_its_value():
    report = check_function(softmax_loss, None, "N C", "N", values={"y": labels})
    assert report.verified == {"x"}
    assert check_function(softmax_loss, None, "4 C+1", np.array([0, 1, 0, 1])).verified == {"x"}


def test_a_loss_may_return_several_gradients_with_its_value():
    def product(a, b):
        return (a * b).sum(), b, a

    def in_a_dict(a, b):
        return (a * b).sum(), {"a": b, "b": a}

    for function in (product, in_a_dict):
        assert check_function(function, None, "N D", "N D").verified == {"a", "b"}


def test_the_backward_of_a_loss_may_do_without_an_upstream_gradient():
    def loss(prediction, target):
        return ((prediction - target) ** 2).mean()

    def gradient(prediction, target):
        return 2 * (prediction - target) / prediction.size

    target = np.random.default_rng(0).standard_normal((3, 2))
    with pytest.raises(
        ContractError, match=r"returns an array of shape \(3, 2\), expected 2 gradients"
    ):
        check_function(loss, gradient, "3 2", target)
    report = check_function(loss, lambda p, t: (gradient(p, t), -gradient(p, t)), "N D", "N D")
    assert report.verified == {"prediction", "target"}

    def with_cache(prediction, target):
        return loss(prediction, target), (prediction, target)

    def from_cache(cache):
        return gradient(*cache), -gradient(*cache)

    assert len(check_function(with_cache, from_cache, "N D", "N D").verified) == 2


@pytest.mark.parametrize(
    "keys",
    [("x", "w", "b"), ("dx", "dW", "db"), ("grad_x", "grad_w", "grad_b"), ("x_grad", "W_GRAD", "b")],
)
def test_gradients_may_be_in_a_dict(keys):
    def backward(dout, cache):
        return dict(reversed(list(zip(keys, affine_backward(dout, cache), strict=True))))

    assert check_function(affine_forward, backward, *AFFINE).verified == {"x", "w", "b"}


def test_names_that_differ_only_in_case_are_told_apart():
    def forward(w, W):
        return w * W**2

    def backward(dout, w, W):
        return {"dW": dout * 2 * w * W, "dw": dout * W**2}

    assert check_function(forward, backward, "N D", "N D").verified == {"w", "W"}


def test_an_argument_that_is_not_an_array_may_have_none_as_its_gradient():
    def backward(dout, cache):
        return affine_backward(dout, cache)[0], None

    def forward(x, options):
        return affine_forward(x, options["w"], 0.0)

    options = {"w": np.array([[1.0, 2.0], [0.5, -1.0]])}
    assert check_function(forward, backward, "N 2", options).verified == {"x"}


class Square:
    """Methods, of which forward leaves something behind for backward"""

    factor = 2

    def forward(self, x):
        self.x = x
        return x * x

    def backward(self, dout):
        return self.factor * dout * self.x


def test_methods_of_an_object_run_on_copies_of_it():
    square = Square()
    order = {"order": "an attribute holds the input of the last forward"}
    report = check_function(square.forward, square.backward, "N D", expected_failures=order)
    assert report.name == "Square.backward"
    assert report.verified == {"x"}
    assert not hasattr(square, "x")  # all passes run on copies
    square.factor = 3
    with pytest.raises(GradientError) as info:
        check_function(square.forward, square.backward, "N D")
    names = {"np": np, "Square": square}
    assert "Square.forward(x)\n" in info.value.code
    exec(info.value.code, names)
    assert names["found"][info.value.index] == info.value.backward
