"""The edit of one line that makes a gradient right, and what is not called one."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, check_layer
from nnlayers.testing.settings import undiagnosed


def repair_of(layer, shape, **options):
    with pytest.raises(GradientError) as info:
        check_layer(layer, shape, checks="value", **options)
    found = [cause for cause in info.value.causes if cause.startswith("It is right if line")]
    assert len(found) <= 1
    return found[0] if found else ""


class Attention(nn.Layer):
    """y = softmax(x W x') x, as its subclasses get it wrong"""

    def __init__(self, D):
        self.weight = nn.Parameter(np.random.default_rng(D).standard_normal((D, D)))

    def forward(self, x):
        z = x @ self.weight.value @ x.swapaxes(1, 2)
        p = np.exp(z - z.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        self.save_for_backward(x, p)
        return p @ x


class Untransposed(Attention):
    def backward(self, grad):
        x, p = self.saved()
        dp = grad @ x.swapaxes(1, 2)
        dz = p * (dp - (dp * p).sum(axis=-1, keepdims=True))
        self.weight.add_grad((x.swapaxes(1, 2) @ dz @ x).sum(axis=0))
        dx = p @ grad
        return dx + dz @ x @ self.weight.value.T + dz.swapaxes(1, 2) @ x @ self.weight.value


class WrongAxis(Attention):
    def backward(self, grad):
        x, p = self.saved()
        dp = grad @ x.swapaxes(1, 2)
        dz = p * (dp - (dp * p).sum(axis=1, keepdims=True))
        self.weight.add_grad((x.swapaxes(1, 2) @ dz @ x).sum(axis=0))
        dx = p.swapaxes(1, 2) @ grad
        return dx + dz @ x @ self.weight.value.T + dz.swapaxes(1, 2) @ x @ self.weight.value


class OnePathMissing(Attention):
    def backward(self, grad):
        x, p = self.saved()
        dp = grad @ x.swapaxes(1, 2)
        dz = p * (dp - (dp * p).sum(axis=-1, keepdims=True))
        self.weight.add_grad((x.swapaxes(1, 2) @ dz @ x).sum(axis=0))
        dx = p.swapaxes(1, 2) @ grad
        return dx - dz @ x @ self.weight.value.T + dz.swapaxes(1, 2) @ x @ self.weight.value


@pytest.mark.parametrize(
    ("layer", "before", "after"),
    [
        (Untransposed, "`dx = p @ grad`", "`dx = p.swapaxes(-1, -2) @ grad`"),
        (WrongAxis, "axis=1, keepdims=True", "axis=2, keepdims=True"),
        (OnePathMissing, "dx - dz @ x", "dx + dz @ x"),
    ],
)
def test_the_line_is_named_and_what_it_should_read(layer, before, after):
    words = repair_of(lambda D: layer(D), "N T D")
    assert f"({layer.__name__}.backward)" in words
    assert before in words
    assert after in words.partition("reads")[2]


def test_the_class_is_as_it_was_after_the_search():
    before = WrongAxis.backward.__code__
    repair_of(lambda D: WrongAxis(D), "N T D")
    assert WrongAxis.backward.__code__ is before


class Printing(nn.Layer):
    def forward(self, x):
        self.save_for_backward(x)
        return x**3

    def backward(self, grad):
        x = self.saved()
        print("in backward")  # noqa: T201 (what a user may do)
        return 2 * grad * x**3


def test_edits_print_nothing(capsys):
    repair_of(Printing, "N D")
    by_checks = 3_000
    assert capsys.readouterr().out.count("in backward") < by_checks


class OldState(nn.Layer):
    """y = x / m, m the largest value so far, with a gradient that fits only a fresh layer"""

    def __init__(self):
        self.m = nn.State(np.ones(1))

    def forward(self, x):
        self.save_for_backward(self.m.value.copy())
        y = x / self.m.value
        self.m.value = np.maximum(self.m.value, np.abs(x).max(initial=0)).astype(self.m.value.dtype)
        return y

    def predict(self, x):
        return x / self.m.value

    def backward(self, grad):
        return grad / (self.saved() + 1)


def test_an_edit_that_fits_only_a_fresh_layer_is_none():
    assert "reads `return grad`" not in repair_of(OldState, "N D")


class TwoMistakes(nn.Layer):
    def __init__(self, D):
        self.gain = nn.Parameter(np.ones(D))

    def forward(self, x):
        self.save_for_backward(x)
        return np.sin(x) * self.gain.value

    def backward(self, grad):
        x = self.saved()
        self.gain.add_grad((grad * np.cos(x)).sum(axis=0))
        return grad * np.sin(x) * self.gain.value


def test_of_two_mistakes_one_is_repaired():
    words = repair_of(lambda D: TwoMistakes(D), "N D")
    assert "np.sin(x)" in words.partition("reads")[2] or "np.cos(x)" in words.partition("reads")[2]


def test_without_source_there_is_no_repair():
    names = {"nn": nn}
    exec(
        "class Hidden(nn.Layer):\n"
        "    def forward(self, x):\n        self.save_for_backward(x)\n        return x**2\n"
        "    def backward(self, grad):\n        return grad * self.saved()\n",
        names,
    )
    assert repair_of(names["Hidden"], "N D") == ""


def test_undiagnosed_errors_say_which_gradient_is_wrong_and_no_more():
    with undiagnosed(), pytest.raises(GradientError) as info:
        check_layer(lambda D: WrongAxis(D), "N T D")
    assert str(info.value) == "WrongAxis.backward: the gradient of the input is wrong"
    assert (info.value.block, info.value.causes) == ("input", [])
