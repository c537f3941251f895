"""Dropout."""

import numpy as np
import pytest

import nnlayers as nn


@pytest.mark.parametrize("rate", [0.01, 0.2, 0.5, 0.9])
def test_rate_is_the_fraction_of_zeros_and_the_mean_is_preserved(rate):
    x = np.ones((1000, 1000))
    y = nn.Dropout(rate, rng=0).forward(x)
    keep = 1 - rate
    assert abs((y == 0).mean() - rate) < 5 * np.sqrt(rate * keep / x.size)
    assert abs(y.mean() - 1) < 5 * np.sqrt(rate / keep / x.size)


@pytest.mark.parametrize("keep_prob", [1, 0.9, 1 / 3, 0.1, 1e-9])
def test_kept_values_are_divided_by_the_exact_probability_of_keeping_them(keep_prob):
    layer = nn.Dropout(keep_prob=keep_prob, rng=0)
    assert abs(layer.keep_prob - keep_prob) <= 1 / 65_536
    y = layer.forward(np.ones(100_000))
    assert set(np.unique(y)) <= {0.0, 1 / layer.keep_prob}


def test_every_forward_draws_a_new_mask_that_its_backward_reuses(rng):
    layer = nn.Dropout(0.5, rng=rng)
    x = np.ones((10, 10), np.float32)
    first, second = layer.forward(x), layer.forward(x)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(layer.backward(x), second)
    np.testing.assert_array_equal(layer.backward(x), first)


def test_neighbouring_mask_values_are_independent(rng):
    mask = nn.Dropout(0.5, rng=rng).forward(np.ones(1 << 20)) > 0
    for distance in (1, 2, 3, 4, 8):
        agree = (mask[distance:] == mask[:-distance]).mean()
        assert abs(agree - 0.5) < 5 * 0.5 / np.sqrt(mask.size)


def test_predict_returns_its_input_and_draws_nothing():
    layer = nn.Dropout(0.5, rng=0)
    x = np.ones((3, 3))
    state = layer.rng.bit_generator.state
    assert layer.predict(x) is x
    assert layer.rng.bit_generator.state == state


@pytest.mark.parametrize("layer", [nn.Dropout(0), nn.Dropout(0.0), nn.Dropout(keep_prob=1)])
def test_nothing_is_dropped_at_rate_zero(layer, rng):
    x = rng.standard_normal((5, 7))
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)


@pytest.mark.parametrize(
    "bits", [np.random.PCG64, np.random.MT19937, np.random.Philox, np.random.SFC64]
)
def test_any_bit_generator_works(bits):
    y = nn.Dropout(0.5, rng=np.random.Generator(bits(0))).forward(np.ones(100_000))
    assert abs(y.mean() - 1) < 5 / np.sqrt(y.size)


@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 3, 5)])
def test_any_shape_works(shape):
    assert nn.Dropout(0.5, rng=0).forward(np.ones(shape)).shape == shape


def test_the_same_seed_gives_the_same_masks():
    x = np.ones(50)
    np.testing.assert_array_equal(nn.Dropout(0.5, rng=3).forward(x), nn.Dropout(0.5, rng=3).forward(x))


@pytest.mark.parametrize("rate", [1, 1.5, -0.1, np.nan, np.inf])
def test_a_rate_outside_its_range_is_rejected(rate):
    with pytest.raises(ValueError, match=r"Dropout: rate must be in \[0, 1\), got"):
        nn.Dropout(rate)


@pytest.mark.parametrize("keep_prob", [0, 1.5, -0.1])
def test_a_keep_prob_outside_its_range_is_rejected(keep_prob):
    with pytest.raises(ValueError, match=r"Dropout: keep_prob must be in \(0, 1\], got"):
        nn.Dropout(keep_prob=keep_prob)


@pytest.mark.parametrize(
    ("keep_prob", "error"), [(True, TypeError), ("0.8", TypeError), (np.nan, ValueError)]
)
def test_a_keep_prob_that_is_not_a_number_is_rejected(keep_prob, error):
    with pytest.raises(error, match="Dropout: keep_prob must be"):
        nn.Dropout(keep_prob=keep_prob)


@pytest.mark.parametrize("rates", [{}, {"rate": 0.2, "keep_prob": 0.8}])
def test_exactly_one_of_rate_and_keep_prob_is_required(rates):
    with pytest.raises(ValueError, match="expected either rate or keep_prob"):
        nn.Dropout(**rates)


def test_a_rate_that_is_not_a_number_is_rejected():
    with pytest.raises(TypeError, match=r"rate must be a real number, got '0.2'"):
        nn.Dropout("0.2")
