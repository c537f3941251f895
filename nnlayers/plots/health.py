"""The health report, drawn."""

from typing import Any

import numpy as np

from nnlayers.plots.chart import (
    PLAIN,
    Chart,
    chart_of,
    given_axes,
    label_axes,
    legend,
    new_axes,
)

__all__ = ["training_health"]

SHOWN = 12  # names beside an axis
LABELLED = 20  # classes that each have a number below them
LEAST = 1e-8  # smaller updates are drawn here


def training_health(health: Any, *, ax: Any = None) -> Chart:
    """Draw what the health report measured: updates, dead units, and predicted classes.

    The first panel shows the size of single updates divided by that of the weight (its norm), on a log
    scale: a band marks what is usual. The second shows the share of units of each ReLU that are 0 for
    every row, at the start and at the end. The third shows how often each class is predicted, beside
    its share in the targets, for the rows that were looked at.

    Parameters
    ----------
    health : Health
        ``trainer.health`` after a fit.
    ax : Axes or sequence of Axes, optional
        One for each panel that there is.

    Returns
    -------
    Chart
        ``ax_`` is an array of Axes: panels without measurements are left out.

    Raises
    ------
    ValueError
        Nothing was measured.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 32, rng=0), nn.ReLU(), nn.Dense(32, 10, rng=1))
    >>> optimizer = nn.SGD(model.parameters(), lr=0.1)
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    >>> history = trainer.fit(x, y, epochs=3, rng=0, progress=False)
    >>> [ax.get_title() for ax in trainer.health.plot().ax_]
    ['Size of an update', 'Dead units', 'Predicted classes']
    """
    panels = [
        draw
        for draw, data in (
            (_draw_updates, health.updates),
            (_draw_dead, health.dead),
            (_draw_classes, health.classes),
        )
        if data
    ]
    if not panels:
        raise ValueError("training_health: nothing was measured: fit first, with health=True")
    if ax is None:
        axes = new_axes(len(panels), (5, 4), columns=len(panels))
    else:
        axes = given_axes(ax, "training_health")
    for panel, draw in zip(axes, panels, strict=False):
        draw(panel, health)
    return chart_of(axes, health)


def _draw_updates(ax: Any, health: Any) -> None:
    steps = list(health.updates)
    paths = list(health.updates[steps[0]])[:SHOWN]
    handles = [ax.axhspan(1e-4, 1e-2, color="tab:green", alpha=0.12)]
    for path in paths:
        ratios = [max(health.updates[step].get(path, 0.0), LEAST) for step in steps]
        handles += ax.plot(steps, ratios, marker="o", linestyle=":")
    ax.set(xscale="log", yscale="log")
    ax.grid(alpha=0.3)
    label_axes(
        ax,
        title="Size of an update",
        xlabel="step (those that were measured)",
        ylabel="update / weight",
    )
    legend(ax, handles, ["usual", *paths])


def _draw_dead(ax: Any, health: Any) -> None:
    paths = list(health.dead)[:SHOWN]
    first, last = ([health.dead[path][place] for path in paths] for place in (0, -1))
    places = np.arange(len(paths))
    handles = [ax.barh(places - 0.2, first, 0.4), ax.barh(places + 0.2, last, 0.4)]
    ax.set_yticks(places, paths, **PLAIN)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.grid(alpha=0.3, axis="x")
    label_axes(ax, title="Dead units", xlabel="share that is 0 for every row", ylabel="")
    legend(ax, handles, ["at the start", "at the end"])


def _draw_classes(ax: Any, health: Any) -> None:
    true, predicted = health.classes
    places = np.arange(len(true))
    handles = [ax.bar(places - 0.2, true, 0.4), ax.bar(places + 0.2, predicted, 0.4)]
    if len(places) <= LABELLED:
        ax.set_xticks(places)
    else:
        ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(alpha=0.3, axis="y")
    label_axes(ax, title="Predicted classes", xlabel="class", ylabel="share of the rows looked at")
    legend(ax, handles, ["targets", "predictions"])
