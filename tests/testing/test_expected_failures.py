"""What is expected to fail is excused, and nothing beside it."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, GradientError, check_layer
from tests.testing.straight_through import Sign


def test_an_expected_failure_is_reported_and_must_fail():
    report = check_layer(Sign, "N D", expected_failures={"value": "straight-through"})
    assert report.expected == {"value": "straight-through"}
    assert "failed as expected: value (straight-through)" in str(report)
    with pytest.raises(ContractError, match=r"ReLU: expected to fail, but passed: \['linear'\]"):
        check_layer(nn.ReLU, "N D", expected_failures={"linear": "no reason"})
    with pytest.raises(ValueError, match="unknown checks"):
        check_layer(nn.ReLU, "N D", expected_failures={"liinear": "no reason"})


class RoundScale(nn.Layer):
    """y = gain round(x), straight through"""

    def __init__(self, D, factor):
        self.gain, self.factor = nn.Parameter(np.ones(D)), factor

    def forward(self, x):
        self.save_for_backward(np.round(x))
        return np.round(x) * self.gain.value

    def backward(self, grad):
        self.gain.add_grad(self.factor * (grad * self.saved()).sum(axis=0))
        return grad * self.gain.value


def test_an_expected_failure_excuses_the_input_only():
    excuse = {"value": "straight-through"}
    report = check_layer(lambda D: RoundScale(D, 1), "N D", expected_failures=excuse)
    assert report.expected == excuse
    assert "gain" in report.verified
    with pytest.raises(GradientError, match="the gradient of 'gain' is wrong"):
        check_layer(lambda D: RoundScale(D, 3), "N D", expected_failures=excuse)
    both = excuse | {"value:gain": "three times, on purpose"}
    assert check_layer(lambda D: RoundScale(D, 3), "N D", expected_failures=both).expected == both


def test_an_expected_failure_of_an_unknown_array_is_refused():
    with pytest.raises(ValueError, match=r"has no array 'gian' to check; 'value:...' can name"):
        check_layer(lambda D: RoundScale(D, 1), "N D", expected_failures={"value:gian": "a slip"})


def test_an_expected_failure_of_a_block_must_fail():
    with pytest.raises(ContractError, match=r"expected to fail, but passed: \['value:gain'\]"):
        check_layer(
            lambda D: RoundScale(D, 1), "N D", expected_failures={"value": "x", "value:gain": "y"}
        )
