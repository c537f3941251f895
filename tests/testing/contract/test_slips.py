"""Common mistakes in layers end in a sentence that says what to do."""

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


ITSELF = "saved() returns a single value as itself, several as a tuple"


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


def test_the_ways_out_lead_out():
    check_layer(Heads, "N T 2*D")
    check_layer(lambda D: Halves(2 * D), "N 2*D")
