"""The exact checks of a loss, one function each."""

import copy
from collections.abc import Callable

import numpy as np

from nnlayers.testing.contract import same
from nnlayers.testing.inspection import is_coarse, uses_global_random_state
from nnlayers.testing.life_cycle import LAYOUTS
from nnlayers.testing.trials import LossTrial

EXACT_LOSS: dict[str, Callable[[LossTrial], str | None]] = {}


def exact(check: Callable[[LossTrial], str | None]) -> Callable[[LossTrial], str | None]:
    """Put a check into the table, under its name."""
    EXACT_LOSS[check.__name__] = check
    return check


@exact
def shapes(trial: LossTrial) -> str | None:
    """A value that is no float; a gradient of another shape or precision."""
    loss = trial.fresh()
    value = loss.forward(trial.x, trial.target)
    if not isinstance(value, float):
        return f"forward returns {type(value).__name__}, expected a float"
    gradient = loss.backward(trial.upstream)
    if np.shape(gradient) != trial.x.shape:
        return f"the gradient has shape {np.shape(gradient)}, expected {trial.x.shape}"
    if gradient.dtype != trial.x.dtype:
        return f"the gradient is {gradient.dtype} where the prediction is {trial.x.dtype}"
    if is_coarse(gradient) and not is_coarse(trial.x):
        return "the gradient has the precision of float32 where all is float64"
    return None


@exact
def linear(trial: LossTrial) -> str | None:
    """A backward that ignores, squares or clips the number that comes in."""

    def back(upstream: float) -> object:
        loss = trial.fresh()
        loss.forward(trial.x, trial.target)
        return loss.backward(upstream)

    once = np.asarray(back(1.0))
    for factor in (-1.0, 2.0, 1e3, 1e-3, 0.0):
        if not same(factor * once, back(factor), 1e-7, noise=1e-14 * abs(factor)):
            return f"backward({factor:g}) is not {factor:g} times backward(1.0)"
    loss = trial.fresh()
    loss.forward(trial.x, trial.target)
    return None if same(once, loss.backward()) else "backward() is not backward(1.0)"


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
    """A gradient that a later call overwrites; a loss that remembers."""
    loss = trial.fresh()
    value = loss.forward(trial.x, trial.target)
    gradient = loss.backward(trial.upstream)
    kept = np.array(gradient)
    loss.forward(trial.x[::-1] * 0.7, trial.target)
    loss.backward(-trial.upstream)
    if not np.array_equal(kept, gradient):
        return "a later pass overwrites the gradient of an earlier one"
    again = loss.forward(trial.x, trial.target)
    if not same(value, again) or not same(kept, loss.backward(trial.upstream)):
        return "after a few passes the same prediction gives another result"
    return None


@exact
def order(trial: LossTrial) -> str | None:
    """Values saved as attributes: two forwards must be undone last first."""
    loss, alone = trial.fresh(), trial.fresh()
    loss.forward(trial.x, trial.target)
    loss.forward(0.5 * trial.x, trial.target)
    alone.forward(0.5 * trial.x, trial.target)
    if not same(alone.backward(2.0), loss.backward(2.0)):
        return "after two forwards, the first backward does not belong to the last forward"
    alone.forward(trial.x, trial.target)
    if not same(alone.backward(-1.0), loss.backward(-1.0)):
        return "after two forwards, the second backward does not belong to the first forward"
    return None if loss.pending == 0 else f"after its backwards, {loss.pending} saved values are left"


@exact
def precision(trial: LossTrial) -> str | None:
    """float32 that becomes float64."""
    loss = trial.fresh()
    loss.forward(trial.x.astype(np.float32), trial.target)
    gradient = loss.backward(trial.upstream)
    return (
        None
        if gradient.dtype == np.float32
        else f"float32 predictions give a {gradient.dtype} gradient"
    )


@exact
def large_values(trial: LossTrial) -> str | None:
    """Overflow that ends in NaN, as in a naive softmax."""
    loss = trial.fresh()
    value = loss.forward(1e4 * trial.x, trial.target)
    if np.isnan(value) or np.isnan(loss.backward(trial.upstream)).any():
        return "predictions of 10,000 give NaN"
    return None


@exact
def layouts(trial: LossTrial) -> str | None:
    """Results that depend on how the array lies in memory."""
    expected = trial.gradients()["input"]
    for name, lay in LAYOUTS.items():
        loss = trial.fresh()
        loss.forward(lay(trial.x), trial.target)
        if not same(expected, loss.backward(trial.upstream)):
            return f"a {name} prediction gives another gradient"
    return None


@exact
def global_random_state(trial: LossTrial) -> str | None:
    """Numbers drawn from numpy.random itself."""
    if uses_global_random_state(trial.gradients):
        return "it uses numpy.random's global state: take a Generator, rng="
    return None


@exact
def evaluate(trial: LossTrial) -> str | None:
    """An evaluation that differs from forward, or leaves something saved."""
    loss = trial.fresh()
    if not same(loss.evaluate(trial.x, trial.target), loss.forward(trial.x, trial.target)):
        return "evaluate gives another value than forward"
    return None if loss.pending == 1 else "evaluate leaves something saved"
