"""The options of a check: which checks, how many cases, which seed."""

import pytest

import nnlayers as nn
from nnlayers.testing import LayerCheckError, check_layer, settings


def test_checks_can_be_selected():
    one = check_layer(nn.ReLU, "N D", checks="linear")
    report = check_layer(nn.ReLU, "N D", checks=["linear", "order"])
    assert report.checks == 2 * one.checks > 0
    assert report.verified == set()
    with pytest.raises(
        ValueError, match=r"unknown checks \['linaer'\]; available are \['registered', 'shapes',"
    ):
        check_layer(nn.ReLU, "N D", checks="linaer")


def test_hypothesis_tries_further_cases_within_the_time_limit(monkeypatch):
    few, many = (check_layer(nn.ReLU, "N D", examples=n).checks for n in (0, 20))
    assert many > few + 20 * 20

    monkeypatch.setattr(settings.defaults, "seconds", 0.0)
    assert check_layer(nn.ReLU, "N D", examples=20).checks == few


def test_hypothesis_finds_what_is_wrong_for_one_shape_only():
    class Wrong(nn.ReLU):
        def backward(self, grad):
            grad = super().backward(grad)
            return 2 * grad if grad.shape[1:] == (6,) and len(grad) == 5 else grad

    check_layer(Wrong, "N D", seed=0)
    with pytest.raises(LayerCheckError, match="Wrong"):
        check_layer(Wrong, "N D", seed=0, examples=300, checks="value")


def test_one_seed_gives_the_same_message_twice():
    class Wrong(nn.Dense):
        def backward(self, grad):
            return -super().backward(grad)

    messages = []
    for _ in range(2):
        with pytest.raises(LayerCheckError) as info:
            check_layer(lambda D, K: Wrong(D, K), "N D", seed=5)
        messages.append(str(info.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": -1}, "check_layer: seed must be at least 0, got -1"),
        ({"seed": 1.5}, "check_layer: seed must be a whole number, got 1.5"),
        ({"examples": 2.5}, "check_layer: examples must be a whole number, got 2.5"),
        ({"expected_failures": ["value"]}, "expected a dict of checks with reasons"),
        ({"expected_failures": {"linear:input": "x"}}, "only 'value:...' names an array"),
    ],
)
def test_options_of_another_kind_are_refused(options, words):
    with pytest.raises((TypeError, ValueError), match=words):
        check_layer(nn.ReLU, "N D", **options)
