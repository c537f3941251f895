"""Mean absolute error, root mean squared error and R²."""

import numpy as np
import pytest

import nnlayers as nn


def test_mean_absolute_error_is_the_mean_over_all_elements():
    assert nn.mean_absolute_error(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]])) == 1.5
    with pytest.raises(ValueError, match="expected a target of the prediction's shape"):
        nn.mean_absolute_error(np.ones((3, 1)), np.ones(3))


def test_mean_absolute_error_of_unsigned_bytes_does_not_wrap_around():
    assert nn.mean_absolute_error(np.array([3], np.uint8), np.array([5], np.uint8)) == 2


@pytest.mark.parametrize(
    ("target", "hint"), [(np.zeros(3), r"take np.expand_dims\(y, -1\)"), (np.zeros(2), "")]
)
def test_the_mean_absolute_error_asks_for_one_shape(target, hint):
    with pytest.raises(ValueError, match=rf"prediction's shape \(3, 1\), .*got .*{hint}"):
        nn.mean_absolute_error(np.zeros((3, 1)), target)


def test_nothing_has_no_mean_absolute_error():
    with pytest.raises(ValueError, match="not empty"):
        nn.mean_absolute_error(np.zeros((0, 1)), np.zeros((0, 1)))


ALL = [nn.mean_absolute_error, nn.root_mean_squared_error, nn.r2]


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(
    ("prediction", "target", "error"),
    [
        (np.zeros((3, 1)), np.zeros(3), ValueError),
        (np.zeros((0, 1)), np.zeros((0, 1)), ValueError),
        (np.zeros(2), np.array(["a", "b"]), TypeError),
        (np.zeros(2) + 1j, np.zeros(2), TypeError),
    ],
)
def test_what_cannot_be_compared_is_refused(metric, prediction, target, error):
    with pytest.raises(error, match=f"{metric.__name__}: expected"):
        metric(prediction, target)


@pytest.mark.parametrize("metric", ALL)
def test_a_number_that_is_nan_has_no_error_unless_its_weight_is_0(metric):
    prediction, target = np.array([np.nan, 1.0, 3.0]), np.array([0.0, 1.0, 2.0])
    assert np.isnan(metric(prediction, target))
    assert np.isnan(metric(target, prediction))
    expected = metric(prediction[1:], target[1:])
    assert metric(prediction, target, np.array([0.0, 2.0, 2.0])) == pytest.approx(expected)


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_squares_of_any_size_are_exact(size):
    prediction, target = size * np.array([3.0, 4.0, 0.0]), size * np.array([0.0, 0.0, 0.0])
    assert nn.root_mean_squared_error(prediction, target) == pytest.approx(size * np.sqrt(25 / 3))
    target = size * np.array([1.0, 2.0, 6.0])
    assert nn.r2(prediction, target) == pytest.approx(1 - 44 / 14)


def test_a_large_mean_does_not_hide_the_spread():
    target = 1e9 + np.array([0.0, 1.0, 2.0])
    assert nn.r2(target + 0.5, target) == pytest.approx(1 - 0.75 / 2)


def test_the_mean_predicts_nothing():
    target = np.array([[1.0], [2.0], [6.0]])
    assert nn.r2(np.full((3, 1), 3.0), target) == 0
    assert nn.r2(target, target) == 1


def test_a_constant_target_has_no_r2():
    with pytest.raises(nn.UndefinedMetric, match="r2: the target is constant"):
        nn.r2(np.array([1.0, 2.0]), np.array([3.0, 3.0]))


def test_positions_count_one_by_one():
    target = np.arange(12.0).reshape(2, 3, 2)
    noise = np.cos(np.arange(12.0)).reshape(2, 3, 2)
    weights = np.array([[1.0, 2.0, 0.0], [0.5, 1.0, 1.0]])
    for metric in ALL:
        flat = metric((target + noise).reshape(6, 2), target.reshape(6, 2), weights.ravel())
        assert metric(target + noise, target, weights) == pytest.approx(flat)
