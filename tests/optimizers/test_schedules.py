"""Schedules of the learning rate."""

import math

import pytest

import nnlayers as nn


def test_cosine_warms_up_and_goes_down_to_its_end():
    lr = nn.schedules.cosine(0.4, steps=110, warmup=10, end=0.2)
    assert [lr(step) for step in (0, 5, 10)] == pytest.approx([0, 0.2, 0.4])
    for step in (20, 60, 99):
        expected = 0.2 + 0.2 * (1 + math.cos(math.pi * (step - 10) / 100)) / 2
        assert lr(step) == pytest.approx(expected)
    assert lr(110) == lr(10**6) == pytest.approx(0.2)


def test_a_schedule_shows_how_it_was_made():
    assert "cosine(lr=0.1, steps=100, warmup=0, end=0.0)" in repr(
        nn.SGD(nn.Dense(1, 1).parameters(), lr=nn.schedules.cosine(0.1, steps=100))
    )


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"lr": -1, "steps": 5}, ValueError, r"cosine: lr must be in \[0, inf\), got -1"),
        ({"lr": 0.1, "steps": 5, "end": "a"}, TypeError, "cosine: end must be a real number"),
        ({"lr": 0.1, "steps": 0}, ValueError, "cosine: steps must be at least 1, got 0"),
        ({"lr": 0.1, "steps": 5, "warmup": 5}, ValueError, "cosine: steps must be at least 6, got 5"),
        ({"lr": 0.1, "steps": 5.5}, TypeError, "cosine: steps must be a whole number"),
    ],
)
def test_impossible_schedules_are_rejected(arguments, error, match):
    with pytest.raises(error, match=match):
        nn.schedules.cosine(**arguments)
