"""Weights of samples, the mark of means, metrics by name and in a Trainer."""

import inspect

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.metrics import BY_NAME

SCORES = np.array([[2.0, 1, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 2]])
LABELS = np.array([0, 2, 5])
NUMBERS = ("binary_accuracy", "mean_absolute_error", "r2", "root_mean_squared_error")


def arguments(name):
    if name in NUMBERS:
        return SCORES[:, 0], np.array([1.0, 0, 0])
    return (SCORES[:, 0], np.array([1, 0, 0])) if name == "precision" else (SCORES, LABELS)


@pytest.mark.parametrize("name", BY_NAME)
def test_equal_weights_are_none(name):
    metric, given = BY_NAME[name], arguments(name)
    value = metric(*given)
    assert type(value) is float
    assert metric(*given, np.full(3, 7)) == pytest.approx(value)
    assert metric(*given, weights=np.full(3, 1e-6, np.float32)) == pytest.approx(value)


@pytest.mark.parametrize("name", BY_NAME)
def test_metrics_of_nothing_but_weights_of_0_have_no_value(name):
    with pytest.raises(nn.UndefinedMetric, match=f"{name}: all weights are 0"):
        BY_NAME[name](*arguments(name), np.zeros(3))


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize(
    ("weights", "error", "match"),
    [
        (np.ones(2), ValueError, r"expected weights of shape \(3,\).*, got \(2,\)"),
        (1.0, ValueError, r"expected weights of shape \(3,\).*, got \(\)"),
        ([1, -1, 1], ValueError, r"finite and at least 0, got -1.0 at row 1"),
        ([1, np.nan, 1], ValueError, r"finite and at least 0, got nan at row 1"),
        ([1, 1, np.inf], ValueError, r"finite and at least 0, got inf at row 2"),
        (["a", "b", "c"], TypeError, "real numbers"),
    ],
)
def test_bad_weights_are_refused(name, weights, error, match):
    with pytest.raises(error, match=rf"{name}: .*{match}"):
        BY_NAME[name](*arguments(name), weights)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_figure_has_the_name_of_its_metric_and_takes_weights(name):
    assert BY_NAME[name].__name__ == name
    assert list(inspect.signature(BY_NAME[name]).parameters)[:3] == ["prediction", "target", "weights"]


MEANS = [nn.accuracy, nn.binary_accuracy, nn.mean_absolute_error, nn.top_k_accuracy(2)]


def test_means_are_marked():
    marked = {name for name, metric in BY_NAME.items() if hasattr(metric, "is_mean_over_positions")}
    assert marked == {"accuracy", "binary_accuracy", "mean_absolute_error", "top_5_accuracy"}
    assert all(metric.is_mean_over_positions is True for metric in MEANS)

    @nn.metrics.mean_over_samples
    def own(prediction, target):
        return 0.5

    assert own.is_mean_over_samples
    assert own(0, 0) == 0.5


@pytest.mark.parametrize("metric", MEANS)
def test_marked_metrics_add_up_batch_by_batch(metric, rng):
    prediction, target = rng.standard_normal((20, 3)), rng.integers(0, 2, (20, 3))
    if metric not in (nn.binary_accuracy, nn.mean_absolute_error):
        target = target[:, 0]
    weights = rng.uniform(size=20)
    total = 0.0
    for batch in (slice(0, 7), slice(7, 14), slice(14, 20)):
        total += metric(prediction[batch], target[batch], weights[batch]) * weights[batch].sum()
    assert total / weights.sum() == pytest.approx(metric(prediction, target, weights))


def test_no_value_is_a_value_error():
    assert issubclass(nn.UndefinedMetric, ValueError)
    assert nn.metrics.UndefinedMetric is nn.UndefinedMetric
