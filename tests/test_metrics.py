"""Metrics."""

import numpy as np
import pytest

import nnlayers as nn

SCORES = np.array([[0.1, 0.9, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 5.0], [0.0, 1.0, 0.0]])


def test_accuracy_is_the_fraction_of_correct_predictions():
    assert nn.accuracy(SCORES, np.array([1, 0, 0, 0])) == 0.5
    assert nn.accuracy(SCORES, nn.one_hot([1, 0, 2, 0])) == 0.75
    assert isinstance(nn.accuracy(SCORES, np.array([1, 0, 0, 0])), float)


def test_confusion_matrix_counts_true_rows_and_predicted_columns():
    expected = [[1, 0, 1], [0, 1, 0], [0, 1, 0]]
    assert nn.confusion_matrix(SCORES, np.array([1, 0, 0, 2])).tolist() == expected
    assert nn.confusion_matrix(SCORES, nn.one_hot([1, 0, 0, 2])).tolist() == expected


def test_mean_absolute_error_is_the_mean_over_all_elements():
    assert nn.mean_absolute_error(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]])) == 1.5
    with pytest.raises(ValueError, match="expected a target of the prediction's shape"):
        nn.mean_absolute_error(np.ones((3, 1)), np.ones(3))


@pytest.mark.parametrize("metric", [nn.accuracy, nn.confusion_matrix])
@pytest.mark.parametrize(
    ("prediction", "target"),
    [
        (SCORES[0], np.array([1])),
        (SCORES, np.array([[[1]]])),
        (SCORES, np.array(1)),
        (SCORES, np.array([1, 0])),
        (SCORES, np.array([[1], [0]])),
        (SCORES[:, :1], np.array([0, 0, 0, 0])),
        (SCORES[:, :1], np.zeros((4, 1))),
    ],
)
def test_mismatched_shapes_are_rejected(metric, prediction, target):
    with pytest.raises(ValueError, match="expected"):
        metric(prediction, target)


@pytest.mark.parametrize("label", [3, -1])
def test_confusion_matrix_rejects_labels_out_of_range(label):
    with pytest.raises(ValueError, match=r"expected labels in 0 \.\.\. 2"):
        nn.confusion_matrix(SCORES, np.array([0, 0, 0, label]))


@pytest.mark.parametrize("metric", [nn.accuracy, nn.confusion_matrix])
def test_labels_that_are_not_integers_are_rejected(metric):
    with pytest.raises(TypeError, match="expected integer labels, got float64"):
        metric(SCORES, np.zeros(4))


def test_mean_absolute_error_of_unsigned_bytes_does_not_wrap_around():
    assert nn.mean_absolute_error(np.array([3], np.uint8), np.array([5], np.uint8)) == 2


def test_positions_of_sequences_count_one_by_one():
    scores = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
    labels = np.array([[0, 0], [1, 0]])
    assert nn.accuracy(scores, labels) == 0.75
    assert nn.accuracy(scores, nn.one_hot(labels.ravel()).reshape(2, 2, 2)) == 0.75
    assert nn.confusion_matrix(scores, labels).tolist() == [[2, 1], [0, 1]]
