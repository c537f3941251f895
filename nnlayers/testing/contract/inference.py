"""Exact checks of predict: it leaves no trace, and goes with forward."""

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.state import State
from nnlayers.core.structures import each
from nnlayers.testing.contract.alone import (
    Alone,
    condition,
    everywhere,
    has_generator,
    ignored_by_predict,
    moved,
    own_states,
)
from nnlayers.testing.contract.bias import judge_noise
from nnlayers.testing.contract.comparison import (
    another_input,
    compared,
    first_difference,
    nearly_equal,
)
from nnlayers.testing.contract.noise import OTHER_SHAPES, Noise
from nnlayers.testing.contract.running import FIRST_FORWARDS, SETTLED, Forwards
from nnlayers.testing.contract.table import NotApplicable, exact
from nnlayers.testing.inspection import fingerprint
from nnlayers.testing.trial import Trial, copied

CLOSE = 0.01  # seven times what dividing by N - 1 instead of N makes
RANDOM_TOO = "it has a running State, and is random"


@exact("layer")
def predict(trial: Trial) -> str | None:
    """A predict that changes the layer, draws random numbers, or computes another function."""
    layer = trial.fresh()
    before = fingerprint(layer)
    try:
        first = layer.predict(trial.x)
    except NotImplementedError as error:
        return f"predict fails: {error}"
    if fingerprint(layer) != before:
        return "predict changes the layer (or draws from its Generator)"
    if not nearly_equal(first, layer.predict(trial.x)):
        return "predict gives a different output the second time"
    trial.forward(layer, trial.x)
    trial.predict(layer, another_input(trial))
    found = trial.take_gradients(layer, trial.upstream)
    if block := first_difference(trial.gradients(), found):
        where = trial.in_words(block)
        return f"a predict between forward and backward changes the gradient of {where}"
    sources = [
        p for _, p in layer.named_parts() if isinstance(p, np.random.Generator) or type(p) is State
    ]
    if not sources and not nearly_equal(trial.output, first):
        return (
            "although the layer holds no Generator and no State, forward returns "
            f"{compared(trial.output, first)}{ignored_by_predict(trial.fresh(), trial.x)}"
        )
    return None


@exact("layer")
def for_inference(trial: Trial) -> str | None:
    """A for_inference that gives a layer whose forward is not what predict computes."""
    layer = trial.fresh()
    if type(layer).for_inference is Layer.for_inference:
        raise NotApplicable("")  # it holds no Generator and no State, or does not say
    expected, found = layer.predict(copied(trial.x)), layer.for_inference().forward(copied(trial.x))
    if nearly_equal(expected, found):
        return None
    return f"forward of for_inference() returns {compared(found, expected)}"


@exact("layer")
def delegates(trial: Trial) -> str | None:
    """A container whose predict is another formula than its forward."""
    return everywhere(trial, _delegates)


def _delegates(alone: Alone) -> str | None:
    if not alone.layer.children():
        raise NotApplicable("")
    expected, quiet = alone.predict(), alone.make_quiet()
    before = condition(quiet)
    try:
        found = quiet.forward(copied(alone.x))
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        raise NotApplicable(f"with predict in its layers, forward fails: {why}") from error
    now = moved(quiet, before)
    if now.inner:
        raise NotApplicable("it uses what is random or running in its layers itself")
    if now.states or now.generators:
        raise NotApplicable("")  # other checks judge these
    if nearly_equal(expected, found):
        return None
    return (
        "predict is another formula than forward: with predict in place of forward in its layers, "
        f"forward returns {compared(found, expected)}"
    )


@exact("layer")
def settles(trial: Trial) -> str | None:
    """A predict that differs from forward although its running statistics have settled."""
    return everywhere(trial, _settles)


def _settles(alone: Alone) -> str | None:
    if not own_states(alone.layer):
        raise NotApplicable("")
    layer = _thawed(alone)
    before = condition(layer)
    forwards = Forwards(layer, alone)
    forwards.run(FIRST_FORWARDS)
    now = moved(layer, before)
    if now.generators or now.inner:
        raise NotApplicable(RANDOM_TOO if now.statistics else "")
    if not now.states:
        return _equals_forward(alone, "no pass changes its States: are its statistics never updated?")
    if not forwards.settle():
        if forwards.moves_away():
            found, expected = forwards.output, forwards.predicted
            return (
                f"predict moves away from forward: after {forwards.count:,} forwards of one batch, "
                f"forward returns {compared(found, expected)}"
            )
        raise NotApplicable(f"its States do not settle within {forwards.count:,} forwards of one batch")
    if words := _settled_apart(forwards, CLOSE) or _agrees_by_chance(forwards, alone):
        return words
    without = _without_statistics(forwards) if now.statistics else None
    return without or _stays_apart(forwards, alone)


def _thawed(alone: Alone, factor: float = 1.0) -> Layer:
    """A quiet copy whose own States move, with its parameters times a factor."""
    layer = alone.make_quiet()
    for state in own_states(layer):
        state.trainable = True
    for parameter in layer.parameters():
        parameter.value[...] = factor * parameter.value
    return layer


def _settled_apart(forwards: Forwards, tolerance: float, otherwise: str = "") -> str:
    """How the means of forward and predict differ, and why; empty if they do not."""
    found, expected = map(forwards.mean_of_rows, (forwards.output, forwards.predicted))
    if nearly_equal(found, expected, tolerance):
        return ""
    return (
        "after many forwards of one batch, when its States have settled, forward returns "
        f"{compared(found, expected)}{ignored_by_predict(forwards.layer, forwards.x) or otherwise}"
    )


def _agrees_by_chance(forwards: Forwards, alone: Alone) -> str:
    """What is wrong if it shows only with larger parameters: a norm may happen to be near one."""
    if not _settled_apart(forwards, 1e-6):
        return ""
    larger = Forwards(_thawed(alone, 1.25), alone)
    words = _settled_apart(larger, CLOSE) if larger.settle() else ""
    return words and f"with its parameters times 1.25, {words}"


def _stays_apart(forwards: Forwards, alone: Alone) -> str | None:
    """What is wrong if a small difference is not that of N - 1 for N, which shrinks with more rows."""
    if forwards.apart() <= SETTLED:
        return None
    more = Forwards(_thawed(alone), alone, times=4)
    if not more.settle():
        return None
    more.run(3 * more.count)  # and with more forwards, for States that settle slowly
    if more.apart() < forwards.apart() / 2:
        return None
    return _settled_apart(
        more,
        0.0,
        ", and four times the rows do not make the difference smaller, so it does not come from N - 1 "
        "in place of N: does predict add another eps?",
    )


def _without_statistics(forwards: Forwards) -> str | None:
    """What is wrong if predict goes with forward for the one batch only."""
    if forwards.depends_on_the_batch() and forwards.predict_ignores_statistics():
        return (
            "predict gives other outputs for some rows of a batch alone: it takes statistics of the "
            "batch that it is given, not the running ones"
        )
    if forwards.is_frozen():
        return "after many forwards of one batch, no State follows another one, as if it were frozen"
    return None


def _equals_forward(alone: Alone, reason: str, may_crop: bool = False) -> str | None:
    """What is wrong if predict is not exactly forward."""
    quiet, expected = alone.make_quiet(), alone.predict()
    found = quiet.forward(copied(alone.x))
    if nearly_equal(found, expected):
        return None
    if may_crop and each(np.shape, found) != each(np.shape, expected):
        raise NotApplicable(OTHER_SHAPES)
    ignored = ignored_by_predict(alone.layer, alone.x)
    return f"although {reason}, forward returns {compared(found, expected)}{ignored}"


@exact("layer")
def unbiased(trial: Trial) -> str | None:
    """Noise whose mean is not what predict computes."""
    return everywhere(trial, _unbiased)


def _unbiased(alone: Alone) -> str | None:
    if not has_generator(alone.layer):
        raise NotApplicable("")
    layer = alone.make_quiet()
    before = condition(layer)
    layer.forward(copied(alone.x))
    now = moved(layer, before)
    if now.inner or now.statistics:
        raise NotApplicable(RANDOM_TOO if now.generators else "")
    if not now.generators:
        return _equals_forward(alone, "forward draws no random numbers", may_crop=True)
    return judge_noise(Noise(layer, alone))
