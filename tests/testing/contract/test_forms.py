"""Outputs and gradients of another form are named, with the form that was expected."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer
from tests.testing.messages import in_one_line


class Returns(nn.Layer):
    """y is what a function makes of x"""

    def __init__(self, make, back=lambda grad: grad):
        self.make, self.back = make, back

    def forward(self, x):
        return self.make(x)

    def backward(self, grad):
        return self.back(grad)


def returning(*arguments):
    return lambda: Returns(*arguments)


WANTED = "expected an array, or a tuple of arrays"
OUTPUTS = [
    (lambda x: None, f"forward returns None, {WANTED}: is a return missing?"),
    (
        lambda x: x.sum(),
        f"forward returns the number -2.40085, {WANTED}, whose first axis is the batch",
    ),
    (lambda x: x.sum(), "(a number for the whole batch is a loss: use nn.Loss and check_loss)"),
    (lambda x: float(x.sum()), f"forward returns the number -2.40085, {WANTED}"),
    (lambda x: 3, f"forward returns the int 3, {WANTED}"),
    (lambda x: [x, x], f"forward returns a list of 2, {WANTED}: write return tuple(...), or np.array("),
    (lambda x: (), f"forward returns an empty tuple, {WANTED}"),
    (lambda x: (x, None), f"forward returns a tuple whose element [1] is None, {WANTED}"),
    (lambda x: "text", f"forward returns a str, {WANTED}"),
    (lambda x: {"x": x}, f"forward returns a dict, {WANTED}"),
    (np.ma.masked_array, "forward returns a MaskedArray, expected an array"),
    (lambda x: x > 0, "forward returns an array of bool, which has no gradient"),
    (lambda x: x + 0j, "forward returns an array of complex128, expected one of real numbers"),
    (lambda x: x.astype(object), "returns an array of object, expected one of real numbers"),
]


@pytest.mark.parametrize(("make", "message"), OUTPUTS)
def test_an_output_of_another_form_is_named(make, message):
    with pytest.raises(ContractError) as caught:
        check_layer(returning(make), "N D")
    assert message in in_one_line(caught.value)
    assert caught.value.check == "shapes"


def add(x):
    return x[0] + x[1]


ONE, TWO = "N D", "N D, N D"
GRADIENTS = [
    (
        ONE,
        np.negative,
        lambda grad: None,
        "backward returns None, expected the gradient of the input: is",
    ),
    (ONE, np.negative, lambda grad: [grad], "backward returns a list of 1, expected one array"),
    (
        ONE,
        np.negative,
        lambda grad: grad[:1],
        "gradient of the input has shape (1, 5), expected (3, 5)",
    ),
    (
        TWO,
        add,
        lambda grad: grad,
        "an array of shape (3, 5), expected a tuple of 2 gradients, one for each",
    ),
    (
        TWO,
        add,
        lambda grad: None,
        "backward returns None, expected a tuple of 2 gradients, one for each",
    ),
    (
        TWO,
        add,
        lambda grad: (grad, None),
        "returns None in the place of 'input[1]', expected the gradient",
    ),
]


@pytest.mark.parametrize(("shape", "make", "back", "message"), GRADIENTS)
def test_a_gradient_of_another_form_is_named(shape, make, back, message):
    with pytest.raises(ContractError) as caught:
        check_layer(returning(make, back), shape)
    assert message in in_one_line(caught.value)
    assert caught.value.check == "shapes"


def twice(x):
    return x, 2 * x


def back_from_twice(grad):
    return grad[0] + 2 * grad[1]


def test_a_tuple_of_outputs_has_a_tuple_of_gradients():
    check_layer(returning(twice, back_from_twice), "N D")
