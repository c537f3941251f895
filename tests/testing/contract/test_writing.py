"""A pass that writes into an array of others: the message names the verb, the array and the line."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer
from tests.layers_for_tests import Scale
from tests.testing.messages import assert_it_fits, in_one_line


class ChangesGrad(Scale):
    def backward(self, grad):
        self.gain.add_grad((grad * self.saved()).sum(axis=0))
        grad *= self.gain.value
        return grad


class ChangesX(Scale):
    def forward(self, x):
        y = super().forward(x.copy())
        np.add(x, 1, out=x)
        return y


class ChangesOutput(nn.Layer):
    def forward(self, x):
        y = np.tanh(x)
        self.save_for_backward(y)
        return y

    def backward(self, grad):
        y = self.saved()
        y **= 2
        return grad * (1 - y)


class ChangesInput(nn.Layer):
    def forward(self, x):
        self.save_for_backward(x)
        return x**2

    def backward(self, grad):
        x = self.saved()
        x[...] *= 2
        return grad * x


class ChangesInPredict(Scale):
    def predict(self, x):
        x *= self.gain.value
        return x


class ChangesThroughAView(Scale):
    def backward(self, grad):
        gradient = super().backward(grad)
        grad.reshape(-1)[:] = 0
        return gradient


@pytest.mark.parametrize(
    ("layer", "words", "line"),
    [
        (ChangesGrad, "backward modifies its argument", "grad *= self.gain.value"),
        (ChangesX, "forward modifies its argument", "np.add(x, 1, out=x)"),
        (ChangesOutput, "backward modifies the output of forward", "y **= 2"),
        (ChangesInput, "backward modifies the input of forward", "x[...] *= 2"),
        (ChangesInPredict, "predict modifies its argument", "x *= self.gain.value"),
        (ChangesThroughAView, "backward modifies its argument", "grad.reshape(-1)[:] = 0"),
    ],
)
def test_the_line_that_modifies_is_named(layer, words, line):
    make = layer if not issubclass(layer, Scale) else lambda D: layer(D)
    with pytest.raises(ContractError) as info:
        check_layer(make, "N D", checks="arguments")
    message = in_one_line(info.value)
    assert message.startswith(f"{layer.__name__}: {words}: line ")
    assert f"({layer.__name__}." in message
    assert f"`{line}`" in message
    assert_it_fits(info.value)


class KeepsValues(Scale):
    def backward(self, grad):
        grad *= 1
        return super().backward(grad)


class KeepsValuesOfX(Scale):
    def forward(self, x):
        x += 0
        return super().forward(x)


class KeepsValuesOfInput(Scale):
    def backward(self, grad):
        x = self.saved()
        x -= 0
        self.gain.add_grad((grad * x).sum(axis=0))
        return grad * self.gain.value


class ReturnsAPart(nn.Layer):
    """Its output is a part of an array of its own, and backward writes into the rest as well."""

    def forward(self, x):
        both = np.stack([x, 2 * x])
        self.save_for_backward(both)
        return both[1]

    def backward(self, grad):
        both = self.saved()
        both[0] = 7
        both[1] = 2 * grad
        return both[1].copy()


def test_no_line_is_named_rather_than_a_wrong_one():
    with pytest.raises(ContractError, match=r"modifies the output of forward +\[arguments\]"):
        check_layer(ReturnsAPart, "N D")


@pytest.mark.parametrize(
    ("layer", "words", "line"),
    [
        (KeepsValues, "backward writes into its argument", "grad *= 1"),
        (KeepsValuesOfX, "forward writes into its argument", "x += 0"),
        (KeepsValuesOfInput, "backward writes into the input of forward", "x -= 0"),
    ],
)
def test_a_line_that_writes_the_same_values_is_named(layer, words, line):
    with pytest.raises(ContractError) as info:
        check_layer(lambda D: layer(D), "N D")
    message = in_one_line(info.value)
    assert message.startswith(f"{layer.__name__}: {words}: line ")
    assert f"`{line}`. Its values stay the same, but a read-only array is rejected" in message
    assert_it_fits(info.value)


def test_a_layer_that_refuses_read_only_arrays_is_quoted():
    class Picky(Scale):
        def forward(self, x):
            if not x.flags.writeable:
                raise ValueError("it has to be mine")
            return super().forward(x)

    with pytest.raises(ContractError, match="read-only arrays are rejected: it has to be mine"):
        check_layer(lambda D: Picky(D), "N D")


def test_without_source_code_the_line_has_its_number():
    names = {"Scale": Scale}
    code = "class Made(Scale):\n  def backward(self, grad):\n    grad *= 2\n    return grad"
    exec(code, names)
    with pytest.raises(ContractError, match=r"modifies its argument: line 3 \(Made.backward\) +\["):
        check_layer(lambda D: names["Made"](D), "N D", checks="arguments")
