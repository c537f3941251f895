"""Learning curves."""

import io
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlayers as nn
from nnlayers import plots
from tests.plots.charts_for_tests import legend_texts

NAN, INF = float("nan"), float("inf")
HISTORY = {
    "loss": [1.0, 0.5],
    "penalty": [0.1, 0.2],
    "accuracy": [0.5, 0.8],
    "val_loss": [1.2, 0.7],
    "val_accuracy": [0.4, 0.7],
}


def curve_names(ax):
    return [text for text in legend_texts(ax) if not text.startswith("least ")]


def test_learning_curves_have_a_panel_for_the_losses_and_one_for_each_metric():
    chart = plots.learning_curves(HISTORY)
    losses, accuracy = chart.ax_
    assert chart.figure_ is losses.figure
    assert (losses.get_title(), accuracy.get_title()) == ("Loss", "Accuracy")
    assert (losses.get_xlabel(), losses.get_ylabel()) == ("epoch", "loss (log scale)")
    assert curve_names(losses) == ["training", "validation", "L2 penalty (not in the loss)"]
    assert curve_names(accuracy) == ["training", "validation"]
    drawn = [line.get_ydata().tolist() for line in losses.lines]
    assert drawn == [HISTORY["loss"], HISTORY["val_loss"], HISTORY["penalty"]]
    assert losses.lines[0].get_xdata().tolist() == [1, 2]
    assert losses.get_yscale() == "log"


def draw(history):
    chart = plots.learning_curves(history)
    chart.figure_.savefig(io.BytesIO(), dpi=30)
    return chart


def stars(chart):
    """Where the best epoch is marked, in each panel."""
    return [[tuple(points.get_offsets()[0].tolist()) for points in ax.collections] for ax in chart.ax_]


def test_the_epoch_of_the_least_validation_loss_is_marked_in_every_panel():
    history = {
        "loss": [3.0, 2.0, 1.0],
        "val_loss": [3.0, 1.5, 2.0],
        "accuracy": [0.1, 0.2, 0.3],
        "val_accuracy": [0.1, 0.4, 0.5],
        "f1": [0.1, NAN, 0.3],
    }
    chart = plots.learning_curves(history)
    assert stars(chart) == [[(2, 1.5)], [(2, 0.4)], []]
    assert legend_texts(chart.ax_[0])[-1] == "least validation loss: epoch 2"
    chart.ax_[0].legend()  # anew, as for a line that was added
    assert legend_texts(chart.ax_[0])[-1] == "least validation loss: epoch 2"


@pytest.mark.parametrize(
    ("history", "marks"),
    [
        ({"loss": [3.0, 1.0, 2.0], "penalty": [1.0, 2.0, 3.0]}, [[(2, 1.0)]]),
        ({"val_loss": [NAN, INF, 2.0], "loss": [1.0, 2.0, 3.0]}, [[(3, 2.0)]]),
        ({"val_loss": [NAN, NAN], "loss": [1.0, 2.0]}, [[(1, 1.0)]]),
        ({"loss": [1.0]}, [[]]),
        ({"loss": [NAN, NAN]}, [[]]),
        ({"accuracy": [0.1, 0.2]}, [[]]),
    ],
)
def test_the_best_epoch_is_that_of_the_loss_if_there_is_no_other(history, marks):
    assert stars(draw(history)) == marks


def history_with(rates):
    history = nn.History()
    for rate in rates:
        history.append({"loss": 1.0, "accuracy": 0.5}, learning_rate=rate)
    return history


def test_a_learning_rate_that_changes_has_a_panel():
    chart = history_with([0.1, NAN, 0.05]).plot()
    assert [ax.get_title() for ax in chart.ax_] == ["Loss", "Accuracy", "Learning rate"]
    np.testing.assert_array_equal(chart.ax_[2].lines[0].get_ydata(), [0.1, NAN, 0.05])
    assert chart.ax_[2].get_xlabel() == "epoch"


@pytest.mark.parametrize("rates", [[0.1, 0.1, 0.1], [NAN, NAN], [0.1, NAN]])
def test_a_learning_rate_that_is_constant_or_unknown_is_not_drawn(rates):
    assert len(history_with(rates).plot().ax_) == 2


def test_the_learning_rate_needs_axes_of_its_own():
    history = history_with([0.1, 0.05])
    axes = plt.subplots(1, 3)[1]
    assert axes[2].get_title() == ""
    assert plots.learning_curves(history, ax=axes[:2]).ax_.size == 2
    history.plot(ax=axes)
    assert axes[2].get_title() == "Learning rate"


@pytest.mark.parametrize(
    ("history", "scale"),
    [
        ({"loss": [1.0], "penalty": [0.0]}, "log"),
        ({"loss": [2.0, 1.0], "val_loss": [NAN, 1.0]}, "log"),
        ({"loss": [2.0, INF, NAN]}, "log"),
        ({"loss": [2.0, None]}, "log"),
        ({"loss": [1e308, 1.0]}, "log"),
        ({"loss": [1e-300, 1e-310]}, "log"),
        ({"loss": [1e305, 1e308]}, "log"),
        ({"loss": [1e285, 1.0]}, "log"),
        ({"loss": [1e-320, 1e-319]}, "log"),
        ({"loss": [1e-320, 0.0]}, "linear"),
        ({"loss": [1e308, 1e-320, 0.0]}, "symlog"),
        ({"loss": [-1e305, 1e305]}, "linear"),
        ({"loss": [1.0, 0.1, 0.0]}, "symlog"),
        ({"loss": [1.0], "val_loss": [0.0]}, "symlog"),
        ({"loss": [1.0, -1.0]}, "linear"),
        ({"loss": [0.0, 0.0]}, "linear"),
        ({"loss": [NAN, NAN]}, "linear"),
        ({"penalty": [0.0, 0.0]}, "linear"),
    ],
)
def test_the_losses_have_a_log_scale_unless_one_is_negative(history, scale):
    assert draw(history).ax_[0].get_yscale() == scale


def test_a_penalty_of_zero_is_not_drawn():
    history = {"loss": [1.0, 0.5], "penalty": [0.0, 0.0]}
    assert curve_names(draw(history).ax_[0]) == ["training"]
    assert curve_names(draw({"penalty": [0.0]}).ax_[0]) == ["L2 penalty (not in the loss)"]


def test_figures_without_neighbours_are_drawn_as_points():
    (ax,) = draw({"loss": [1.0, 2.0, NAN, 3.0], "val_loss": [NAN, 1.0, INF, 2.0]}).ax_
    training, validation = ax.lines
    assert (training.get_marker(), training.get_markevery()) == ("o", [3])
    assert validation.get_markevery() == [1, 3]
    assert np.isnan(validation.get_ydata()[2])


@pytest.mark.parametrize("values", [[NAN, NAN], [INF], [None, None]])
def test_a_panel_without_a_finite_value_says_so(values):
    chart = draw({"loss": values, "accuracy": values})
    for ax in chart.ax_:
        assert [text.get_text() for text in ax.texts] == ["no finite value"]
        assert ax.get_xlim() == (0.5, len(values) + 0.5)


@pytest.mark.parametrize(
    ("names", "titles", "curves"),
    [
        (["val_loss"], ["Loss"], [["validation"]]),
        (["val_accuracy", "loss"], ["Loss", "Accuracy"], [["training"], ["validation"]]),
        (["val", "val_val"], ["Val"], [["training", "validation"]]),
        (["val_top", "val_val_top"], ["Val top"], [["training", "validation"]]),
        (["_private", "val__private"], ["_private"], [["training", "validation"]]),
        (["a_$x$"], ["a_$x$"], [["training"]]),
        (["MSE", "\\frac$ $"], ["MSE", "\\frac$ $"], [["training"]] * 2),
        (["mean_absolute_error", "top_3"], ["Mean absolute error", "Top 3"], [["training"]] * 2),
        (["roc_auc", "f1", "r2"], ["ROC AUC", "F1", "R²"], [["training"]] * 3),
        ([1, b"f"], ["1", "F"], [["training"]] * 2),
        (["penalty", "val_loss"], ["Loss"], [["validation", "L2 penalty (not in the loss)"]]),
        ([f"m{i}" for i in range(10)], [f"M{i}" for i in range(10)], [["training"]] * 10),
    ],
)
def test_each_figure_has_a_panel_with_both_of_its_halves(names, titles, curves):
    chart = draw({name: [2.0, 1.0] for name in names})
    assert [ax.get_title() for ax in chart.ax_] == titles
    assert [curve_names(ax) for ax in chart.ax_] == curves


@pytest.mark.parametrize("epochs", [1, 2, 7, 300, 100_000])
def test_the_epochs_are_whole_numbers(epochs):
    (ax,) = draw({"loss": np.linspace(2, 1, epochs)}).ax_
    low, high = ax.get_xlim()
    assert all(tick == round(tick) for tick in ax.get_xticks() if low <= tick <= high)


@pytest.mark.parametrize(
    ("history", "match"),
    [
        ({}, "the history is empty: fit first"),
        ({"loss": []}, "the history is empty: fit first"),
        (nn.History(), "the history is empty: fit first"),
        ({"loss": [1, 2], "val_loss": [1]}, "one value per epoch .* got 2 of 'loss', 1 of 'val_loss'"),
        ({"loss": 1.0}, "'loss' is not one number per epoch, got 1.0"),
        ({"loss": [[1.0, 2.0]]}, "'loss' is not one number per epoch, got"),
        ({"loss": ["one"]}, "'loss' is not one number per epoch: could not convert"),
    ],
)
def test_what_is_not_one_number_per_epoch_is_refused(history, match):
    with pytest.raises(ValueError, match=f"learning_curves: .*{match}"):
        plots.learning_curves(history)


@pytest.mark.parametrize(
    ("values", "unit"), [([1e305, 2e305], ", divided by 1e+100"), ([1e199, 1.0], "")]
)
def test_the_unit_of_huge_figures_stands_at_the_axis(values, unit):
    losses, other = draw({"loss": values, "other": values}).ax_
    assert (losses.get_ylabel(), other.get_ylabel()) == (f"loss{unit} (log scale)", f"other{unit}")
    assert not losses.texts


@pytest.mark.parametrize(
    "values", [np.ma.masked_array([1.0, 9.0], [0, 1]), [1.0, np.ma.masked], (1.0, np.ma.masked)]
)
def test_a_mask_is_refused(values):
    with pytest.raises(TypeError, match="learning_curves: expected 'loss' without a mask"):
        plots.learning_curves({"loss": values})


@pytest.mark.parametrize(
    ("history", "match"),
    [
        (SimpleNamespace(history=nn.History()), "got namespace.*: give trainer.history$"),
        (np.ones(3), r"got an array of shape \(3,\)$"),
        ([1.0, 0.5], r"got \[1.0, 0.5\]$"),
        (None, "got None$"),
    ],
)
def test_what_is_not_a_history_is_refused(history, match):
    with pytest.raises(TypeError, match=f"learning_curves: expected a mapping of names .*{match}"):
        plots.learning_curves(history)


def test_a_figure_that_was_never_measured_is_left_out():
    assert curve_names(draw({"loss": [1.0, 2.0], "val_loss": []}).ax_[0]) == ["training"]


def test_several_axes_have_to_suffice():
    with pytest.raises(ValueError, match="expected 3 Axes, for loss, a, b, got 2"):
        plots.learning_curves({name: [1.0] for name in ("loss", "a", "b")}, ax=plt.subplots(1, 2)[1])


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
