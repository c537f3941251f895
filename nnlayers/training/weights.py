"""Weights of samples, and what a batch weighs in means over an epoch or a step."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import as_array, describe, real_array
from nnlayers.core.conversion import widest
from nnlayers.core.devices import as_float, as_floats
from nnlayers.core.sample_weights import check_not_negative
from nnlayers.core.structures import arrays_in, as_arrays, length
from nnlayers.losses.base import Loss
from nnlayers.losses.several import Losses


def as_weights(weights: Any, y: Any, who: str) -> Any:
    """Weights as an array, or as a tuple of one for each target; None for a target is all ones."""
    if isinstance(weights, tuple) and isinstance(y, tuple) and len(weights) == len(y):
        return tuple(
            np.ones(length(target), np.float32) if own is None else as_weights(own, target, who)
            for own, target in zip(weights, y, strict=True)
        )
    return as_arrays(weights, who)


def check_weights(weights: Any, y: Any, who: str) -> Any:
    """Refuse weights that are not finite, negative, or all 0, or have no sum; return them as arrays.

    Raises
    ------
    ValueError, TypeError
        It says which.
    """
    samples = length(y)
    weights = as_weights(weights, y, who)
    if isinstance(weights, tuple):
        if not isinstance(y, tuple) or len(weights) != len(y):
            raise ValueError(f"{who}: expected one array of weights, or one for each target")
        return tuple(
            check_weights(own, target, f"{who}[{index}]")
            for index, (own, target) in enumerate(zip(weights, y, strict=True))
        )
    weights = as_array(weights, who)
    weights = real_array(weights, widest(weights), who)
    if not weights.ndim or len(weights) != samples:
        raise ValueError(
            f"{who}: expected one weight for each of {samples} samples, got {describe(weights)}"
        )
    check_not_negative(weights, who)
    if not weights.any():
        raise ValueError(f"{who}: all weights are 0: no sample would count")
    with np.errstate(over="ignore"):
        if np.sum(weights, dtype=np.float64) == np.inf:
            raise ValueError(
                f"{who}: the sum of the weights is too large for float64: divide them by their maximum"
            )
    return weights


def weight_of(mean: Any, y: Any, weights: Any = None) -> float:
    """What a batch weighs in a mean over samples, or over positions: that of a loss, or a metric."""
    first = y if type(y) is np.ndarray else next(array for _, array in arrays_in(y))
    over_positions = getattr(mean, "is_mean_over_positions", False)
    if weights is None:
        return float(first.size if over_positions else len(first))
    total: float = as_float(np.sum(weights, dtype=np.float64))
    return total * (first.size / max(weights.size, 1)) if over_positions else total


def weights_by_output(loss: Loss, y: Any, weights: Any = None) -> list[float]:
    """What a batch weighs in the mean of a loss; of `Losses`, in that of each."""
    if not isinstance(loss, Losses):
        return [weight_of(loss, y, weights)]
    pairs = zip(loss.losses, y, strict=True)
    return [weight for one, target in pairs for weight in weights_by_output(one, target, weights)]


def check_proportional(batch: Sequence[float], other: Sequence[float]) -> None:
    """Refuse two batches of which one counts more for one output than for another.

    Raises
    ------
    ValueError
        Their losses have no mean with one weight for each batch.
    """
    for one, two in zip(batch, other, strict=True):
        if not math.isclose(one * other[0], two * batch[0]):
            raise ValueError(
                f"Trainer: Losses: a batch weighs {list(batch)} in the losses of the outputs, and "
                f"another {list(other)}, so that their sum has no mean over both: give batches of "
                "sequences of one length"
            )


def shares(loss: Loss, batches: Sequence[tuple[Any, ...]]) -> Sequence[float]:
    """What each batch counts for in a mean over all their samples.

    Raises
    ------
    ValueError
        A batch has no single share for all targets.
    """
    if any(isinstance(weights, tuple) for _, _, *given in batches for weights in given):
        raise ValueError(
            "Trainer.fit: accumulate does not go with a tuple of weights: give one array of weights "
            "for all targets, or larger batches"
        )
    sizes = [weights_by_output(loss, y, *weights) for _, y, *weights in batches]
    numbers = iter(as_floats([number for size in sizes for number in size]))
    sizes = [[next(numbers) for _ in size] for size in sizes]
    for size in sizes:
        check_proportional(size, max(sizes))
    total = sum(first for first, *_ in sizes) or 1.0
    return [first / total for first, *_ in sizes]
