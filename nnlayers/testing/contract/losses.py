"""Exact checks of what only a loss has: a target, evaluate, weights of the samples."""

import inspect
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import each, length
from nnlayers.testing.contract.comparison import first_difference, identical, nearly_equal
from nnlayers.testing.contract.table import NotApplicable, exact
from nnlayers.testing.trials import LossTrial
from nnlayers.testing.value import check_block


@exact("loss")
def target(trial: LossTrial) -> str | None:
    """A loss that writes into the target."""
    loss, given = trial.fresh(), trial.target
    loss.forward(trial.x, given)
    trial.backward(loss, trial.upstream)
    loss.evaluate(trial.x, given)
    return None if _equal(given, trial.target) else "a pass modifies the target"


def _equal(one: Any, other: Any) -> bool:
    """True if two targets are the same: arrays, or containers of them."""
    if isinstance(one, dict):
        return all(_equal(one[key], other.get(key)) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return identical(one, other)


@exact("loss")
def default_upstream(trial: LossTrial) -> str | None:
    """A backward() that is not backward(1.0)."""
    loss = trial.fresh()
    trial.forward(loss, trial.x)
    found = trial.named(loss.backward())
    once = trial.passes(upstream=1.0)[1]
    if first_difference(found, once):
        return "backward() differs from backward(1.0)"
    return None


@exact("loss")
def evaluate(trial: LossTrial) -> str | None:
    """An evaluate that differs from forward, or leaves saved values behind."""
    loss = trial.fresh()
    if not nearly_equal(trial.predict(loss, trial.x), trial.forward(loss, trial.x)):
        return "evaluate gives a different value than forward"
    trial.backward(loss, trial.upstream)
    return None if loss.pending == 0 else "evaluate leaves saved values behind"


@exact("loss")
def weights(trial: LossTrial) -> str | None:
    """Weights of the samples that forward or backward ignores, or does not divide by their sum."""
    if len(inspect.signature(trial.fresh().forward).parameters) < 3:
        raise NotApplicable("forward takes no weights")
    w = np.linspace(0.5, 2, length(trial.x))
    weighted = trial.weighted(w)
    if result := _difference(trial, trial.weighted(np.ones(len(w)))):
        return f"weights of ones change the {result}"
    if result := _difference(weighted, trial.weighted(3 * w)):
        return f"3 times all weights change the {result}: divide by the sum of the weights"
    if words := _weight_zero(trial, w) or _weighted_mean(trial, w):
        return words
    zero = trial.weighted(0 * w)
    value, gradients = zero.passes()
    if value or any(np.any(gradients[name]) for name in trial.inputs):
        return "weights of zeros give a value or a gradient that is not 0"
    if words := _wrong_gradient(weighted):
        return words
    return None if np.array_equal(w, np.linspace(0.5, 2, len(w))) else "a pass modifies the weights"


def _wrong_gradient(weighted: LossTrial) -> str | None:
    """What is wrong with the gradient of a weighted loss."""
    for block in weighted.blocks:
        verdict = check_block(weighted, block, np.random.default_rng(0))
        if verdict.outcome == "wrong":
            return (
                "with weights, the gradient is wrong: along a random direction backward gives "
                f"{verdict.backward:z.6g}, the finite difference is {verdict.numeric.value:z.6g}"
            )
    return None


def _weight_zero(trial: LossTrial, w: Array) -> str | None:
    """What is wrong if the first sample has weight 0."""
    w = np.append(0.0, w[1:])
    gradients = trial.weighted(w).passes()[1]
    of_inputs = [gradients[name] for name in trial.inputs]
    if any(np.any(gradient[0]) for gradient in of_inputs if gradient is not None):
        return "a sample of weight 0 has a nonzero gradient"
    x = each(lambda array: np.concatenate([array[-1:], array[1:]]), trial.x)
    result = _difference(trial.weighted(w), trial.weighted(w, x))
    return f"the prediction of a sample of weight 0 changes the {result}" if result else None


def _weighted_mean(trial: LossTrial, w: Array) -> str | None:
    """What is wrong with the weighted mean, if the loss is the mean of the samples' losses."""
    x, targets = trial.x, trial.target
    if not isinstance(targets, np.ndarray):
        return None

    def sample(n: int) -> float:
        row = each(lambda array: array[n : n + 1], x)
        return trial.fresh().evaluate(row, targets[n : n + 1])

    losses = [sample(n) for n in range(len(w))]
    noise = 1e-12 * float(np.abs(losses).max())
    expected, found = np.average(losses, weights=w), trial.fresh().evaluate(x, targets, w)
    is_mean = nearly_equal(np.mean(losses), trial.fresh().evaluate(x, targets), noise=noise)
    if is_mean and not nearly_equal(expected, found, noise=noise):
        return (
            f"with weights, forward gives {found:z.6g}, expected sum(w * l) / sum(w) = {expected:z.6g}"
        )
    return None


def _difference(one: LossTrial, other: LossTrial) -> str:
    """The first of the results that differs, "value" or "gradient"; empty if both are equal."""
    (value, gradients), (other_value, other_gradients) = one.passes(), other.passes()
    if not nearly_equal(value, other_value):
        return "value"
    return "gradient" if first_difference(gradients, other_gradients) else ""
