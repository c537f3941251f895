"""GaussianNoise and SpatialDropout."""

import numpy as np
import pytest

import nnlayers as nn

LAYERS = [lambda: nn.GaussianNoise(0.5, rng=0), lambda: nn.SpatialDropout(0.4, rng=0)]


def test_noise_has_the_deviation_that_it_was_given():
    x = np.full((1000, 1000), 3.0)
    noise = nn.GaussianNoise(0.2, rng=0).forward(x) - x
    assert abs(noise.mean()) < 5 * 0.2 / np.sqrt(x.size)
    assert abs(noise.std() / 0.2 - 1) < 5 / np.sqrt(2 * x.size)
    within = np.abs(noise) < 0.2
    assert abs(within.mean() - 0.6827) < 0.0025  # that of a normal distribution


def test_the_gradient_passes_through_noise_as_it_is(rng):
    layer, grad = nn.GaussianNoise(0.5, rng=0), rng.standard_normal((3, 4))
    layer.forward(np.ones((3, 4)))
    assert layer.backward(grad) is grad


@pytest.mark.parametrize("shape", [(200, 3, 50), (200, 2, 3, 50), (200, 2, 1, 2, 50)])
def test_a_channel_is_kept_or_dropped_at_all_positions(shape):
    layer = nn.SpatialDropout(0.4, rng=0)
    y = layer.forward(np.ones(shape)).reshape(200, -1, 50)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    mask = y[:, 0]
    assert set(np.unique(mask)) == {0.0, 1 / 0.6}
    assert abs((mask == 0).mean() - 0.4) < 5 * np.sqrt(0.4 * 0.6 / mask.size)
    for shift in (1, 2, 50):  # channels, and samples, are dropped independently
        flat = mask.ravel() > 0
        agree = (flat[shift:] == flat[:-shift]).mean()
        assert abs(agree - 0.52) < 5 * 0.5 / np.sqrt(flat.size)


def test_every_forward_draws_a_new_mask_that_its_backward_reuses():
    layer, x = nn.SpatialDropout(0.5, rng=0), np.ones((4, 3, 16))
    first, second = layer.forward(x), layer.forward(x)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(layer.backward(x), second)
    np.testing.assert_array_equal(layer.backward(x), first)


@pytest.mark.parametrize("make", LAYERS)
def test_predict_returns_its_input_and_draws_nothing(make):
    layer, x = make(), np.ones((2, 3, 4))
    state = layer.rng.bit_generator.state
    assert layer.predict(x) is x
    assert layer.rng.bit_generator.state == state
    assert repr(layer.for_inference()) == "Identity()"


@pytest.mark.parametrize("make", LAYERS)
@pytest.mark.parametrize("shape", [(2, 0, 4), (2, 3, 0)])
def test_any_axis_may_be_empty(make, shape):
    layer, x = make(), np.ones(shape)
    assert layer.forward(x).shape == layer.backward(x).shape == layer.predict(x).shape == shape


@pytest.mark.parametrize("make", LAYERS)
def test_the_same_seed_gives_the_same_noise(make):
    x = np.ones((4, 3, 5))
    np.testing.assert_array_equal(make().forward(x), make().forward(x))


@pytest.mark.parametrize("layer", [nn.GaussianNoise(0), nn.SpatialDropout(0)])
def test_nothing_changes_at_zero(layer, rng):
    x = rng.standard_normal((3, 4, 5))
    np.testing.assert_array_equal(layer.forward(x), x)


@pytest.mark.parametrize("verb", ["forward", "predict"])
@pytest.mark.parametrize("shape", [(4,), (3, 4)])
def test_channels_without_positions_are_rejected(shape, verb):
    with pytest.raises(
        ValueError,
        match=r"SpatialDropout\(0.5\): expected input of shape \(N, ..., positions, channels\), got "
        ".*: use Dropout where there are no positions",
    ):
        getattr(nn.SpatialDropout(0.5), verb)(np.ones(shape))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.GaussianNoise(-1), r"GaussianNoise: stddev must be in \[0, inf\), got -1"),
        (lambda: nn.GaussianNoise(np.nan), r"GaussianNoise: stddev must be in \[0, inf\), got nan"),
        (lambda: nn.SpatialDropout(1), r"SpatialDropout: rate must be in \[0, 1\), got 1"),
        (lambda: setattr(nn.SpatialDropout(0.5), "rate", 1.5), r"rate must be in \[0, 1\), got 1.5"),
    ],
)
def test_numbers_out_of_range_are_rejected(make, message):
    with pytest.raises(ValueError, match=message):
        make()
