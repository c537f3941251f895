"""The chart of the learning-rate finder."""

from typing import Any

from nnlayers.plots.chart import Chart, chart_of, label_axes, legend, one_axes

__all__ = ["learning_rate_curve"]


def learning_rate_curve(curve: Any, *, ax: Any = None) -> Chart:
    """Draw the loss against the learning rate, and the rate that is suggested.

    Losses that blew up are cut off at the top.

    Parameters
    ----------
    curve : LearningRateCurve
        What `nnlayers.find_learning_rate` returned.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Chart
        ``data`` is the curve.

    Examples
    --------
    >>> rates = np.geomspace(1e-3, 10, 30)
    >>> curve = nn.LearningRateCurve(rates, (np.log10(rates) + 0.5) ** 2 + 1, True)
    >>> nn.plots.learning_rate_curve(curve).ax_.get_title()
    'Learning rate: 0.03 is suggested'
    """
    ax = one_axes(ax, (6, 4), "learning_rate_curve")
    rates, smoothed, suggestion = curve.rates, curve.smoothed, curve.suggestion
    handles = ax.plot(rates, curve.losses, color="tab:blue", alpha=0.3)
    handles += ax.plot(rates, smoothed, color="tab:blue")
    names = ["one batch", "mean of five batches"]
    title = "Learning rate: none is suggested"
    if suggestion is not None:
        handles.append(ax.axvline(suggestion, color="tab:red", linestyle="--"))
        names.append("suggestion: a tenth of the rate with the least loss")
        title = f"Learning rate: {suggestion:.2g} is suggested"
    least, first = smoothed.min(), smoothed[: len(smoothed) // 10 + 1].max()
    margin = 0.2 * (first - least) or 0.1 * abs(first) or 1.0
    ax.set_ylim(least - margin, first + 3 * margin)
    ax.set_xscale("log")
    ax.grid(alpha=0.3)
    label_axes(ax, title=title, xlabel="learning rate (log scale)", ylabel="loss of a batch")
    legend(ax, handles, names)
    return chart_of(ax, curve)
