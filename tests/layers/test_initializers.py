"""Initializers."""

from functools import partial

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.layers.initializers import CUT_DEVIATION

VARIANCES = [
    (nn.he_normal, lambda fan_in, fan_out: 2 / fan_in),
    (nn.he_uniform, lambda fan_in, fan_out: 2 / fan_in),
    (nn.glorot_normal, lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    (nn.glorot_uniform, lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    (nn.lecun_normal, lambda fan_in, fan_out: 1 / fan_in),
    (nn.lecun_uniform, lambda fan_in, fan_out: 1 / fan_in),
    (nn.truncated_normal, lambda fan_in, fan_out: 1 / fan_in),
    (partial(nn.truncated_normal, stddev=0.02), lambda fan_in, fan_out: 0.02**2),
]


@pytest.mark.parametrize(("initializer", "variance"), VARIANCES)
@pytest.mark.parametrize(("shape", "fans"), [((300, 200), (300, 200)), ((3, 5, 40, 30), (600, 450))])
def test_weights_have_zero_mean_and_the_published_variance(initializer, variance, shape, fans):
    weights = initializer(shape, 0)
    expected = variance(*fans)
    # 5 standard errors; the variance of a sample variance is at most 2 expected² / n
    assert abs(weights.mean()) < 5 * np.sqrt(expected / weights.size)
    assert abs(weights.var() / expected - 1) < 5 * np.sqrt(2 / weights.size)


@pytest.mark.parametrize(
    ("initializer", "limit"),
    [
        (nn.he_uniform, np.sqrt(6 / 50)),
        (nn.glorot_uniform, np.sqrt(6 / 100)),
        (nn.lecun_uniform, np.sqrt(3 / 50)),
        (nn.truncated_normal, 2.274 / np.sqrt(50)),
    ],
)
def test_weights_stay_within_their_limit(initializer, limit):
    weights = initializer((50, 50), 0, np.float64)
    assert 0.95 * limit < np.abs(weights).max() <= limit


def test_the_tails_of_a_normal_are_cut_and_nothing_else(rng):
    values = nn.truncated_normal((1000, 1000), rng, np.float64, stddev=CUT_DEVIATION)
    assert np.abs(values).max() <= 2
    for place, share in [(0.5, 0.40116), (1.0, 0.71523), (1.5, 0.90771)]:  # of a normal, over 0.9545
        assert abs((np.abs(values) < place).mean() - share) < 5 * 0.5 / 1000


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (5, 5), (1, 6), (3, 3, 2, 8), (2, 2, 1, 9)])
def test_orthogonal_weights_are_orthogonal(shape):
    weight = nn.orthogonal(shape, 0, np.float64)
    matrix = weight.reshape(-1, shape[-1])
    if len(matrix) < shape[-1]:
        matrix = matrix.T
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(matrix.shape[1]), atol=1e-14)
    np.testing.assert_allclose(nn.orthogonal(shape, 0, np.float64, gain=3), 3 * weight, rtol=1e-14)


def test_any_orthogonal_matrix_is_as_likely_as_any_other(rng):
    angles = []
    for _ in range(2000):
        (cosine, _), (sine, _) = nn.orthogonal((2, 2), rng, np.float64)
        angles.append(np.arctan2(sine, cosine) % (2 * np.pi))
    quarters = np.histogram(angles, bins=8, range=(0, 2 * np.pi))[0]
    assert (np.abs(quarters - 250) < 5 * np.sqrt(250)).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (partial(nn.truncated_normal, stddev=-1.0), r"truncated_normal: stddev must be in \[0, inf\)"),
        (partial(nn.orthogonal, gain=-1.0), r"orthogonal: gain must be in \[0, inf\)"),
    ],
)
def test_numbers_out_of_range_are_rejected(make, message):
    with pytest.raises(ValueError, match=message):
        make((2, 3))


def test_a_layer_takes_an_initializer_with_a_number_of_its_own():
    layer = nn.Dense(100, 100, initializer=partial(nn.truncated_normal, stddev=0.02), rng=0)
    assert abs(layer.weight.value.std() / 0.02 - 1) < 0.05


ALL = [
    nn.he_normal,
    nn.he_uniform,
    nn.glorot_normal,
    nn.glorot_uniform,
    nn.lecun_normal,
    nn.lecun_uniform,
    nn.truncated_normal,
    nn.orthogonal,
]


@pytest.mark.parametrize("initializer", [*ALL, nn.zeros])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_same_seed_gives_the_same_weights_in_every_dtype(initializer, dtype):
    weights = initializer((4, 5), 3, dtype)
    assert weights.shape == (4, 5)
    assert weights.dtype == dtype
    np.testing.assert_array_equal(weights, initializer((4, 5), 3, np.float64).astype(dtype))


def test_a_generator_advances_and_a_seed_starts_over(rng):
    assert not np.array_equal(nn.he_normal((3, 3), rng), nn.he_normal((3, 3), rng))
    np.testing.assert_array_equal(nn.he_normal((3, 3), 1), nn.he_normal((3, 3), 1))


@pytest.mark.parametrize("shape", [(), (3,), (0, 3), (3, -4), 3])
@pytest.mark.parametrize("initializer", ALL)
def test_a_shape_without_fan_in_and_fan_out_is_rejected(initializer, shape):
    with pytest.raises(ValueError, match="expected a shape"):
        initializer(shape)


def test_zeros_are_zeros():
    assert not nn.zeros((3, 3)).any()
