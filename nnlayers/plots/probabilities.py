"""The calibration of probabilities: whether predictions of 80 % are right in 80 % of the cases."""

from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array, whole_number
from nnlayers.losses.binary import sigmoid
from nnlayers.losses.classification import softmax
from nnlayers.metrics.averages import check_average
from nnlayers.metrics.classes import Logits, scores_or_logits
from nnlayers.plots.chart import Chart, chart_of, given_axes, label_axes, legend, new_axes

__all__ = ["Calibration", "calibration"]


class Calibration(NamedTuple):
    """The numbers of a calibration chart; bins without a sample are left out of the first two.

    Examples
    --------
    >>> logits, target = np.array([-2.0, -2.0, 2.0, 2.0]), np.array([0, 0, 1, 0])
    >>> found = nn.plots.calibration(logits, target, bins=2).data
    >>> print(round(found.error, 3), (found.observed - found.predicted).round(2))
    0.25 [-0.12 -0.38]
    """

    predicted: Array
    """The mean predicted probability in each bin."""
    observed: Array
    """The share that was right, or positive, in each bin."""
    counts: Array
    """The number of samples, or their weights, in all bins."""
    edges: Array
    """The edges of all bins, from 0 to 1."""
    error: float
    """The expected calibration error: the mean distance of both, weighted by the counts."""


def calibration(
    prediction: Any,
    target: Any,
    weights: Any = None,
    *,
    of_class: int | None = None,
    bins: int = 10,
    ax: Any = None,
) -> Chart:
    """Draw how probabilities agree with what happens, and how many samples there are of each.

    Predictions are logits, as losses take them. Of several classes it is the probability (softmax) of
    the predicted class, and whether that is right; of two classes that of class 1. Logits with a target
    of their shape are labels, each by itself (sigmoid), and all of them are drawn together.

    Parameters
    ----------
    prediction, target, weights : array
        As for `nnlayers.roc_curve`.
    of_class : int, optional
        Draw the probability of this class, or label, only.
    bins : int
        How many there are, of one width.
    ax : Axes or two Axes, optional
        Where to draw; a single one gets the probabilities without the counts.

    Returns
    -------
    Chart
        ``data`` is a `Calibration`.

    Raises
    ------
    UndefinedMetric
        All weights are 0.
    ValueError, TypeError
        A score is not a number; a shape, a dtype, a label or an option does not fit.

    Notes
    -----
    Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.

    Examples
    --------
    >>> chart = nn.plots.calibration(np.array([-2.0, -2.0, 2.0, 2.0]), np.array([0, 0, 1, 0]), bins=2)
    >>> chart.data.predicted.round(2), chart.data.observed, chart.data.counts
    (array([0.12, 0.88]), array([0. , 0.5]), array([2., 2.]))
    """
    who = "calibration"
    bins = whole_number(bins, "bins", who)
    p, right, weight, kind = _outcomes(who, prediction, target, weights, of_class)
    if not np.isfinite(p).all():
        raise ValueError(f"{who}: expected scores that are numbers, got NaN or infinite ones")
    found = _binned(p, right, np.ones(len(p)) if weight is None else weight, bins)
    axes = new_axes(2, (5, 3.5)) if ax is None else given_axes(ax, who)
    _draw(axes[0], found, kind)
    if len(axes) > 1:
        _draw_counts(axes[1], found, is_weighted=weight is not None)
    one = ax is not None and np.ndim(np.asarray(ax, object)) == 0
    return chart_of(axes[0] if one else axes[:2], found)


def _outcomes(
    who: str, prediction: Any, target: Any, weights: Any, of_class: int | None
) -> tuple[Array, Array, Array | None, tuple[str, str]]:
    """Probabilities, whether they came true, weights above 0, and words for both."""
    found = scores_or_logits(who, prediction, target, weights)
    scores, true, given = found
    count = scores.shape[1]
    of_class = check_average(None, of_class, count, who)
    with np.errstate(invalid="ignore", over="ignore"):
        if isinstance(found, Logits):
            columns = slice(None) if of_class is None else [of_class]
            p, right = sigmoid(scores)[:, columns].ravel(), true[:, columns].ravel()
            given = None if given is None else given[:, columns].ravel()
            words = "predicted probability", "share that is positive"
        elif of_class is None and count > 2:
            p, right = softmax(scores).max(axis=1), scores.argmax(axis=1) == true
            words = "probability of the predicted class", "share that is right"
        else:
            index = 1 if of_class is None else of_class
            p, right = softmax(scores)[:, index], true == index
            words = f"predicted probability of class {index}", f"share of class {index}"
    if given is not None:
        counts = given > 0
        p, right, given = p[counts], right[counts], given[counts]
    return p.astype(np.float64), right, given, words


def _binned(p: Array, right: Array, weight: Array, bins: int) -> Calibration:
    places = np.minimum((p * bins).astype(int), bins - 1)
    counts = np.bincount(places, weight, bins)
    some = counts > 0
    predicted = np.bincount(places, weight * p, bins)[some] / counts[some]
    observed = np.bincount(places, weight * right, bins)[some] / counts[some]
    error = float((counts[some] * np.abs(predicted - observed)).sum() / counts.sum())
    return Calibration(predicted, observed, counts, np.linspace(0, 1, bins + 1), error)


def _draw(ax: Any, found: Calibration, words: tuple[str, str]) -> None:
    (diagonal,) = ax.plot([0, 1], [0, 1], color="tab:gray", linestyle="--")
    (line,) = ax.plot(found.predicted, found.observed, marker="o")
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    ax.grid(alpha=0.3)
    title = f"Calibration: mean error {found.error:.3f}"
    label_axes(ax, title=title, xlabel=words[0], ylabel=words[1])
    legend(ax, [line, diagonal], ["predictions, bin by bin", "probabilities that are exact"])


def _draw_counts(ax: Any, found: Calibration, *, is_weighted: bool) -> None:
    ax.stairs(found.counts, found.edges, fill=True, alpha=0.7)
    ax.set_xlim(-0.02, 1.02)
    ax.grid(alpha=0.3)
    label = "sum of the weights" if is_weighted else "samples"
    label_axes(ax, title="How many there are of each", xlabel="probability", ylabel=label)
