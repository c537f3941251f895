"""Planted bugs are found, and the message says what and where and how to see it."""

import pickle
import re

import numpy as np
import pytest

from nnlayers.testing import GradientError, LayerCheckError, check_layer
from nnlayers.testing.settings import undiagnosed
from tests.layers_for_tests import Scale
from tests.testing.messages import assert_it_fits


class ScaleBase(Scale):
    """Scale with a backward to be spoiled."""

    def backward(self, grad):
        x = self.saved()
        self.gain.add_grad(self.gain_gradient(x, grad))
        return self.input_gradient(x, grad)

    def gain_gradient(self, x, grad):
        return (grad * x).sum(axis=0)

    def input_gradient(self, x, grad):
        return grad * self.gain.value


def spoiled(name, function):
    return type(
        "Spoiled", (ScaleBase,), {name: lambda self, x, grad: function(self.gain.value, x, grad)}
    )


def once_in_a_while_wrong(gain, x, grad):
    wrong = grad * gain
    wrong[-1, -1] *= 1.01
    return wrong


BUGS = {
    "averaged, not summed": spoiled("gain_gradient", lambda gain, x, grad: (grad * x).mean(axis=0)),
    "only the first row": spoiled("gain_gradient", lambda gain, x, grad: (grad * x)[0]),
    "not summed": spoiled("gain_gradient", lambda gain, x, grad: grad[0]),
    "sign": spoiled("gain_gradient", lambda gain, x, grad: -(grad * x).sum(axis=0)),
    "assumes an upstream of ones": spoiled("gain_gradient", lambda gain, x, grad: x.sum(axis=0)),
    "squares its upstream": spoiled("gain_gradient", lambda gain, x, grad: (grad**2 * x).sum(axis=0)),
    "takes its absolute value": spoiled("input_gradient", lambda gain, x, grad: np.abs(grad) * gain),
    "forgets the gain": spoiled("input_gradient", lambda gain, x, grad: grad),
    "zero": spoiled("input_gradient", lambda gain, x, grad: 0 * grad),
    "one element wrong by 1 %": spoiled("input_gradient", once_in_a_while_wrong),
    "1e-4 relative error everywhere": spoiled(
        "input_gradient", lambda gain, x, grad: 1.0001 * grad * gain
    ),
    "lower precision": spoiled(
        "input_gradient", lambda gain, x, grad: np.float32(grad) * np.float32(gain)
    ),
    "wrong shape": spoiled("input_gradient", lambda gain, x, grad: (grad * gain)[:1]),
}


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("seed", range(5))
def test_planted_bugs_are_found(bug, seed):
    with undiagnosed(), pytest.raises(LayerCheckError, match="Spoiled"):
        check_layer(lambda D: BUGS[bug](D), "N D", seed=seed)


def test_the_same_layer_without_a_bug_passes():
    for seed in range(20):
        check_layer(lambda D: ScaleBase(D), "N D", seed=seed)


def caught(layer, shape, **options):
    with pytest.raises(LayerCheckError) as info:
        check_layer(layer, shape, **options)
    return info.value


MESSAGE = """\
Spoiled.backward: the gradient of 'gain' is wrong                                         [value]
  Looks divided by the batch size once too often.
      element   backward       finite difference
      gain[0]   1.0625         2.125 +- error
  Smallest case:
      layer = make(D=1).astype(np.float64); p = dict(layer.named_parameters())
      p['gain'].value[...] = [1.25]
      layer.forward(np.array([[-0.75], [-1.0]]))
      layer.backward(np.array([[-1.5], [-1.0]]))
      found = p['gain'].grad  # [1.062], should be [2.125]
  The mismatch is huge times the tolerated error, and it persists at nearby points.
  Correct: input. 5 checks passed before this one.
  Reproduce: check_layer(..., "N D", seed=0, checks="value")"""


def test_the_message_says_what_and_where_and_how_to_see_it():
    message = str(caught(lambda D: BUGS["averaged, not summed"](D), "N D"))
    message = re.sub(r"\+- \S+", "+- error", message)
    assert re.sub(r"is \S+ times", "is huge times", message) == MESSAGE


@pytest.mark.parametrize(
    "bug", ["sign", "zero", "forgets the gain", "averaged, not summed", "only the first row"]
)
def test_the_smallest_case_is_code_that_runs_and_shows_the_bug(bug):
    def make(D):
        return BUGS[bug](D)

    error = caught(make, "N D")
    names = {"np": np, "make": make}
    exec(error.code, names)
    assert names["found"][error.index] == pytest.approx(error.backward)
    assert abs(error.backward - error.numeric) > 1e3 * error.error


def test_the_code_of_an_instance_needs_the_instance():
    layer = BUGS["sign"](2)
    error = caught(layer, 2)
    names = {"np": np, "layer": layer}
    exec(error.code, names)
    assert names["found"][error.index] == pytest.approx(error.backward)


CAUSES = {
    "averaged, not summed": "divided by the batch size once too often",
    "only the first row": "Only the first row of the upstream gradient along the batch contributes",
    "not summed": "the gradient of 'gain' is wrong",  # without x too: two mistakes
    "sign": "The sign is wrong",
    "assumes an upstream of ones": "assumes an upstream gradient of ones",
    "squares its upstream": "squares its upstream",
    "takes its absolute value": "absolute value of its upstream",
    "forgets the gain": "A factor is missing: 'gain'",
    "zero": "The gradient is zero",
    "one element wrong by 1 %": "wrong only at the last index along axis 0 (the batch) and at the last",
    "1e-4 relative error everywhere": "the gradient is 1.0001 x the correct one",
    "lower precision": "is float32, although",
    "wrong shape": "has shape",
}


@pytest.mark.parametrize("bug", BUGS)
def test_the_likely_cause_is_named_in_at_most_15_lines_of_100_columns(bug):
    error = caught(lambda D: BUGS[bug](D), "N D")
    assert CAUSES[bug] in str(error)
    assert_it_fits(error)


def test_errors_carry_what_they_found():
    error = caught(lambda D: BUGS["sign"](D), "N D", seed=4)
    assert isinstance(error, GradientError)
    assert (error.check, error.block, error.index) == ("value", "gain", (0,))
    assert error.backward == pytest.approx(-error.numeric)
    assert error.causes[0] == "The sign is wrong: it is -1 x the correct gradient."
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.block) == (str(error), "gain")


def test_a_wrong_gradient_of_the_input_is_named_as_such():
    message = str(caught(lambda D: BUGS["forgets the gain"](D), "N D"))
    assert "the gradient of the input is wrong" in message
    assert "input[0, 0]" in message


def test_a_failure_is_an_assertion_error_that_tests_show():
    assert issubclass(LayerCheckError, AssertionError)
