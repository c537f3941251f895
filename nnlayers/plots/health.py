"""The health of a training, drawn."""

from typing import Any

import numpy as np

from nnlayers.plots.chart import Chart, pyplot

__all__ = ["training_health"]

SHOWN = 12  # names beside an axis
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
        _, ax = pyplot().subplots(
            1, len(panels), figsize=(5 * len(panels), 4), layout="constrained", squeeze=False
        )
    axes = np.ravel(ax)
    for panel, draw in zip(axes, panels, strict=False):
        draw(panel, health)
    return Chart(axes, axes[0].figure, health)


def _draw_updates(ax: Any, health: Any) -> None:
    steps = list(health.updates)
    paths = list(health.updates[steps[0]])
    ax.axhspan(1e-4, 1e-2, color="tab:green", alpha=0.12, label="usual")
    for path in paths[:SHOWN]:
        ratios = [max(health.updates[step].get(path, 0.0), LEAST) for step in steps]
        ax.plot(steps, ratios, marker="o", label=path)
    ax.set(xscale="log", yscale="log", title="Size of an update", xlabel="step")
    ax.set(ylabel="update / weight")
    ax.grid(alpha=0.3)
    ax.legend(fontsize="small")


def _draw_dead(ax: Any, health: Any) -> None:
    paths = list(health.dead)[:SHOWN]
    places = np.arange(len(paths))
    ax.barh(places - 0.2, [health.dead[path][0] for path in paths], 0.4, label="at the start")
    ax.barh(places + 0.2, [health.dead[path][-1] for path in paths], 0.4, label="at the end")
    ax.set_yticks(places, paths)
    ax.invert_yaxis()
    ax.set(title="Dead units", xlabel="share that is 0 for every row", xlim=(0, 1))
    ax.grid(alpha=0.3, axis="x")
    ax.legend(fontsize="small")


def _draw_classes(ax: Any, health: Any) -> None:
    if health.classes is None:
        return
    true, predicted = health.classes
    places = np.arange(len(true))
    ax.bar(places - 0.2, true, 0.4, label="targets")
    ax.bar(places + 0.2, predicted, 0.4, label="predictions")
    ax.set(title="Predicted classes", xlabel="class", ylabel="share")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(alpha=0.3, axis="y")
    ax.legend(fontsize="small")
