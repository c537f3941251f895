"""Precision, recall, F1, and what they share with ROC AUC and average precision."""

from functools import partial

import numpy as np
import pytest

import nnlayers as nn

DETECTION = [nn.precision, nn.recall, nn.f1]
ALL = [*DETECTION, nn.roc_auc, nn.average_precision]
SCORES = np.array([[2.0, 1, 0], [0, 1, 0], [0, 1, 0], [3, 0, 1]])
LOGITS, TARGET = np.array([2.0, 1.0, -0.5, -3.0]), np.array([1, 0, 1, 0])


@pytest.mark.parametrize("metric", ALL)
def test_one_logit_may_have_an_axis_of_its_own(metric):
    column = metric(LOGITS[:, np.newaxis], TARGET[:, np.newaxis])
    assert metric(LOGITS, TARGET) == column
    assert metric(LOGITS.reshape(2, 2, 1), TARGET.reshape(2, 2, 1)) == column
    assert isinstance(column, float)


@pytest.mark.parametrize("metric", ALL)
def test_positions_count_one_by_one(metric, rng):
    scores, labels = rng.standard_normal((4, 5, 3)), rng.integers(0, 3, (4, 5))
    weights = rng.uniform(size=(4, 5))
    flat = metric(scores.reshape(20, 3), labels.ravel(), weights.ravel())
    assert metric(scores, labels, weights) == pytest.approx(flat)
    by_sample = metric(scores, labels, weights[:, 0])
    assert by_sample == metric(scores, labels, np.repeat(weights[:, :1], 5, axis=1))


@pytest.mark.parametrize("metric", ALL)
def test_labels_are_independent_columns(metric, rng):
    logits, target = rng.standard_normal((30, 2)), rng.integers(0, 2, (30, 2))
    each = [metric(logits[:, k], target[:, k]) for k in (0, 1)]
    assert metric(logits, target) == pytest.approx(np.mean(each))
    assert metric(logits, target, average=None).tolist() == each
    assert metric(logits, target, of_class=1) == each[1]


@pytest.mark.parametrize("metric", ALL)
def test_each_label_may_have_weights_of_its_own(metric, rng):
    logits, target = rng.standard_normal((30, 2)), rng.integers(0, 2, (30, 2))
    weights = rng.integers(0, 3, (30, 2))
    each = [metric(logits[:, k], target[:, k], weights[:, k]) for k in (0, 1)]
    assert metric(logits, target, weights, average=None).tolist() == each


@pytest.mark.parametrize("metric", ALL)
def test_a_weight_of_2_is_that_of_2_samples(metric, rng):
    scores, labels = rng.standard_normal((20, 3)), rng.integers(0, 3, 20)
    counts = rng.integers(0, 3, 20)
    twice = metric(scores.repeat(counts, axis=0), labels.repeat(counts))
    assert metric(scores, labels, counts) == pytest.approx(twice)
    assert metric(scores, labels, 1e-30 * counts) == pytest.approx(twice)
    assert metric(scores, labels, 1e30 * counts) == pytest.approx(twice)


@pytest.mark.parametrize("dtype", ["i1", "u1", "<i4", ">i4", "u8"])
@pytest.mark.parametrize("metric", ALL)
def test_labels_mean_the_same_in_every_integer_type(metric, dtype, rng):
    scores, labels = rng.standard_normal((200, 100)), rng.integers(0, 100, 200)
    if metric is nn.precision:
        metric = partial(metric, of_class=int(scores[0].argmax()))
    assert metric(scores, labels.astype(dtype)) == metric(scores, labels)


@pytest.mark.parametrize("metric", ALL)
def test_a_score_that_is_nan_gives_nan_unless_its_weight_is_0(metric):
    for scores, target in ((SCORES, np.array([0, 1, 1, 2])), (LOGITS, TARGET)):
        bad = scores.copy()
        bad[0] = np.nan
        assert np.isnan(metric(bad, target))
        assert np.isnan(metric(bad, target, of_class=0))
        assert np.isnan(metric(bad, target, average=None)).all()
        weights = np.array([0, 1, 1, 1])
        np.testing.assert_equal(
            metric(bad, target, weights, average=None), metric(scores, target, weights, average=None)
        )


@pytest.mark.parametrize("metric", ALL)
def test_infinite_logits_are_in_order(metric):
    logits = np.array([np.inf, 1.0, -np.inf, -np.inf])
    assert metric(logits, TARGET) == metric(np.array([3.0, 1.0, -2.0, -2.0]), TARGET)


@pytest.mark.parametrize(
    ("metric", "logits", "target", "reason"),
    [
        (nn.precision, [-1.0, -2.0], [0, 1], "nothing is predicted as the positive class"),
        (nn.recall, [-1.0, 2.0], [0, 0], "the target has no sample of the positive class"),
        (nn.f1, [-1.0, -2.0], [0, 0], "the positive class is neither in the target nor predicted"),
        (nn.roc_auc, [-1.0, 2.0], [0, 0], "the target needs samples of the positive class, and others"),
        (nn.roc_auc, [-1.0, 2.0], [1, 1], "the target needs samples of the positive class, and others"),
        (nn.average_precision, [-1.0, 2.0], [0, 0], "the target has no sample of the positive class"),
        (
            nn.roc_curve,
            [-1.0, 2.0],
            [0, 0],
            "the target needs samples of the positive class, and others",
        ),
        (nn.precision_recall_curve, [-1.0, 2.0], [0, 0], "the target has no sample of the positive"),
        (nn.precision, [[9.0, 0], [9, 0]], [0, 1], "nothing is predicted as class 1"),
        (
            partial(nn.recall, of_class=1),
            [[9.0, 0], [9, 0]],
            [0, 0],
            "the target has no sample of class 1",
        ),
        (nn.roc_auc, [[9.0, 0], [9, 0]], [0, 0], "the target needs samples of class 0, and others"),
        (nn.recall, np.ones((2, 2)), np.zeros((2, 2)), "the target has no sample of label 0"),
        (partial(nn.f1, average=None), -np.ones((2, 2)), np.zeros((2, 2)), "label 0 is neither in"),
    ],
)
def test_a_metric_without_a_value_says_why(metric, logits, target, reason):
    name = getattr(metric, "func", metric).__name__
    with pytest.raises(nn.UndefinedMetric, match=f"{name}: {reason}"):
        metric(np.array(logits), np.array(target))


def test_classes_without_a_sample_are_left_out_of_the_mean():
    labels = np.array([0, 1, 1, 0])  # class 2 neither occurs nor is predicted
    for metric in DETECTION:
        assert metric(SCORES, labels) == 1
        np.testing.assert_equal(metric(SCORES, labels, average=None), [1, 1, np.nan])
    assert nn.recall(SCORES, np.array([0, 0, 0, 0])) == 0.5  # class 1 is only predicted


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(
    ("prediction", "target", "options", "error", "match"),
    [
        (LOGITS, TARGET[:2], {}, ValueError, r"got \(4,\) and \(2,\)"),
        (LOGITS[:, np.newaxis], TARGET, {}, ValueError, r"take np.expand_dims\(y, -1\)"),
        (LOGITS, TARGET[:, np.newaxis], {}, ValueError, r"take np.ravel\(y\)"),
        (SCORES, TARGET[:, np.newaxis], {}, ValueError, r"take np.ravel\(y\)"),
        (TARGET, SCORES, {}, ValueError, "the prediction comes first"),
        (LOGITS[:0], TARGET[:0], {}, ValueError, "not empty"),
        (TARGET, TARGET, {}, TypeError, "got int64: give the scores that the network predicts"),
        (LOGITS, 2 * TARGET, {}, ValueError, r"expected targets from 0 to 1, got 2 at row 0"),
        (LOGITS, 2 * TARGET - 1, {}, ValueError, r"got -1 at row 1 .*: take np.maximum\(y, 0\)"),
        (LOGITS, np.array([0, 1, np.nan, 0]), {}, ValueError, "from 0 to 1, got nan at row 2"),
        (LOGITS, np.array(["a", "b", "a", "a"]), {}, TypeError, "a target of real numbers.*np.unique"),
        (SCORES, np.array([0, 1, 3, 0]), {}, ValueError, r"expected labels in 0 ... 2"),
        (SCORES, np.zeros(4), {}, TypeError, r"expected integer labels, got float64"),
        (
            SCORES,
            TARGET,
            {"average": "micro"},
            ValueError,
            "average must be 'macro'.* or None .* got 'mi",
        ),
        (SCORES, TARGET, {"of_class": 3}, ValueError, r"of_class must be in 0 ... 2, got 3"),
        (
            LOGITS,
            TARGET,
            {"of_class": 1},
            ValueError,
            "leave out of_class=1",
        ),
        (SCORES, TARGET, {"of_class": -1}, ValueError, r"of_class must be at least 0"),
        (SCORES, TARGET, {"of_class": "cat"}, TypeError, r"of_class must be a whole number"),
    ],
)
def test_bad_arguments_are_refused(metric, prediction, target, options, error, match):
    with pytest.raises(error, match=f"{metric.__name__}: .*{match}"):
        metric(prediction, target, **options)


@pytest.mark.parametrize(
    ("threshold", "error", "match"),
    [
        ("0", TypeError, "threshold must be a real number, got '0'"),
        (True, TypeError, "threshold must be a real number, got True"),
        (np.nan, ValueError, "threshold must be a real number, got nan"),
    ],
)
@pytest.mark.parametrize("metric", [*DETECTION, nn.binary_accuracy, nn.confusion_matrix])
def test_bad_thresholds_are_refused(metric, threshold, error, match):
    with pytest.raises(error, match=f"{metric.__name__}: {match}"):
        metric(LOGITS, TARGET, threshold=threshold)


@pytest.mark.parametrize("metric", [*DETECTION, nn.confusion_matrix])
def test_classes_have_no_threshold(metric):
    with pytest.raises(ValueError, match="threshold is for logits with a target of their shape"):
        metric(SCORES, TARGET, threshold=0.5)


@pytest.mark.parametrize("metric", ALL)
def test_one_hot_targets_of_classes_are_noticed(metric):
    logits = np.array([[1.0, -1.0, 1.0], [2.0, 3.0, -1.0], [1.0, 1.0, 1.0]])
    with pytest.warns(UserWarning, match=rf"{metric.__name__}: .* give np.argmax\(target, axis=-1\)"):
        metric(logits, np.eye(3))


@pytest.mark.parametrize(
    ("word", "advice"),
    [
        ("y_true", "use target"),
        ("y_pred", "use prediction"),
        ("sample_weight", "use weights"),
        ("pos_label", "use of_class"),
        ("zero_division", "UndefinedMetric"),
        ("thresholds", "threshold"),
    ],
)
@pytest.mark.parametrize("metric", [*DETECTION, nn.binary_accuracy, nn.confusion_matrix])
def test_other_words_for_arguments_are_answered(metric, word, advice):
    with pytest.raises(TypeError, match=rf"{metric.__name__}.*{word}.*{advice}"):
        metric(LOGITS, TARGET, **{word: 1})
