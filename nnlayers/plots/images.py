"""Images in a grid."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.core.checks import Array, host_array, whole_number
from nnlayers.data.checks import check_numbers
from nnlayers.plots.chart import PLAIN, Chart, as_text, chart_of, one_axes, texts_of

__all__ = ["image_grid"]


def image_grid(
    images: ArrayLike,
    *,
    titles: Sequence[object] | None = None,
    columns: int | None = None,
    title: object = None,
    ax: Any = None,
) -> Chart:
    """Draw images in a grid, dark ink on white, each with its title above.

    Parameters
    ----------
    images : array of shape (N, height, width) or (N, height, width, channels)
        Grey values, from 0 (white; the least, if it is negative) to the largest (black). With 3 or 4
        channels, colours: floats in [0, 1], or integers in 0 ... 255.
    titles : sequence, optional
        One for each image.
    columns : int, optional
        Images in a row; by default about as many as there are rows.
    title : optional
        The title of the whole.
    ax : Axes, optional
        Where to draw: the grid fills it.

    Returns
    -------
    Chart
        ``ax_`` is the Axes that holds the grid.

    Raises
    ------
    ValueError, TypeError
        The shape is another one, the pixels are not finite or not in their range, or there is not one
        title for each image.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> titles = [str(label) for label in y[:6]]
    >>> chart = nn.plots.image_grid(x[:6].reshape(-1, 8, 8), titles=titles, columns=3)
    >>> chart.data.shape
    (6, 8, 8)
    """
    from matplotlib.patches import Rectangle

    who = "image_grid"
    images = host_array(images, who)
    pixels, options = _pixels(images)
    if titles is not None:
        titles = texts_of(titles, len(images), who, "titles")
    if columns is None:
        columns = max(1, int(np.ceil(np.sqrt(len(images)))))
    columns = whole_number(columns, "columns", who)
    rows = max(1, -(-len(images) // columns))
    ax = one_axes(ax, (1.2 * columns, 1.4 * rows + 0.4), who)
    ax.axis("off")
    if title is not None:
        ax.set_title(as_text(title), **PLAIN)
    height, width = images.shape[1:3]
    lines = max((text.count("\n") + 1 for text in titles or ()), default=0)
    cell_height, cell_width = height * 1.1 + max(height, width) * 0.17 * lines, width * 1.1
    for index, image in enumerate(pixels):
        row, column = divmod(index, columns)
        left, bottom = column * cell_width, (rows - 1 - row) * cell_height
        ax.imshow(image, extent=(left, left + width, bottom, bottom + height), **options)
        ax.add_patch(Rectangle((left, bottom), width, height, fill=False, linewidth=0.8))
        if titles is not None:
            place = (left + width / 2, bottom + height)
            above = {"xytext": (0, 2), "textcoords": "offset points", "ha": "center", "va": "bottom"}
            ax.annotate(titles[index], place, fontsize="small", **above, **PLAIN)
    edge = 0.05 * min(height, width)
    ax.set(xlim=(-edge, columns * cell_width), ylim=(-edge, rows * cell_height), aspect="equal")
    return chart_of(ax, images)


def _pixels(images: Array) -> tuple[Array, dict[str, Any]]:
    """The pixels and the options for matplotlib: grey values, or colours.

    Raises
    ------
    ValueError, TypeError
        They are neither.
    """
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim not in (3, 4) or 0 in images.shape[1:]:
        raise ValueError(f"image_grid: expected images of shape (N, height, width), got {images.shape}")
    if images.ndim == 4 and images.shape[3] not in (3, 4):
        hint = ""
        if images.shape[1] in (1, 3, 4) and images.shape[1] < images.shape[2]:
            hint = ": move the channels to the end, with np.moveaxis(images, 1, -1)"
        raise ValueError(
            f"image_grid: expected images of shape (N, height, width, channels), with 1, 3 or 4 "
            f"channels, got {images.shape}{hint}"
        )
    if len(images):
        check_numbers(images, "images", "image_grid")
    low, high = images.min(initial=0), images.max(initial=0)
    pixels = images.astype(np.float64)
    if images.ndim == 3:
        return pixels, {"cmap": "gray_r", "vmin": float(low), "vmax": float(high) or 1.0}
    if images.dtype.kind in "iu":
        if low < 0 or high > 255:
            raise ValueError(
                f"image_grid: expected colours as integers in 0 ... 255, got {low} to {high}: "
                "bring them to floats in [0, 1]"
            )
        return images.astype(np.uint8), {}
    if low < -1e-3 or high > 1 + 1e-3:
        raise ValueError(
            f"image_grid: expected colours as floats in [0, 1], got {low:g} to {high:g}: divide bytes "
            "by 255"
        )
    return pixels.clip(0, 1), {}
