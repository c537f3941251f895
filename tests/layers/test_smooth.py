"""The smooth activations, against the functions of Python's math module."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn


def logistic(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def below(x):
    """The distribution function of the standard normal."""
    return math.erfc(-x / math.sqrt(2)) / 2


def density(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


DEFINITIONS = [  # the layer, its value, its derivative
    (nn.Sigmoid, logistic, lambda x: logistic(x) * logistic(-x)),
    (nn.Tanh, math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    (nn.Softplus, lambda x: max(x, 0) + math.log1p(math.exp(-abs(x))), logistic),
    (nn.SiLU, lambda x: x * logistic(x), lambda x: logistic(x) * (1 + x * logistic(-x))),
    (nn.GELU, lambda x: x * below(x), lambda x: below(x) + x * density(x)),
]
LAYERS = [layer for layer, _, _ in DEFINITIONS]
ALL = [*LAYERS, nn.Softmax]
X = np.concatenate([np.linspace(-12, 12, 4801), [-1e4, -300, -60, 60, 300, 1e4]])


@pytest.mark.parametrize(("layer", "value", "derivative"), DEFINITIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_and_slopes_are_exact_to_rounding_and_small_values_keep_their_digits(
    layer, value, derivative, dtype
):
    layer, x, eps = layer(), X.astype(dtype), np.finfo(dtype).eps
    y = layer.forward(x)
    slopes = layer.backward(np.ones_like(x))
    np.testing.assert_array_equal(layer.predict(x), y)
    middle = np.abs(x) < 8  # farther out, the square of x is rounded before its exponential
    expected = np.array([value(float(v)) for v in x])
    np.testing.assert_allclose(y[middle], expected[middle], rtol=100 * eps, atol=0)
    np.testing.assert_allclose(y, expected, rtol=4 * eps, atol=4 * eps)
    np.testing.assert_allclose(slopes, [derivative(float(v)) for v in x], rtol=16 * eps, atol=4 * eps)


@pytest.mark.parametrize("layer", LAYERS)
def test_float16_is_computed_as_well_as_it_can_hold(layer):
    x = np.linspace(-10, 10, 401).astype(np.float16)
    expected = layer().predict(x.astype(np.float64))
    np.testing.assert_allclose(layer().predict(x), expected, rtol=4e-3, atol=1e-6)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("shape", [(), (3,)])
def test_a_sample_may_be_a_number_and_there_may_be_no_batch(layer, shape):
    layer, x = layer(), np.full(shape, -1.5, np.float32)
    assert layer.forward(x).shape == layer.backward(x).shape == layer.predict(x).shape == shape


@pytest.mark.parametrize("layer", ALL)
def test_nan_passes_through(layer):
    layer = layer()
    y = layer.forward(np.array([[np.nan], [1.0]], np.float32))
    assert np.isnan(y).tolist() == [[True], [False]]
    assert np.isnan(layer.backward(np.ones((2, 1), np.float32))).tolist() == [[True], [False]]


@pytest.mark.parametrize(
    ("layer", "limits"),
    [(nn.Sigmoid, [0, 1]), (nn.Tanh, [-1, 1]), (nn.Softplus, [0, np.inf])],
)
def test_infinite_numbers_give_the_limits(layer, limits):
    assert layer().predict(np.array([[-np.inf, np.inf]], np.float32)).tolist() == [limits]


@pytest.mark.parametrize("layer", [nn.SiLU, nn.GELU])
def test_beyond_the_range_of_squares_and_exponentials_nothing_overflows(layer):
    x = np.array([[-3e38, 3e38]], np.float32)
    layer = layer()
    assert layer.forward(x).tolist() == [[0, x[0, 1]]]
    assert layer.backward(np.ones_like(x)).tolist() == [[0, 1]]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=6), st.integers(0, 100))
def test_softmax_is_that_of_the_definition_at_every_position(logits, seed):
    grad = np.random.default_rng(seed).standard_normal(len(logits))
    exponentials = [math.exp(z) for z in logits]
    p = [e / sum(exponentials) for e in exponentials]
    jacobian = [[p[i] * ((i == j) - p[j]) for j in range(len(p))] for i in range(len(p))]
    layer = nn.Softmax()
    y = layer.forward(np.array([[logits], [logits]]))
    np.testing.assert_allclose(y, [[p], [p]], rtol=1e-13)
    back = layer.backward(np.array([[grad], [2 * grad]]))
    np.testing.assert_allclose(back[0, 0], grad @ np.array(jacobian), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(back[1], 2 * back[0], rtol=1e-14)


def test_the_sums_of_softmax_are_in_a_wider_dtype_than_float16():
    layer = nn.Softmax()
    y = layer.forward(np.zeros((1, 20_000), np.float16))
    np.testing.assert_allclose(y, 1 / 20_000, rtol=2e-3)
    np.testing.assert_allclose(layer.backward(np.ones_like(y)), 0, atol=1e-7)


@pytest.mark.parametrize("shape", [(), (3,), (2, 0)])
def test_softmax_expects_a_batch_of_classes(shape):
    with pytest.raises(
        ValueError, match=r"Softmax\(\): expected input of shape \(N, ..., classes\), got"
    ):
        nn.Softmax().predict(np.ones(shape))
