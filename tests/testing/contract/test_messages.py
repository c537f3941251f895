"""Common mistakes in layers end in a sentence that says what to do."""

import dataclasses

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer
from tests.layers_for_tests import Scale


class Assigns(Scale):
    def backward(self, grad):
        self.gain.grad = (grad * self.saved()).sum(axis=0)
        return grad * self.gain.value


class AddsToNone(Scale):
    def backward(self, grad):
        self.gain.grad += (grad * self.saved()).sum(axis=0)
        return grad * self.gain.value


class Unpacks(Scale):
    def backward(self, grad):
        (x,) = self.saved()
        self.gain.add_grad((grad * x).sum(axis=0))
        return grad * self.gain.value


class UnpacksTwo(Unpacks):
    def backward(self, grad):
        x, gain = self.saved()
        self.gain.add_grad((grad * x).sum(axis=0))
        return grad * gain


class TakesTheFirst(Scale):
    def backward(self, grad):
        x = self.saved()[0]
        self.gain.add_grad((grad * x).sum(axis=0))
        return grad * self.gain.value


class SavesNothing(Scale):
    def forward(self, x):
        return x * self.gain.value


class Returns(nn.Layer):
    """y is what a subclass makes of x"""

    def __init__(self, make, back=lambda grad: grad):
        self.make, self.back = make, back

    def forward(self, x):
        return self.make(x)

    def backward(self, grad):
        return self.back(grad)


class BatchLast(nn.Layer):
    def __init__(self, D):
        self.weight = nn.Parameter(np.ones((3, D)))

    def forward(self, x):
        self.save_for_backward(x)
        return self.weight.value @ x

    def backward(self, grad):
        self.weight.add_grad(grad @ self.saved().T)
        return self.weight.value.T @ grad


class Heads(nn.Layer):
    def forward(self, x):
        self.save_for_backward(x.shape)
        return x.reshape(*x.shape[:2], 2, x.shape[2] // 2)

    def backward(self, grad):
        return grad.reshape(self.saved())


class Halves(Scale):
    def __init__(self, D):
        if D % 2:
            raise ValueError("expected an even size")
        super().__init__(D)


def returning(*arguments):
    return lambda: Returns(*arguments)


ITSELF = "saved() returns a single value as itself, several as a tuple"
WANTED = "expected an array, or a tuple of arrays"
MISTAKES = [
    (Assigns, "accumulation", "a second backward does not add to the gradient of 'gain': use add_grad"),
    (
        AddsToNone,
        "shapes",
        "operand type(s) for +: 'NoneType' and 'float': add to a gradient with param",
    ),
    (Unpacks, "shapes", f"too many values to unpack (expected 1). forward saved one value: {ITSELF}"),
    (
        UnpacksTwo,
        "shapes",
        f"too many values to unpack (expected 2). forward saved one value: {ITSELF}",
    ),
    (TakesTheFirst, "shapes", f"takes only the first row of what forward saved, saved()[0]: {ITSELF}"),
    (
        SavesNothing,
        "shapes",
        "backward calls saved(), but forward does not call save_for_backward(...)",
    ),
    (
        BatchLast,
        "empty_batch",
        "a batch without samples, an array of shape (0, 5), fails: ValueError: ",
    ),
    (BatchLast, "empty_batch", "The batch is the first axis of input and output"),
    (Heads, "forward", "If it accepts only some sizes, write so in the shape: 'N T 2*D' for even ones"),
    (Heads, "forward", "'N T D+2' for at least 3, or a number"),
    (
        Halves,
        "init",
        "making the layer with D=5 fails: ValueError: expected an even size. If it accepts",
    ),
]
SHAPES = {Assigns: "N features", BatchLast: "D N", Heads: "N T D", Halves: "N D"}


@pytest.mark.parametrize(("make", "check", "message"), MISTAKES)
def test_a_mistake_of_a_layer_is_named(make, check, message):
    with pytest.raises(ContractError) as caught:
        check_layer(make, SHAPES.get(make, "N features"))
    assert message in " ".join(str(caught.value).split())
    assert caught.value.check == check
    lines = str(caught.value).splitlines()
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 100


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
]


@pytest.mark.parametrize(("make", "message"), OUTPUTS)
def test_an_output_of_another_form_is_named(make, message):
    with pytest.raises(ContractError) as caught:
        check_layer(returning(make), "N D")
    assert message in " ".join(str(caught.value).split())
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
    assert message in " ".join(str(caught.value).split())
    assert caught.value.check == "shapes"


def twice(x):
    return x, 2 * x


def back_from_twice(grad):
    return grad[0] + 2 * grad[1]


def test_the_ways_out_lead_out():
    check_layer(Heads, "N T 2*D")
    check_layer(lambda D: Halves(2 * D), "N 2*D")
    check_layer(returning(twice, back_from_twice), "N D")


def test_integers_of_several_inputs_have_no_gradient():
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
def test_values_of_another_shape_are_refused(values, message):
    with pytest.raises(ContractError) as caught:
        check_layer(nn.ReLU, "N D", values=values)
    assert message in " ".join(str(caught.value).split())
    assert caught.value.check == "values"
