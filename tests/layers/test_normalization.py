"""LayerNorm and RMSNorm, and what all normalizations have in common."""

import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn


def test_layer_norm_normalizes_the_features_of_each_position(rng):
    layer = nn.LayerNorm(4, epsilon=0.01).astype(np.float64)
    layer.gain.value[...], layer.offset.value[...] = np.linspace(0.5, 2, 4), np.linspace(-1, 1, 4)
    x = rng.normal(3, 2, (2, 5, 4))
    y = layer.forward(x)
    for place in np.ndindex(2, 5):
        numbers = x[place].tolist()
        mean, variance = statistics.fmean(numbers), statistics.pvariance(numbers)
        for feature, number in enumerate(numbers):
            z = (number - mean) / (variance + 0.01) ** 0.5
            expected = layer.gain.value[feature] * z + layer.offset.value[feature]
            assert y[place][feature] == pytest.approx(expected)


def test_rms_norm_divides_by_the_root_mean_square(rng):
    layer = nn.RMSNorm(4, epsilon=0.01).astype(np.float64)
    layer.gain.value[...] = np.linspace(0.5, 2, 4)
    x = rng.normal(3, 2, (2, 5, 4))
    y = layer.forward(x)
    for place in np.ndindex(2, 5):
        mean_square = statistics.fmean(number * number for number in x[place].tolist())
        np.testing.assert_allclose(y[place], layer.gain.value * x[place] / (mean_square + 0.01) ** 0.5)


@pytest.mark.parametrize("kind", [nn.LayerNorm, nn.RMSNorm])
def test_several_last_axes_are_normalized_together(kind, rng):
    several, one = kind((3, 4)), kind(12)
    several.gain.value[...] = rng.standard_normal((3, 4))
    one.gain.value[...] = several.gain.value.ravel()
    x, grad = rng.standard_normal((2, 5, 2, 3, 4))
    np.testing.assert_array_equal(several.forward(x), one.forward(x.reshape(5, 2, 12)).reshape(x.shape))
    expected = one.backward(grad.reshape(5, 2, 12)).reshape(x.shape)
    np.testing.assert_array_equal(several.backward(grad), expected)
    np.testing.assert_array_equal(several.gain.grad.ravel(), one.gain.grad)
    assert repr(several) == f"{kind.__name__}((3, 4))"


# All of them

LAYERS = [nn.BatchNorm(4), nn.LayerNorm(4), nn.LayerNorm((3, 4)), nn.RMSNorm(4), nn.GroupNorm(2, 4)]
all_layers = pytest.mark.parametrize("layer", LAYERS, ids=repr)


def parts(layer, shape):
    """Arrays of places in an input: those that are normalized together."""
    places = np.arange(np.prod(shape)).reshape(shape)
    if isinstance(layer, nn.BatchNorm):
        return places.reshape(-1, shape[-1]).T
    if isinstance(layer, nn.GroupNorm):
        groups = places.reshape(shape[0], -1, layer.groups, shape[-1] // layer.groups)
        return groups.swapaxes(1, 2).reshape(shape[0] * layer.groups, -1)
    return places.reshape(-1, layer.gain.value.size)


sizes = st.integers(1, 6)
scales = st.floats(0.1, 100)


@all_layers
@given(sizes, sizes, scales, st.floats(-100, 100), st.integers(0, 1000))
def test_outputs_have_the_moments_that_they_should(layer, N, H, scale, offset, seed):
    x = np.random.default_rng(seed).normal(offset, scale, (N, H, 3, 4))
    layer = layer.astype(np.float64)
    y = layer.forward(x).ravel()
    for part in parts(layer, x.shape):
        before, now = x.ravel()[part], y[part]
        if isinstance(layer, nn.RMSNorm):
            square = np.mean(before**2)
            assert np.mean(now**2) == pytest.approx(square / (square + layer.epsilon))
        else:
            assert now.mean() == pytest.approx(0, abs=1e-9)
            assert now.var() == pytest.approx(before.var() / (before.var() + layer.epsilon))


@all_layers
def test_the_scale_of_the_input_does_not_matter_nor_a_shift_to_those_with_a_mean(layer, rng):
    layer = layer.astype(np.float64)
    layer.epsilon = 1e-12
    x = rng.standard_normal((5, 3, 4))
    other = 1000 * x if isinstance(layer, nn.RMSNorm) else 1000 * x + 77
    np.testing.assert_allclose(layer.forward(x), layer.forward(other), atol=1e-6)


@pytest.mark.parametrize("layer", LAYERS[1:], ids=repr)
def test_what_else_is_in_the_batch_does_not_matter(layer, rng):
    x = rng.standard_normal((5, 2, 3, 4))
    np.testing.assert_allclose(layer.predict(x)[1:2], layer.predict(x[1:2]), atol=1e-6)
    np.testing.assert_array_equal(layer.forward(x), layer.predict(x))


@pytest.mark.parametrize("layer", LAYERS[1:], ids=repr)
def test_squares_of_float16_do_not_overflow(layer):
    x = np.resize(np.float16([1000, -1000, 3000, -3000]), (4, 3, 4)) * np.float16([[[1]], [[-1]]] * 2)
    y = layer.astype(np.float16).forward(x.astype(np.float16))
    np.testing.assert_allclose(y, layer.forward(x.astype(np.float32)), atol=1e-2)


@all_layers
def test_the_parameters_do_not_decay(layer):
    assert {parameter.decay for parameter in layer.parameters()} == {0}


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.LayerNorm(0), ValueError, "LayerNorm: features must be at least 1, got 0"),
        (lambda: nn.LayerNorm((2, 1.5)), TypeError, "features must be a whole number, got 1.5"),
        (lambda: nn.RMSNorm(()), TypeError, r"features must be a whole number, got \(\)"),
        (lambda: nn.RMSNorm(2, epsilon=-1), ValueError, "RMSNorm: epsilon must be in"),
        (lambda: nn.LayerNorm(normalized_shape=2), TypeError, "use features"),
        (lambda: nn.LayerNorm(2).weight, AttributeError, "use gain"),
        (
            lambda: nn.LayerNorm(4).forward(np.ones((3, 5))),
            ValueError,
            r"LayerNorm\(4\): expected input of shape \(N, 4\), got \(3, 5\)",
        ),
        (
            lambda: nn.RMSNorm((3, 4)).forward(np.ones((3, 4))),
            ValueError,
            r"RMSNorm\(\(3, 4\)\): expected input of shape \(N, \.\.\., 3, 4\), got \(3, 4\)",
        ),
    ],
)
def test_wrong_numbers_and_inputs_are_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
