"""The layers that make the outputs of a model, and what they do to numbers of any size."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnlayers.core import tree
from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in
from nnlayers.losses.base import Loss
from nnlayers.losses.binary import SigmoidBinaryCrossEntropy
from nnlayers.losses.classification import SoftmaxCrossEntropy

ROWS = 16  # of the inputs that are tried
OF_LOGITS = SoftmaxCrossEntropy, SigmoidBinaryCrossEntropy


@dataclass(frozen=True)
class Call:
    """A layer at work, and its input and output."""

    layer: Layer
    x: Array
    y: Array


def kind_of_end(prediction: Array, calls: Iterable[Call]) -> str:
    """What the layer does that made a prediction: softmax, sigmoid, tanh, rectifier, or "" for others.

    A range that outputs have by accident does not count: the layers are tried with large numbers.
    """
    for call in calls:  # the first that returned it: others pass it on
        if np.may_share_memory(call.y, prediction):
            return _kind(call)
    return ""


def note_logits(loss: Loss) -> list[Any]:
    """A list to which the cross-entropies in a loss will add the logits that they are given."""
    given: list[Any] = []

    def noting(forward: Callable[..., float]) -> Callable[..., float]:
        def noting_forward(logits: Any, *args: Any, **options: Any) -> float:
            given.append(logits)
            return forward(logits, *args, **options)

        return noting_forward

    for _, part in [("", loss), *tree.parts(loss)]:
        if isinstance(part, OF_LOGITS):
            vars(part)["forward"] = noting(part.forward)
    return given


def _kind(call: Call) -> str:
    x = call.x[:ROWS]
    if x.shape != call.y[:ROWS].shape or x.size < 2:
        return ""
    large = np.linspace(-50, 50, x.size, dtype=x.dtype).reshape(x.shape)
    y = type(call.layer).predict(call.layer, large)  # the method of the object is watched
    low, high = float(y.min()), float(y.max())
    if low >= 0 and y.shape[-1] > 1 and np.allclose(y.sum(axis=-1, dtype=np.float64), 1, atol=1e-2):
        return "softmax"
    if 0 <= low < 0.1 and 0.9 < high <= 1:
        return "sigmoid"
    if -1 <= low < -0.9 and 0.9 < high <= 1:
        return "tanh"
    return "rectifier" if is_rectified(call.x, call.y) else ""


def is_without_parts(layer: Layer) -> bool:
    """True for a layer without parameters, layers or generators."""
    return not any(tree.parts(layer))


def is_rectified(x: Array, y: Array) -> bool:
    """True if ``y`` is ``max(x, 0)``, and that shows: there are negative numbers in ``x``."""
    return x.shape == y.shape and bool((x < 0).any()) and bool((y == np.maximum(x, 0)).all())


def all_alike(data: Any) -> bool:
    """True if all rows are the same, of every array; they are read in parts, until one differs."""
    return not any(
        (array[start : start + 4096] != array[:1]).any()
        for _, array in arrays_in(data)
        for start in range(0, len(array), 4096)
    )
