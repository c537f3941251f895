"""PositionalEncoding."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn


@given(st.integers(1, 40), st.integers(1, 9))
def test_waves_are_those_of_the_paper(steps, features):
    p = nn.PositionalEncoding().predict(np.zeros((1, steps, features)))[0]
    for t in range(steps):
        for column in range(features):
            angle = t / 10000 ** (2 * (column // 2) / features)
            wave = math.cos(angle) if column % 2 else math.sin(angle)
            assert abs(p[t, column] - wave) < 1e-13


@given(st.integers(1, 20), st.integers(1, 20))
def test_a_position_is_a_rotation_of_one_that_is_some_steps_earlier(t, offset):
    p = nn.PositionalEncoding().predict(np.zeros((1, 41, 6)))[0]
    for pair in range(3):
        a = offset / 10000 ** (pair / 3)
        turn = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
        columns = slice(2 * pair, 2 * pair + 2)
        np.testing.assert_allclose(p[t + offset, columns], turn @ p[t, columns], atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_positions_are_added_and_the_gradient_passes(dtype, rng):
    layer = nn.PositionalEncoding()
    x = rng.standard_normal((2, 3, 4)).astype(dtype)
    x.flags.writeable = False
    y = layer.forward(x)
    assert y.dtype == dtype
    waves = layer.predict(np.zeros((1, 3, 4), dtype))[0]
    np.testing.assert_array_equal(y, x + waves)
    np.testing.assert_array_equal(layer.predict(x), y)
    assert layer.backward(y) is y
    assert layer.predict(x[:0]).shape == (0, 3, 4)
    assert layer.predict(x[:, :0]).shape == (2, 0, 4)


def test_positions_need_an_axis_of_steps():
    message = r"expected input of shape \(N, ..., T, features\), got \(2, 4\)"
    with pytest.raises(ValueError, match=message):
        nn.PositionalEncoding().forward(np.ones((2, 4)))


def test_learned_positions_are_a_second_embedding(rng):
    model = nn.Sequential(nn.Parallel(nn.Embedding(65, 4, rng=0), nn.Embedding(9, 4, rng=1)), nn.Add())
    x = rng.integers(0, 65, (2, 7))
    y = model.forward((x, np.broadcast_to(np.arange(7), x.shape)))
    tokens, positions = (layer.weight.value for layer in model[0])
    np.testing.assert_array_equal(y, tokens[x] + positions[:7])
    model.backward(np.ones((2, 7, 4), np.float32))
    assert model[0][1].weight.grad[:, 0].tolist() == [2] * 7 + [0] * 2
