"""Arrays that forward saves and then changes; where to look if no cause is found."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, check_layer, check_network
from tests.testing.diagnosis.spoiling import error_of
from tests.testing.messages import assert_it_fits, in_one_line


class Gated(nn.Layer):
    """y = x + sigmoid(x V) tanh(x)"""

    def __init__(self, features, *, rng=None):
        self.V = nn.Parameter(nn.glorot_normal((features, features), rng=rng))

    def forward(self, x):
        gate, h = self.parts(x)
        self.save_for_backward(x, gate, h)
        return x + gate * h

    def parts(self, x):
        return 1 / (1 + np.exp(-x @ self.V.value)), np.tanh(x)

    def backward(self, grad):
        x, gate, h = self.saved()
        slope = grad * h * gate * (1 - gate)
        self.V.add_grad(x.T @ slope)
        return grad + grad * gate * (1 - h * h) + slope @ self.V.value.T


class InPlace(Gated):
    def forward(self, x):
        gate, h = self.parts(x)
        self.save_for_backward(x, gate, h)
        h *= gate
        h += x
        return h


class ByOut(Gated):
    def forward(self, x):
        gate, h = self.parts(x)
        self.save_for_backward(x, gate, h)
        np.multiply(h, gate, out=h)
        return x + h


class InAList(Gated):
    def forward(self, x):
        gate, h = self.parts(x)
        self.save_for_backward([x, gate, h])
        h[...] = h * gate
        return x + h


class InADict(Gated):
    def forward(self, x):
        gate, h = self.parts(x)
        self.save_for_backward({"x": x, "gate": gate, "h": h})
        h *= gate
        return x + h

    def backward(self, grad):
        self.save_for_backward(*self.saved().values())
        return super().backward(grad)


class AView(Gated):
    def forward(self, x):
        gate, h = self.parts(x)
        self.save_for_backward(x, gate, h[:])
        h *= gate
        return x + h


class AnEarlierView(Gated):
    def forward(self, x):
        gate, h = self.parts(x)
        view = h[:]
        self.save_for_backward(x, gate, h)
        view *= gate
        return x + view


class PartOfALargerOne(Gated):
    def forward(self, x):
        gate, h = self.parts(x)
        both = np.zeros((2, *x.shape))
        both[0] = h
        part = both[0]
        self.save_for_backward(x, gate, part)
        both[1] = x
        part *= gate
        return x + part


class AnotherToo(Gated):
    """It writes into an array that it has saved for nothing, too."""

    def forward(self, x):
        gate, h = self.parts(x)
        spare = np.zeros_like(x)
        self.save_for_backward(x, gate, h, spare)
        spare += 1
        h *= gate
        return x + h

    def backward(self, grad):
        *needed, _ = self.saved()
        self.save_for_backward(*needed)
        return super().backward(grad)


CHANGED = "Forward changes 'h' after it has saved it"


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (InPlace, f"{CHANGED}: line 37 (InPlace.forward), `h *= gate`. Save a copy"),
        (ByOut, "(ByOut.forward), `np.multiply(h, gate, out=h)`. Save a copy"),
        (InAList, "(InAList.forward), `h[...] = h * gate`. Save a copy"),
        (InADict, f"{CHANGED}: line 62 (InADict.forward), `h *= gate`. Save a copy"),
        (AView, "Forward changes an array after it has saved it: line "),
        (PartOfALargerOne, "(PartOfALargerOne.forward), `part *= gate`. Save a copy"),
        (AnotherToo, "'h' after it has saved it: line 107 (AnotherToo.forward), `h *= gate`. Save"),
        (AnEarlierView, f"{CHANGED}. Save a copy"),
    ],
)
def test_an_array_that_is_changed_after_it_was_saved_is_named(layer, words):
    error = error_of(lambda D: layer(D), "N D")
    assert words in in_one_line(error)
    assert "It is right if" not in str(error)
    assert_it_fits(error)


def test_it_is_found_in_a_layer_within_another_and_in_a_network():
    class Twice(nn.Layer):
        def __init__(self, features):
            self.inner = InPlace(features, rng=0)

        def forward(self, x):
            return 2 * self.inner.forward(x)

        def backward(self, grad):
            return self.inner.backward(2 * grad)

    assert "(InPlace.forward), `h *= gate`" in in_one_line(error_of(lambda D: Twice(D), "N D"))
    model = nn.Sequential(nn.Dense(3, 4, rng=0), InPlace(4, rng=1))
    x, y = np.random.default_rng(0).standard_normal((5, 3)), np.zeros((5, 4))
    with pytest.raises(GradientError) as info:
        check_network(model, nn.MeanSquaredError(), x, y)
    assert f"layers.1 (InPlace).backward: the gradient of the input is wrong [value] {CHANGED}" in (
        in_one_line(info.value)
    )


class Exponential(nn.Layer):
    """It saves an array first, and fills it then."""

    def forward(self, x):
        y = x.copy()
        self.save_for_backward(y)
        return np.exp(y, out=y)

    def backward(self, grad):
        return grad * self.saved()


class WrongExponential(Exponential):
    def backward(self, grad):
        return 2 * grad * self.saved()


def test_a_layer_may_fill_what_it_has_saved():
    check_layer(Exponential, "N D")
    error = error_of(WrongExponential, "N D")
    assert error.causes[0] == "A constant factor is wrong: the gradient is 2 x the correct one."


def test_it_is_said_without_advice_if_a_copy_does_not_help_and_nothing_else_is_found():
    class Strange(Exponential):
        def backward(self, grad):
            return grad * np.cos(self.saved() ** 1.3)

    assert "Forward changes 'y' after it has saved it" in in_one_line(error_of(Strange, "N D"))
    assert "Save a copy" not in in_one_line(error_of(Strange, "N D"))


def test_a_modified_argument_is_named_with_its_line_and_no_edit_of_another():
    class Modifies(Gated):
        def backward(self, grad):
            x, gate, h = self.saved()
            slope = grad * h * gate * (1 - gate)
            self.V.add_grad(x.T @ slope)
            grad *= gate
            return grad + grad * (1 - h * h) + slope @ self.V.value.T

    message = in_one_line(error_of(lambda D: Modifies(D), "N D"))
    assert "Backward modifies its argument: line " in message
    assert "Modifies.backward), `grad *= gate`." in message
    assert "It is right if" not in message


class OddReturn(Gated):
    def backward(self, grad):
        x, gate, h = self.saved()
        slope = grad * h * gate * (1 - gate)
        self.V.add_grad(x.T @ slope)
        return grad * np.cos(x + h) + grad * gate * np.sin(1 - h * h * x)


class TwoReturns(OddReturn):
    def backward(self, grad):
        gradient = super().backward(grad)
        if len(grad) > 1000:
            return gradient + 1
        return gradient


class WithoutParameters(nn.Layer):
    def forward(self, x):
        self.save_for_backward(x)
        return np.sin(x)

    def backward(self, grad):
        return grad * np.cosh(self.saved() / 3) ** 1.7


UNKNOWN = "It matches none of the common mistakes."
LOOK = "The gradients of all parameters are correct: look at what backward returns"


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (lambda D: OddReturn(D), f"{LOOK}, line 212 (OddReturn.backward), `return grad * "),
        (lambda D: TwoReturns(D), f"{UNKNOWN} {LOOK}. element"),
        (WithoutParameters, f"{UNKNOWN} element"),
    ],
)
def test_the_line_that_returns_is_named_if_all_else_is_right(layer, words):
    error = error_of(layer, "N D")
    assert words in in_one_line(error)
    assert error.causes == []
    assert_it_fits(error)
