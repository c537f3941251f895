"""Confusion matrices and decision boundaries."""

import io

import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlayers as nn
from nnlayers import plots
from tests.plots.charts_for_tests import legend_texts


def test_the_confusion_matrix_shows_the_counts():
    scores = np.eye(3)[[0, 1, 1, 2]]
    chart = plots.confusion_matrix(scores, np.array([0, 1, 2, 2]), class_names=["cat", "dog", "horse"])
    assert chart.data.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    assert chart.ax_.get_title() == "Confusion matrix: 3 of 4 right"
    assert (chart.ax_.get_xlabel(), chart.ax_.get_ylabel()) == ("predicted class", "true class")
    assert [label.get_text() for label in chart.ax_.get_yticklabels()] == ["cat", "dog", "horse"]
    assert sorted(text.get_text() for text in chart.ax_.texts) == ["1", "1", "1", "1"]


def test_the_confusion_matrix_of_one_label_takes_a_threshold():
    logits, labels = np.array([[-1.0], [0.5], [2.0]]), np.array([[0], [0], [1]])
    assert plots.confusion_matrix(logits, labels).data.tolist() == [[1, 1], [0, 1]]
    assert plots.confusion_matrix(logits, labels, threshold=1).data.tolist() == [[2, 0], [0, 1]]
    with pytest.raises(ValueError, match="threshold is for logits"):
        plots.confusion_matrix(np.eye(2), np.arange(2), threshold=1)


def test_the_confusion_matrix_rejects_a_wrong_number_of_names():
    with pytest.raises(ValueError, match="expected 3 class names, got 1"):
        plots.confusion_matrix(np.eye(3), np.arange(3), class_names=["cat"])


class Sides(nn.Layer):
    """Predicts class 0 for x < 0, class 1 for x > 0 and class 2 far up; more confident further away."""

    def predict(self, x):
        assert x.dtype == np.float32
        return np.stack([-x[:, 0], x[:, 0], 10 * (x[:, 1] - 2)], axis=1)


CORNERS = np.array([[-1.0, 0.0], [1.0, 0.0], [1.0, 4.0]])


def test_the_decision_boundary_lies_where_the_predicted_class_changes():
    chart = plots.decision_boundary(
        Sides(),
        CORNERS,
        np.array([0, 1, 2]),
        class_names=["left", "right", "high"],
        feature_names=("width", "height"),
        title="Sides",
        resolution=100,
    )
    ax = chart.ax_
    assert chart.figure_ is ax.figure
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("Sides", "width", "height")
    assert legend_texts(ax) == ["left", "right", "high"]
    left, right, bottom, top = ax.images[0].get_extent()
    assert left < -1 < 1 < right
    assert bottom < 0 < 4 < top
    assert chart.data.shape == (100, 100)
    xs, ys = np.linspace(left, right, 100), np.linspace(bottom, top, 100)
    for i, j in [(0, 0), (0, 99), (99, 0), (99, 99), (30, 40), (47, 60)]:
        scores = [-xs[j], xs[j], 10 * (ys[i] - 2)]  # rows run from the bottom to the top
        assert chart.data[i, j] == scores.index(max(scores))
    for index, points in enumerate(ax.collections):
        np.testing.assert_array_equal(points.get_offsets(), CORNERS[index : index + 1])
    image = ax.images[0].get_array()
    assert ((image >= 0) & (image <= 1)).all()
    assert image[0, 0].sum() < image[0, 45].sum()  # more confident, so less pale


def test_the_decision_boundary_draws_many_classes_on_the_given_axes():
    model = nn.Sequential(nn.Dense(2, 12, rng=0))
    _, (first, second) = plt.subplots(1, 2)
    x = np.array([[0, 0], [0, 0]])  # a single point, so the data has no extent
    chart = plots.decision_boundary(model, x, np.array([11, 0]), resolution=3, ax=second)
    assert chart.ax_ is second
    assert not first.images
    assert legend_texts(second) == [str(index) for index in range(12)]
    colors = {
        tuple(points.get_facecolor().ravel())
        for points in second.collections
        if len(points.get_offsets())
    }
    assert len(colors) == 2


@pytest.mark.parametrize(
    ("x", "y", "options", "match"),
    [
        (np.ones((3, 3)), [0, 1, 2], {}, r"expected x of shape \(N, 2\) .* got \(3, 3\) and \(3,\)"),
        (CORNERS, [0, 1], {}, r"labels of shape \(N,\), got \(3, 2\) and \(2,\)"),
        (np.ones((0, 2)), np.zeros(0, int), {}, "at least one sample"),
        ([[0, 1], [np.nan, 1]], [0, 1], {}, "x holds nan at row 1, column 0"),
        (CORNERS, [0, 1, 3], {}, r"labels in 0 ... 2, got labels from 0 to 3"),
        (CORNERS, [0, 1, -1], {}, "labels from -1 to 1"),
        (CORNERS, [0, 1, 2], {"class_names": ["a"]}, "expected 3 class names, got 1"),
        (CORNERS, [0, 1, 2], {"feature_names": ["a"]}, "expected 2 feature names, got 1"),
    ],
)
def test_the_decision_boundary_rejects_invalid_arguments(x, y, options, match):
    with pytest.raises(ValueError, match=f"decision_boundary: .*{match}"):
        plots.decision_boundary(Sides(), x, np.asarray(y), **options)


def test_the_decision_boundary_needs_labels_and_scores():
    with pytest.raises(TypeError, match="expected integer labels, got float64"):
        plots.decision_boundary(Sides(), CORNERS, np.zeros(3))
    with pytest.raises(ValueError, match=r"expected scores of shape \(N, C\), got \(40000, 1\)"):
        plots.decision_boundary(nn.Dense(2, 1), CORNERS, np.zeros(3, int))


@pytest.mark.parametrize("classes", [1, 2, 30, 100, 250])
def test_the_confusion_matrix_of_many_classes_can_be_read(classes):
    scores = np.eye(max(classes, 2))[np.arange(3 * classes) % classes]
    chart = plots.confusion_matrix(scores, np.arange(3 * classes) % classes)
    chart.figure_.savefig(io.BytesIO(), dpi=30)
    labels = chart.ax_.get_yticklabels()
    side = 72 * min(chart.ax_.bbox.size) / chart.figure_.dpi
    assert all(label.get_fontsize() * len(labels) < 1.5 * side for label in labels)


def test_counts_without_room_are_left_out():
    classes = np.arange(100)
    _, ax = plt.subplots(figsize=(4, 4))
    assert not plots.confusion_matrix(np.eye(100), classes, ax=ax).ax_.texts
    assert len(plots.confusion_matrix(np.eye(100), classes).ax_.texts) == 100


@pytest.mark.parametrize(
    "x",
    [
        np.c_[np.ones(4), np.arange(4.0)], np.c_[np.full(4, 1e20), np.arange(4.0)],
        np.array([[1e30, 0], [-1e30, 1]]), np.array([[2**62, 0], [0, 1]]),
        np.array([[1, 1], [np.nextafter(1, 2), 1]]), np.array([[1, 2], [3, 250]], np.uint8),
        np.array([[True, False], [False, True]]), np.array([[1, 2], [3, 4]], ">f4"),
    ],
)  # fmt: skip
def test_features_of_every_range_are_drawn(x):
    y = np.arange(len(x)) % 2
    chart = plots.decision_boundary(nn.Dense(2, 2, rng=0), x, y, class_names=[1, 2], resolution=5)
    chart.figure_.savefig(io.BytesIO(), dpi=30)
    assert chart.data.shape == (5, 5)


def test_the_decision_boundary_refuses_what_float32_cannot_hold():
    with pytest.raises(ValueError, match=r"x reaches 1e\+308, too large for float32: scale it"):
        plots.decision_boundary(Sides(), np.array([[1e308, 0], [0, 0]]), np.array([0, 1]))


@pytest.mark.parametrize(("resolution", "error"), [(1, ValueError), (2.5, TypeError), ("a", TypeError)])
def test_the_resolution_is_a_whole_number(resolution, error):
    with pytest.raises(error, match="decision_boundary: resolution must be"):
        plots.decision_boundary(Sides(), CORNERS, np.array([0, 1, 2]), resolution=resolution)


def test_a_model_that_predicts_nan_has_no_decision_boundary():
    model = nn.Dense(2, 2)
    model.weight.value[0] = np.nan
    with pytest.raises(ValueError, match="the model predicts NaN at 40000 of 40000 points"):
        plots.decision_boundary(model, CORNERS, np.array([0, 1, 1]))


def test_infinite_scores_are_certain():
    model = nn.Dense(2, 2)
    model.bias.value[1] = np.inf
    chart = plots.decision_boundary(model, CORNERS, np.array([0, 1, 1]), resolution=5)
    assert (chart.data == 1).all()
