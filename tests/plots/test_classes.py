"""Charts."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlayers as nn
from nnlayers import plots

HISTORY = {
    "loss": [1.0, 0.5],
    "penalty": [0.1, 0.2],
    "accuracy": [0.5, 0.8],
    "val_loss": [1.2, 0.7],
    "val_accuracy": [0.4, 0.7],
}


def texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_learning_curves_have_a_panel_for_the_losses_and_one_for_each_metric():
    chart = plots.learning_curves(HISTORY)
    losses, accuracy = chart.ax_
    assert chart.figure_ is losses.figure
    assert (losses.get_title(), accuracy.get_title()) == ("Loss", "Accuracy")
    assert (losses.get_xlabel(), losses.get_ylabel()) == ("epoch", "loss (log scale)")
    assert texts(losses) == ["training", "validation", "L2 penalty (not in the loss)"]
    assert texts(accuracy) == ["training", "validation"]
    drawn = [line.get_ydata().tolist() for line in losses.lines]
    assert drawn == [HISTORY["loss"], HISTORY["val_loss"], HISTORY["penalty"]]
    assert losses.lines[0].get_xdata().tolist() == [1, 2]
    assert losses.get_yscale() == "log"


def test_losses_that_are_not_positive_are_drawn_on_a_linear_scale():
    assert plots.learning_curves({"loss": [1.0], "penalty": [0.0]}).ax_[0].get_yscale() == "linear"


def test_learning_curves_draw_where_they_are_told():
    _, (first, second) = plt.subplots(1, 2)
    assert plots.learning_curves(HISTORY, ax=first).ax_ is first
    assert len(second.lines) == 0
    plots.learning_curves(HISTORY, ax=(first, second))
    assert second.get_title() == "Accuracy"


def test_learning_curves_need_no_loss_and_take_axes_of_any_arrangement():
    assert len(plots.learning_curves({"accuracy": [0.5]}).ax_) == 1
    _, axes = plt.subplots(2, 1, squeeze=False)
    plots.learning_curves(HISTORY, ax=axes)
    assert axes[1, 0].get_title() == "Accuracy"


def test_a_history_plots_itself():
    history = nn.History()
    history.append({"loss": 1.0})
    assert history.plot().data is history


def test_the_confusion_matrix_shows_the_counts():
    scores = np.eye(3)[[0, 1, 1, 2]]
    chart = plots.confusion_matrix(scores, np.array([0, 1, 2, 2]), class_names=["cat", "dog", "horse"])
    assert chart.data.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    assert chart.ax_.get_title() == "Confusion matrix: 3 of 4 right"
    assert (chart.ax_.get_xlabel(), chart.ax_.get_ylabel()) == ("predicted class", "true class")
    assert [label.get_text() for label in chart.ax_.get_yticklabels()] == ["cat", "dog", "horse"]
    assert sorted(text.get_text() for text in chart.ax_.texts) == ["1", "1", "1", "1"]


def test_the_confusion_matrix_refuses_another_number_of_names():
    with pytest.raises(ValueError, match="expected 3 class names, got 1"):
        plots.confusion_matrix(np.eye(3), np.arange(3), class_names=["cat"])


@pytest.mark.parametrize("shape", [(5, 4, 4), (5, 4, 4, 3)])
def test_the_image_grid_shows_every_image_with_its_title(shape, rng):
    chart = plots.image_grid(rng.random(shape), titles=list("abcde"), columns=2, title="Letters")
    cells = chart.ax_.child_axes
    assert [cell.get_title() for cell in cells] == list("abcde")
    assert chart.ax_.get_title() == "Letters"
    for cell, image in zip(cells, chart.data, strict=True):
        np.testing.assert_array_equal(cell.images[0].get_array(), image)
    columns = {round(cell.get_position().x0, 3) for cell in cells}
    assert len(columns) == 2


def test_the_image_grid_may_be_empty_or_without_titles():
    assert plots.image_grid(np.zeros((0, 2, 2))).ax_.child_axes == []
    assert len(plots.image_grid(np.zeros((3, 2, 2))).ax_.child_axes) == 3


def test_the_image_grid_refuses_what_does_not_fit():
    with pytest.raises(
        ValueError, match=r"expected images of shape \(N, height, width\), got \(3, 64\)"
    ):
        plots.image_grid(np.zeros((3, 64)))
    with pytest.raises(ValueError, match="expected 3 titles, got 1"):
        plots.image_grid(np.zeros((3, 8, 8)), titles=["one"])


class Sides(nn.Layer):
    """Scores that say 0 left of a wall and 1 right of it, or 2 above a height: surer further away."""

    def predict(self, x):
        assert x.dtype == np.float32
        return np.stack([-x[:, 0], x[:, 0], 10 * (x[:, 1] - 2)], axis=1)


CORNERS = np.array([[-1.0, 0.0], [1.0, 0.0], [1.0, 4.0]])


def test_the_decision_boundary_lies_where_the_model_changes_its_mind():
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
    assert texts(ax) == ["left", "right", "high"]
    left, right, bottom, top = ax.images[0].get_extent()
    assert left < -1 < 1 < right
    assert bottom < 0 < 4 < top
    assert chart.data.shape == (100, 100)
    xs, ys = np.linspace(left, right, 100), np.linspace(bottom, top, 100)
    for i, j in [(0, 0), (0, 99), (99, 0), (99, 99), (30, 40), (47, 60)]:
        scores = [-xs[j], xs[j], 10 * (ys[i] - 2)]  # a row is a height, from the lowest
        assert chart.data[i, j] == scores.index(max(scores))
    for index, points in enumerate(ax.collections):
        np.testing.assert_array_equal(points.get_offsets(), CORNERS[index : index + 1])
    image = ax.images[0].get_array()
    assert ((image >= 0) & (image <= 1)).all()
    assert image[0, 0].sum() < image[0, 45].sum()  # surer, so less pale


def test_the_decision_boundary_draws_where_it_is_told_and_colours_many_classes():
    model = nn.Sequential(nn.Dense(2, 12, rng=0))
    _, (first, second) = plt.subplots(1, 2)
    x = np.array([[0, 0], [0, 0]])  # one place, of no extent
    chart = plots.decision_boundary(model, x, np.array([11, 0]), resolution=3, ax=second)
    assert chart.ax_ is second
    assert not first.images
    assert texts(second) == [str(index) for index in range(12)]
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
        (CORNERS, [0, 1, 3], {}, r"labels in 0 ... 2, got 3 names, and labels from 0 to 3"),
        (CORNERS, [0, 1, -1], {}, "labels from -1 to 1"),
        (CORNERS, [0, 1, 2], {"class_names": ["a"]}, "expected 3 class names, .* got 1 names"),
        (CORNERS, [0, 1, 2], {"feature_names": ["a"]}, "expected 2 feature names, got 1"),
    ],
)
def test_the_decision_boundary_refuses_what_does_not_fit(x, y, options, match):
    with pytest.raises(ValueError, match=f"decision_boundary: .*{match}"):
        plots.decision_boundary(Sides(), x, np.asarray(y), **options)


def test_the_decision_boundary_needs_labels_and_scores():
    with pytest.raises(TypeError, match="expected integer labels, got float64"):
        plots.decision_boundary(Sides(), CORNERS, np.zeros(3))
    with pytest.raises(ValueError, match=r"expected scores of shape \(N, C\), got \(40000, 1\)"):
        plots.decision_boundary(nn.Dense(2, 1), CORNERS, np.zeros(3, int))


def test_the_histogram_shows_the_share_of_each_bin():
    values = {"few": [0.0, 1.0], "many": np.array([[0.0, 0.1], [0.9, 4.0]])}
    chart = plots.histogram(values, xlabel="length (m)", title="Lengths", bins=4)
    ax = chart.ax_
    assert {name: share.tolist() for name, share in chart.data.items()} == {
        "few": [0.5, 0.5, 0, 0],
        "many": [0.75, 0, 0, 0.25],
    }
    assert (ax.get_title(), ax.get_xlabel()) == ("Lengths", "length (m)")
    assert ax.get_ylabel() == "share of the numbers"
    assert texts(ax) == ["few", "many"]
    for patch, share in zip(ax.patches, chart.data.values(), strict=True):
        drawn, edges, _ = patch.get_data()
        np.testing.assert_array_equal(drawn, share)
        np.testing.assert_array_equal(edges, [0, 1, 2, 3, 4])


def test_the_histogram_takes_the_weights_of_a_network_and_axes():
    model = nn.Sequential(nn.Dense(3, 4), nn.ReLU(), nn.Dense(4, 2))
    _, ax = plt.subplots()
    weights = {path: parameter.value for path, parameter in model.named_parameters()}
    chart = plots.histogram(weights, xlabel="value", ax=ax)
    assert chart.ax_ is ax
    assert chart.figure_ is ax.figure
    assert [*chart.data] == ["layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias"]
    assert all(share.sum() == pytest.approx(1) for share in chart.data.values())


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({}, "expected at least one array, got none"),
        ({"a": [1.0], "b": []}, "expected finite numbers in 'b'"),
        ({"a": [1.0, np.nan]}, "expected finite numbers in 'a'"),
        ({"a": [np.inf]}, "expected finite numbers in 'a'"),
    ],
)
def test_the_histogram_refuses_what_it_cannot_draw(values, match):
    with pytest.raises(ValueError, match=f"histogram: {match}"):
        plots.histogram(values, xlabel="value")


def test_charts_can_be_saved_and_are_never_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("shown"))
    _, axes = plt.subplots(1, 2)
    plots.confusion_matrix(np.eye(3), np.arange(3), ax=axes[0])
    chart = plots.image_grid(np.zeros((2, 2, 2)), ax=axes[1])
    chart.figure_.savefig(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").stat().st_size > 1000
