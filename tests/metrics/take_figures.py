"""Writes figures.json: metrics of small data by scikit-learn 1.5 or later, which the tests do not need.

Run it from the root of the repository: ``python -m tests.metrics.take_figures``. All scores are
multiples of 1/16, so that they are the same numbers in float16, float32 and float64. Where scikit-learn
warns that a figure is ill-defined, there is null.
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
from sklearn import metrics as sk

FILE = Path(__file__).parent / "figures.json"
NAN = {"zero_division": np.nan}


def sixteenths(values):
    return np.round(16 * values) / 16


def plain(value):
    """A number, or a list, with None for NaN."""
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(item) for item in value]
    return None if math.isnan(value) else float(value)


def defined(function, *args, **options):
    """The figure, or NaN where scikit-learn warns or refuses."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return function(*args, **options)
        except (ValueError, sk._classification.UndefinedMetricWarning):
            return math.nan


def one_label(scores, target, weights):
    """The figures of one question; zeros in the target are negative, scores above 0 positive."""
    options = {"sample_weight": weights}
    predicted, both = scores > 0, 0 < np.average(target, weights=weights) < 1
    some = np.average(target, weights=weights) > 0
    figures = {
        "binary_accuracy": sk.accuracy_score(target, predicted, **options),
        "roc_auc": sk.roc_auc_score(target, scores, **options) if both else math.nan,
        "average_precision": sk.average_precision_score(target, scores, **options)
        if some
        else math.nan,
        "confusion_matrix": sk.confusion_matrix(target, predicted, labels=[0, 1], **options),
    }
    for name, function in DETECTION.items():
        figures[name] = function(target, predicted, **options, **NAN)
    if both:
        false, true, _ = sk.roc_curve(target, scores, drop_intermediate=False, **options)
        figures["roc_curve"] = [false, true]
    if some:
        precision, recall, thresholds = sk.precision_recall_curve(target, scores, **options)
        figures["precision_recall_curve"] = [precision[::-1], recall[::-1], thresholds[::-1]]
    return figures


DETECTION = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}


def several_labels(scores, target, weights):
    columns = [one_label(*column, weights) for column in zip(scores.T, target.T, strict=True)]
    names = [*DETECTION, "roc_auc", "average_precision"]
    return {f"{name} each": [column[name] for column in columns] for name in names}


def classes(scores, target, weights):
    options, predicted = {"sample_weight": weights}, scores.argmax(axis=1)
    everything = range(scores.shape[1])
    figures = {
        "accuracy": sk.accuracy_score(target, predicted, **options),
        "confusion_matrix": sk.confusion_matrix(target, predicted, labels=everything, **options),
        "f1": sk.f1_score(target, predicted, average="macro", **options),
        "recall": quietly(sk.balanced_accuracy_score, target, predicted, **options),
        "precision": defined(sk.precision_score, target, predicted, average="macro", **options),
    }
    for name, function in DETECTION.items():
        each = {"labels": everything, "average": None} | options | NAN
        figures[f"{name} each"] = function(target, predicted, **each)
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = np.round(p / p.sum(axis=1, keepdims=True), 12)  # equal ones are then equal
    rest = [one_label(p[:, k], (target == k).astype(int), weights) for k in everything]
    for name in ("roc_auc", "average_precision"):
        figures[f"{name} each"] = [one[name] for one in rest]
    if scores.shape[1] > 2:
        ranked = {"k": 2, "labels": everything} | options
        figures["top_2_accuracy"] = sk.top_k_accuracy_score(target, scores, **ranked)
    return figures


def quietly(function, *args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **options)


def numbers(prediction, target, weights):
    options = {"sample_weight": weights}
    columns = zip(prediction.reshape(len(target), -1).T, target.reshape(len(target), -1).T, strict=True)
    r2 = [
        math.nan if np.ptp(t[slice(None) if weights is None else weights > 0]) == 0
        else sk.r2_score(t, y, **options)
        for y, t in columns
    ]  # fmt: skip
    return {
        "r2 each": r2,
        "mean_absolute_error": sk.mean_absolute_error(target, prediction, **options),
        "root_mean_squared_error": math.sqrt(sk.mean_squared_error(target, prediction, **options)),
    }


def cases():
    """Names, functions that take the figures, predictions, targets and weights."""
    rng = np.random.default_rng(0)
    z, y = sixteenths(rng.normal(0, 2, 12)), rng.integers(0, 2, 12)
    w = sixteenths(rng.uniform(0, 3, 12))
    holes = np.where(np.arange(12) % 3 == 1, 0, w)
    yield "one label", one_label, z, y, None
    yield "one label, weights", one_label, z, y, w
    yield "one label, weights of 0", one_label, z, y, holes
    yield "one label, ties", one_label, np.round(z / 2), y, None
    yield "one label, ties and weights", one_label, np.round(z / 2), y, holes
    yield "one label, equal scores", one_label, np.ones(12), y, None
    yield "one label, equal scores, none above 0", one_label, np.zeros(12), y, w
    yield "one label, no positive", one_label, z, 0 * y, None
    yield "one label, no negative", one_label, z, 0 * y + 1, None
    yield "one label, no positive of any weight", one_label, z, y, np.where(y == 1, 0, 1.0)
    yield "one label, none predicted", one_label, -np.abs(z), y, None
    yield "one label, nothing at all", one_label, -np.abs(z), 0 * y, None
    yield "one label, in order", one_label, np.where(y, 2.0, -2.0), y, None
    yield "one label, the wrong way round", one_label, np.where(y, -2.0, 2.0), y, None
    yield "one label, one positive sample", one_label, np.array([0.5]), np.array([1]), None
    yield "one label, one negative sample", one_label, np.array([0.5]), np.array([0]), None
    labels = rng.integers(0, 2, (12, 3))
    several = sixteenths(rng.normal(0, 2, (12, 3)))
    yield "labels", several_labels, several, labels, None
    yield "labels, weights", several_labels, several, labels, holes
    yield "labels, one without a positive", several_labels, several, labels * [1, 0, 1], None
    yield "labels, one that never is", several_labels, several - [0, 9, 0], labels * [1, 0, 1], None
    scores, true = sixteenths(rng.normal(0, 2, (12, 4))), rng.integers(0, 4, 12)
    yield "classes", classes, scores, true, None
    yield "classes, weights", classes, scores, true, w
    yield "classes, weights of 0", classes, scores, true, holes
    yield "classes, one without a sample", classes, scores, np.where(true == 2, 1, true), None
    yield "classes, one never predicted", classes, scores - [0, 0, 20, 0], true, None
    both = np.where(true == 2, 1, true)
    yield "classes, one that never is", classes, scores - [0, 0, 20, 0], both, None
    yield "classes, equal scores", classes, np.zeros((12, 2)), y, None
    yield "classes, two", classes, scores[:, :2], y, w
    yield "classes, all right", classes, 3 * np.eye(4)[true], true, None
    yield "classes, one sample", classes, scores[:1], true[:1], None
    t, errors = sixteenths(rng.normal(0, 2, (12, 2))), sixteenths(rng.normal(0, 1, (12, 2)))
    yield "numbers", numbers, (t + errors)[:, 0], t[:, 0], None
    yield "numbers, weights of 0", numbers, (t + errors)[:, 0], t[:, 0], holes
    yield "numbers, two outputs", numbers, t + errors, t, None
    yield "numbers, two outputs, weights", numbers, t + errors, t, w
    yield "numbers, one output constant", numbers, t + errors, t * [1, 0], None
    yield "numbers, constant", numbers, errors, 0 * t + 3, None
    yield "numbers, constant where weights are", numbers, errors[:, 0], 1 / np.where(holes, 4, 8), holes
    yield "numbers, exact", numbers, t, t, None
    yield "numbers, one sample", numbers, t[:1] + 1, t[:1], None
    yield "numbers, far from 0", numbers, 1000 + 4 * np.round(errors), 1000 + 4 * np.round(t), None


def main():
    found = {}
    for name, function, prediction, target, weights in cases():
        figures = {key: plain(value) for key, value in function(prediction, target, weights).items()}
        given = {"prediction": prediction, "target": target, "weights": weights}
        found[name] = {key: None if v is None else v.tolist() for key, v in given.items()}
        found[name]["figures"] = figures
    lines = (f"{json.dumps(name)}: {json.dumps(case)}" for name, case in found.items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
