"""The exact checks of a loss, one function each."""

import copy
import inspect
from collections.abc import Callable

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.contract import NotApplicable
from nnlayers.testing.inspection import has_float32_precision, uses_global_random_state
from nnlayers.testing.passes import LAYOUTS, nearly_equal
from nnlayers.testing.trials import INPUT, LossTrial
from nnlayers.testing.value import check_block

EXACT_LOSS: dict[str, Callable[[LossTrial], str | None]] = {}


def exact(check: Callable[[LossTrial], str | None]) -> Callable[[LossTrial], str | None]:
    """Add a check to the table, under its name."""
    EXACT_LOSS[check.__name__] = check
    return check


@exact
def shapes(trial: LossTrial) -> str | None:
    """A value that is not a float, or a gradient of the wrong shape or precision."""
    loss = trial.fresh()
    value: object = loss.forward(trial.x, trial.target)
    if not isinstance(value, float):
        return f"forward returns {type(value).__name__}, expected a float"
    gradient = loss.backward(trial.upstream)
    if np.shape(gradient) != trial.x.shape:
        return f"the gradient has shape {np.shape(gradient)}, expected {trial.x.shape}"
    if gradient.dtype != trial.x.dtype:
        return f"the gradient is {gradient.dtype}, although the prediction is {trial.x.dtype}"
    if has_float32_precision(gradient) and not has_float32_precision(trial.x):
        return "the gradient has only float32 precision, although the prediction is float64"
    return None


@exact
def linear(trial: LossTrial) -> str | None:
    """A backward that is not linear in its argument: it ignores, squares or clips it."""

    def back(upstream: float) -> object:
        loss = trial.fresh()
        loss.forward(trial.x, trial.target)
        return loss.backward(upstream)

    once = np.asarray(back(1.0))
    for factor in (-1.0, 2.0, 1e3, 1e-3, 0.0):
        if not nearly_equal(factor * once, back(factor), 1e-7, noise=1e-14 * abs(factor)):
            return f"backward({factor:g}) is not {factor:g} times backward(1.0)"
    loss = trial.fresh()
    loss.forward(trial.x, trial.target)
    return None if nearly_equal(once, loss.backward()) else "backward() differs from backward(1.0)"


@exact
def arguments(trial: LossTrial) -> str | None:
    """A loss that writes into the prediction or the target."""
    x, target, loss = trial.x.copy(), copy.deepcopy(trial.target), trial.fresh()
    loss.forward(x, target)
    loss.backward(trial.upstream)
    loss.evaluate(x, target)
    if not np.array_equal(x, trial.x):
        return "a pass modifies the prediction"
    return None if np.array_equal(target, trial.target) else "a pass modifies the target"


@exact
def results(trial: LossTrial) -> str | None:
    """A gradient that a later pass overwrites, or a loss that depends on its history."""
    loss = trial.fresh()
    value = loss.forward(trial.x, trial.target)
    gradient = loss.backward(trial.upstream)
    kept = np.array(gradient)
    loss.forward(trial.x[::-1] * 0.7, trial.target)
    loss.backward(-trial.upstream)
    if not np.array_equal(kept, gradient):
        return "a later pass overwrites the gradient of an earlier one"
    again = loss.forward(trial.x, trial.target)
    if not nearly_equal(value, again) or not nearly_equal(kept, loss.backward(trial.upstream)):
        return "after a few passes, the same prediction gives a different result"
    return None


@exact
def order(trial: LossTrial) -> str | None:
    """Values saved as attributes: backward must use those of the last pending forward."""
    loss, alone = trial.fresh(), trial.fresh()
    loss.forward(trial.x, trial.target)
    loss.forward(0.5 * trial.x, trial.target)
    alone.forward(0.5 * trial.x, trial.target)
    if not nearly_equal(alone.backward(2.0), loss.backward(2.0)):
        return "after two forwards, the first backward does not match the second forward"
    alone.forward(trial.x, trial.target)
    if not nearly_equal(alone.backward(-1.0), loss.backward(-1.0)):
        return "after two forwards, the second backward does not match the first forward"
    return None if loss.pending == 0 else f"after all backwards, {loss.pending} saved values remain"


@exact
def precision(trial: LossTrial) -> str | None:
    """A float32 prediction that gives a float64 gradient."""
    loss = trial.fresh().astype(np.float32)
    loss.forward(trial.x.astype(np.float32), trial.target)
    gradient = loss.backward(trial.upstream)
    return (
        None
        if gradient.dtype == np.float32
        else f"a float32 prediction gives a {gradient.dtype} gradient"
    )


@exact
def large_values(trial: LossTrial) -> str | None:
    """Overflow that turns into NaN, as in a naive softmax."""
    loss = trial.fresh()
    value = loss.forward(1e4 * trial.x, trial.target)
    if np.isnan(value) or np.isnan(loss.backward(trial.upstream)).any():
        return "10,000 times the prediction gives NaN"
    return None


@exact
def layouts(trial: LossTrial) -> str | None:
    """Results that depend on the memory layout of an array."""
    expected = trial.gradients()["input"]
    for name, arrange in LAYOUTS.items():
        loss = trial.fresh()
        loss.forward(arrange(trial.x), trial.target)
        if not nearly_equal(expected, loss.backward(trial.upstream)):
            return f"a {name} prediction gives a different gradient"
    return None


@exact
def global_random_state(trial: LossTrial) -> str | None:
    """Random numbers from the global state of numpy.random."""
    if uses_global_random_state(trial.gradients):
        return "it uses the global state of numpy.random: draw from a Generator, rng="
    return None


@exact
def evaluate(trial: LossTrial) -> str | None:
    """An evaluate that differs from forward, or leaves saved values behind."""
    loss = trial.fresh()
    if not nearly_equal(loss.evaluate(trial.x, trial.target), loss.forward(trial.x, trial.target)):
        return "evaluate gives a different value than forward"
    return None if loss.pending == 1 else "evaluate leaves saved values behind"


@exact
def weights(trial: LossTrial) -> str | None:
    """Weights of the samples that forward or backward ignores, or does not divide by their sum."""
    if len(inspect.signature(trial.fresh().forward).parameters) < 3:
        raise NotApplicable("forward takes no weights")
    w = np.linspace(0.5, 2, len(trial.x))
    weighted = trial.weighted(w)
    if result := _difference(trial, trial.weighted(np.ones(len(w)))):
        return f"weights of ones change the {result}"
    if result := _difference(weighted, trial.weighted(3 * w)):
        return f"3 times all weights change the {result}: divide by the sum of the weights"
    if words := _weight_zero(trial, w) or _weighted_mean(trial, w):
        return words
    value, gradient = _value_and_gradient(trial.weighted(0 * w))
    if value or gradient.any():
        return "weights of zeros give a value or a gradient that is not 0"
    verdict = check_block(weighted, INPUT, np.random.default_rng(0))
    if verdict.outcome == "wrong":
        return (
            "with weights, the gradient is wrong: along a random direction backward gives "
            f"{verdict.backward:.6g}, the finite difference is {verdict.numeric.value:.6g}"
        )
    return None if np.array_equal(w, np.linspace(0.5, 2, len(w))) else "a pass modifies the weights"


def _weight_zero(trial: LossTrial, w: Array) -> str | None:
    """What is wrong if the first sample has weight 0."""
    w = np.append(0.0, w[1:])
    if _value_and_gradient(trial.weighted(w))[1][0].any():
        return "a sample of weight 0 has a nonzero gradient"
    x = trial.x
    x[0] = x[-1]
    result = _difference(trial.weighted(w), trial.weighted(w, x))
    return f"the prediction of a sample of weight 0 changes the {result}" if result else None


def _weighted_mean(trial: LossTrial, w: Array) -> str | None:
    """What is wrong with the weighted mean, if the loss is the mean of the samples' losses."""
    x, target = trial.x, trial.target
    if not isinstance(target, np.ndarray):
        return None
    losses = [trial.fresh().evaluate(x[n : n + 1], target[n : n + 1]) for n in range(len(x))]
    noise = 1e-12 * float(np.abs(losses).max())
    expected, found = np.average(losses, weights=w), trial.fresh().evaluate(x, target, w)
    is_mean = nearly_equal(np.mean(losses), trial.fresh().evaluate(x, target), noise=noise)
    if is_mean and not nearly_equal(expected, found, noise=noise):
        return f"with weights, forward gives {found:.6g}, expected sum(w * l) / sum(w) = {expected:.6g}"
    return None


def _difference(one: LossTrial, other: LossTrial) -> str:
    """The first of the results that differs, "value" or "gradient"; empty if both are equal."""
    results = zip(_value_and_gradient(one), _value_and_gradient(other), strict=True)
    unequal = (not nearly_equal(*pair) for pair in results)
    return next((name for name in ("value", "gradient") if next(unequal)), "")


def _value_and_gradient(trial: LossTrial) -> tuple[float, Array]:
    return trial.value(INPUT, trial.x)[0], np.asarray(trial.gradients()[INPUT])
