"""Images in a grid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.core.checks import Array
from nnlayers.plots.chart import Chart, pyplot

__all__ = ["image_grid"]


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
        _, ax = pyplot().subplots(figsize=size, layout="constrained")
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
