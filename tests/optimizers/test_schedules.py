"""Schedules of the learning rate."""

import copy
import math
import pickle

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.optimizers import schedules

EACH = [
    schedules.cosine(0.1, steps=20, warmup=5, end=0.01),
    schedules.linear(0.1, steps=20, warmup=5, end=0.01),
    schedules.staircase(0.1, factor=0.5, every=3),
    schedules.exponential(0.1, factor=0.5, every=3),
    schedules.one_cycle(0.1, steps=20),
]
EACH_DECAY = (schedules.staircase, schedules.exponential)


def test_every_schedule_is_tried_here():
    assert {type(schedule).__name__ for schedule in EACH} == set(schedules.__all__)


@pytest.mark.parametrize("schedule", EACH, ids=repr)
def test_schedules_are_values(schedule):
    made_again = eval(repr(schedule), vars(schedules))
    for other in (made_again, copy.deepcopy(schedule), pickle.loads(pickle.dumps(schedule))):
        assert other == schedule
        assert [other(step) for step in range(25)] == [schedule(step) for step in range(25)]
    with pytest.raises(AttributeError, match="cannot assign to field 'lr'"):
        schedule.lr = 0.2


@pytest.mark.parametrize("schedule", EACH, ids=repr)
def test_rates_are_finite_and_never_negative_and_stay_within_the_first(schedule):
    rates = [schedule(step) for step in [*range(200), 10**9]]
    assert all(type(rate) is float and 0 <= rate <= 0.1 for rate in rates)


@pytest.mark.parametrize(
    ("name", "ours"),
    [("StepLR", "use schedules.staircase"), ("exponentail", r"did you mean exponential\?")],
)
def test_names_of_others_and_misspelt_ones_are_answered(name, ours):
    with pytest.raises(AttributeError, match=f"schedules has no '{name}': {ours}"):
        getattr(nn.schedules, name)


def test_linear_warms_up_and_goes_down_to_its_end():
    lr = schedules.linear(0.4, steps=110, warmup=10, end=0.2)
    assert [lr(step) for step in (0, 5, 10)] == pytest.approx([0, 0.2, 0.4])
    assert [lr(step) for step in (20, 60, 85)] == pytest.approx([0.38, 0.3, 0.25])
    assert lr(110) == lr(10**6) == 0.2


def test_linear_may_be_a_warm_up_alone():
    lr = schedules.linear(0.4, steps=11, warmup=10, end=0.4)
    assert [lr(step) for step in (0, 5, 10, 11, 1000)] == pytest.approx([0, 0.2, 0.4, 0.4, 0.4])


def test_staircase_falls_at_once_and_exponential_on_the_way():
    stairs, slope = (kind(1.0, factor=0.1, every=4) for kind in EACH_DECAY)
    assert [stairs(step) for step in (0, 3, 4, 7, 8)] == pytest.approx([1, 1, 0.1, 0.1, 0.01])
    assert [slope(step) for step in (0, 2, 4, 8)] == pytest.approx([1, 0.1**0.5, 0.1, 0.01])


def test_one_cycle_rises_falls_and_stays():
    lr = schedules.one_cycle(1.0, steps=101, rise=0.5, start=0.1, end=0.0)
    assert lr(0) == pytest.approx(0.1)
    assert lr(48) < lr(49) > lr(51)  # the peak is at 49.5
    assert lr(100) == lr(10**6) == 0


def test_one_cycle_may_begin_at_its_peak():
    lr = schedules.one_cycle(1.0, steps=3, rise=0.0, end=0.5)
    assert [lr(step) for step in (0, 1, 2)] == pytest.approx([1, 0.75, 0.5])


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
        schedules.cosine(**arguments)
    with pytest.raises(error, match=match.replace("cosine", "linear")):
        schedules.linear(**arguments)


@pytest.mark.parametrize("kind", EACH_DECAY)
@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"lr": -1, "factor": 0.5}, ValueError, r"lr must be in \[0, inf\), got -1"),
        ({"lr": 0.1, "factor": 0}, ValueError, r"factor must be in \(0, 1\], got 0"),
        ({"lr": 0.1, "factor": 1.5}, ValueError, r"factor must be in \(0, 1\], got 1.5"),
        ({"lr": 0.1, "factor": "a"}, TypeError, "factor must be a real number"),
        ({"lr": 0.1, "factor": 0.5, "every": 0}, ValueError, "every must be at least 1, got 0"),
        ({"lr": 0.1, "factor": 0.5, "every": 2.5}, TypeError, "every must be a whole number"),
    ],
)
def test_impossible_decays_are_rejected(kind, arguments, error, match):
    with pytest.raises(error, match=f"{kind.__name__}: {match}"):
        kind(**arguments)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        ({"lr": math.nan, "steps": 9}, ValueError, r"one_cycle: lr must be in \[0, inf\)"),
        ({"lr": 0.1, "steps": 1}, ValueError, "one_cycle: steps must be at least 2, got 1"),
        ({"lr": 0.1, "steps": 9, "rise": 1}, ValueError, r"one_cycle: rise must be in \[0, 1\)"),
        ({"lr": 0.1, "steps": 9, "start": -1}, ValueError, "one_cycle: start must be"),
        ({"lr": 0.1, "steps": 9, "end": None}, TypeError, "one_cycle: end must be a real number"),
    ],
)
def test_impossible_cycles_are_rejected(arguments, error, match):
    with pytest.raises(error, match=match):
        schedules.one_cycle(**arguments)


def test_small_integers_of_numpy_do_not_overflow():
    lr = nn.schedules.cosine(0.1, steps=np.uint8(200), warmup=np.uint8(100))
    assert lr(300) == 0
    assert nn.schedules.one_cycle(0.1, steps=np.uint8(200))(300) < 1e-6
    assert nn.schedules.staircase(0.1, 0.5, every=np.uint8(200))(300) == 0.05
