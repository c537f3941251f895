"""Charts of predicted classes: the confusion matrix, and the decision boundary."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.core.checks import Array, as_array
from nnlayers.core.frames import in_order
from nnlayers.core.layer import Layer
from nnlayers.data.checks import check_numbers
from nnlayers.losses.classification import softmax
from nnlayers.metrics import confusion_matrix as count_confusions
from nnlayers.plots.chart import Chart, pyplot

__all__ = ["confusion_matrix", "decision_boundary"]


def confusion_matrix(
    prediction: ArrayLike,
    target: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    ax: Any = None,
) -> Chart:
    """Draw how often each class was taken for each other.

    Parameters
    ----------
    prediction : array of shape (N, C)
        Scores: what ``model.predict`` returned.
    target : array of shape (N,) or (N, C)
        Labels or distributions.
    class_names : sequence of str, optional
        By default the numbers 0 ... C-1.
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
    counts = count_confusions(as_array(prediction, who), as_array(target, who))
    names = [str(index) for index in range(len(counts))] if class_names is None else list(class_names)
    if len(names) != len(counts):
        raise ValueError(f"confusion_matrix: expected {len(counts)} class names, got {len(names)}")
    if ax is None:
        _, ax = pyplot().subplots(figsize=(5.5, 5), layout="constrained")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            color = "white" if shares[row, column] > 0.5 else "black"
            ax.text(column, row, count, ha="center", va="center", color=color, fontsize="small")
    rotation = 90 if max(map(len, names)) > 3 else 0
    ax.set_xticks(range(len(names)), names, rotation=rotation)
    ax.set_yticks(range(len(names)), names)
    right = np.trace(counts)
    ax.set(
        title=f"Confusion matrix: {right} of {counts.sum()} right",
        xlabel="predicted class",
        ylabel="true class",
    )
    return Chart(ax, ax.figure, counts)


def decision_boundary(
    model: Layer,
    x: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    feature_names: Sequence[str] = ("first feature", "second feature"),
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
    class_names : sequence of str, optional
        By default the numbers 0 ... C-1.
    feature_names : pair of str
        What stands at the axes.
    title : str
        What stands above.
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
    x = in_order(x, model.known_columns(), "decision_boundary")
    x, y = check_numbers(x, "x", "decision_boundary"), as_array(y, "decision_boundary: y")
    if x.ndim != 2 or x.shape[1] != 2 or y.shape != x.shape[:1]:
        raise ValueError(
            "decision_boundary: expected x of shape (N, 2) and labels of shape (N,), "
            f"got {x.shape} and {y.shape}"
        )
    if y.dtype.kind not in "iu":
        raise TypeError(f"decision_boundary: expected integer labels, got {y.dtype}")
    if len(feature_names) != 2:
        raise ValueError(f"decision_boundary: expected 2 feature names, got {len(feature_names)}")
    extent = np.ptp(x.astype(np.float64), axis=0)
    margin = 0.05 * np.where(extent > 0, extent, 1)
    (left, bottom), (right, top) = x.min(axis=0) - margin, x.max(axis=0) + margin
    grid = np.meshgrid(np.linspace(left, right, resolution), np.linspace(bottom, top, resolution))
    scores = np.asarray(model.predict(np.stack(grid, axis=-1).reshape(-1, 2).astype(np.float32)))
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError(f"decision_boundary: expected scores of shape (N, C), got {scores.shape}")
    classes = scores.shape[1]
    names = [str(index) for index in range(classes)] if class_names is None else list(class_names)
    if len(names) != classes or not 0 <= y.min() <= y.max() < classes:
        raise ValueError(
            f"decision_boundary: expected {classes} class names, and labels in 0 ... {classes - 1}, "
            f"got {len(names)} names, and labels from {y.min()} to {y.max()}"
        )
    if ax is None:
        _, ax = pyplot().subplots(figsize=(5.5, 5), layout="constrained")
    colors = _colors(classes)
    labels = scores.argmax(axis=1)
    sure = (softmax(scores).max(axis=1, keepdims=True) - 1 / classes) / (1 - 1 / classes)
    image = 1 - (0.1 + 0.4 * sure) * (1 - colors[labels])
    ax.imshow(
        image.reshape(resolution, resolution, 3),
        extent=(left, right, bottom, top),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
    )
    for index, name in enumerate(names):
        points = x[y == index]
        ax.scatter(*points.T, s=16, color=colors[index], edgecolors="black", linewidths=0.4, label=name)
    ax.set(title=title, xlabel=feature_names[0], ylabel=feature_names[1])
    ax.legend()
    return Chart(ax, ax.figure, labels.reshape(resolution, resolution))


def _colors(count: int) -> Array:
    """Rows of red, green and blue, one for each class."""
    colormaps = pyplot().matplotlib.colormaps
    few = np.array(colormaps["tab10"].colors)
    return few[:count] if count <= len(few) else colormaps["turbo"](np.linspace(0, 1, count))[:, :3]
