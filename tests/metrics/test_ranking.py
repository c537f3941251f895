"""ROC AUC, average precision and the curves."""

import numpy as np
import pytest

import nnlayers as nn


def share_of_pairs(scores, positive, weights):
    """How often a positive sample is before a negative one, pair by pair; a tie counts half."""
    won = total = 0.0
    for s, w in zip(scores[positive], weights[positive], strict=True):
        for other, v in zip(scores[~positive], weights[~positive], strict=True):
            won += w * v * ((s > other) + (s == other) / 2)
            total += w * v
    return won / total


@pytest.mark.parametrize("step", [0.001, 1.0, 3.0])
def test_the_area_is_the_share_of_pairs_in_order(step, rng):
    scores, target = np.round(rng.normal(0, 2, 60) / step), rng.integers(0, 2, 60)
    weights = rng.uniform(size=60)
    expected = share_of_pairs(scores, target == 1, weights)
    assert nn.roc_auc(scores, target, weights) == pytest.approx(expected, abs=1e-14)
    assert nn.roc_auc(-scores, target, weights) == pytest.approx(1 - expected, abs=1e-14)


def test_scores_that_say_nothing_have_an_area_of_one_half():
    target = np.array([0, 1, 1, 0, 0])
    assert nn.roc_auc(np.full(5, 0.3), target) == 0.5
    assert nn.average_precision(np.full(5, 0.3), target) == 0.4


def softmax_figure(metric, logits, labels, k):
    p = nn.softmax(logits)
    return metric(p[:, k], (labels == k).astype(int))


@pytest.mark.parametrize("metric", [nn.roc_auc, nn.average_precision])
@pytest.mark.parametrize("classes", [2, 5])
def test_classes_are_ranked_by_their_softmax(metric, classes, rng):
    logits, labels = 2 * rng.standard_normal((80, classes)), rng.integers(0, classes, 80)
    each = [softmax_figure(metric, logits, labels, k) for k in range(classes)]
    np.testing.assert_allclose(metric(logits, labels, average=None), each, rtol=1e-12)
    assert metric(logits, labels) == pytest.approx(np.mean(each))
    shifted = logits + np.round(rng.normal(0, 8, (80, 1)))  # the softmax stays the same
    assert metric(shifted, labels) == pytest.approx(np.mean(each))


def test_many_rows_are_ranked_as_one_table(monkeypatch, rng):
    logits, labels = rng.standard_normal((50, 3)), rng.integers(0, 3, 50)
    whole = nn.roc_auc(logits, labels, average=None)
    monkeypatch.setattr("nnlayers.metrics.binary_tasks.CHUNK", 22)  # 7 rows, and 1 at the end
    assert nn.roc_auc(logits, labels, average=None).tolist() == whole.tolist()


def test_large_logits_are_ranked_though_their_softmax_rounds_to_0_and_1():
    logits = np.array([[800.0, 0, 0], [900, 0, 0], [0, 800, 0], [0, 900, 0], [0, 0, 1]])
    labels = np.array([1, 0, 0, 1, 2])
    found = nn.roc_auc(logits, labels, average=None)
    np.testing.assert_array_equal(found, [4 / 6, 4 / 6, 1])
    huge = 1e300 * np.array([[1.0, 0], [1.5, 0], [0, 1], [0, 1.5]])
    assert nn.roc_auc(huge, np.array([0, 1, 0, 1])) == 0.5


def test_logarithms_of_probabilities_are_ranked_as_these():
    p = np.array([[1.0, 0, 0], [0.5, 0.5, 0], [0, 0.2, 0.8], [0.1, 0.6, 0.3]])
    labels = np.array([0, 1, 2, 0])
    with np.errstate(divide="ignore"):
        logits = np.log(p)
    for metric in (nn.roc_auc, nn.average_precision):
        each = [metric(p[:, k], (labels == k).astype(int)) for k in range(3)]
        np.testing.assert_array_equal(metric(logits, labels, average=None), each)
    assert np.isnan(nn.roc_auc(np.full((2, 2), np.inf), np.array([0, 1])))


def test_equal_probabilities_stay_equal_in_any_order_of_the_classes():
    rows = np.array([[0.1, 0.2, 0.3, 1.7], [0.2, 0.3, 0.1, 1.7], [0.3, 0.1, 0.2, 1.7]])
    assert nn.roc_auc(rows, np.array([3, 0, 0]), of_class=3) == 0.5


def test_the_curves_of_two_classes_are_those_of_class_1():
    logits, labels = np.array([[0.0, 2], [1, 0], [0, 1], [3, 0]]), np.array([1, 0, 0, 1])
    differences = logits[:, 1] - logits[:, 0]
    for curve in (nn.roc_curve, nn.precision_recall_curve):
        for found, expected in zip(curve(logits, labels), curve(differences, labels), strict=True):
            np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("curve", [nn.roc_curve, nn.precision_recall_curve])
@pytest.mark.parametrize(
    ("prediction", "target", "match"),
    [
        (np.zeros((3, 3)), np.arange(3), "3 classes have a curve each: name one, of_class=0, say"),
        (np.zeros((2, 2)), np.zeros((2, 2)), "2 labels have a curve each: name one"),
        (np.array([0, np.nan]), np.array([0, 1]), "expected finite scores"),
        (np.array([0, np.inf]), np.array([0, 1]), "expected finite scores"),
        (np.array([[0, np.nan], [0, 1]]), np.array([0, 1]), "expected finite scores"),
    ],
)
def test_what_has_no_single_curve_is_refused(curve, prediction, target, match):
    with pytest.raises(ValueError, match=f"{curve.__name__}: {match}"):
        curve(prediction, target)


def test_curves_have_one_point_more_than_distinct_scores():
    curve = nn.roc_curve(np.array([1.0, 1.0, 0.0], np.float32), np.array([1, 0, 0]))
    assert curve.thresholds.tolist() == [1, 0, -np.inf]
    assert curve.true_positive_rate.tolist() == [0, 1, 1]
    assert curve.false_positive_rate.tolist() == [0, 0.5, 1]
    assert curve.thresholds.dtype == np.float64
