"""Charts of predicted classes: the confusion matrix, and the decision boundary."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import Array, host_array, whole_number
from nnlayers.core.devices import to_host
from nnlayers.core.frames import in_order
from nnlayers.core.labels import check_labels
from nnlayers.core.layer import Layer
from nnlayers.core.placement import moved_beside
from nnlayers.data.checks import check_numbers
from nnlayers.losses.classification import softmax
from nnlayers.metrics import confusion_matrix as count_confusions
from nnlayers.plots.chart import PLAIN, Chart, chart_of, label_axes, legend, one_axes, texts_of

__all__ = ["confusion_matrix", "decision_boundary"]


@answers_other_arguments()
def confusion_matrix(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    threshold: float = 0.0,
    class_names: Sequence[object] | None = None,
    ax: Any = None,
) -> Chart:
    """Draw how often each class was taken for each other.

    Parameters
    ----------
    prediction : array of shape (N, ..., C), (N,) or (N, ..., 1)
        What ``model.predict`` returned: scores of classes, or logits of one label.
    target : array
        Of scores ``(N, ..., C)``, labels ``(N, ...)`` or distributions ``(N, ..., C)``; of logits, 0 or
        1 in their shape. The classes are 0 and 1 then.
    threshold : float
        Logits of one label above it count as class 1.
    class_names : sequence, optional
        The names of the classes in their order, of any type; by default the numbers 0 ... C-1.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Chart
        ``data`` is the matrix of counts; see `nnlayers.confusion_matrix`.

    Raises
    ------
    ValueError
        Shapes or labels do not fit, or there is another number of names than classes.

    Examples
    --------
    >>> chart = nn.plots.confusion_matrix([[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]], [1, 0, 0])
    >>> chart.ax_.get_title()
    'Confusion matrix: 2 of 3 right'
    """
    who = "confusion_matrix"
    scores, labels = host_array(prediction, who), host_array(target, who)
    counts = count_confusions(scores, labels, threshold=threshold)
    classes = len(counts)
    names = _names(class_names, classes, who)
    longest = max(map(len, names))
    side = min(max(5, 0.2 * classes), 20)
    room = min(0.08 * max(0, longest - 10), 60)  # inches for long names
    ax = one_axes(ax, (side + room + 0.5, side + room), who)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    points = 72 * min(ax.bbox.size) / ax.figure.dpi / classes  # the size of a cell
    size = min(8.3, 1.3 * points / len(str(counts.max())))
    for row, column in np.argwhere(counts) if size > 4 else ():
        color = "white" if shares[row, column] > 0.5 else "black"
        ax.text(column, row, counts[row, column], ha="center", va="center", color=color, fontsize=size)
    places = range(0, classes, int(np.ceil(5 / points)))  # without room, not each class is named
    named = [names[place] for place in places]
    small = {"fontsize": min(10, points * places.step)}
    rotation = 90 if longest > 3 or classes > 20 else 0
    ax.set_xticks(places, named, rotation=rotation, **small, **PLAIN)
    ax.set_yticks(places, named, **small, **PLAIN)
    title = f"Confusion matrix: {np.trace(counts)} of {counts.sum()} right"
    label_axes(ax, title=title, xlabel="predicted class", ylabel="true class")
    return chart_of(ax, counts)


def decision_boundary(
    model: Layer,
    x: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[object] | None = None,
    feature_names: Sequence[object] = ("first feature", "second feature"),
    title: str = "Predicted classes",
    resolution: int = 200,
    ax: Any = None,
) -> Chart:
    """Draw which class a model of two features predicts where, paler where it is less sure.

    Parameters
    ----------
    model : Layer
        It predicts scores (logits) of shape ``(N, C)`` from ``(N, 2)``.
    x : array of shape (N, 2)
        Samples, drawn as points. The chart reaches a little beyond them.
    y : array of shape (N,)
        Their labels, which give the colour of the points.
    class_names : sequence, optional
        The names of the classes in their order, of any type; by default the numbers 0 ... C-1.
    feature_names : pair
        The labels of the axes.
    title : str
        The title.
    resolution : int
        Points of the grid, along each axis, at which the model is asked.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Chart
        ``data`` are the predicted labels on the grid, ``(resolution, resolution)``: a row for each
        value of the second feature, from the lowest.

    Raises
    ------
    ValueError, TypeError
        A shape or a label does not fit, or there is another number of names than classes or features.

    Examples
    --------
    >>> x, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    >>> chart = nn.plots.decision_boundary(nn.Dense(2, 2, rng=0), x, y, class_names=["low", "high"])
    >>> chart.data.shape
    (200, 200)
    """
    resolution = whole_number(resolution, "resolution", "decision_boundary", least=2)
    x = in_order(x, model.known_column_names(), "decision_boundary")
    x = host_array(check_numbers(x, "x", "decision_boundary"))
    y = host_array(y, "decision_boundary: y")
    if x.ndim != 2 or x.shape[1] != 2 or y.shape != x.shape[:1]:
        raise ValueError(
            "decision_boundary: expected x of shape (N, 2) and labels of shape (N,), "
            f"got {x.shape} and {y.shape}"
        )
    if y.dtype.kind not in "iu":
        raise TypeError(f"decision_boundary: expected integer labels, got {y.dtype}")
    feature_names = texts_of(feature_names, 2, "decision_boundary", "feature names")
    ((left, right), (bottom, top)) = map(_limits, x.T.astype(np.float64))
    grid = np.meshgrid(np.linspace(left, right, resolution), np.linspace(bottom, top, resolution))
    points = np.stack(grid, axis=-1).reshape(-1, 2).astype(np.float32)
    scores = np.asarray(to_host(model.predict(moved_beside(model, points))))
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError(f"decision_boundary: expected scores of shape (N, C), got {scores.shape}")
    if missing := int(np.isnan(scores).any(axis=1).sum()):
        raise ValueError(
            f"decision_boundary: the model predicts NaN at {missing} of {len(scores)} points: it has "
            "no classes to draw"
        )
    classes = scores.shape[1]
    names = _names(class_names, classes, "decision_boundary")
    check_labels(y, classes, "decision_boundary")
    ax = one_axes(ax, (5.5, 5), "decision_boundary")
    colors = _colors(classes)
    labels = scores.argmax(axis=1)
    with np.errstate(invalid="ignore"):  # of infinite scores
        sure = np.nan_to_num(softmax(scores).max(axis=1, keepdims=True), nan=1.0)
    image = 1 - (0.1 + 0.4 * (sure * classes - 1) / (classes - 1)) * (1 - colors[labels])
    ax.imshow(
        image.reshape(resolution, resolution, 3),
        extent=(left, right, bottom, top),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
    )
    dots = [
        ax.scatter(*x[y == index].T, s=16, color=color, edgecolors="black", linewidths=0.4)
        for index, color in enumerate(colors)
    ]
    label_axes(ax, title=title, xlabel=feature_names[0], ylabel=feature_names[1])
    legend(ax, dots, names, points=len(x))
    return chart_of(ax, labels.reshape(resolution, resolution))


def _names(given: Sequence[object] | None, classes: int, who: str) -> list[str]:
    """The names of the classes as texts."""
    return texts_of(range(classes) if given is None else given, classes, who, "class names")


def _limits(feature: Array) -> tuple[float, float]:
    """Where the chart begins and ends, in float32, in which the model is asked."""
    low, high = float(feature.min()), float(feature.max())
    size = max(abs(low), abs(high))
    if size > 1e37:
        raise ValueError(f"decision_boundary: x reaches {size:g}, too large for float32: scale it")
    extent = high - low
    margin = 0.05 * (extent if extent > 1e-6 * size else max(size, 1.0))
    return low - margin, high + margin


def _colors(count: int) -> Array:
    """Rows of red, green and blue, one for each class."""
    from matplotlib import colormaps

    few = np.array(colormaps["tab10"].colors)  # type: ignore[attr-defined]
    if count <= len(few):
        return few[:count]
    many: Array = colormaps["turbo"](np.linspace(0, 1, count))[:, :3]
    return many
