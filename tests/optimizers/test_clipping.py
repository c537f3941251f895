"""Clipping of gradients by value; clipping by norm is in `test_declaration`."""

import math

import numpy as np
import pytest

import nnlayers as nn


def test_each_number_is_clipped_to_its_limit_and_gradients_are_not_written():
    weight, gradient = nn.Parameter([0.0, 0.0, 0.0]), np.array([-3.0, 0.25, 1e30], np.float32)
    optimizer = nn.SGD([weight], lr=1.0, clip_value=0.5)
    weight.add_grad(gradient)
    optimizer.step()
    assert weight.value.tolist() == [0.5, -0.25, -0.5]
    assert gradient[0] == -3
    assert "clip_value=0.5" in repr(optimizer)


def test_clipping_comes_before_weight_decay():
    weight = nn.Parameter([10.0])
    weight.add_grad([5.0])
    nn.SGD([weight], lr=0.1, clip_value=1.0, weight_decay=0.5).step()
    assert weight.value[0] == pytest.approx(10 - 0.1 * (1 + 5))


def test_a_limit_beyond_the_dtype_changes_nothing():
    weight = nn.Parameter([0.0], dtype=np.float16)
    weight.add_grad(np.array([6e4], np.float16))
    nn.SGD([weight], lr=1.0, clip_value=1e9).step()
    assert weight.value[0] == -np.float16(6e4)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradients_that_are_not_finite_are_not_clipped_to_a_value(bad):
    weight = nn.Parameter([1.0])
    optimizer = nn.SGD([weight], lr=1.0, clip_value=1.0)
    weight.add_grad(np.array([bad]))
    with pytest.raises(FloatingPointError, match=r"gradients of the norm (nan|inf) cannot be"):
        optimizer.step()
    assert weight.value[0] == 1


def test_both_limits_together_are_rejected():
    weight = nn.Parameter([1.0])
    for method in (nn.Optimizer, nn.SGD, nn.Adam):
        match = f"{method.__name__}: expected clip_norm or clip_value, got both"
        with pytest.raises(ValueError, match=match):
            method([weight], lr=0.1, clip_norm=1.0, clip_value=1.0)
    optimizer = nn.SGD([weight], lr=0.1, clip_norm=1.0)
    with pytest.raises(ValueError, match="got both: leave out one of them"):
        optimizer.clip_value = 1.0
    assert optimizer.clip_value == math.inf
    optimizer.clip_norm = math.inf
    optimizer.clip_value = 1.0


@pytest.mark.parametrize(
    ("name", "advice"),
    [("clipvalue", "set clip_value"), ("global_clipnorm", "set clip_norm"), ("clip", "did you mean")],
)
def test_other_words_for_clipping_are_answered(name, advice):
    with pytest.raises(TypeError, match=f"no argument '{name}': {advice}"):
        nn.SGD([nn.Parameter([1.0])], lr=0.1, **{name: 1.0})
