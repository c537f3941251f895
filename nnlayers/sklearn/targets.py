"""What an estimator predicts: a class, several labels, or numbers; as targets of a network and back."""

from typing import Any, ClassVar

import numpy as np
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from nnlayers.core.checks import Array
from nnlayers.losses.base import Loss
from nnlayers.losses.binary import SigmoidBinaryCrossEntropy
from nnlayers.losses.classification import SoftmaxCrossEntropy
from nnlayers.losses.regression import MeanSquaredError


class Targets:
    """Base: what a network has to learn.

    Attributes
    ----------
    outputs : int
        The outputs that it takes.
    """

    loss: ClassVar[type[Loss]]
    in_words: ClassVar[str]
    """What there is one output for."""
    outputs: int
    classes: Any = None

    def encode(self, y: Array, who: str) -> Array:
        """The targets of the network."""
        raise NotImplementedError

    def decode(self, z: Array) -> Array:
        """What is predicted, from the outputs of the network."""
        raise NotImplementedError


class OneClass(Targets):
    """One of several classes, which may have any names."""

    loss = SoftmaxCrossEntropy
    in_words = "class"

    def __init__(self, classes: Array, who: str) -> None:
        self.classes = np.unique(classes)
        self.outputs = len(self.classes)
        if self.outputs < 2:
            only = self.classes.tolist()[0]
            raise ValueError(f"{who}: expected at least two classes, got one class, {only!r}")

    def encode(self, y: Array, who: str) -> Array:
        if type_of_target(y).startswith("multilabel"):
            raise ValueError(f"{who}: expected one class a sample, as before, got y of shape {y.shape}")
        y = column_or_1d(y, warn=True)
        index = {label: number for number, label in enumerate(self.classes.tolist())}
        numbers = np.array([index.get(label, -1) for label in y.tolist()])
        if numbers.min() < 0:
            row = int(numbers.argmin())
            raise ValueError(
                f"{who}: expected the classes {list(index)}, got {y.tolist()[row]!r} in row {row}: "
                "name all classes in the first partial_fit, or make a new estimator"
            )
        return numbers

    def decode(self, z: Array) -> Array:
        return self.classes[z.argmax(axis=1)]


class Labels(Targets):
    """Labels of which a sample may have several: a column of 0 and 1 for each."""

    loss = SigmoidBinaryCrossEntropy
    in_words = "label"

    def __init__(self, outputs: int) -> None:
        self.outputs = outputs
        self.classes = np.arange(outputs)

    def encode(self, y: Array, who: str) -> Array:
        others = set(y.ravel().tolist()) - {0, 1}
        if y.ndim != 2 or y.shape[1] != self.outputs or others:
            values = f", with values such as {others.pop()!r}" if others else ""
            raise ValueError(
                f"{who}: expected y with {self.outputs} columns of 0 and 1, one for each label, got "
                f"shape {y.shape}{values}"
            )
        return y.astype(bool)

    def decode(self, z: Array) -> Array:
        return (z > 0).astype(int)


class Numbers(Targets):
    """Numbers: one for each sample, or a row of them."""

    loss = MeanSquaredError
    in_words = "column of y"

    def __init__(self, y: Array) -> None:
        self.row = y.shape[1:]
        self.outputs = y.shape[1] if y.ndim > 1 else 1

    def encode(self, y: Array, who: str) -> Array:
        if y.size != len(y) * self.outputs:
            raise ValueError(f"{who}: expected y with {self.outputs} columns, got shape {y.shape}")
        return y.reshape(len(y), self.outputs)

    def decode(self, z: Array) -> Array:
        return z.reshape(len(z), *self.row)


def targets_of(y: Array, classes: Any, who: str, *, are_classes: bool) -> Targets:
    """What there is to learn from the first ``y``; ``classes`` may name more of them.

    Raises
    ------
    ValueError
        It is neither classes nor labels, or there is one class alone.
    """
    if not are_classes:
        return Numbers(y)
    kind = type_of_target(y)
    if kind == "unknown":
        texts = [item for item in y.flat if isinstance(item, str)]
        others = [item for item in y.flat if not isinstance(item, str)]
        found = " and ".join(repr(items[0]) for items in (texts, others) if items)
        numbers = "" if texts else ", np.array(y, int) numbers"
        raise ValueError(
            f"{who}: Unknown label type: expected classes that are all numbers or all texts, got "
            f"objects such as {found}: np.array(y, str) makes texts{numbers}"
        )
    check_classification_targets(y)
    if kind == "multiclass-multioutput":
        raise ValueError(
            f"{who}: expected a class for each sample, or columns of 0 and 1, got several columns of "
            f"classes, y of shape {y.shape}: sklearn.multioutput.MultiOutputClassifier fits one "
            "network for each column"
        )
    if kind == "multilabel-indicator":
        if classes is not None and not np.array_equal(np.unique(classes), np.arange(y.shape[1])):
            raise ValueError(
                f"{who}: expected the numbers of the labels as classes, np.arange({y.shape[1]}), for y "
                f"of shape {y.shape}, got {classes}"
            )
        return Labels(y.shape[1])
    return OneClass(y if classes is None else np.asarray(classes), who)


def targets_for(
    known: Targets | None, y: Array, classes: Any, who: str, *, are_classes: bool, partial: bool
) -> Targets:
    """What an estimator has to learn: what is known if it goes on, otherwise what ``y`` holds.

    Raises
    ------
    ValueError
        ``classes`` are missing, or are not those of before.
    """
    if known is None:
        targets = targets_of(y, classes, who, are_classes=are_classes)
        if partial and isinstance(targets, OneClass) and classes is None:
            raise ValueError(
                f"{who}.partial_fit: the first call needs classes, all that there will ever be: "
                "classes=np.unique(y) of all data"
            )
        return targets
    if classes is not None and not np.array_equal(np.unique(classes), known.classes):
        raise ValueError(
            f"{who}.partial_fit: expected the classes of before, {known.classes.tolist()}, got "
            f"{classes}"
        )
    return known
