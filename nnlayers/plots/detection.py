"""Charts of all thresholds: the ROC curve, and the precision-recall curve."""

from collections.abc import Callable, Sequence
from typing import Any

from nnlayers.metrics import UndefinedMetric, average_precision, roc_auc
from nnlayers.metrics import precision_recall_curve as precision_and_recall
from nnlayers.metrics import roc_curve as roc_points
from nnlayers.metrics.binary_tasks import binary_tasks
from nnlayers.plots.chart import Chart, chart_of, label_axes, legend, one_axes, texts_of

__all__ = ["precision_recall_curve", "roc_curve"]

Found = dict[int, tuple[str, Any, float]]
"""For each class its name, the points of its curve, and the figure that sums it up."""


def roc_curve(
    prediction: Any,
    target: Any,
    weights: Any = None,
    *,
    of_class: int | None = None,
    class_names: Sequence[object] | None = None,
    ax: Any = None,
) -> Chart:
    """Draw the ROC curve: the share of the positives that is found, over that of false alarms.

    Of several classes, or labels, each has a curve, against the rest; of two classes it is that of
    class 1. The legend has the area under each curve, `nnlayers.roc_auc`.

    Parameters
    ----------
    prediction, target, weights : array
        As for `nnlayers.roc_curve`.
    of_class : int, optional
        Draw the curve of this class, or label, only.
    class_names : sequence, optional
        The names of all classes, or labels, in their order; by default "class 0", "class 1", ...
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Chart
        ``data`` maps the number of each class to its `nnlayers.RocCurve`. A class that has no samples,
        or all of them, has no curve and is left out.

    Raises
    ------
    UndefinedMetric
        There are no positive samples, or only these; of several classes, if that holds for each.
    ValueError, TypeError
        As for `nnlayers.roc_curve`; or there is another number of names than classes.

    Examples
    --------
    >>> chart = nn.plots.roc_curve(np.array([-2.0, 0.5, -0.5, 3.0]), np.array([0, 0, 1, 1]))
    >>> chart.data[0].true_positive_rate
    array([0. , 0.5, 0.5, 1. , 1. ])
    """
    found = _curves(
        "roc_curve", roc_points, roc_auc, prediction, target, weights, of_class, class_names
    )
    ax = one_axes(ax, (5.5, 5), "roc_curve")
    handles, names = [], []
    for name, curve, area in found.values():
        handles += ax.plot(curve.false_positive_rate, curve.true_positive_rate)
        names.append(f"{name}: area {area:.3f}")
    handles += ax.plot([0, 1], [0, 1], color="tab:gray", linestyle="--")
    names.append("scores at random: area 0.5")
    label_axes(
        ax,
        title="ROC curve",
        xlabel="false positive rate: share of all negatives",
        ylabel="true positive rate: share of all positives",
    )
    return _finished(ax, handles, names, found)


def precision_recall_curve(
    prediction: Any,
    target: Any,
    weights: Any = None,
    *,
    of_class: int | None = None,
    class_names: Sequence[object] | None = None,
    ax: Any = None,
) -> Chart:
    """Draw precision over recall: how much of what is found is right, over how much is found.

    The legend has the average precision of each class, `nnlayers.average_precision`. A dashed line is
    the share of positive samples, if there is one curve: scores at random have about this precision.

    Parameters
    ----------
    prediction, target, weights, of_class, class_names, ax
        As for `roc_curve`.

    Returns
    -------
    Chart
        ``data`` maps the number of each class to its `nnlayers.PrecisionRecallCurve`. A class without
        samples has no curve and is left out.

    Raises
    ------
    UndefinedMetric
        There are no positive samples.
    ValueError, TypeError
        As for `nnlayers.roc_curve`; or there is another number of names than classes.

    Examples
    --------
    >>> chart = nn.plots.precision_recall_curve(np.array([-2.0, 0.5, -0.5]), np.array([0, 0, 1]))
    >>> chart.ax_.get_xlabel()
    'recall: share of all positives that is found'
    """
    who = "precision_recall_curve"
    found = _curves(
        who, precision_and_recall, average_precision, prediction, target, weights, of_class, class_names
    )
    ax = one_axes(ax, (5.5, 5), who)
    handles, names = [], []
    for name, curve, mean in found.values():
        handles += ax.step(curve.recall, curve.precision, where="pre")
        names.append(f"{name}: average precision {mean:.3f}")
    if len(found) == 1:
        (share,) = [curve.precision[-1] for _, curve, _ in found.values()]  # where all is found
        handles.append(ax.axhline(share, color="tab:gray", linestyle="--"))
        names.append(f"scores at random: about {share:.3f}")
    label_axes(
        ax,
        title="Precision and recall",
        xlabel="recall: share of all positives that is found",
        ylabel="precision: share of what is found that is positive",
    )
    return _finished(ax, handles, names, found)


def _curves(
    who: str,
    points: Callable[..., Any],
    figure: Callable[..., float],
    prediction: Any,
    target: Any,
    weights: Any,
    of_class: int | None,
    class_names: Any,
) -> Found:
    """The curves of all classes, or of one; those without a curve are left out, unless all are."""
    tasks = binary_tasks(who, prediction, target, weights)
    count, noun = tasks.columns, tasks.noun
    if class_names is None:
        names = ["scores"] if count == 1 else [f"{noun} {index}" for index in range(count)]
    else:
        names = texts_of(class_names, count, who, "class names")
    chosen = [of_class]
    if of_class is None and (count > 2 or (count == 2 and noun == "label")):
        chosen = list(range(count))
    found: Found = {}
    reason = UndefinedMetric(who)
    for index in chosen:
        try:
            curve = points(prediction, target, weights, of_class=index)
        except UndefinedMetric as error:
            reason = error
            continue
        place = count - 1 if index is None else index
        found[place] = names[place], curve, figure(prediction, target, weights, of_class=place)
    if not found:
        raise reason
    return found


def _finished(ax: Any, handles: list[Any], names: list[str], found: Found) -> Chart:
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    ax.grid(alpha=0.3)
    legend(ax, handles, names)
    return chart_of(ax, {index: curve for index, (_, curve, _) in found.items()})
