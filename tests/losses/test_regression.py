"""Mean squared error."""

from fractions import Fraction

import numpy as np
import pytest

import nnlayers as nn


def test_mean_squared_error_is_the_mean_over_all_elements():
    y, t = [[1, 2], [3, 5], [0, 0]], [[1, 0], [0, 1], [1, 1]]
    exact = (
        sum(Fraction(a - b) ** 2 for p, q in zip(y, t, strict=True) for a, b in zip(p, q, strict=True))
        / 6
    )
    loss = nn.MeanSquaredError()
    assert loss.forward(np.array(y, float), np.array(t)) == pytest.approx(float(exact))
    np.testing.assert_allclose(loss.backward(), (np.array(y) - np.array(t)) / 3)


@pytest.mark.parametrize("shape", [(4,), (4, 2), (1, 1), (), (4, 1, 1)])
def test_mean_squared_error_never_broadcasts(shape):
    with pytest.raises(ValueError, match="MeanSquaredError"):
        nn.MeanSquaredError().forward(np.zeros((4, 1)), np.zeros(shape))


def test_mean_squared_error_rejects_complex_or_empty_arrays():
    with pytest.raises(TypeError, match="expected a target of real numbers, got dtype complex128"):
        nn.MeanSquaredError().forward(np.zeros((1, 1)), np.zeros((1, 1), complex))
    with pytest.raises(TypeError, match="expected an array of real numbers"):
        nn.MeanSquaredError().forward(np.zeros((1, 1), complex), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="not empty"):
        nn.MeanSquaredError().forward(np.zeros((0, 1)), np.zeros((0, 1)))
