"""The report says what was checked, what was not, and how well it went."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import LayerCheckError, NotVerifiedWarning, check_layer
from tests.layers_for_tests import Scale
from tests.testing.straight_through import Sign


def test_the_report_says_what_was_done():
    report = check_layer(lambda D, K: nn.Dense(D, K), "N D")
    assert report.name == "Dense"
    assert report.verified == {"input", "weight", "bias"}
    assert report.outcomes["right"] == 18
    assert report.outcomes["unsure"] == 0
    text = str(report)
    assert text.startswith(
        f"Dense: {report.checks} checks passed\n  verified: the gradients of bias, input, weight"
    )
    instance = check_layer(nn.Dense(3, 5), (3,))
    assert "not applicable: other sizes (an instance has fixed sizes)" in str(instance)
    assert instance.checks < report.checks


def test_the_report_is_drawn():
    chart = check_layer(lambda D: Scale(D), "N D").plot()
    assert [panel.get_title() for panel in chart.ax_] == ["Scale: input", "Scale: gain"]
    with pytest.raises(ValueError, match="nothing to plot"):
        check_layer(Sign, "N D", expected_failures={"value": "straight-through"}, checks="value").plot()


class Rounded(nn.Layer):
    """y = x in float16"""

    def forward(self, x):
        return x.astype(np.float16).astype(x.dtype)

    def backward(self, grad):
        return grad


class Steps(Rounded):
    """y = x in steps of 0.1"""

    def forward(self, x):
        return np.floor(10 * x) / 10


@pytest.mark.parametrize("kind", [Rounded, Steps])
def test_a_gradient_of_one_of_a_function_of_steps_is_found(kind):
    for checks in (None, "value"):
        with pytest.raises(LayerCheckError, match=kind.__name__):
            check_layer(kind, "N D", checks=checks)


class TooFast(Rounded):
    """y = sin(1e15 x), of which floating-point numbers show no slope"""

    def forward(self, x):
        return np.sin(1e15 * x)


def test_a_gradient_that_cannot_be_verified_does_not_pass_in_silence():
    with pytest.warns(NotVerifiedWarning, match="the gradient of input could not be verified in any"):
        report = check_layer(TooFast, "N D", checks="value")
    assert report.never_verified() == ["input"]
    assert report.outcomes == {"unsure": report.checks}


class Dead(nn.Layer):
    def __init__(self, D):
        self.at = nn.Parameter(np.full(D, -100.0))

    def forward(self, x):
        y = np.maximum(x + self.at.value, 0)
        self.save_for_backward(y > 0)
        return y

    def backward(self, grad):
        on = self.saved()
        self.at.add_grad(77 * (grad * on).sum(axis=0))
        return 55 * grad * on


def test_a_gradient_that_is_always_zero_is_not_called_right():
    with pytest.warns(NotVerifiedWarning, match="gradient of at, input was zero on both sides"):
        report = check_layer(lambda D: Dead(D), "N D")
    assert report.never_verified() == ["at", "input"]
    assert "no evidence: the gradients of at, input" in str(report)


def test_a_report_is_shown_as_its_text():
    report = check_layer(nn.ReLU, "N D")
    assert repr(report) == str(report)
    assert repr(report).startswith("ReLU: ")
