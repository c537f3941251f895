"""LeakyReLU, PReLU and ELU."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn

LAYERS = [nn.LeakyReLU, nn.PReLU, nn.ELU, lambda: nn.LeakyReLU(0.0), lambda: nn.ELU(alpha=2.5)]


@given(st.floats(-1e4, 1e4), st.floats(0, 0.99), st.floats(0, 10))
def test_values_and_slopes_are_those_of_the_definition(x, slope, alpha):
    learned = nn.PReLU().astype(np.float64)
    learned.slope.value[...] = slope
    leaky = (x, 1) if x > 0 else (slope * x, slope)
    exponential = (x, 1) if x > 0 else (alpha * math.expm1(x), alpha * math.exp(x))
    for layer, (value, derivative) in [
        (nn.LeakyReLU(slope), leaky),
        (learned, leaky),
        (nn.ELU(alpha), exponential),
    ]:
        assert layer.forward(np.array([[x]])).item() == pytest.approx(value, rel=1e-14)
        assert layer.backward(np.array([[2.0]])).item() == pytest.approx(2 * derivative, rel=1e-14)
        assert layer.predict(np.array([[x]])).item() == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize("make", LAYERS)
def test_a_sample_may_be_a_number(make):
    layer, x = make(), np.full(3, -1.5, np.float32)
    assert layer.forward(x).shape == layer.backward(x).shape == layer.predict(x).shape == (3,)


@pytest.mark.parametrize("make", LAYERS)
def test_nan_passes_through(make):
    layer = make()
    x = np.array([[np.nan, 1.0]], np.float32)
    assert np.isnan(layer.predict(x)).tolist() == [[True, False]]
    assert np.isnan(layer.forward(x)).tolist() == [[True, False]]


@pytest.mark.parametrize("layer", [nn.LeakyReLU(), nn.PReLU(), nn.ELU()])
def test_large_numbers_give_large_numbers_without_a_warning(layer):
    x = np.array([[-1e4, 1e4, np.inf]], np.float32)
    low = -1 if isinstance(layer, nn.ELU) else layer.predict(np.array([[-1]], np.float32)).item() * 1e4
    assert layer.predict(x).tolist() == [[pytest.approx(low), 1e4, np.inf]]


def test_prelu_has_a_slope_for_each_channel_whose_gradient_is_summed_over_the_others(rng):
    layer = nn.PReLU(3).astype(np.float64)
    layer.slope.value[...] = [0.5, 0.0, -2.0]
    x, grad = rng.standard_normal((2, 4, 3)), rng.standard_normal((2, 4, 3))
    y = layer.forward(x)
    back = layer.backward(grad)
    expected = np.zeros(3)
    for n in range(2):
        for t in range(4):
            for c, slope in enumerate(layer.slope.value):
                v = x[n, t, c]
                assert y[n, t, c] == (v if v > 0 else slope * v)
                assert back[n, t, c] == grad[n, t, c] * (1 if v > 0 else slope)
                expected[c] += grad[n, t, c] * min(v, 0)
    np.testing.assert_allclose(layer.slope.grad, expected, rtol=1e-13)


def test_one_slope_sums_over_everything(rng):
    layer = nn.PReLU()
    assert layer.slope.value.tolist() == [0.25]
    assert not layer.slope.decay
    x = rng.standard_normal((3, 4, 2)).astype(np.float32)
    layer.forward(x)
    layer.backward(np.ones_like(x))
    np.testing.assert_allclose(layer.slope.grad, [np.minimum(x, 0).sum()], rtol=1e-6)


def test_the_gradient_of_a_slope_is_summed_in_float32_where_numbers_are_float16():
    layer = nn.PReLU().astype(np.float16)
    x = np.full((4096, 1), -1, np.float16)
    layer.forward(x)
    layer.backward(np.ones_like(x))
    assert layer.slope.grad.tolist() == [-4096]


def test_channels_that_do_not_fit_are_found_when_the_network_is_built():
    with pytest.raises(ValueError, match=r"expected input of shape \(N, 4\), got \(1, 3\)"):
        nn.Sequential(nn.Dense(2, 3), nn.PReLU(4))
    with pytest.raises(ValueError, match=r"PReLU\(\): expected input of shape \(N, 1\), got \(\)"):
        nn.PReLU().predict(1.0)
    nn.Sequential(nn.Conv2D(1, 8, 3), nn.PReLU(8), nn.Flatten(), nn.Dense(8 * 26 * 26, 2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.LeakyReLU(1.0), r"LeakyReLU: slope must be in \[0, 1\), got 1.0"),
        (lambda: nn.LeakyReLU(-0.1), r"LeakyReLU: slope must be in \[0, 1\), got -0.1"),
        (lambda: nn.ELU(-1.0), r"ELU: alpha must be in \[0, inf\), got -1.0"),
        (lambda: nn.PReLU(0), "PReLU: features must be at least 1, got 0"),
    ],
)
def test_numbers_out_of_range_are_rejected(make, message):
    with pytest.raises(ValueError, match=message):
        make()
