"""Common mistakes in layers end in a sentence that says what to do."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer
from tests.layers_for_tests import Scale
from tests.testing.messages import ITSELF, assert_it_fits, in_one_line


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


class ParameterForItsValue(Scale):
    def forward(self, x):
        return self.gain * x


class ScaledParameterForItsValue(Scale):
    def forward(self, x):
        return (2.0 * self.gain) * x


class PlainArray(nn.Layer):
    def __init__(self, D):
        self.gain = np.linspace(0.5, 1, D)

    def forward(self, x):
        return self.gain * x

    def backward(self, grad):
        return grad * self.gain


class Average(nn.Layer):
    """y = x - mean; an empty batch makes the running mean NaN"""

    def __init__(self, D):
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        self.mean.value = 0.9 * self.mean.value + 0.1 * x.mean(axis=0)
        return x - x.mean(axis=0)

    def predict(self, x):
        return x - self.mean.value

    def backward(self, grad):
        return grad - grad.mean(axis=0)


class OneBatchSize(nn.Layer):
    def __init__(self, N, D):
        self.rows = nn.Parameter(np.ones((N, D)))

    def forward(self, x):
        return x + self.rows.value

    def backward(self, grad):
        self.rows.add_grad(grad)
        return grad


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


MISTAKES = [
    (Assigns, "accumulation", "a second backward does not add to the gradient of 'gain': use add_grad"),
    (
        AddsToNone,
        "shapes",
        "operand type(s) for +: 'NoneType' and 'float': add to a gradient with parameter.add_grad",
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
    (OneBatchSize, "empty_batch", "with shapes (0,5) (3,5). The batch is the first axis"),
    (Heads, "forward", "If it accepts only some sizes, write so in the shape: 'N T 2*D' for even ones"),
    (Heads, "forward", "'N T D+2' for at least 3, or a number"),
    (
        Halves,
        "init",
        "making the layer with D=5 fails: ValueError: expected an even size. If it accepts",
    ),
    (ParameterForItsValue, "forward", "Parameter 'gain' is not an array: use its value"),
    (ScaledParameterForItsValue, "forward", "Parameter 'gain' is not an array: use its value"),
    (
        PlainArray,
        "registered",
        "the array 'gain' affects the output, but is neither a Parameter nor a State",
    ),
    (Average, "empty_batch", "an empty batch makes the State 'mean' NaN: update it only if len(x) > 0"),
]
SHAPES = {
    OneBatchSize: "N D",
    BatchLast: "D N",
    Heads: "N T D",
    Halves: "N D",
    PlainArray: "N D",
    Average: "N D",
}


@pytest.mark.parametrize(("make", "check", "message"), MISTAKES)
def test_a_mistake_of_a_layer_is_named(make, check, message):
    with pytest.raises(ContractError) as caught:
        check_layer(make, SHAPES.get(make, "N features"))
    assert message in in_one_line(caught.value)
    assert caught.value.check == check
    assert_it_fits(caught.value)


def test_layers_pass_with_the_shapes_that_the_messages_advise():
    check_layer(Heads, "N T 2*D")
    check_layer(lambda D: Halves(2 * D), "N 2*D")


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (lambda width: Scale(width), "The argument width of the function is not an axis of"),
        (Scale(3), "An instance takes the shape of one sample, such as (3,)"),
    ],
)
def test_a_shape_that_does_not_go_with_the_layer_is_named(layer, message):
    with pytest.raises(ContractError) as caught:
        check_layer(layer, "N D")
    assert message in in_one_line(caught.value)


def test_a_broken_promise_says_how_much_had_passed():
    with pytest.raises(ContractError, match=r"\d+ checks? passed before this one"):
        check_layer(lambda D: Assigns(D), "N D")


def test_messages_of_broken_promises_fit_into_15_lines_of_100_columns():
    class Greedy(nn.ReLU):
        def forward(self, x):
            x *= 2
            return super().forward(x)

        predict = nn.ReLU.predict

    with pytest.raises(ContractError) as info:
        check_layer(Greedy, "N D", checks="arguments")
    lines = str(info.value).splitlines()
    assert lines[0].startswith("Greedy: forward modifies its argument")
    assert lines[0].endswith("[arguments]")
    assert_it_fits(info.value)


def test_a_forward_that_fails_or_gives_nan_is_named_with_its_sizes():
    class Picky(nn.Layer):
        def forward(self, x):
            if x.shape[1] == 1:
                raise ZeroDivisionError("one feature")
            return x

        def backward(self, grad):
            return grad

    with pytest.raises(
        ContractError, match=r"Picky: forward fails: ZeroDivisionError: one feature"
    ) as info:
        check_layer(Picky, "N D")
    assert "D=1" in str(info.value)

    class Log(nn.Layer):
        def forward(self, x):
            return np.log(x)

    with pytest.raises(
        ContractError, match=r"Log: forward gives NaN; if the layer accepts only some values"
    ):
        check_layer(Log, "N D")
