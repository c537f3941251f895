"""The chart of a health report."""

import warnings

import numpy as np
import pytest

import nnlayers as nn
from tests.plots.charts_for_tests import legend_texts
from tests.training.unhealthy import HEALTHY, UNHEALTHY, regression


def report(fit):
    trained = fit.trainer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nn.HealthWarning)
        fit.fit(trained)
    return trained.health


def test_updates_dead_units_and_classes_are_drawn():
    health = report(UNHEALTHY["dead in training"])
    chart = health.plot()
    assert chart.data is health
    updates, dead, classes = chart.ax_
    assert updates.get_yscale() == updates.get_xscale() == "log"
    assert legend_texts(updates) == ["usual", "layers.0.weight", "layers.2.weight"]
    assert [label.get_text() for label in dead.get_yticklabels()] == ["layers.1"]
    assert [bar.get_width() for bar in dead.patches] == health.dead["layers.1"]
    heights = np.reshape([bar.get_height() for bar in classes.patches], (2, 10))
    np.testing.assert_allclose(heights.sum(axis=1), 1)
    assert heights[1].max() == 1
    assert [label.get_text() for label in classes.get_xticklabels()] == [str(k) for k in range(10)]


def test_of_many_classes_some_have_a_number():
    health = nn.Health()
    health.classes = np.full(100, 0.01), np.full(100, 0.01)
    (ax,) = health.plot().ax_
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert 2 < len(labels) < 20
    assert all(label.lstrip("\N{MINUS SIGN}").isdigit() for label in labels)


def test_updates_of_zero_stay_on_the_log_scale():
    line = report(UNHEALTHY["biases of -100"]).plot().ax_[0].lines[0]
    assert (line.get_ydata() > 0).all()


def test_panels_without_measurements_are_left_out():
    chart = report(regression("", model=lambda: nn.Dense(8, 1, rng=0))).plot()
    assert [ax.get_title() for ax in chart.ax_] == ["Size of an update"]


def test_a_report_is_drawn_where_told():
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3)
    chart = nn.plots.training_health(report(HEALTHY["blobs"]), ax=axes)
    assert chart.figure_ is figure
    assert axes[2].get_title() == "Predicted classes"


def test_an_empty_report_is_not_drawn():
    with pytest.raises(ValueError, match="training_health: nothing was measured: fit first"):
        nn.Health().plot()
