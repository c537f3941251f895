"""The standard normal distribution."""

import math

import numpy as np
import pytest

from nnlayers.core.normal import normal


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_both_functions_are_exact_to_rounding_and_small_values_keep_their_digits(dtype):
    x = np.linspace(-5, 5, 1001).astype(dtype)
    below, density = normal(x)
    assert below.dtype == density.dtype == dtype
    eps, tiny = max(np.finfo(dtype).eps, 2e-16), np.finfo(dtype).smallest_subnormal
    expected = [math.erfc(-float(v) / math.sqrt(2)) / 2 for v in x]
    np.testing.assert_allclose(below.astype(float), expected, rtol=50 * eps, atol=tiny)
    np.testing.assert_allclose(below.astype(float), expected, rtol=0, atol=4 * eps)
    expected = [math.exp(-(float(v) ** 2) / 2) / math.sqrt(2 * math.pi) for v in x]
    np.testing.assert_allclose(density.astype(float), expected, rtol=16 * eps, atol=tiny)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_far_out_it_is_0_and_1(dtype):
    largest = np.finfo(dtype).max
    below, density = normal(np.array([-np.inf, -largest, -100, 100, largest, np.inf, np.nan], dtype))
    np.testing.assert_array_equal(below, [0, 0, 0, 1, 1, 1, np.nan])
    np.testing.assert_array_equal(density, [0, 0, 0, 0, 0, 0, np.nan])


def test_any_shape_works():
    below, density = normal(np.zeros((), np.float32))
    assert (below.shape, density.shape, float(below)) == ((), (), pytest.approx(0.5))
    assert normal(np.zeros((0, 3)))[0].shape == (0, 3)
