"""Metrics against figures of scikit-learn; take_figures.py wrote them."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn

CASES = json.loads((Path(__file__).parent / "figures.json").read_text(encoding="utf-8"))
PAIRS = [(case, figure) for case, content in CASES.items() for figure in content["figures"]]
METRICS = {
    **nn.metrics.BY_NAME,
    **{
        f"{name} each": partial(nn.metrics.BY_NAME[name], average=None)
        for name in ("precision", "recall", "f1", "roc_auc", "average_precision")
    },
    "confusion_matrix": nn.confusion_matrix,
    "precision_recall_curve": nn.precision_recall_curve,
    "roc_curve": nn.roc_curve,
    "top_2_accuracy": nn.top_k_accuracy(2),
}


def data(case, dtype=np.float64):
    """The prediction, the target and the weights of a case."""
    content = CASES[case]
    weights = None if content["weights"] is None else np.array(content["weights"])
    return np.array(content["prediction"]).astype(dtype), np.array(content["target"]), weights


def assert_close(found, expected):
    np.testing.assert_allclose(found, np.array(expected, float), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, ">f4"])
@pytest.mark.parametrize(("case", "figure"), PAIRS)
def test_the_figures_are_those_of_scikit_learn(case, figure, dtype):
    expected, arguments = CASES[case]["figures"][figure], data(case, dtype)
    if figure == "r2 each":
        one_by_one = zip(*(np.reshape(part, (len(part), -1)).T for part in arguments[:2]), strict=True)
        for (y, t), value in zip(one_by_one, expected, strict=True):
            assert_figure(nn.r2, value, y, t, arguments[2])
        assert_figure(nn.r2, mean_of_some(expected), *arguments)
    elif figure.endswith("_curve"):
        curve = METRICS[figure](*arguments)
        assert_close(curve[:2], expected[:2])
        if figure == "precision_recall_curve":
            assert_close(curve.thresholds[:-1], expected[2])
    elif figure.endswith(" each"):
        each = None if all(value is None for value in expected) else expected
        assert_figure(METRICS[figure], each, *arguments)
        for index, value in enumerate(expected):
            assert_figure(METRICS[figure.split()[0]], value, *arguments, of_class=index)
    else:
        assert_figure(METRICS[figure], expected, *arguments)


def assert_figure(metric, expected, *arguments, **options):
    if expected is None:
        with pytest.raises(nn.UndefinedMetric):
            metric(*arguments, **options)
    else:
        assert_close(metric(*arguments, **options), expected)


def mean_of_some(values):
    """The mean of the values that there are."""
    some = [value for value in values if value is not None]
    return np.mean(some) if some else None


@pytest.mark.parametrize(
    ("case", "name"),
    [
        (case, name)
        for case in CASES
        for name in ("recall", "f1", "roc_auc", "average_precision")
        if f"{name} each" in CASES[case]["figures"]
    ],
)
def test_the_mean_is_over_the_classes_that_have_a_figure(case, name):
    each = CASES[case]["figures"][f"{name} each"]
    assert_figure(METRICS[name], mean_of_some(each), *data(case))


@pytest.mark.parametrize("case", [case for case in CASES if "roc_curve" in CASES[case]["figures"]])
def test_each_point_of_a_curve_is_what_its_threshold_gives(case):
    prediction, target, weights = data(case)
    roc = nn.roc_curve(prediction, target, weights)
    precisions = nn.precision_recall_curve(prediction, target, weights)
    assert_close(precisions.thresholds, roc.thresholds)
    for i, threshold in enumerate(roc.thresholds):
        (tn, fp), (fn, tp) = nn.confusion_matrix(prediction, target, weights, threshold=threshold)
        assert_close(roc.false_positive_rate[i], fp / (tn + fp))
        assert_close(roc.true_positive_rate[i], tp / (tp + fn))
        assert_close(nn.recall(prediction, target, weights, threshold=threshold), precisions.recall[i])
        if i:
            found = nn.precision(prediction, target, weights, threshold=threshold)
            assert_close(found, precisions.precision[i])
    assert_close(nn.roc_auc(prediction, target, weights), np.trapezoid(roc[1], roc[0]))


@pytest.mark.parametrize("of_class", range(3))
@pytest.mark.parametrize("case", ["classes, weights", "labels, weights"])
def test_the_curves_of_a_class_are_those_of_its_figures(case, of_class):
    roc = nn.roc_curve(*data(case), of_class=of_class)
    assert_close(nn.roc_auc(*data(case), of_class=of_class), np.trapezoid(roc[1], roc[0]))
    precisions, recalls, _ = nn.precision_recall_curve(*data(case), of_class=of_class)
    found = nn.average_precision(*data(case), of_class=of_class)
    assert_close(found, (np.diff(recalls) * precisions[1:]).sum())


def test_a_metric_that_is_called_without_data_says_how_a_trainer_takes_it():
    with pytest.raises(TypeError, match=r"metrics=\[functools\.partial\(nn\.f1, average='macro'\)\]"):
        nn.metrics.f1(average="macro")
    with pytest.raises(TypeError, match=r"expected a prediction .* metrics=\[nn\.accuracy\]"):
        nn.accuracy()
    with pytest.raises(TypeError, match=r"confusion_matrix: expected a prediction and a target$"):
        nn.confusion_matrix(threshold=1.0)  # not one for a Trainer
    with pytest.raises(TypeError, match="f1 has no argument 'averag': did you mean average"):
        nn.f1(averag="macro")
