"""Arrays, parameters and layers that are used in another way end in a sentence that helps."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import (
    ContractError,
    check_layer,
    check_loss,
)
from nnlayers.testing.contract import CHECKS


def test_a_loss_that_breaks_its_contract_is_named():
    class Greedy(nn.MeanSquaredError):
        def forward(self, prediction, target):
            prediction -= target
            return super().forward(prediction, 0 * target)

    with pytest.raises(ContractError, match="Greedy: forward modifies its argument"):
        check_loss(Greedy(), prediction="N D", target=lambda rng, N, D: rng.standard_normal((N, D)))


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
    assert len(lines) <= 15
    assert max(map(len, lines)) <= 100


class Gain(nn.Layer):
    """y = a x"""

    def __init__(self, D):
        self.a = nn.Parameter(np.linspace(0.5, 1, D))

    def forward(self, x):
        self.save_for_backward(x)
        return self.a.value * x

    def backward(self, grad):
        self.a.add_grad((grad * self.saved()).sum(axis=0))
        return grad * self.a.value


class Assigns(Gain):
    def backward(self, grad):
        self.a.grad = (grad * self.saved()).sum(axis=0)
        return grad * self.a.value


class AddsInPlace(Gain):
    def backward(self, grad):
        self.a.grad += (grad * self.saved()).sum(axis=0)
        return grad * self.a.value


class WithoutValue(Gain):
    def forward(self, x):
        return self.a * x


class ScalarWithoutValue(Gain):
    def forward(self, x):
        return (2.0 * self.a) * x


class PlainArray(Gain):
    def __init__(self, D):
        self.a = np.linspace(0.5, 1, D)

    def forward(self, x):
        return self.a * x

    def backward(self, grad):
        return grad * self.a


class Box:
    """Not a Layer"""


class Boxed(nn.Layer):
    """Holds a layer in an object in which nobody looks for it"""

    def __init__(self, D):
        self.box = Box()
        self.box.layer = nn.Dense(D, D, rng=0)

    def forward(self, x):
        return self.box.layer.forward(x)

    def predict(self, x):
        return self.box.layer.predict(x)

    def backward(self, grad):
        return self.box.layer.backward(grad)


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


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Assigns, "a second backward does not add to the gradient of 'a': use add_grad"),
        (AddsInPlace, "add to a gradient with parameter.add_grad"),
        (WithoutValue, "Parameter 'a' is not an array: use its value"),
        (ScalarWithoutValue, "Parameter 'a' is not an array: use its value"),
        (PlainArray, "the array 'a' affects the output, but is neither a Parameter nor a State"),
        (Boxed, "Dense 'box.layer' is not found: make it an attribute"),
        (Average, "an empty batch makes the State 'mean' NaN: update it only if len(x) > 0"),
        (lambda features: Gain(features), "The argument features of the function is not an axis of"),
        (Gain(3), "An instance takes the shape of one sample, such as (3,)"),
    ],
)
def test_common_slips_are_named(make, message):
    check = make if isinstance(make, nn.Layer) else (lambda D: make(D))
    if getattr(make, "__name__", "") == "<lambda>":
        check = make
    with pytest.raises(ContractError) as caught:
        check_layer(check, "N D")
    assert message in " ".join(str(caught.value).split())


def test_a_broken_promise_says_how_much_had_passed():
    with pytest.raises(ContractError, match=r"\d+ checks? passed before this one"):
        check_layer(lambda D: Assigns(D), "N D")


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


def test_every_exact_check_says_what_it_guards_against():
    for check in CHECKS.values():
        assert check.guards_against
