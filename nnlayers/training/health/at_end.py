"""Diagnoses at the end of a fit: whether it learned, and if not, why."""

import math
from collections.abc import Callable

import numpy as np

from nnlayers.losses.regression import MeanSquaredError
from nnlayers.training.health import at_start, outputs, scales, weights
from nnlayers.training.health.findings import Finding
from nnlayers.training.health.guessing import is_of_differences
from nnlayers.training.health.run import Run

UNBALANCED = 0.9  # the share of a class


def dead_units(run: Run) -> Finding | None:
    """Layers whose units are all dead, or most of them."""
    if finding := at_start.dead_units(run):
        return finding
    stuck = run.is_stuck()
    for path, share in run.look.dead.items():
        if run.look.units[path] >= 16 and share > (0.75 if stuck else 0.95) and run.rows >= 64:
            return Finding(
                "dead-units",
                f"{share:.0%} of the {run.look.units[path]} units of {path or 'the model'} are dead: "
                "they are 0 for every row that was looked at.",
                "Start again from new weights with a lower learning rate, and standardised inputs.",
                {"share": share},
            )
    return None


def constant_outputs(run: Run) -> Finding | None:
    """Predictions that are the same for every row."""
    y = run.look.prediction
    if not isinstance(y, np.ndarray) or run.rows < 8 or not (run.has_time() and run.guess.loss > 0):
        return None
    spread = np.ptp(y, axis=0).max()
    if not spread <= 1e-6 * np.abs(y).max() or not run.is_stuck():
        return None
    return Finding(
        "constant-outputs",
        "The prediction is the same for every row: the input does not reach the output.",
        "Look at trainer.health.plot() and model.summary() for the layer that loses it.",
    )


def input_scale(run: Run) -> Finding | None:
    """Inputs of another scale, where nothing was learned."""
    return scales.input_scale(run.look) if run.is_stuck() else None


def target_scale(run: Run) -> Finding | None:
    """Targets of another scale, where nothing was learned."""
    if not run.is_stuck():
        return None
    return scales.target_scale(run.loss, None, run.y) or _tiny_targets(run)


def _tiny_targets(run: Run) -> Finding | None:
    size, mean, std = run.guess.size, float(np.mean(run.y)), float(np.std(run.y))
    if not size < scales.SMALL or run.last < 10 * run.guess.loss:
        return None
    if not is_of_differences(run.loss, run.y):
        return None
    return Finding(
        "target-scale",
        f"The targets are small: some of them have mean {mean:.3g} and deviation {std:.3g}, and the "
        "predictions are still far larger.",
        scales.SCALE_TARGETS,
        {"mean": mean, "deviation": std},
    )


def one_class_predicted(run: Run) -> Finding | None:
    """One class predicted for everything."""
    scores, guess = run.scores, run.guess
    if scores is None or guess.shares is None or guess.majority >= UNBALANCED or not run.has_time():
        return None
    predicted = np.unique(scores.argmax(axis=1))
    several = run.guess_here.majority < 1 and len(scores) >= at_start.FEW
    if len(predicted) > 1 or not several or not run.is_stuck():
        return None
    classes = np.count_nonzero(guess.shares)
    return Finding(
        "one-class-predicted",
        f"Class {predicted[0]} is predicted for every row, though there are {classes} classes.",
        _or_see_above(run, "Train longer, and try other learning rates."),
        {"class": float(predicted[0])},
    )


def unbalanced_classes(run: Run) -> Finding | None:
    """A class so frequent that always guessing it looks good."""
    scores, guess = run.scores, run.guess
    if scores is None or guess.shares is None or not UNBALANCED <= guess.majority < 1:
        return None
    largest = int(guess.shares.argmax())
    names = ("accuracy", "binary_accuracy")
    accuracy = next((run.figures[name] for name in names if name in run.figures), math.nan)
    rare = guess.labels is not None and np.count_nonzero(guess.labels != largest) >= 10
    better = 1 - accuracy < 0.9 * (1 - guess.majority)
    if (scores.argmax(axis=1) != largest).any() or better or not rare:
        return None
    if not run.has_time() or (run.is_falling() and run.report.epochs < 10):
        return None
    return Finding(
        "unbalanced-classes",
        f"{guess.majority:.1%} of the labels are {largest}, and only that class is predicted: an "
        "accuracy of this size means nothing.",
        "Weight the samples, as in fit(..., sample_weight=w[y]), or move the threshold, and look at "
        "nn.plots.confusion_matrix.",
        {"share": guess.majority, "class": float(largest)},
    )


def at_chance(run: Run) -> Finding | None:
    """A loss no better than that of guessing."""
    if not run.is_stuck():
        return None
    if run.guess.is_classes:
        what = "the class shares"
    else:
        what = "the mean of the targets" if isinstance(run.loss, MeanSquaredError) else "a constant"
    better = "no" if run.last >= run.guess.loss else "hardly"
    return Finding(
        "loss-at-chance",
        f"The loss is {run.last:.4g} after {run.report.steps:,} steps, {better} better than always "
        f"predicting {what}, which gives {run.guess.loss:.4g}.",
        _or_see_above(
            run,
            "Check that the rows of x and y belong together, and try other learning rates.",
        ),
        {"loss": run.last, "guess": run.guess.loss},
    )


def _or_see_above(run: Run, remedy: str) -> str:
    """A remedy; if there are other findings, these say what to do."""
    return "The findings above say why." if run.report else remedy


def rising_loss(run: Run) -> Finding | None:
    """A training loss that rose during the fit."""
    losses = run.report.losses
    if len(losses) < 3 or not run.has_time() or min(losses) < 0:  # such a loss has no natural 0
        return None
    best = min(losses[:-1])
    floor = 3 * losses[0] if math.isnan(run.guess.loss) else 0.5 * run.guess.loss
    if not (run.last > 2 * best and min(losses[-2:]) > max(floor, 1.5 * best)):
        return None
    return Finding(
        "rising-loss",
        f"The training loss rises: it is {run.last:.3g}, and was {best:.3g}.",
        f"Lower the learning rate; it is {run.optimizer.rate:.3g}.",
        {"loss": run.last, "best": best},
    )


def figures_not_numbers(run: Run) -> Finding | None:
    """A metric that is NaN."""
    names = [name for name, value in run.figures.items() if math.isnan(value)]
    if not names:
        return None
    return Finding(
        "figure-is-nan",
        f"The last epoch has {', '.join(names)} of NaN.",
        "Check what the metric does with these predictions, such as a division by 0.",
    )


CHECKS: tuple[Callable[[Run], Finding | None], ...] = (
    weights.strong_decay,
    weights.large_updates,
    input_scale,
    target_scale,
    dead_units,
    weights.small_updates,
    constant_outputs,
    weights.no_gradient,
    one_class_predicted,
    unbalanced_classes,
    outputs.bounded,
    at_chance,
    rising_loss,
    figures_not_numbers,
)
EXPLAINS = {  # a finding, and others that only follow from it: they are not said as well
    "standardize-not-fitted": {
        "input-scale",
        "first-loss",
        "large-updates",
        "dead-units",
        "constant-outputs",
    },
    "input-scale": {"first-loss", "large-updates", "small-updates"},
    "target-scale": {"large-updates", "small-updates"},
    "outputs-never-negative": {"outputs-bounded"},
    "first-loss": {"large-updates"},
    "constant-inputs": {
        "dead-units",
        "small-updates",
        "constant-outputs",
        "no-gradient",
        "one-class-predicted",
    },
    "equal-units": {
        "outputs-never-negative",
        "dead-units",
        "small-updates",
        "constant-outputs",
        "no-gradient",
    },
    "strong-decay": {"dead-units", "large-updates", "small-updates", "constant-outputs"},
    "dead-units": {"small-updates", "constant-outputs", "no-gradient"},
    "constant-outputs": {"no-gradient"},
}
