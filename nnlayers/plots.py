"""Charts, drawn with matplotlib, which is imported when one is drawn."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.arrays import Array
from nnlayers.data import check_numbers
from nnlayers.layer import Layer
from nnlayers.losses import softmax
from nnlayers.metrics import confusion_matrix as count_confusions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Chart",
    "confusion_matrix",
    "decision_boundary",
    "gradient_comparison",
    "histogram",
    "image_grid",
    "learning_curves",
]


class Chart(NamedTuple):
    """A chart that was drawn: ``chart.figure_.savefig("chart.png")``. Nothing is shown by itself.

    Examples
    --------
    >>> chart = nn.plots.learning_curves({"loss": [1.0, 0.5]})
    >>> chart.ax_[0].get_title()
    'Loss'
    >>> chart.figure_.savefig("loss.png")  # doctest: +SKIP
    """

    ax_: Any
    """The matplotlib Axes; an array of them where there are several panels."""
    figure_: "Figure"
    """The figure that they stand in."""
    data: Any
    """What was drawn."""


def learning_curves(history: Mapping[str, Sequence[float]], *, ax: Any = None) -> Chart:
    """Draw a training run: the losses and the L2 penalty in one panel, each metric in one more.

    Parameters
    ----------
    history : History
        What `nnlayers.Trainer.fit` returned, or any mapping of names to one value per epoch.
    ax : Axes or sequence of Axes, optional
        Where to draw. A single one gets the losses; with several, the others get one metric each.

    Returns
    -------
    Chart
        ``ax_`` is an array of Axes, unless a single one was given.

    Raises
    ------
    ValueError
        The history is empty.

    Examples
    --------
    >>> chart = nn.plots.learning_curves({"loss": [1.0, 0.5], "accuracy": [0.7, 0.9]})
    >>> [ax.get_title() for ax in chart.ax_]
    ['Loss', 'Accuracy']
    """
    if not history:
        raise ValueError("learning_curves: the history is empty: fit first")
    metrics = [name for name in history if not name.startswith("val_")]
    panels = [["loss", "val_loss", "penalty"]] if "loss" in history else []
    panels += [[name, f"val_{name}"] for name in metrics if name not in ("loss", "penalty")]
    if ax is None:
        _, axes = _pyplot().subplots(1, len(panels), figsize=(5 * len(panels), 4), layout="constrained")
    else:
        axes = ax
    axes = np.ravel(axes)
    for panel, names in zip(axes, panels, strict=False):
        _draw_curves(panel, {name: history[name] for name in names if name in history})
    return Chart(ax if np.ndim(ax) == 0 and ax is not None else axes, axes[0].figure, history)


def _draw_curves(ax: Any, curves: Mapping[str, Sequence[float]]) -> None:
    title = next(iter(curves))
    labels = {
        title: "training",
        f"val_{title}": "validation",
        "penalty": "L2 penalty (not in the loss)",
    }
    for name, values in curves.items():
        style = {"color": "tab:gray", "linestyle": "--"} if name == "penalty" else {}
        marker = "o" if len(values) == 1 else None
        ax.plot(range(1, len(values) + 1), values, label=labels[name], marker=marker, **style)
    words = title.replace("_", " ")
    ax.set(title=words.capitalize(), xlabel="epoch", ylabel=words)
    if title == "loss" and all(value > 0 for values in curves.values() for value in values):
        ax.set(yscale="log", ylabel="loss (log scale)")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(alpha=0.3)
    ax.legend()


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
    counts = count_confusions(np.asarray(prediction), np.asarray(target))
    names = [str(index) for index in range(len(counts))] if class_names is None else list(class_names)
    if len(names) != len(counts):
        raise ValueError(f"confusion_matrix: expected {len(counts)} class names, got {len(names)}")
    if ax is None:
        _, ax = _pyplot().subplots(figsize=(5.5, 5), layout="constrained")
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


def image_grid(
    images: ArrayLike,
    *,
    titles: Sequence[str] | None = None,
    columns: int | None = None,
    title: str | None = None,
    ax: Any = None,
) -> Chart:
    """Draw images in a grid, dark ink on white, each with its title above.

    Parameters
    ----------
    images : array of shape (N, height, width) or (N, height, width, channels)
        Grey values, from 0 (white) to the largest (black); or colours, in [0, 1] or bytes.
    titles : sequence of str, optional
        One for each image.
    columns : int, optional
        Images in a row; by default about as many as there are rows.
    title : str, optional
        The title of the whole.
    ax : Axes, optional
        Where to draw: the grid fills it.

    Returns
    -------
    Chart
        ``ax_`` is the Axes that holds the grid.

    Raises
    ------
    ValueError
        The shape is another one, or there is not one title for each image.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> titles = [str(label) for label in y[:6]]
    >>> chart = nn.plots.image_grid(x[:6].reshape(-1, 8, 8), titles=titles, columns=3)
    >>> chart.data.shape
    (6, 8, 8)
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4):
        raise ValueError(f"image_grid: expected images of shape (N, height, width), got {images.shape}")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"image_grid: expected {len(images)} titles, got {len(titles)}")
    columns = columns or max(1, int(np.ceil(np.sqrt(len(images)))))
    rows = max(1, -(-len(images) // columns))
    if ax is None:
        size = (1.2 * columns, 1.4 * rows + 0.4)
        _, ax = _pyplot().subplots(figsize=size, layout="constrained")
    ax.axis("off")
    if title:
        ax.set_title(title)
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        place = (column / columns, 1 - (row + 1) / rows, 0.92 / columns, 0.78 / rows)
        cell = ax.inset_axes(place)
        cell.imshow(image, cmap="gray_r", vmin=0, vmax=_largest(images))
        cell.set(xticks=[], yticks=[])
        if titles is not None:
            cell.set_title(titles[index], fontsize="small", pad=2)
    return Chart(ax, ax.figure, images)


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
    x, y = check_numbers("decision_boundary", "x", x), np.asarray(y)
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
        _, ax = _pyplot().subplots(figsize=(5.5, 5), layout="constrained")
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


def histogram(
    values: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    title: str = "",
    bins: int = 50,
    ax: Any = None,
) -> Chart:
    """Draw how numbers are distributed: an outline for each array, over common bins.

    Weights, layer by layer: ``histogram({path: p.value for path, p in model.named_parameters()},
    xlabel="value")``.

    Parameters
    ----------
    values : mapping
        Names of arrays of finite numbers, of any shapes and sizes.
    xlabel : str
        What the numbers are, with their unit.
    title : str
        What stands above.
    bins : int
        How many there are, of one width, from the least number to the greatest.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Chart
        ``data`` maps each name to the share of its numbers in each bin; they add up to 1.

    Raises
    ------
    ValueError
        There is no array, or one is empty or not finite.

    Examples
    --------
    >>> chart = nn.plots.histogram({"weights": nn.he_normal((50, 50), rng=0)}, xlabel="value", bins=10)
    >>> len(chart.data["weights"])
    10
    """
    arrays = {name: np.ravel(array).astype(np.float64) for name, array in values.items()}
    if not arrays:
        raise ValueError("histogram: expected at least one array, got none")
    for name, array in arrays.items():
        if array.size == 0 or not np.isfinite(array).all():
            raise ValueError(f"histogram: expected finite numbers in {name!r}, got {array}")
    if ax is None:
        _, ax = _pyplot().subplots(figsize=(6, 4), layout="constrained")
    edges = np.histogram_bin_edges(np.concatenate(list(arrays.values())), bins)
    shares = {name: np.histogram(array, edges)[0] / array.size for name, array in arrays.items()}
    for name, share in shares.items():
        ax.stairs(share, edges, label=name, fill=len(shares) == 1)
    ax.set(title=title, xlabel=xlabel, ylabel="share of the numbers")
    ax.grid(alpha=0.3)
    ax.legend()
    return Chart(ax, ax.figure, shares)


def gradient_comparison(
    points: Mapping[str, tuple[Array, Array, Array]], *, title: str = "", ax: Any = None
) -> Chart:
    """Draw gradients by backward against finite differences, with error bars, a panel for each block.

    Parameters
    ----------
    points : mapping
        Names of blocks, each with backward's gradient, the numerical one, and its estimated error.
    title : str
        What was checked.
    ax : Axes or sequence of Axes, optional
        One for each block.

    Returns
    -------
    Chart
        ``ax_`` is an array of Axes. Points on the diagonal agree.

    Examples
    --------
    >>> points = {"input": (np.array([1.0, 2.0]), np.array([1.0, 2.1]), np.array([1e-9, 1e-9]))}
    >>> chart = nn.plots.gradient_comparison(points, title="Mine")
    >>> chart.ax_[0].get_title()
    'Mine: input'
    """
    if ax is None:
        _, ax = _pyplot().subplots(
            1, len(points), figsize=(4 * len(points), 4), layout="constrained", squeeze=False
        )
    axes = np.ravel(ax)
    for panel, (block, (backward, numeric, error)) in zip(axes, points.items(), strict=False):
        bars = np.where(np.isfinite(error), error, 0).ravel()
        panel.axline((0, 0), slope=1, color="tab:gray", linewidth=1, label="equal")
        panel.errorbar(
            numeric.ravel(), backward.ravel(), xerr=bars, fmt="o", markersize=4, label="element"
        )
        panel.set(title=f"{title}: {block}", xlabel="finite difference", ylabel="backward")
        panel.grid(alpha=0.3)
        panel.legend()
    return Chart(axes, axes[0].figure, points)


# Shared by several charts, or behind them


def _pyplot() -> Any:
    import matplotlib.pyplot

    return matplotlib.pyplot


def _largest(images: Array) -> float:
    return float(images.max(initial=0)) or 1.0


def _colors(count: int) -> Array:
    """Rows of red, green and blue, one for each class."""
    colormaps = _pyplot().matplotlib.colormaps
    few = np.array(colormaps["tab10"].colors)
    return few[:count] if count <= len(few) else colormaps["turbo"](np.linspace(0, 1, count))[:, :3]
