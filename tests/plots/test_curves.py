"""Learning curves."""

import matplotlib.pyplot as plt

import nnlayers as nn
from nnlayers import plots
from tests.plots.charts_for_tests import legend_texts

HISTORY = {
    "loss": [1.0, 0.5],
    "penalty": [0.1, 0.2],
    "accuracy": [0.5, 0.8],
    "val_loss": [1.2, 0.7],
    "val_accuracy": [0.4, 0.7],
}


def test_learning_curves_have_a_panel_for_the_losses_and_one_for_each_metric():
    chart = plots.learning_curves(HISTORY)
    losses, accuracy = chart.ax_
    assert chart.figure_ is losses.figure
    assert (losses.get_title(), accuracy.get_title()) == ("Loss", "Accuracy")
    assert (losses.get_xlabel(), losses.get_ylabel()) == ("epoch", "loss (log scale)")
    assert legend_texts(losses) == ["training", "validation", "L2 penalty (not in the loss)"]
    assert legend_texts(accuracy) == ["training", "validation"]
    drawn = [line.get_ydata().tolist() for line in losses.lines]
    assert drawn == [HISTORY["loss"], HISTORY["val_loss"], HISTORY["penalty"]]
    assert losses.lines[0].get_xdata().tolist() == [1, 2]
    assert losses.get_yscale() == "log"


def test_non_positive_losses_are_drawn_on_a_linear_scale():
    assert plots.learning_curves({"loss": [1.0], "penalty": [0.0]}).ax_[0].get_yscale() == "linear"


def test_learning_curves_draw_on_the_given_axes():
    _, (first, second) = plt.subplots(1, 2)
    assert plots.learning_curves(HISTORY, ax=first).ax_ is first
    assert len(second.lines) == 0
    plots.learning_curves(HISTORY, ax=(first, second))
    assert second.get_title() == "Accuracy"


def test_learning_curves_need_no_loss_and_accept_any_grid_of_axes():
    assert len(plots.learning_curves({"accuracy": [0.5]}).ax_) == 1
    _, axes = plt.subplots(2, 1, squeeze=False)
    plots.learning_curves(HISTORY, ax=axes)
    assert axes[1, 0].get_title() == "Accuracy"


def test_a_history_plots_itself():
    history = nn.History()
    history.append({"loss": 1.0})
    assert history.plot().data is history
