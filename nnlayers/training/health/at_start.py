"""Diagnoses that are certain before the first step."""

import itertools
from collections.abc import Callable

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import arrays_in
from nnlayers.losses.pointwise import Pointwise
from nnlayers.training.health import scales
from nnlayers.training.health.findings import Finding
from nnlayers.training.health.run import Run

FEW = 16  # rows, below which nothing is said about what they have in common
DEFAULT_BATCH = 32


def large_batch(run: Run) -> Finding | None:
    """A batch larger than the data."""
    if run.batch_size <= max(run.samples, DEFAULT_BATCH):
        return None
    return Finding(
        "large-batch",
        f"batch_size is {run.batch_size:,}, but there are only {run.samples:,} samples, so an epoch is "
        "a single step.",
        "Take a smaller batch_size, such as 32; if one step an epoch is intended, give len(x).",
        {"batch_size": run.batch_size, "samples": run.samples},
    )


def one_class(run: Run) -> Finding | None:
    """Targets that are all the same."""
    if run.samples < FEW or run.guess.loss != 0 or run.guess.floor != 0:
        return None
    if run.guess.shares is None:
        what, numbers = "All rows of y are the same", {}
    else:
        label = int(run.guess.shares.argmax())
        what, numbers = f"All labels in y are {label}", {"label": label}
    return Finding(
        "one-class", f"{what}: there is nothing to learn.", "Check how y was read.", {**numbers}
    )


def constant_inputs(run: Run) -> Finding | None:
    """Inputs that are the same in every row."""
    if run.rows < FEW or any((array != array[:1]).any() for _, array in arrays_in(run.x)):
        return None
    return Finding(
        "constant-inputs",
        "All rows of x that were looked at are the same, so every prediction is too.",
        "Check how x was read and scaled.",
        {"rows": run.rows},
    )


def unfitted(run: Run) -> Finding | None:
    """A Standardize before its fit."""
    return scales.unfitted(run.look)


def input_scale(run: Run) -> Finding | None:
    """Inputs whose scale makes the first predictions far too large."""
    finding = scales.input_scale(run.look)
    large = any(scale.size.max() > scales.LARGE for scale in run.look.scales)
    return finding if large and run.is_far() else None


def target_scale(run: Run) -> Finding | None:
    """Targets of thousands, where the first predictions are small."""
    return scales.target_scale(run.loss, run.look.prediction, run.y, least=1000.0)


def first_loss(run: Run) -> Finding | None:
    """First predictions that are far too large, with inputs of a good scale."""
    if not run.is_first or not run.is_far() or not np.isfinite(run.first_loss - run.guess.loss):
        return None
    if scales.input_scale(run.look) or scales.unfitted(run.look):
        return None
    return Finding(
        "first-loss",
        f"The loss before the first step is {run.first_loss:.3g}, and guessing gives "
        f"{run.guess.loss:.3g}: the initial weights are too large.",
        "Use nn.he_normal, which is the default, or nn.glorot_uniform as the initializer.",
        {"loss": run.first_loss, "guess": run.guess.loss},
    )


def probabilities(run: Run) -> Finding | None:
    """Probabilities where logits are expected."""
    scores = run.scores
    if scores is None or scores.min() < 0 or scores.max() > 1:
        return None
    sums = scores.sum(axis=1, dtype=np.float64)
    if np.allclose(sums, 1, atol=1e-2):
        what, last = "probabilities already (each row sums to 1)", "softmax"
    elif scores.min() > 0 and scores.size >= 2 * FEW and np.ptp(scores) > 0:
        what, last = "all between 0 and 1, as after a sigmoid", "sigmoid"
    else:
        return None
    return Finding(
        "probabilities-as-logits",
        f"The predictions are {what}, but {run.loss!r} expects logits and applies the softmax itself.",
        f"Leave out the {last} at the end of the network; nn.softmax(model.predict(x)) gives "
        "probabilities afterwards.",
        {"least": float(scores.min()), "largest": float(scores.max())},
    )


def never_negative(run: Run) -> Finding | None:
    """A ReLU at the end of the network, where negative outputs are wanted."""
    y = run.look.prediction
    if not isinstance(y, np.ndarray) or run.rows < 8 or y.min() != 0:
        return None
    both = ((y == 0).any(axis=0) & (y > 0).any(axis=0)).mean()  # cut off at 0 here, but not there
    if both < 0.5 or (zeros := float((y == 0).mean())) < 0.1:
        return None
    if run.scores is not None:
        wanted = "logits are negative for unlikely classes"
    elif isinstance(run.loss, Pointwise) and (below := float((run.y < 0).mean())) > 0.01:
        wanted = f"{below:.0%} of the targets are negative"
    else:
        return None
    return Finding(
        "outputs-never-negative",
        f"The outputs of the network are never negative, and {zeros:.0%} of them are exactly 0, but "
        f"{wanted}.",
        "Leave out the ReLU behind the last layer.",
        {"zeros": zeros},
    )


def dead_units(run: Run) -> Finding | None:
    """A layer of units that are 0 for every row."""
    for path, share in run.look.dead.items():
        if share == 1 and (run.rows == run.samples or run.look.units[path] >= 8) and run.rows >= 8:
            return Finding(
                "dead-units",
                f"All {run.look.units[path]} units of {path or 'the model'} are dead: they are 0 for "
                "every row, so no gradient passes through them.",
                "Start again from new weights, with a lower learning rate, standardised inputs, and "
                "weights and biases that were drawn as by default.",
                {"share": share},
            )
    return None


def equal_units(run: Run) -> Finding | None:
    """Hidden units that begin alike, and are used alike by the next layer."""
    for (path, one), (_, following) in itertools.pairwise(run.weights):
        into, out = one.value, following.value
        alike = 1 < into.shape[-1] == out.shape[-2] and _are_alike(into[..., :1], into)
        if alike and _are_alike(out[..., :1, :], out):
            return Finding(
                "equal-units",
                f"All {into.shape[-1]} units behind {path} have the same weights, and the next layer "
                "uses them alike: they get the same gradients, and stay equal.",
                "Draw the weights at random: nn.he_normal is the default initializer.",
                {"units": into.shape[-1]},
            )
    return None


def _are_alike(first: Array, all_of_them: Array) -> bool:
    return bool((first[:1] == all_of_them[:1]).all()) and bool((first == all_of_them).all())


def equal_weights(run: Run) -> Finding | None:
    """Two layers that were drawn from the same seed."""
    if not run.is_first:
        return None
    for (one, p), (other, q) in itertools.combinations(run.weights, 2):
        same = p.value.shape == q.value.shape and p.value.size > 1
        if same and p.value.flat[0] == q.value.flat[0] and np.array_equal(p.value, q.value):
            if np.ptp(p.value) == 0:
                continue
            return Finding(
                "equal-weights",
                f"{one} and {other} have the same initial weights.",
                "Give both layers one Generator, rng = np.random.default_rng(0), or two seeds.",
            )
    return None


CHECKS: tuple[Callable[[Run], Finding | None], ...] = (
    large_batch,
    one_class,
    constant_inputs,
    unfitted,
    input_scale,
    target_scale,
    equal_units,
    first_loss,
    dead_units,
    probabilities,
    never_negative,
    equal_weights,
)
