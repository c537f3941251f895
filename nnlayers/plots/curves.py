"""Learning curves."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnlayers.plots.chart import Chart, pyplot

__all__ = ["learning_curves"]


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
        _, axes = pyplot().subplots(1, len(panels), figsize=(5 * len(panels), 4), layout="constrained")
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
