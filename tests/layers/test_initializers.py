"""Initializers."""

import numpy as np
import pytest

import nnlayers as nn

VARIANCES = [
    (nn.he_normal, lambda fan_in, fan_out: 2 / fan_in),
    (nn.he_uniform, lambda fan_in, fan_out: 2 / fan_in),
    (nn.glorot_normal, lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
    (nn.glorot_uniform, lambda fan_in, fan_out: 2 / (fan_in + fan_out)),
]


@pytest.mark.parametrize(("initializer", "variance"), VARIANCES)
@pytest.mark.parametrize(("shape", "fans"), [((300, 200), (300, 200)), ((3, 5, 40, 30), (600, 450))])
def test_weights_have_zero_mean_and_the_published_variance(initializer, variance, shape, fans):
    weights = initializer(shape, 0)
    expected = variance(*fans)
    # 5 standard errors; the variance of a sample variance is at most 2 expected² / n
    assert abs(weights.mean()) < 5 * np.sqrt(expected / weights.size)
    assert abs(weights.var() / expected - 1) < 5 * np.sqrt(2 / weights.size)


@pytest.mark.parametrize("initializer", [nn.he_uniform, nn.glorot_uniform])
def test_uniform_weights_stay_within_their_limit(initializer):
    weights = initializer((50, 50), 0, np.float64)
    fans = 50 if initializer is nn.he_uniform else 100
    assert 0.95 * np.sqrt(6 / fans) < np.abs(weights).max() <= np.sqrt(6 / fans)


@pytest.mark.parametrize(
    "initializer", [nn.he_normal, nn.he_uniform, nn.glorot_normal, nn.glorot_uniform, nn.zeros]
)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_same_seed_gives_the_same_weights_in_every_dtype(initializer, dtype):
    weights = initializer((4, 5), 3, dtype)
    assert weights.shape == (4, 5)
    assert weights.dtype == dtype
    np.testing.assert_array_equal(weights, initializer((4, 5), 3, np.float64).astype(dtype))


def test_a_generator_advances_and_a_seed_starts_over(rng):
    assert not np.array_equal(nn.he_normal((3, 3), rng), nn.he_normal((3, 3), rng))
    np.testing.assert_array_equal(nn.he_normal((3, 3), 1), nn.he_normal((3, 3), 1))


@pytest.mark.parametrize("shape", [(), (3,), (0, 3)])
def test_a_shape_without_fan_in_and_fan_out_is_rejected(shape):
    with pytest.raises(ValueError, match="expected a shape"):
        nn.he_normal(shape)


def test_zeros_are_zeros():
    assert not nn.zeros((3, 3)).any()
