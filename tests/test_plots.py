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


def test_charts_can_be_saved_and_are_never_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("shown"))
    _, axes = plt.subplots(1, 2)
    plots.confusion_matrix(np.eye(3), np.arange(3), ax=axes[0])
    chart = plots.image_grid(np.zeros((2, 2, 2)), ax=axes[1])
    chart.figure_.savefig(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").stat().st_size > 1000
