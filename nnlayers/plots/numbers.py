"""Charts of numbers: their distribution, and gradients beside finite differences."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.core.checks import Array, as_array
from nnlayers.plots.chart import Chart, pyplot

__all__ = ["gradient_comparison", "histogram"]


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
    arrays = {
        name: np.ravel(as_array(array, f"histogram: {name}")).astype(np.float64)
        for name, array in values.items()
    }
    if not arrays:
        raise ValueError("histogram: expected at least one array, got none")
    for name, array in arrays.items():
        if array.size == 0 or not np.isfinite(array).all():
            raise ValueError(f"histogram: expected finite numbers in {name!r}, got {array}")
    if ax is None:
        _, ax = pyplot().subplots(figsize=(6, 4), layout="constrained")
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
        _, ax = pyplot().subplots(
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
