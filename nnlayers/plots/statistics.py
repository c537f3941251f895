"""The statistics of layers over time, drawn."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nnlayers.plots.chart import Chart, chart_of, given_axes, label_axes, legend, new_axes

__all__ = ["layer_statistics"]

SHOWN = 12  # layers, or weights, in a panel


class Panel(NamedTuple):
    """What a panel shows: a column of a table of the statistics."""

    table: str
    column: str
    title: str
    label: str
    is_log: bool = False


PANELS = (
    Panel("outputs", "mean", "Outputs: mean", "mean of all elements"),
    Panel("outputs", "std", "Outputs: deviation", "standard deviation", is_log=True),
    Panel("outputs", "dead", "Dead units", "share that is 0 for every row"),
    Panel("weights", "gradient", "Gradients", "norm of the gradient", is_log=True),
    Panel("weights", "update", "Size of an update", "update / weight", is_log=True),
)


def layer_statistics(statistics: Any, *, ax: Any = None) -> Chart:
    """Draw what a LayerStatistics measured: outputs, dead units, gradients and updates, by layer.

    The colours go from dark for the first layer to bright for the last one. In a network of many
    layers, 12 of them are drawn, spread evenly. A band marks the usual size of an update.

    Parameters
    ----------
    statistics : LayerStatistics
        What was given to `nnlayers.Trainer.fit` as a callback.
    ax : sequence of Axes, optional
        One for each of the five panels.

    Returns
    -------
    Chart
        ``ax_`` is an array of Axes.

    Raises
    ------
    ValueError
        Nothing was measured, or there are too few Axes.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 32, rng=0), nn.ReLU(), nn.Dense(32, 10, rng=1))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> statistics = nn.LayerStatistics(x, every_steps=20)
    >>> history = trainer.fit(x, y, epochs=2, rng=0, progress=False, callbacks=[statistics])
    >>> [ax.get_title() for ax in statistics.plot().ax_]
    ['Outputs: mean', 'Outputs: deviation', 'Dead units', 'Gradients', 'Size of an update']
    """
    if not statistics.steps:
        raise ValueError(
            "layer_statistics: nothing was measured: give it to fit, callbacks=[statistics]"
        )
    if ax is None:
        axes = new_axes(len(PANELS), (5, 4), columns=3)
    else:
        axes = given_axes(ax, "layer_statistics")
        if len(axes) < len(PANELS):
            raise ValueError(
                f"layer_statistics: expected {len(PANELS)} Axes, one for each panel, got {len(axes)}"
            )
    for ax, panel in zip(axes, PANELS, strict=False):
        table = getattr(statistics, panel.table)
        kinds = statistics.kinds if panel.table == "outputs" else {}
        curves = {
            f"{path} {kinds.get(path, '')}".rstrip(): values[panel.column]
            for path, values in table.items()
        }
        label = panel.label + " (log scale)" * panel.is_log
        label_axes(ax, title=panel.title, xlabel="step", ylabel=label)
        _draw(ax, statistics.steps, curves, is_log=panel.is_log, has_band=panel.column == "update")
    axes[2].set_ylim(-0.02, 1.02)
    return chart_of(axes[: len(PANELS)], statistics)


def _draw(
    ax: Any,
    steps: Sequence[int],
    curves: Mapping[str, Sequence[float]],
    *,
    is_log: bool,
    has_band: bool,
) -> None:
    from matplotlib import colormaps

    places = np.linspace(0, len(curves) - 1, min(SHOWN, len(curves))).round().astype(int)
    paths = [list(curves)[place] for place in places]
    colors = colormaps["viridis"](np.linspace(0, 0.9, max(len(paths), 1)))
    handles, names = [], list(paths)
    if has_band:
        handles.append(ax.axhspan(1e-4, 1e-2, color="tab:green", alpha=0.12))
        names.insert(0, "usual")
    marker = "o" if len(steps) < 50 else ""
    for path, color in zip(paths, colors, strict=False):
        values = np.array(curves[path], np.float64)
        values[~np.isfinite(values)] = np.nan
        if is_log:
            values[values <= 0] = np.nan  # a log scale has no place for them
        handles += ax.plot(steps, values, color=color, marker=marker, markersize=3)
    if is_log:
        ax.set_yscale("log")
    ax.grid(alpha=0.3)
    if names:
        legend(ax, handles, names)
