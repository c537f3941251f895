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


Y = np.array([[-0.02, 3.14, 2.22, 2.17], [4.86, -3.62, -1.88, -3.96], [-0.32, 3.0, -0.07, 1.49]])
T = np.array([[0.11, 0.26, 0.42, 0.45], [0.47, 0.93, 0.26, 0.19], [0.67, 0.95, 0.92, 0.88]])
W = np.array([[1.0, 0.0, 2.0, 0.5], [0.0, 0.0, 1.0, 3.0], [0.25, 1.0, 1.0, 0.0]])
FIGURES = [  # of torch 2.13: value, gradient of the first row, and the value with weights W
    (nn.MeanAbsoluteError(), 2.2, [-1 / 12, 1 / 12, 1 / 12, 1 / 12], 2.3043589743589745),
    (nn.Huber(), 1.7378833333333334, [-0.13 / 12, 1 / 12, 1 / 12, 1 / 12], None),
    (nn.Huber(0.5), 0.9807041666666666, [-0.13 / 12, 0.5 / 12, 0.5 / 12, 0.5 / 12], 1.0342),
    (nn.Huber(delta=2.5), 3.0074875, [-0.13 / 12, 2.5 / 12, 1.8 / 12, 1.72 / 12], None),
]


@pytest.mark.parametrize(("loss", "value", "row", "weighted"), FIGURES)
def test_losses_of_numbers_agree_with_those_of_torch(loss, value, row, weighted):
    assert loss.forward(Y, T) == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(loss.backward()[0], row, rtol=1e-14)
    if weighted:
        assert loss.evaluate(Y, T, W) == pytest.approx(weighted, rel=1e-14)


def test_the_slope_of_an_absolute_difference_is_0_at_0():
    loss = nn.MeanAbsoluteError()
    loss.forward(np.array([1.0, 2.0, 3.0]), np.array([1, 3, 1]))
    np.testing.assert_array_equal(loss.backward(), np.array([0, -1, 1]) / 3)


def test_huber_is_smooth_where_the_line_begins():
    loss = nn.Huber(2.0)
    around = np.array([2 - 1e-9, 2, 2 + 1e-9, -2])
    np.testing.assert_allclose(loss.value(around, np.zeros(4)), 2, rtol=1e-8)
    np.testing.assert_allclose(loss.slope(around, np.zeros(4)), [2, 2, 2, -2], rtol=1e-8)


@pytest.mark.parametrize(
    ("loss", "value", "slope"), [(nn.MeanAbsoluteError(), 1.2e5, 1.0), (nn.Huber(3), 359995.5, 3.0)]
)
def test_differences_beyond_float16_are_exact(loss, value, slope):
    y, t = np.array([60_000, 60_000], np.float16), np.array([-60_000, -60_000], np.float16)
    assert loss.forward(y, t) == value
    gradient = loss.backward()
    assert gradient.dtype == np.float16
    assert gradient.tolist() == [slope / 2, slope / 2]


def test_a_large_batch_of_float16_is_summed_exactly():
    y, t = np.full(100_000, 2.5, np.float16), np.zeros(100_000, np.float16)
    assert nn.MeanAbsoluteError().evaluate(y, t) == 2.5
    assert nn.Huber().evaluate(y, t) == 2


@pytest.mark.parametrize("loss", [nn.MeanAbsoluteError(), nn.Huber()])
def test_nothing_is_broadcast_and_nothing_empty_is_averaged(loss):
    with pytest.raises(ValueError, match=r"got \(4,\): take np.expand_dims\(y, -1\)"):
        loss.forward(np.zeros((4, 1)), np.zeros(4))
    with pytest.raises(ValueError, match=r"got \(4, 1\): take np.ravel\(y\)"):
        loss.forward(np.zeros(4), np.zeros((4, 1)))
    with pytest.raises(ValueError, match=r"got \(4, 2, 1\): take np.squeeze\(y, -1\)"):
        loss.forward(np.zeros((4, 2)), np.zeros((4, 2, 1)))
    with pytest.raises(ValueError, match="not empty"):
        loss.forward(np.zeros((0, 1)), np.zeros((0, 1)))
    assert loss.pending == 0


@pytest.mark.parametrize(
    ("delta", "error", "match"),
    [
        (0, ValueError, r"greater than 0: for \|y - t\|, take MeanAbsoluteError"),
        (-1.0, ValueError, r"delta must be in \[0, inf\), got -1.0"),
        (np.nan, ValueError, "got nan"),
        (np.inf, ValueError, "got inf"),
        ("1", TypeError, "must be a real number, got '1'"),
        (True, TypeError, "must be a real number"),
    ],
)
def test_a_delta_that_makes_no_sense_is_refused_also_later(delta, error, match):
    with pytest.raises(error, match=f"Huber: .*{match}"):
        nn.Huber(delta)
    loss = nn.Huber(2)
    with pytest.raises(error, match=f"Huber: .*{match}"):
        loss.delta = delta
    assert loss.delta == 2
    assert (repr(loss), repr(nn.Huber())) == ("Huber(delta=2.0)", "Huber()")
