"""Calibration."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlayers as nn
from nnlayers import plots


def logits(p):
    return np.log(p) - np.log1p(-np.asarray(p))


def test_each_bin_has_its_mean_probability_and_the_share_that_came_true():
    p = np.array([0.1, 0.15, 0.2, 0.8, 0.9, 0.95])
    chart = plots.calibration(logits(p), np.array([0, 0, 1, 1, 1, 0]), bins=4)
    found = chart.data
    np.testing.assert_allclose(found.predicted, [0.15, (0.8 + 0.9 + 0.95) / 3])
    np.testing.assert_allclose(found.observed, [1 / 3, 2 / 3])
    np.testing.assert_array_equal(found.counts, [3, 0, 0, 3])
    np.testing.assert_allclose(found.edges, [0, 0.25, 0.5, 0.75, 1])
    distances = np.abs(found.predicted - found.observed)
    assert found.error == pytest.approx(distances.mean())
    above, below = chart.ax_
    assert above.get_title() == f"Calibration: mean error {found.error:.3f}"
    np.testing.assert_array_equal(above.lines[1].get_ydata(), found.observed)
    np.testing.assert_array_equal(below.patches[0].get_data().values, found.counts)
    assert (above.get_ylabel(), below.get_ylabel()) == ("share that is positive", "samples")


def test_probabilities_that_are_exact_lie_on_the_diagonal():
    rng = np.random.default_rng(0)
    p = rng.random(100_000)
    found = plots.calibration(logits(p), rng.random(100_000) < p).data
    np.testing.assert_allclose(found.predicted, found.observed, atol=0.02)
    assert found.error < 0.01


def test_of_several_classes_it_is_whether_the_predicted_one_is_right():
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((200, 5)), rng.integers(0, 5, 200)
    chart = plots.calibration(scores, labels, bins=1)
    assert chart.data.observed == [nn.accuracy(scores, labels)]
    np.testing.assert_allclose(chart.data.predicted, nn.softmax(scores).max(axis=1).mean())
    assert chart.ax_[0].get_xlabel() == "probability of the predicted class"


@pytest.mark.parametrize(("count", "of_class", "index"), [(2, None, 1), (2, 0, 0), (5, 3, 3)])
def test_it_may_be_that_of_one_class(count, of_class, index):
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((200, count)), rng.integers(0, count, 200)
    chart = plots.calibration(scores, labels, bins=1, of_class=of_class)
    np.testing.assert_allclose(chart.data.predicted, nn.softmax(scores)[:, index].mean())
    np.testing.assert_allclose(chart.data.observed, (labels == index).mean())
    assert chart.ax_[0].get_ylabel() == f"share of class {index}"


def test_independent_labels_are_drawn_together_or_one_of_them():
    rng = np.random.default_rng(0)
    scores, target = rng.standard_normal((100, 3)), rng.integers(0, 2, (100, 3))
    assert plots.calibration(scores, target).data.counts.sum() == 300
    one = plots.calibration(scores, target, of_class=2, bins=1).data
    np.testing.assert_allclose(one.observed, target[:, 2].mean())


def test_weights_count_as_so_many_samples():
    p, y = np.array([0.1, 0.3, 0.9]), np.array([0, 1, 1])
    weighted = plots.calibration(logits(p), y, np.array([2.0, 1.0, 0.0]), bins=2)
    repeated = plots.calibration(logits(p[[0, 0, 1]]), y[[0, 0, 1]], bins=2)
    for one, other in zip(weighted.data, repeated.data, strict=True):
        np.testing.assert_allclose(one, other)
    assert weighted.ax_[1].get_ylabel() == "sum of the weights"


def test_certain_predictions_fall_into_the_bins_at_the_ends():
    found = plots.calibration(np.array([-1e4, 1e4]), np.array([0, 1])).data
    assert found.counts.tolist() == [1, *[0] * 8, 1]
    assert found.error == 0


def test_a_single_axes_gets_the_probabilities_and_two_get_both():
    ax = plt.figure().subplots()
    chart = plots.calibration(np.zeros(4), np.array([0, 1, 0, 1]), ax=ax)
    assert chart.ax_ is ax
    axes = plt.figure().subplots(2)
    plots.calibration(np.zeros(4), np.array([0, 1, 0, 1]), ax=axes)
    assert axes[1].get_title() == "How many there are of each"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"prediction": np.array([0.0, np.nan])}, "calibration: expected scores that are numbers"),
        ({"prediction": np.zeros(3)}, "calibration: expected .* got"),
        ({"target": np.array([0, 2])}, "calibration: expected targets from 0 to 1"),
        ({"of_class": 1}, "calibration: one logit has one figure"),
        ({"bins": 0}, "calibration: bins"),
        ({"weights": np.zeros(2)}, "calibration: all weights are 0"),
    ],
)
def test_bad_arguments_are_refused(options, match):
    with pytest.raises((ValueError, TypeError), match=match):
        plots.calibration(**{"prediction": np.zeros(2), "target": np.array([0, 1]), **options})
