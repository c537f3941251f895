"""The ROC curve and the precision-recall curve."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlayers as nn
from nnlayers import plots
from tests.plots.charts_for_tests import legend_texts

LOGITS, ANSWERS = np.array([-2.0, 0.5, -0.5, 3.0]), np.array([0, 0, 1, 1])
both = pytest.mark.parametrize("draw", [plots.roc_curve, plots.precision_recall_curve])


def classes(count=3, samples=60):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, count, samples)
    return rng.standard_normal((samples, count)) + 2 * nn.one_hot(labels, count), labels


def test_the_roc_curve_is_drawn_with_its_area():
    chart = plots.roc_curve(LOGITS, ANSWERS)
    expected = nn.roc_curve(LOGITS, ANSWERS)
    line = chart.ax_.lines[0]
    np.testing.assert_array_equal(line.get_xdata(), expected.false_positive_rate)
    np.testing.assert_array_equal(line.get_ydata(), expected.true_positive_rate)
    assert legend_texts(chart.ax_) == ["scores: area 0.750", "scores at random: area 0.5"]
    assert chart.ax_.get_title() == "ROC curve"


def test_precision_is_drawn_over_recall_in_steps():
    chart = plots.precision_recall_curve(LOGITS, ANSWERS)
    expected = nn.precision_recall_curve(LOGITS, ANSWERS)
    line, share = chart.ax_.lines
    np.testing.assert_array_equal(line.get_xdata(orig=True), expected.recall)
    np.testing.assert_array_equal(line.get_ydata(orig=True), expected.precision)
    assert line.get_drawstyle() == "steps-pre"
    assert share.get_ydata()[0] == 0.5
    mean = nn.average_precision(LOGITS, ANSWERS)
    names = [f"scores: average precision {mean:.3f}", "scores at random: about 0.500"]
    assert legend_texts(chart.ax_) == names


@both
def test_each_of_several_classes_has_a_curve(draw):
    prediction, labels = classes()
    chart = draw(prediction, labels, class_names=["a", "$b$", "_c"])
    assert list(chart.data) == [0, 1, 2]
    expected = getattr(nn, draw.__name__)(prediction, labels, of_class=1)
    np.testing.assert_array_equal(chart.data[1].thresholds, expected.thresholds)
    assert [name.partition(":")[0] for name in legend_texts(chart.ax_)][:3] == ["a", "$b$", "_c"]


@both
def test_of_two_classes_it_is_that_of_class_1(draw):
    prediction, labels = classes(2)
    assert list(draw(prediction, labels).data) == [1]
    assert list(draw(prediction, labels, of_class=0).data) == [0]


@both
def test_independent_labels_have_a_curve_each(draw):
    rng = np.random.default_rng(0)
    chart = draw(rng.standard_normal((50, 2)), rng.integers(0, 2, (50, 2)))
    assert [name.partition(":")[0] for name in legend_texts(chart.ax_)][:2] == ["label 0", "label 1"]


@both
def test_weights_count(draw):
    weights = np.array([1.0, 0.0, 1.0, 1.0])
    chart, expected = draw(LOGITS, ANSWERS, weights), draw(LOGITS[[0, 2, 3]], ANSWERS[[0, 2, 3]])
    assert legend_texts(chart.ax_) == legend_texts(expected.ax_)


@both
def test_a_class_without_samples_is_left_out(draw):
    prediction, labels = classes()
    labels[labels == 1] = 0
    assert list(draw(prediction, labels).data) == [0, 2]
    with pytest.raises(nn.UndefinedMetric, match=f"{draw.__name__}: the target .* class 1"):
        draw(prediction, labels, of_class=1)
    with pytest.raises(nn.UndefinedMetric, match="the positive class"):
        draw(LOGITS, np.zeros(4, int))


@both
@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"prediction": LOGITS[:2]}, "shape"),
        ({"prediction": np.full(4, np.nan)}, "expected finite scores"),
        ({"target": np.array([0, 1, 2, 3])}, "expected targets from 0 to 1"),
        ({"class_names": ["a", "b"]}, "expected 1 class names, got 2"),
        ({"of_class": 3}, "of_class"),
    ],
)
def test_bad_arguments_are_refused_and_nothing_is_drawn(draw, change, match):
    ax = plt.figure().subplots()
    with pytest.raises((ValueError, TypeError), match=match):
        draw(**{"prediction": LOGITS, "target": ANSWERS, "ax": ax, **change})
    assert not ax.lines
