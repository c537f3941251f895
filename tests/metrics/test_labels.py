"""Functions of labels, of scikit-learn's kind, as metrics."""

from functools import partial

import numpy as np
import pytest

import nnlayers as nn

SCORES, LABELS = np.array([[2.0, 1, 0], [0, 1, 0], [0, 1, 3]]), np.array([0, 1, 1])
LOGITS, TARGET = np.array([2.0, 0.0, -0.5]), np.array([1, 0, 1])


def right(y_true, y_pred, *, sample_weight=None, share=1.0):
    rows = (y_true == y_pred).reshape(len(y_true), -1).mean(axis=1)
    return share * np.average(rows, weights=sample_weight)


def keeping(calls):
    def function(y_true, y_pred, **options):
        calls.append((y_true.tolist(), y_pred.tolist(), options))
        return 1

    return function


def test_the_labels_of_classes_come_truth_first():
    nn.of_labels(keeping(calls := []))(SCORES, LABELS)
    assert calls == [([0, 1, 1], [0, 1, 2], {})]
    nn.of_labels(keeping(calls := []))(SCORES.reshape(1, 3, 3), LABELS.reshape(1, 3))
    assert calls == [([0, 1, 1], [0, 1, 2], {})]


def test_logits_above_0_are_positive():
    for axes in ((3,), (3, 1)):
        nn.of_labels(keeping(calls := []))(LOGITS.reshape(axes), TARGET.reshape(axes))
        assert calls == [([1, 0, 1], [1, 0, 0], {})]
    nn.of_labels(keeping(calls := []))(SCORES - 0.5, SCORES > 1)
    assert calls == [([[1, 0, 0], [0, 0, 0], [0, 0, 1]], [[1, 1, 0], [0, 1, 0], [0, 1, 1]], {})]


def test_weights_are_passed_on_without_samples_of_weight_0():
    metric = nn.of_labels(right)
    assert metric(SCORES, LABELS, np.array([1, 1, 2])) == 0.5
    assert metric(LOGITS, TARGET, np.array([1.0, 0.0, 3.0])) == 0.25
    for given, predicted in (((SCORES, LABELS), [0, 2]), ((LOGITS, np.array([0, 1, 1])), [1, 0])):
        nn.of_labels(keeping(calls := []))(*given, np.array([1, 0, 2]))
        assert calls[0][:2] == ([0, 1], predicted)
        assert calls[0][2]["sample_weight"].tolist() == [1, 2]


def test_a_function_without_weights_is_refused_only_if_there_are_some():
    metric = nn.of_labels(lambda y_true, y_pred: 0.5, name="half")
    assert metric(SCORES, LABELS) == 0.5
    with pytest.raises(TypeError, match="half: weights are given, and it takes no sample_weight"):
        metric(SCORES, LABELS, np.ones(3))


def test_weights_of_single_labels_are_refused():
    metric, target = nn.of_labels(right), (SCORES > 1).astype(int)
    assert metric(SCORES, target, np.array([[1, 1, 1]] * 3)) == pytest.approx(6 / 9)
    with pytest.raises(ValueError, match="right: expected one weight for each sample"):
        metric(SCORES, target, np.arange(9).reshape(3, 3))


def test_the_name_is_that_of_the_function():
    assert nn.of_labels(right).__name__ == "right"
    assert nn.of_labels(partial(right, share=0.5)).__name__ == "right"
    assert nn.of_labels(right, name="own").__name__ == "own"
    assert nn.of_labels(partial(right, share=0.5))(SCORES, LABELS) == pytest.approx(1 / 3)


def test_a_network_that_has_become_nan_has_no_figure():
    assert np.isnan(nn.of_labels(right)(SCORES * np.nan, LABELS))
    assert np.isnan(nn.of_labels(right)(LOGITS * np.nan, TARGET))


def test_a_function_that_returns_nan_has_no_value():
    with pytest.raises(nn.UndefinedMetric, match="none: it is NaN for these labels"):
        nn.of_labels(lambda y_true, y_pred: np.nan, name="none")(SCORES, LABELS)


@pytest.mark.parametrize("value", [np.array([0.5, 0.5]), "0.5", None])
def test_a_function_that_does_not_return_a_number_is_refused(value):
    with pytest.raises(TypeError, match="own: expected a function that returns a number, got"):
        nn.of_labels(lambda y_true, y_pred: value, name="own")(SCORES, LABELS)


def test_what_is_not_a_function_is_refused():
    with pytest.raises(TypeError, match=r"of_labels: expected a function of .* got 'f1'"):
        nn.of_labels("f1")
