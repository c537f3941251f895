"""Accuracies, the confusion matrix, and what all metrics of classes refuse."""

import copy
import pickle

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


def test_positions_of_sequences_count_one_by_one():
    scores = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
    labels = np.array([[0, 0], [1, 0]])
    assert nn.accuracy(scores, labels) == 0.75
    assert nn.accuracy(scores, nn.one_hot(labels.ravel()).reshape(2, 2, 2)) == 0.75
    assert nn.confusion_matrix(scores, labels).tolist() == [[2, 1], [0, 1]]


NAN = np.array([[np.nan, 1.0], [0.0, 1.0], [np.nan, np.nan]])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, ">f4", np.float64, np.longdouble])
def test_scores_that_are_nan_have_no_accuracy(dtype):
    scores = NAN.astype(dtype)
    for target in (np.array([0, 1, 0]), np.eye(2)[[0, 1, 0]]):
        assert np.isnan(nn.accuracy(scores, target))
        assert np.isnan(nn.accuracy(scores[np.newaxis], target[np.newaxis]))
        for matrix in (nn.confusion_matrix, nn.plots.confusion_matrix):
            with pytest.raises(ValueError, match="got 2 of 3 rows with NaN"):
                matrix(scores, target)
    assert np.isnan(nn.mean_absolute_error(scores, np.zeros((3, 2))))


def test_a_network_that_has_become_nan_has_no_accuracy():
    model = nn.Dense(2, 3, rng=0)
    model.weight.value[...] = np.nan
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    figures = trainer.evaluate(np.ones((4, 2)), np.array([0, 1, 2, 0]))
    assert np.isnan([figures["loss"], figures["accuracy"]]).all()


@pytest.mark.parametrize(
    "scores", [[[-np.inf, 1.0], [np.inf, 0.0]], [[1, 2], [2, 1]], [[False, True], [True, False]]]
)
def test_infinite_integer_and_boolean_scores_have_an_accuracy(scores):
    assert nn.accuracy(np.array(scores), np.array([1, 0])) == 1


@pytest.mark.parametrize("metric", [nn.accuracy, nn.confusion_matrix])
@pytest.mark.parametrize(
    ("prediction", "target", "match"),
    [
        (np.array([0, 1]), np.array([0, 1]), "give the scores that the network predicts, not labels"),
        (np.array([0, 1]), np.eye(2), "the prediction comes first, then the target"),
        (np.zeros((2, 1)), np.array([0, 1]), r"two classes need two outputs, Dense\(..., 2\)"),
        (np.zeros((2, 3)), np.array([[0], [1]]), r"take np.ravel\(y\)"),
    ],
)
def test_the_usual_mix_ups_of_scores_and_labels_are_named(metric, prediction, target, match):
    with pytest.raises((ValueError, TypeError), match=match):
        metric(prediction, target)


def test_one_output_is_not_two_classes():
    with pytest.raises(
        ValueError, match="for one logit a sample, as for SigmoidBinaryCrossEntropy, take"
    ):
        nn.accuracy(SCORES[:, :1], np.zeros((4, 1)))


@pytest.mark.parametrize("dtype", [str, bytes, object, complex, "M8[s]", "m8[s]", [("a", float)]])
def test_one_output_is_not_two_classes_of_other_things(dtype):
    target = np.zeros((4, 1), dtype)
    with pytest.raises(ValueError, match=r"\(4, 1\): two classes need two outputs"):
        nn.accuracy(SCORES[:, :1], target)
    with pytest.raises(ValueError, match=r"expected integer labels of shape \(4,\)"):
        nn.accuracy(SCORES, np.repeat(target, 3, axis=1))


def test_independent_labels_are_not_classes():
    target = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 0], [1, 0, 1]])
    with pytest.raises(ValueError, match=r"rows that sum to 1, .*independent, take binary_accuracy"):
        nn.accuracy(SCORES, target)


def test_numbers_are_not_compared_by_the_place_of_the_largest():
    model = nn.Dense(2, 3, rng=0)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    trainer = nn.Trainer(model, nn.MeanSquaredError(), optimizer, metrics=["accuracy"])
    with pytest.raises(ValueError, match="accuracy: expected probability targets"):
        trainer.fit(np.ones((2, 2)), [[0.5, 2.0, 3.0], [1.0, 1.0, 1.0]], epochs=1, progress=False)


@pytest.mark.parametrize(
    ("scores", "right"),
    [
        ([[np.inf, np.inf], [0.0, 1.0]], np.nan),
        ([[-np.inf, -np.inf], [0.0, 1.0]], np.nan),
        ([[np.inf, 0.0], [0.0, 1.0]], 1.0),
        ([[0.0, -np.inf], [-np.inf, 1.0]], 1.0),
    ],
)
def test_infinite_scores_have_an_accuracy_if_one_is_the_largest(scores, right):
    np.testing.assert_equal(nn.accuracy(np.array(scores), np.array([0, 1])), right)
    if np.isnan(right):
        with pytest.raises(ValueError, match="got 1 of 2 rows with NaN, or with several infinite ones"):
            nn.confusion_matrix(np.array(scores), np.array([0, 1]))


def test_the_confusion_matrix_of_logits_has_two_classes():
    logits, target = np.array([1.0, -1.0, 2.0, 0.0]), np.array([1, 1, 0, 0])
    assert nn.confusion_matrix(logits, target).tolist() == [[1, 1], [1, 1]]
    column = nn.confusion_matrix(logits[:, np.newaxis], target[:, np.newaxis], threshold=1.5)
    assert column.tolist() == [[1, 1], [2, 0]]
    with pytest.raises(ValueError, match="expected logits, got NaN"):
        nn.confusion_matrix(np.array([np.nan, 1.0]), np.array([0, 1]))


def test_the_confusion_matrix_of_weights_sums_them():
    weights = np.array([0.5, 2.0, 0.0, 4.0])
    found = nn.confusion_matrix(SCORES, np.array([1, 0, 0, 0]), weights)
    assert found.tolist() == [[2, 4, 0], [0, 0.5, 0], [0, 0, 0]]


def test_top_k_accuracy_counts_labels_among_the_largest_scores():
    labels = np.array([0, 2, 1, 1])
    assert [nn.top_k_accuracy(k)(SCORES, labels) for k in (1, 2)] == [0.25, 0.5]
    assert nn.top_k_accuracy(2)(SCORES[np.newaxis], labels[np.newaxis]) == 0.5
    assert nn.top_k_accuracy(2)(SCORES, nn.one_hot(labels, 3)) == 0.5


def test_of_equal_scores_lower_classes_come_first(rng):
    scores, labels = rng.integers(0, 3, (200, 5)), rng.integers(0, 5, 200)
    assert nn.top_k_accuracy(1)(scores, labels) == nn.accuracy(scores, labels)
    assert nn.top_k_accuracy(2)(np.zeros((5, 5)), np.arange(5)) == 0.4


def test_top_k_accuracy_is_named_by_its_number():
    assert nn.top_k_accuracy(3).__name__ == "top_3_accuracy"
    assert repr(nn.top_k_accuracy()) == "top_k_accuracy(k=5)"
    model = nn.Dense(2, 4, rng=0)
    trainer = nn.Trainer(
        model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), 0.1), metrics=[nn.top_k_accuracy(3)]
    )
    assert list(trainer.evaluate(np.ones((4, 2)), np.arange(4))) == ["loss", "top_3_accuracy"]


@pytest.mark.parametrize(
    ("k", "error", "match"),
    [
        (0, ValueError, "k must be at least 1"),
        (2.0, TypeError, "k must be a whole number"),
        (3, ValueError, "top_3_accuracy: expected more than 3 classes, got 3"),
    ],
)
def test_another_number_of_classes_is_refused(k, error, match):
    with pytest.raises(error, match=match):
        nn.top_k_accuracy(k)(SCORES, np.zeros(4, int))


def test_top_k_accuracy_called_as_the_metric_is_refused():
    for call in (
        lambda: nn.top_k_accuracy(SCORES, np.zeros(4, int)),
        lambda: nn.top_k_accuracy(SCORES, np.zeros(4, int), k=2),
    ):
        with pytest.raises(TypeError, match=r"give the number first, nn.top_k_accuracy\(3\)\(pred"):
            call()
    assert copy.deepcopy(nn.top_k_accuracy(k=3)) == pickle.loads(pickle.dumps(nn.top_k_accuracy(3)))


def test_binary_accuracy_compares_logits_with_the_threshold():
    logits, target = np.array([[0.0, 0.1], [-1.0, 3.0]]), np.array([[0, 1], [1, 1]])
    assert nn.binary_accuracy(logits, target) == 0.75
    assert nn.binary_accuracy(logits, target, threshold=2.0) == 0.5
    assert nn.binary_accuracy(logits, target.astype(bool)) == 0.75
    assert nn.binary_accuracy(logits, np.array([[0.1, 0.9], [0.6, 0.9]])) == 0.75


def test_a_threshold_is_not_rounded_to_the_precision_of_the_logits():
    logits = np.array([0.1], np.float16)  # 0.0999755859375
    assert nn.binary_accuracy(logits, np.array([0]), threshold=0.09998) == 1
    assert nn.binary_accuracy(logits, np.array([1]), threshold=0.09997) == 1


def test_a_logit_that_is_nan_has_no_binary_accuracy_unless_its_weight_is_0():
    logits, target = np.array([np.nan, 1.0]), np.array([1, 1])
    assert np.isnan(nn.binary_accuracy(logits, target))
    assert nn.binary_accuracy(logits, target, np.array([0, 1])) == 1
    assert nn.binary_accuracy(np.array([-np.inf, np.inf]), np.array([0, 1])) == 1


def test_scores_that_are_nan_have_no_top_k_accuracy():
    assert np.isnan(nn.top_k_accuracy(1)(NAN, np.array([0, 1, 0])))
    assert nn.top_k_accuracy(1)(NAN, np.array([0, 1, 0]), np.array([0, 1, 0])) == 1


def test_binary_accuracy_of_classes_is_refused():
    with pytest.raises(
        ValueError, match="3 scores a sample are those of classes, for which there is acc"
    ):
        nn.binary_accuracy(SCORES, np.array([1, 0, 0, 0]))
