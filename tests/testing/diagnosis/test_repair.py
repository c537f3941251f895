"""The edit of one line that makes a gradient right, and what is not called one."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, check_layer
from nnlayers.testing.settings import undiagnosed
from tests.testing.diagnosis.spoiling import error_of


def repair_of(*subject, check=check_layer):
    causes = error_of(*subject, check=check).causes
    found = [cause for cause in causes if cause.startswith("It is right if line")]
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
def test_the_message_names_the_line_and_what_it_should_read(layer, before, after):
    words = repair_of(lambda D: layer(D), "N T D")
    assert f"({layer.__name__}.backward)" in words
    assert before in words
    assert after in words.partition("reads")[2]


def test_the_line_has_no_parentheses_that_are_not_in_the_file():
    class TwoFactors(nn.Layer):
        """y = a b"""

        def forward(self, x):
            a, b = x
            self.save_for_backward(a, b)
            return a * b

        def backward(self, grad):
            a, b = self.saved()
            return grad * a, grad * b

    words = repair_of(TwoFactors, "N D, N D")
    assert "`return grad * a, grad * b`, reads `return grad * b, grad * a`" in words


def test_the_class_is_as_it_was_after_the_search():
    before = WrongAxis.backward.__code__
    repair_of(lambda D: WrongAxis(D), "N T D")
    assert WrongAxis.backward.__code__ is before


class Counting(nn.Layer):
    """Its loop ends only if the counter goes down."""

    def forward(self, x):
        self.save_for_backward(x)
        return x**3

    def backward(self, grad):
        left, slope = 3, 1
        x = self.saved()
        while left > 1:
            slope = slope * x
            left -= 1
        return 2 * grad * slope


def test_a_loop_that_an_edit_could_make_endless_is_left_alone():
    assert repair_of(Counting, "N D") == ""


class Logging(nn.Layer):
    """Its backward writes a file."""

    folder = ""

    def forward(self, x):
        self.save_for_backward(x)
        return x**3

    def backward(self, grad):
        x = self.saved()
        with open(f"{self.folder}/log_{1}.txt", "w") as file:
            file.write("backward")
        return 2 * grad * x**2


def test_a_function_with_effects_elsewhere_is_left_alone(tmp_path):
    Logging.folder = str(tmp_path)
    assert repair_of(Logging, "N D") == ""
    assert [path.name for path in tmp_path.iterdir()] == ["log_1.txt"]


class WithTable(nn.Layer):
    """Its class holds an array of which backward changes a copy."""

    TABLE = np.array([1.0, 2.0, 3.0])
    TABLE.flags.writeable = True

    def forward(self, x):
        self.save_for_backward(x)
        return self.TABLE * x

    def backward(self, grad):
        self.saved()
        slope = self.TABLE.copy()
        slope[0] = 5
        return grad * slope


def test_arrays_of_the_class_stay_as_they_are():
    repair_of(WithTable, "N 3")
    assert WithTable.TABLE.tolist() == [1.0, 2.0, 3.0]
    assert WithTable.TABLE.flags.writeable


def test_threads_do_not_see_the_edits_of_others():
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(repair_of, lambda D: WrongAxis(D), "N T D") for _ in range(3)]
        found = {job.result() for job in jobs}
    assert all("axis=1" in words and "axis=2" in words for words in found if words)
    assert WrongAxis.backward.__name__ == "backward"


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


def test_an_edit_that_fits_only_a_fresh_layer_is_not_proposed():
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
