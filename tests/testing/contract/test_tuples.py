"""Exact checks of layers whose input or output is a tuple of arrays."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.structures import each
from nnlayers.testing import check_layer
from tests.testing.contract.breaking import broken


class Fork(nn.Layer):
    """y = (a x0, (x0 + x1, integers))"""

    def __init__(self, D):
        self.a = nn.Parameter(np.linspace(0.5, 1, D))

    def forward(self, x):
        first, second = x
        self.save_for_backward(first)
        return self.a.value * first, (first + second, (first > 0).astype(int))

    def backward(self, grad):
        first = self.saved()
        one, (two, _) = grad
        self.a.add_grad((one * first).sum(axis=0))
        return self.a.value * one + two, two


def test_inputs_and_outputs_may_be_tuples():
    report = check_layer(Fork, "N D, N D")
    assert report.verified == {"input[0]", "input[1]", "a"}


def in_float64(array):
    return array.astype(np.float64)


def without_the_second(array):
    """The element that is the second in memory is subtracted"""
    return array - array.ravel(order="K")[min(1, array.size - 1)]


@pytest.mark.parametrize(
    ("methods", "check", "message"),
    [
        (
            {"forward": lambda self, x: Fork.forward(self, (x[0], np.square(x[1], out=x[1])))},
            "arguments",
            "forward modifies its argument",
        ),
        (
            {"backward": lambda self, grad: [g * np.abs(g) for g in Fork.backward(self, grad)]},
            "shapes",
            "backward returns a list of 2, expected a tuple of 2 gradients",
        ),
        (
            {"backward": lambda self, grad: tuple(g * np.abs(g) for g in Fork.backward(self, grad))},
            "linear",
            "2 times the upstream gradient does not give 2 times the gradient of 'input[0]'",
        ),
        (
            {"forward": lambda self, x: each(in_float64, Fork.forward(self, x))},
            "float32",
            "float32 input gives float64 output",
        ),
        (
            {"predict": lambda self, x: (x[0], (x[0], x[1]))},
            "predict",
            "although the layer holds no Generator and no State, forward returns",
        ),
        (
            {"forward": lambda self, x: Fork.forward(self, each(without_the_second, x))},
            "layouts",
            "input gives a different output",
        ),
    ],
)
def test_a_broken_promise_about_tuples_is_found(methods, check, message):
    methods = {"predict": nn.Layer.predict, **methods}
    wrong = type("Wrong", (Fork,), methods)
    assert message in broken(check, wrong, "N D, N D")


def test_kept_outputs_in_a_tuple_are_found():
    class Keeps(nn.Layer):
        """It returns the same array each time"""

        def forward(self, x):
            if getattr(self, "kept", np.zeros(0)).shape != x.shape:
                self.kept = np.zeros_like(x)
            self.kept[...] = x
            return x.copy(), self.kept

        def backward(self, grad):
            return grad[0] + grad[1]

    assert "a later pass overwrites an array that an earlier one returned: the output" in broken(
        "results", Keeps
    )


def test_inputs_that_are_not_batches_are_not_emptied():
    class Product(nn.Layer):
        """y = x m, where all samples have one matrix"""

        def forward(self, x):
            self.save_for_backward(*x)
            return x[0] @ x[1]

        def backward(self, grad):
            x, m = self.saved()
            return grad @ m.T, x.T @ grad

    assert "empty_batch" not in check_layer(Product, "N D, D K").not_applicable
