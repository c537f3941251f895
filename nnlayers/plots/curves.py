"""Learning curves."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, check_mask, describe
from nnlayers.plots.chart import Chart, as_text, chart_of, given_axes, label_axes, legend, new_axes

__all__ = ["learning_curves"]

LOSSES = ["loss", "val_loss", "penalty"]
SHORT_NAMES = {"auc": "AUC", "f1": "F1", "r2": "R²", "roc": "ROC"}


def learning_curves(history: Mapping[str, Sequence[float]], *, ax: Any = None) -> Chart:
    """Draw a training run: the losses and the L2 penalty in one panel, each metric in one more.

    An epoch whose figure is missing, NaN or infinite leaves a gap. The scale of the losses is
    logarithmic unless one is negative; a penalty that is always 0 is not drawn. A star in each panel
    marks the best epoch: that of the least validation loss, or of the least loss without one. The
    learning rate has a panel if it is known and changes.

    Parameters
    ----------
    history : History
        What `nnlayers.Trainer.fit` returned, or any mapping of names to one value per epoch. What
        begins with ``val_`` is the validation figure of the rest of its name.
    ax : Axes or sequence of Axes, optional
        Where to draw. A single one gets the losses; with several, the others get one metric each, and
        one more the learning rate.

    Returns
    -------
    Chart
        ``ax_`` is an array of Axes, unless a single one was given.

    Raises
    ------
    ValueError, TypeError
        It is not a history, or empty, its figures are not one number per epoch each or are masked, or
        several Axes are too few.

    Examples
    --------
    >>> chart = nn.plots.learning_curves({"loss": [1.0, 0.5], "accuracy": [0.7, 0.9]})
    >>> [ax.get_title() for ax in chart.ax_]
    ['Loss', 'Accuracy']
    """
    if not hasattr(history, "keys"):
        hint = ": give trainer.history" if hasattr(history, "history") else ""
        raise TypeError(
            "learning_curves: expected a mapping of names to one value per epoch each, such as "
            f"trainer.history, got {describe(history)}{hint}"
        )
    figures = {name: _figures(name, history[name]) for name in history}
    figures = {name: values for name, values in figures.items() if len(values)}
    if not figures:
        raise ValueError("learning_curves: the history is empty: fit first")
    if len({len(values) for values in figures.values()}) > 1:
        lengths = ", ".join(f"{len(values)} of {name!r}" for name, values in figures.items())
        raise ValueError(
            f"learning_curves: expected one value per epoch of each figure, got {lengths}: put NaN "
            "where an epoch has none"
        )
    panels = _panels(figures)
    rates = np.asarray(getattr(history, "learning_rates", ()), np.float64)
    changes = len(set(rates[np.isfinite(rates)].tolist())) > 1
    if ax is None:
        count = len(panels) + changes
        axes = new_axes(count, (4.2, 3.4), columns=min(count, 4))
    else:
        axes = given_axes(ax, "learning_curves")
        if 1 < len(axes) < len(panels):
            raise ValueError(
                f"learning_curves: expected {len(panels)} Axes, for {', '.join(panels)}, "
                f"got {len(axes)}"
            )
    best = best_epoch(figures)
    for panel, (title, curves) in zip(axes, panels.items(), strict=False):
        _draw_curves(panel, title, {name: figures[name] for name in curves}, best)
    if changes and len(axes) > len(panels):
        _draw_rates(axes[len(panels)], rates)
    one = ax is not None and np.ndim(np.asarray(ax, object)) == 0
    return chart_of(ax if one else axes, history)


def _figures(name: object, values: Any) -> Array:
    """The values as floats; None is NaN."""
    check_mask(values, "learning_curves", repr(name))
    try:
        figures = np.asarray(values, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"learning_curves: {name!r} is not one number per epoch: {error}") from error
    if figures.ndim != 1:
        raise ValueError(f"learning_curves: {name!r} is not one number per epoch, got {values!r}")
    return figures


def _panels(names: Mapping[Any, Array]) -> dict[str, list[Any]]:
    """The title of each panel, and the names of the figures in it."""

    def figure(name: Any) -> Any:
        """The figure that a validation figure is of; a metric may have a name that begins with val_."""
        is_own = not str(name).startswith("val_") or f"val_{name}" in names
        return name if is_own else name.removeprefix("val_")

    panels: dict[Any, list[Any]] = {}
    if not names.keys().isdisjoint(LOSSES):
        panels["loss"] = [name for name in LOSSES if name in names]
    for name in map(figure, names):
        if name not in LOSSES:
            panels[name] = [half for half in (name, f"val_{name}") if half in names]
    return panels


def best_epoch(figures: Mapping[Any, Any]) -> tuple[str, int] | None:
    """The loss that decides, ``val_loss`` or ``loss``, and the epoch in which it is least."""
    for name in ("val_loss", "loss"):
        if name in figures:
            values = np.asarray(figures[name], np.float64)
            if np.isfinite(values).any():
                return name, int(np.where(np.isfinite(values), values, np.inf).argmin()) + 1
    return None


def _draw_curves(
    ax: Any, title: Any, curves: Mapping[Any, Array], best: tuple[str, int] | None
) -> None:
    labels = {title: "training", f"val_{title}": "validation"}
    labels["penalty"] = "L2 penalty (not in the loss)"
    curves, unit = _in_a_unit(curves)
    finite = {name: values[np.isfinite(values)] for name, values in curves.items()}
    shown = [name for name in curves if name != "penalty" or finite[name].any() or len(curves) == 1]
    lines = []
    for name in shown:
        values = np.where(np.isfinite(curves[name]), curves[name], np.nan)
        gaps = np.isnan(np.concatenate([[np.nan], values, [np.nan]]))
        alone = np.flatnonzero(~gaps[1:-1] & gaps[:-2] & gaps[2:])
        style: dict[str, Any] = {"color": "tab:gray", "linestyle": "--"} if name == "penalty" else {}
        if len(alone):
            style |= {"marker": "o", "markevery": list(alone)}
        lines += ax.plot(range(1, len(values) + 1), values, **style)
        lines[-1].set_label(labels[name])
    drawn = np.concatenate([finite[name] for name in shown])
    text = as_text(title)
    heading = words = text
    if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", text):  # plain words, such as mean_absolute_error
        words = " ".join(SHORT_NAMES.get(word, word) for word in text.split("_"))
        heading = words[0].upper() + words[1:]
    label_axes(ax, title=heading, xlabel="epoch", ylabel=f"{words}{unit}")
    has_zero, most = (drawn == 0).any(), drawn.max(initial=0)
    if title == "loss" and most > (1e-280 if has_zero else 0) and not (drawn < 0).any():
        least = drawn[drawn > 0].min()
        options = {"linthresh": max(least, 1e-12 * most)} if has_zero else {}
        ax.set_yscale("symlog" if options else "log", **options)  # only the former can show a 0
        ax.set_ylabel(f"loss{unit} (log scale)")
    epochs = len(curves[shown[0]])
    if len(drawn) < 2:
        ax.set_xlim(0.5, epochs + 0.5)
    if not len(drawn):
        ax.text(0.5, 0.5, "no finite value", ha="center", va="center", transform=ax.transAxes)
    _count_epochs(ax)
    names = [labels[name] for name in shown]
    if star := _draw_star(ax, curves, best):
        lines.append(star)
        kind = "validation loss" if best and best[0] == "val_loss" else "loss"
        names.append(f"least {kind}: epoch {best[1] if best else 0}")
        star.set_label(names[-1])  # so that a legend that is drawn anew has it
    legend(ax, lines, names, points=epochs)


def _draw_star(ax: Any, curves: Mapping[Any, Array], best: tuple[str, int] | None) -> Any:
    """Mark the best epoch on the validation curve of a panel, or on that of the training."""
    if best is None or len(next(iter(curves.values()))) == 1:
        return None
    names = sorted((n for n in curves if n != "penalty"), key=lambda n: not str(n).startswith("val_"))
    for name in names:
        value = curves[name][best[1] - 1]
        if np.isfinite(value):
            return ax.scatter([best[1]], [value], marker="*", s=120, color="black", zorder=3)
    return None


def _draw_rates(ax: Any, rates: Array) -> None:
    ax.plot(range(1, len(rates) + 1), rates, color="tab:gray")
    label_axes(
        ax, title="Learning rate", xlabel="epoch", ylabel="learning rate at the end of the epoch"
    )
    ax.set_ylim(bottom=0)
    _count_epochs(ax)


def _count_epochs(ax: Any) -> None:
    """Ticks at whole numbers, and a grid."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
    ax.grid(alpha=0.3)


def _in_a_unit(curves: Mapping[Any, Array]) -> tuple[Mapping[Any, Array], str]:
    """The curves, divided if matplotlib's axes would overflow; and the words that say so."""
    largest = max(np.abs(values[np.isfinite(values)]).max(initial=0) for values in curves.values())
    if largest < 1e200:
        return curves, ""
    return {name: values / 1e100 for name, values in curves.items()}, ", divided by 1e+100"
