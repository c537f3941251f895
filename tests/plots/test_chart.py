"""What all charts have in common."""

import gc
import io
import threading
import weakref

import matplotlib.pyplot as plt
import numpy as np
import pytest

import nnlayers as nn
from nnlayers import plots
from tests.plots.charts_for_tests import NAMES, TEXTS, legend_texts

POINTS = np.random.default_rng(0).standard_normal((3 * len(NAMES), 2))


LOGITS, ANSWERS = np.array([-2.0, 0.5, -0.5, 3.0]), np.array([0, 0, 1, 1])


def scores(classes):
    return nn.Sequential(nn.Dense(2, classes, rng=0))


CHARTS = {
    "learning_curves": lambda **options: plots.learning_curves({"loss": [1.0, 0.5]}, **options),
    "confusion_matrix": lambda **options: plots.confusion_matrix(np.eye(3), np.arange(3), **options),
    "decision_boundary": lambda **options: plots.decision_boundary(
        scores(2), POINTS, np.arange(len(POINTS)) % 2, resolution=10, **options
    ),
    "roc_curve": lambda **options: plots.roc_curve(LOGITS, ANSWERS, **options),
    "precision_recall_curve": lambda **options: plots.precision_recall_curve(
        LOGITS, ANSWERS, **options
    ),
    "calibration": lambda **options: plots.calibration(LOGITS, ANSWERS, **options),
    "learning_rate_curve": lambda **options: plots.learning_rate_curve(
        nn.LearningRateCurve(np.geomspace(0.1, 1, 20), np.linspace(2, 1, 20), True), **options
    ),
    "histogram": lambda **options: plots.histogram({"w": [1.0, 2.0]}, xlabel="value", **options),
    "image_grid": lambda **options: plots.image_grid(np.ones((1, 2, 2)), **options),
    "gradient_comparison": lambda **options: plots.gradient_comparison(
        {"input": (np.ones(2), np.ones(2), np.zeros(2))}, **options
    ),
}
every_chart = pytest.mark.parametrize("draw", CHARTS.values(), ids=CHARTS)


def saved(chart):
    chart.figure_.savefig(io.BytesIO(), dpi=30)
    return chart


def test_charts_can_be_saved_and_are_never_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("shown"))
    _, axes = plt.subplots(1, 2)
    plots.confusion_matrix(np.eye(3), np.arange(3), ax=axes[0])
    chart = plots.image_grid(np.zeros((2, 2, 2)), ax=axes[1])
    chart.save(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("name", "begin"), [("a.png", b"\x89PNG"), ("b.PDF", b"%PDF"), ("c.d.svg", b"<?xml")]
)
def test_a_chart_is_saved_in_the_format_of_the_ending(name, begin, tmp_path):
    path = tmp_path / name
    path.write_text("older")
    plots.confusion_matrix(np.eye(3), np.arange(3)).save(path, dpi=30)
    assert path.read_bytes().startswith(begin)
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["chart", "chart.", "chart.jpg2", "chart.py"])
def test_an_ending_that_is_not_a_format_is_refused(name, tmp_path):
    chart = plots.confusion_matrix(np.eye(3), np.arange(3))
    with pytest.raises(ValueError, match=r"Chart\.save: expected a path that ends in one of .*\.png"):
        chart.save(tmp_path / name)
    with pytest.raises(TypeError, match="expected the path of a file"):
        chart.save(3)
    with pytest.raises(OSError, match=r"missing|no such folder|No such file"):
        chart.save(tmp_path / "missing" / "chart.png")
    with pytest.raises((TypeError, ValueError), match="dpi"):
        chart.save(tmp_path / "chart.png", dpi="high")
    assert not list(tmp_path.iterdir())


@every_chart
def test_a_figure_that_is_not_kept_is_freed(draw):
    figures = [weakref.ref(draw().figure_) for _ in range(3)]
    gc.collect()
    assert not plt.get_fignums()
    assert not any(figure() for figure in figures)


@every_chart
def test_a_chart_draws_on_the_given_axes_even_in_part_of_a_figure(draw):
    figure = plt.figure()
    ax = figure.subfigures(1, 2)[1].subplots()
    chart = draw(ax=ax)
    assert np.ravel(chart.ax_)[0] is ax
    assert chart.figure_ is figure


@every_chart
@pytest.mark.parametrize("ax", [plt, "axes", 3])
def test_what_is_not_axes_is_refused(draw, ax):
    with pytest.raises(TypeError, match="expected ax to be Axes of matplotlib, such as"):
        draw(ax=ax)


def test_two_axes_are_refused_by_a_chart_of_one():
    with pytest.raises(TypeError, match="histogram: expected one Axes, got 2"):
        plots.histogram({"w": [1.0]}, xlabel="value", ax=plt.subplots(1, 2)[1])


def test_a_notebook_shows_the_picture_and_a_short_text():
    chart = CHARTS["learning_curves"]()
    assert chart._repr_png_().startswith(b"\x89PNG")
    assert repr(chart) == "<Chart of 'Loss': save it with save(path), see it with show()>"


def test_a_notebook_shows_a_figure_of_pyplot_once():
    chart = CHARTS["learning_curves"](ax=plt.subplots()[1])
    assert chart._repr_png_() is None
    plt.close("all")
    assert chart._repr_png_()


def test_show_shows_the_figure_and_then_forgets_it(monkeypatch):
    chart = CHARTS["histogram"]()
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append([plt.figure(n) for n in plt.get_fignums()]))
    chart.show()
    chart.show()
    assert shown == [[chart.figure_]] * 2
    assert not plt.get_fignums()
    plt.ion()
    try:
        chart.show()
        assert plt.get_fignums()
    finally:
        plt.ioff()


def test_charts_are_drawn_in_threads():
    done = []

    def draw():
        done.extend(saved(make()) for make in CHARTS.values())

    threads = [threading.Thread(target=draw) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 2 * len(CHARTS)


# Names of every kind


def test_class_names_of_every_kind_are_drawn_as_they_are():
    count = len(NAMES)
    chart = saved(plots.confusion_matrix(np.eye(count), np.arange(count), class_names=NAMES))
    for labels in (chart.ax_.get_xticklabels(), chart.ax_.get_yticklabels()):
        assert [label.get_text() for label in labels] == TEXTS
    y = np.arange(len(POINTS)) % count
    chart = plots.decision_boundary(
        scores(count), POINTS, y, class_names=NAMES, feature_names=["$\\", "_$x"], title="$\\frac$"
    )
    assert legend_texts(saved(chart).ax_) == TEXTS
    ax = chart.ax_
    assert [ax.get_title(), ax.get_xlabel(), ax.get_ylabel()] == ["$\\frac$", "$\\", "_$x"]


@pytest.mark.parametrize(
    "names", [np.arange(3), np.array(["$a$", "b", "_c"]), (1.0, 2.0, 3.0), range(3)]
)
def test_class_names_are_any_sequence(names):
    chart = saved(plots.confusion_matrix(np.eye(3), np.arange(3), class_names=names))
    assert [label.get_text() for label in chart.ax_.get_xticklabels()] == list(map(str, names))


MASKED = np.ma.masked_array([[0.1, 0.9], [0.8, 0.2]], [[0, 1], [0, 0]])
LABELS = np.ma.masked_array([0, 1], [0, 1])
DRAWN_FROM_MASKED = {
    "learning_curves": lambda: plots.learning_curves({"loss": MASKED[0]}),
    "confusion_matrix": lambda: plots.confusion_matrix(MASKED, [0, 1]),
    "its target": lambda: plots.confusion_matrix(np.eye(2), LABELS),
    "decision_boundary": lambda: plots.decision_boundary(scores(2), MASKED, [0, 1]),
    "its labels": lambda: plots.decision_boundary(scores(2), POINTS[:2], LABELS),
    "image_grid": lambda: plots.image_grid(MASKED[np.newaxis]),
    "roc_curve": lambda: plots.roc_curve(MASKED, [0, 1]),
    "precision_recall_curve": lambda: plots.precision_recall_curve(MASKED, [0, 1]),
    "calibration": lambda: plots.calibration(MASKED, [0, 1]),
    "its answers": lambda: plots.calibration(np.zeros(2), LABELS),
    "histogram": lambda: plots.histogram({"a": MASKED}, xlabel="number"),
    "gradient_comparison": lambda: plots.gradient_comparison({"a": (MASKED, MASKED, MASKED)}),
}


@pytest.mark.parametrize("draw", DRAWN_FROM_MASKED.values(), ids=DRAWN_FROM_MASKED)
def test_no_chart_draws_what_is_masked(draw):
    with pytest.raises(TypeError, match=r"expected .* without a mask, got a masked array"):
        draw()


NAMED = {  # charts of two classes, features or images, by what takes the names
    "confusion_matrix": lambda names: [
        label.get_text()
        for label in plots.confusion_matrix(np.eye(2), [0, 1], class_names=names).ax_.get_xticklabels()
    ],
    "class_names": lambda names: legend_texts(
        plots.decision_boundary(scores(2), POINTS[:2], [0, 1], class_names=names).ax_
    ),
    "feature_names": lambda names: [
        axis.get_label_text()
        for ax in [plots.decision_boundary(scores(2), POINTS[:2], [0, 1], feature_names=names).ax_]
        for axis in (ax.xaxis, ax.yaxis)
    ],
    "titles": lambda names: [
        text.get_text() for text in plots.image_grid(np.ones((2, 3, 3)), titles=names).ax_.texts
    ],
}


@pytest.mark.parametrize("draw", NAMED.values(), ids=NAMED)
def test_names_are_read_by_their_places(draw):
    pandas = pytest.importorskip("pandas")
    for names in (pandas.Series(["u", "v"], index=[1, 0]), {"u": 5, "v": 3}.keys(), iter("uv")):
        assert draw(names) == ["u", "v"]


@pytest.mark.parametrize("draw", NAMED.values(), ids=NAMED)
@pytest.mark.parametrize(
    ("names", "error", "match"),
    [
        ({"dog": 1, "cat": 0}, TypeError, r"in a list, got a dict: give sorted\(names, key=names.get"),
        ({0: "cat", 1: "dog"}, TypeError, r"got a dict: give \[names\[i\] for i in range\(2\)\]"),
        ({"cat", "dog"}, TypeError, "in a list, got a set, which has no order"),
        (10, TypeError, "in a list, got 10"),
        (np.array(5), TypeError, "in a list, got an array of shape"),
        (["one"], ValueError, "got 1$"),
        (range(3), ValueError, "got 3$"),
    ],
)
def test_names_that_are_not_a_list_are_refused(draw, names, error, match):
    with pytest.raises(error, match=f"expected 2 (class names|feature names|titles).*{match}"):
        draw(names)


def test_keys_and_titles_of_every_kind_are_drawn_as_they_are():
    values = {name: [float(index)] for index, name in enumerate(dict.fromkeys(NAMES))}
    chart = saved(plots.histogram(values, xlabel="$\\mu", title="_$\\"))
    assert legend_texts(chart.ax_) == list(dict.fromkeys(TEXTS))
    assert [chart.ax_.get_title(), chart.ax_.get_xlabel()] == ["_$\\", "$\\mu"]

    chart = saved(plots.image_grid(np.ones((len(NAMES), 2, 2)), titles=NAMES, title="$\\"))
    assert [text.get_text() for text in chart.ax_.texts] == TEXTS
    assert chart.ax_.get_title() == "$\\"

    points = {"_$\\a": (np.ones(2), np.ones(2), np.zeros(2))}
    assert saved(plots.gradient_comparison(points, title="$")).ax_[0].get_title() == "$: _$\\a"
