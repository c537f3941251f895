"""Diagnoses of weights: as they are drawn, and how far they move."""

import itertools
import math
from collections.abc import Iterator

import numpy as np

from nnlayers.core import tree
from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.layers.sequential import Sequential
from nnlayers.training.health import scales
from nnlayers.training.health.findings import Finding
from nnlayers.training.health.run import Run


def first_loss(run: Run) -> Finding | None:
    """Weights that are far larger than they are drawn by default, and huge first predictions."""
    if not run.is_first or not run.is_far() or not np.isfinite(run.first_loss - run.guess.loss):
        return None
    if scales.input_scale(run.look) or scales.unfitted(run.look):
        return None
    sizes = {path: _size_beside_default(p.value) for path, p in run.weights}
    path = max(sizes, key=sizes.__getitem__, default="")
    if not path or sizes[path] < 1.5 or not _is_untrained(run.model):
        return None
    return Finding(
        "first-loss",
        f"The loss before the first step is {run.first_loss:.3g}, and guessing gives "
        f"{run.guess.loss:.3g}: the weights begin too large. Those of {path} have {sizes[path]:.2g} "
        "times the size that nn.he_normal draws.",
        "Use nn.he_normal, which is the default, or nn.glorot_uniform as the initializer.",
        {"loss": run.first_loss, "guess": run.guess.loss, "size": sizes[path]},
    )


def _is_untrained(model: Layer) -> bool:
    """True if there are biases, and each has one value, as before the first step."""
    biases = [p.value for p in model.parameters() if p.trainable and p.value.ndim == 1]
    return any(bias.size > 1 for bias in biases) and all(np.ptp(bias) == 0 for bias in biases)


def _size_beside_default(weight: Array) -> float:
    size = float(np.sqrt(np.mean(np.square(weight, dtype=np.float64))))
    return size / math.sqrt(2 / weight.shape[-2])


def equal_units(run: Run) -> Finding | None:
    """Hidden units that begin alike, and are used alike by the next layer."""
    paths = {id(parameter): path for path, parameter in run.weights}
    for one, other in _consecutive(run.model):
        into = [p for _, p in tree.own_parts(one)]
        out = [p for _, p in tree.own_parts(other) if id(p) in paths]
        if not all(isinstance(p, Parameter) for p in into) or len(out) != 1 or out[0].value.ndim != 2:
            continue
        weights, units = [p for p in into if id(p) in paths], len(out[0].value)
        if len(weights) != 1 or any(p.value.shape[-1:] != (units,) for p in into) or units == 1:
            continue
        if all(_are_alike(p.value.T) for p in into) and _are_alike(out[0].value):
            return Finding(
                "equal-units",
                f"All {units} units behind {paths[id(weights[0])]} have the same weights, and the next "
                "layer uses them alike: they get the same gradients, and stay equal.",
                "Draw the weights at random: nn.he_normal is the default initializer.",
                {"units": units},
            )
    return None


def _consecutive(model: Layer) -> Iterator[tuple[Layer, Layer]]:
    """Layers with weights that follow one another, with only layers without parts between them."""
    for _, part in [("", model), *tree.parts(model)]:
        if isinstance(part, Sequential):
            holding = [layer for layer in part.unfolded() if any(tree.parts(layer))]
            yield from itertools.pairwise(holding)


def _are_alike(rows: Array) -> bool:
    return bool((rows == rows[:1]).all())


def equal_weights(run: Run) -> Finding | None:
    """Two layers that were drawn from the same seed."""
    if not run.is_first:
        return None
    for (one, p), (other, q) in itertools.combinations(run.weights, 2):
        same = p.value.shape == q.value.shape and p.value.size > 1
        if same and p.value.flat[0] == q.value.flat[0] and np.array_equal(p.value, q.value):
            if np.unique(p.value).size <= p.value.size / 2:  # not drawn: such as an identity
                continue
            return Finding(
                "equal-weights",
                f"{one} and {other} have the same initial weights.",
                "Give both layers one Generator, rng = np.random.default_rng(0), or two seeds.",
            )
    return None


def strong_decay(run: Run) -> Finding | None:
    """Weight decay that shrank the weights to nearly nothing."""
    if not (run.optimizer.weight_decay > 0 and run.growth < 0.2 and run.is_stuck()):
        return None
    return Finding(
        "strong-decay",
        f"weight_decay is {run.optimizer.weight_decay:g}: the weights shrank to {run.growth:.2g} of "
        "their size, and the network predicts nearly the same for every row.",
        "Lower it; 1e-4 is usual.",
        {"weight_decay": run.optimizer.weight_decay, "growth": run.growth},
    )


def large_updates(run: Run) -> Finding | None:
    """Updates about as large as the weights, and a loss that got no better."""
    stuck = run.ratio > 0.3 and (run.is_stuck() or run.has_dead_layer)
    worse = run.ratio > 1 and run.last > 1.5 * run.guess.loss > 0
    if not (stuck or worse):
        return None
    return Finding(
        "large-updates",
        f"The updates are far too large: one changed the weights by {run.ratio:.3g} times their size "
        f"(about 0.001 is usual), and the loss is {run.last:.3g}.",
        f"Start again from new weights with a lower learning rate; it is {run.optimizer.rate:.3g}.",
        {"ratio": run.ratio, "lr": run.optimizer.rate},
    )


def small_updates(run: Run) -> Finding | None:
    """Weights that hardly move."""
    numbers = {"drift": run.drift, "lr": run.optimizer.rate}
    to_learn = run.drift == 0 or run.is_stuck() or run.last > 0.5 * run.guess.loss > 0
    if run.epochs >= 3 and to_learn and (ended := _share_of_zero_rates(run)) > 0.5:
        return Finding(
            "small-updates",
            f"The schedule of the learning rate gave 0 in {ended:.0%} of the steps, which "
            "changed nothing.",
            "Give it more steps, or let it end above 0.",
            numbers,
        )
    if not (run.is_first and run.is_still()) and not (run.drift < 0.02 and run.is_stuck()):
        return None
    return Finding(
        "small-updates",
        f"The weights hardly move: {run.steps:,} steps changed them by {run.drift:.2g} of their size.",
        _what_keeps_them(run),
        numbers,
    )


def _share_of_zero_rates(run: Run) -> float:
    """The share of the steps of the fit in which a schedule gave a learning rate of 0."""
    schedule, last = run.optimizer.lr, run.optimizer.steps
    if not callable(schedule):
        return 0.0
    steps = np.linspace(last - run.steps, last - 1, 101).astype(int)
    return float(np.mean([schedule(step) == 0 for step in steps.tolist()]))


def _what_keeps_them(run: Run) -> str:
    rate, limit, gradient = run.optimizer.rate, run.optimizer.clip_norm, run.gradient_norm()
    if gradient == 0:
        return "Look for what loses the gradient: that of all weights is 0."
    if gradient > 10 * limit:
        return f"Raise clip_norm: it is {limit:.3g}, and the norm of the gradients {gradient:.2g}."
    return f"Raise the learning rate; it is {rate:.3g}."


def no_gradient(run: Run) -> Finding | None:
    """A parameter that stays exactly as it was, while others are trained."""
    if run.steps < 20 or not run.drift > 1e-3 or not run.unchanged:
        return None
    path = run.unchanged[0]
    more = f" (and {len(run.unchanged) - 1} more)" if len(run.unchanged) > 1 else ""
    return Finding(
        "no-gradient",
        f"{path}{more} was not changed by any of {run.steps:,} steps: its layer adds no gradient, its "
        "input is always 0, or no layer behind it passes a gradient on.",
        "nn.testing.check_layer tests the layers; set trainable = False if it is intended.",
        {"parameters": len(run.unchanged)},
    )
