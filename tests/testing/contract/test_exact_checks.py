"""Exact checks: their order, large values, what differs from pass to pass."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_function, check_layer, check_loss
from nnlayers.testing.contract import CHECKS, available
from tests.layers_for_tests import Scale
from tests.testing.contract.breaking import broken

# The table


def test_every_check_says_what_it_guards_against():
    for check in CHECKS.values():
        assert check.guards_against.endswith(".")


def test_the_checks_whose_advice_says_most_come_first():
    first = ["registered", "shapes", "repeatable", "precision", "value", "accumulation"]
    for kind in ("layer", "loss"):
        assert available(kind)[:6] == first
    assert available("network") == ["value"]
    assert {"linear", "order", "layouts", "large_values"} < set(available("function"))
    assert not {"precision", "empty_batch", "copies", "predict"} & set(available("function"))


# Large values


class LogDeterminant(nn.Layer):
    """y = log det(I + x x')"""

    def forward(self, x):
        a = np.eye(x.shape[1], dtype=x.dtype) + x @ x.swapaxes(1, 2)
        self.save_for_backward(x, a)
        return np.linalg.slogdet(a)[1]

    def backward(self, grad):
        x, a = self.saved()
        return grad[:, None, None] * 2 * np.linalg.solve(a, x)


def test_a_singular_matrix_of_large_values_is_not_an_overflow():
    for seed in range(5):
        check_layer(LogDeterminant, "N T D", seed=seed)


def test_the_message_says_which_large_values_were_fed():
    class Naive(nn.Layer):
        """y = exp(x) / sum exp(x)"""

        def forward(self, x):
            e = np.exp(x)
            y = e / e.sum(axis=1, keepdims=True)
            self.save_for_backward(y)
            return y

        def backward(self, grad):
            y = self.saved()
            return y * (grad - (grad * y).sum(axis=1, keepdims=True))

    words = broken("large_values", Naive)
    assert "10,000 times the input, in float32, gives NaN in the output" in words

    class Refuses(nn.ReLU):
        def forward(self, x):
            if np.abs(x).max(initial=0) > 100:
                raise ValueError("too large.")
            return super().forward(x)

        predict = nn.ReLU.predict

    words = broken("large_values", Refuses)
    assert "10,000 times the input, in float32, gives ValueError: too large. If the layer" in words
    check_layer(Refuses, "N D", values=lambda rng, shape: rng.uniform(-9, 9, shape))

    class Singular(LogDeterminant):
        """It inverts a matrix of ones at large values"""

        def forward(self, x):
            if np.abs(x).max(initial=0) > 1000:
                np.linalg.inv(np.ones((2, 2)))
            return super().forward(x)

    report = check_layer(lambda: Singular(), "N T D", checks="large_values")
    assert report.not_applicable["large_values"] == (
        "10,000 times the input, in float32, gives LinAlgError: Singular matrix"
    )


# Layers


def test_low_precision_is_named_before_the_small_error_that_it_makes():
    class Wrong(Scale):
        def backward(self, grad):
            return super().backward(grad).astype(np.float32)

    with pytest.raises(ContractError, match="the gradient of the input is float32, although"):
        check_layer(Wrong, "N features")


def test_an_input_of_low_precision_is_not_called_round():
    def values(rng, shape):
        return rng.random(shape).astype(np.float32)

    report = check_layer(nn.ReLU, "N D", values=values)
    assert report.not_applicable["precision"].startswith("the input has only float32 precision")


def test_the_rounding_of_a_zero_gradient_is_not_called_nonlinear():
    def target(rng, N, C):
        return rng.dirichlet(np.ones(C), N)

    for seed in (4, 5):  # with one class, the gradient is zero but for rounding
        check_loss(nn.SoftmaxCrossEntropy(), prediction="N C", target=target, seed=seed)


def test_outputs_that_differ_from_pass_to_pass_are_named():
    shapes = iter(range(1, 1000))

    class Grows(nn.Layer):
        """Each output is larger than the one before"""

        def forward(self, x):
            return np.repeat(x, next(shapes), axis=1)

        def backward(self, grad):
            return grad

    words = broken("repeatable", Grows)
    assert (
        "forward returned an array of shape (3, 15), then an array of shape (3, 20), for the" in words
    )
    rng = np.random.default_rng(0)
    with pytest.raises(ContractError, match="make the random generator within"):
        check_function(lambda x: x * rng.random(), lambda dout, x: dout, "N D", checks="repeatable")


def test_values_that_pile_up_in_a_list_of_the_class_take_no_longer_each_time():
    class Cube(nn.Layer):
        pending = []  # noqa: RUF012

        def forward(self, x):
            self.pending.append(x)
            return x**3

        def predict(self, x):
            return x**3

        def backward(self, grad):
            return 3 * self.pending.pop() ** 2 * grad

    for _ in range(8):
        with pytest.raises(ContractError, match="backward without its forward"):
            check_layer(Cube, "N D")
    assert len(Cube.pending) < 2000


# Inference


def test_for_inference_must_give_the_inference_pass():
    class Forgetful(nn.Dropout):
        def forward(self, x):
            return super().forward(2 * x)

        def predict(self, x):
            return 2 * x

        def backward(self, grad):
            return 2 * super().backward(grad)

        def for_inference(self):
            return nn.Identity()

    words = broken("for_inference", lambda: Forgetful(0.5, rng=0))
    assert "forward of for_inference() returns" in words

    Forgetful.for_inference = nn.Layer.for_inference
    assert (
        check_layer(lambda: Forgetful(0.5, rng=0), "N D", checks="for_inference").not_applicable == {}
    )
