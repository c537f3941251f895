"""Charts of numbers: their distribution, and gradients beside finite differences."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.core.checks import Array, describe, host_array, whole_number
from nnlayers.core.conversion import check_real
from nnlayers.plots.chart import (
    Chart,
    as_text,
    chart_of,
    given_axes,
    label_axes,
    legend,
    new_axes,
    one_axes,
)

__all__ = ["gradient_comparison", "histogram"]


def histogram(
    values: Mapping[Any, ArrayLike],
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
        The title.
    bins : int
        How many there are, of one width, from the least number to the greatest; from half below to
        half above if these are equal, or too close to be told apart.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Chart
        ``data`` maps each name to the share of its numbers in each bin; they add up to 1.

    Raises
    ------
    ValueError, TypeError
        There is no array, or one is empty or not of finite real numbers.

    Examples
    --------
    >>> chart = nn.plots.histogram({"weights": nn.he_normal((50, 50), rng=0)}, xlabel="value", bins=10)
    >>> len(chart.data["weights"])
    10
    """
    bins = whole_number(bins, "bins", "histogram")
    if not hasattr(values, "items"):
        raise TypeError(
            f'histogram: expected a mapping of names to arrays, such as {{"weights": w}}, '
            f"got {describe(values)}"
        )
    arrays = {name: _finite(array, name) for name, array in values.items()}
    if not arrays:
        raise ValueError("histogram: expected at least one array, got none")
    ax = one_axes(ax, (6, 4), "histogram")
    largest = max(np.abs(array).max() for array in arrays.values())
    unit = 1e300 if largest > 1e300 else 1e-300 if 0 < largest < 1e-280 else 1.0  # as can be drawn
    if unit != 1:
        arrays = {name: array / unit for name, array in arrays.items()}
        xlabel = f"{as_text(xlabel)}, divided by {unit:g}"
    edges = _edges(arrays, bins)
    shares = {name: np.histogram(array, edges)[0] / array.size for name, array in arrays.items()}
    outlines = [ax.stairs(share, edges, fill=len(shares) == 1) for share in shares.values()]
    label_axes(ax, title=title, xlabel=xlabel, ylabel="share of the numbers")
    ax.grid(alpha=0.3)
    legend(ax, outlines, shares)
    return chart_of(ax, shares)


def _finite(array: Any, name: object) -> Array:
    """The numbers in float64, in a row."""
    array = np.ravel(host_array(array, f"histogram: {name!r}"))
    check_real(array, "histogram", repr(name))
    array = array.astype(np.float64)
    if array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"histogram: expected finite numbers in {name!r}, got {array}")
    return array


def _edges(arrays: Mapping[Any, Array], bins: int) -> Array:
    """The edges of the bins: all different, and far enough from each other to be drawn."""
    low = min(array.min() for array in arrays.values())
    high = max(array.max() for array in arrays.values())
    size = max(abs(low), abs(high))
    if high - low <= 4 * bins * np.spacing(size):
        middle, half = low / 2 + high / 2, max(0.5, 1e-6 * size)
        low, high = middle - half, middle + half
    return np.linspace(low, high, bins + 1)


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
    if not points:
        raise ValueError("gradient_comparison: expected at least one block, got none")
    axes = new_axes(len(points), (4, 4), columns=len(points)) if ax is None else None
    if axes is None:
        axes = given_axes(ax, "gradient_comparison")
        if len(axes) < len(points):
            raise ValueError(
                f"gradient_comparison: expected {len(points)} Axes, one for each block, got {len(axes)}"
            )
    for panel, (block, (backward, numeric, error)) in zip(axes, points.items(), strict=False):
        backward, numeric, error = (
            np.ravel(host_array(array, f"gradient_comparison: {block!r}"))
            for array in (backward, numeric, error)
        )
        bars = np.where(np.isfinite(error), error, 0)
        line = panel.axline((0, 0), slope=1, color="tab:gray", linewidth=1)
        dots = panel.errorbar(numeric, backward, xerr=bars, fmt="o", markersize=4)
        heading = f"{as_text(title)}: {as_text(block)}"
        label_axes(panel, title=heading, xlabel="finite difference", ylabel="backward")
        panel.grid(alpha=0.3)
        legend(panel, [line, dots], ["equal", "element"])
    return chart_of(axes, points)
