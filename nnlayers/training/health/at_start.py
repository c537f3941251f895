"""Diagnoses that are certain before the first step."""

from collections.abc import Callable

import numpy as np

from nnlayers.training.health import outputs, scales, weights
from nnlayers.training.health.ends import all_alike
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
    if run.samples < FEW or np.isnan(run.guess.loss) or run.guess.majority < 1:
        return None
    if not all_alike(run.y) or not all_alike(run.data[1]):
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
    if run.rows < FEW or not all_alike(run.x) or not all_alike(run.data[0]):
        return None
    return Finding(
        "constant-inputs",
        "All rows of x are the same, so every prediction is too.",
        "Check how x was read and scaled.",
        {"rows": run.samples},
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


CHECKS: tuple[Callable[[Run], Finding | None], ...] = (
    large_batch,
    one_class,
    constant_inputs,
    unfitted,
    input_scale,
    target_scale,
    weights.equal_units,
    weights.first_loss,
    dead_units,
    outputs.probabilities,
    outputs.never_negative,
    weights.equal_weights,
)
