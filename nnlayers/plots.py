"""Charts, drawn with matplotlib, which is imported when one is drawn."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.arrays import Array
from nnlayers.metrics import confusion_matrix as count_confusions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Chart", "confusion_matrix", "gradient_comparison", "image_grid", "learning_curves"]


class Chart(NamedTuple):
    """A chart that was drawn: ``chart.figure_.savefig("chart.png")``. Nothing is shown by itself."""

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
        What `Trainer.fit` returned, or any mapping of names to one value per epoch.
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


def _largest(images: Array) -> float:
    return float(images.max(initial=0)) or 1.0


def _pyplot() -> Any:
    import matplotlib.pyplot

    return matplotlib.pyplot


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
