"""Diagnoses at the end of a fit: whether it learned, and if not, why."""

import math
from collections.abc import Callable

import numpy as np

from nnlayers.losses.pointwise import Pointwise
from nnlayers.training.health import at_start, scales
from nnlayers.training.health.findings import Finding
from nnlayers.training.health.run import Run

UNBALANCED = 0.9  # the share of a class


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
    worse = run.ratio > 1 and run.last > 1.5 * run.guess.loss and run.guess.loss != 0
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
    rate = run.optimizer.rate
    still = run.is_first and run.steps >= 100 and run.drift < 1e-6
    still = still and not run.last <= 0.1 * run.guess.loss  # there is little left to learn
    if not (still and rate > 0) and not (run.drift < 0.02 and run.is_stuck()):
        return None
    return Finding(
        "small-updates",
        f"The weights hardly move: {run.steps:,} steps changed them by {run.drift:.2g} of their size.",
        f"Raise the learning rate; it is {rate:.3g}.",
        {"drift": run.drift, "lr": rate},
    )


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
    return scales.target_scale(run.loss, None, run.y)


def one_class_predicted(run: Run) -> Finding | None:
    """One class predicted for everything."""
    scores, guess = run.scores, run.guess
    if scores is None or guess.shares is None or guess.majority >= UNBALANCED or not run.has_time():
        return None
    predicted = np.unique(scores.argmax(axis=1))
    several = run.guess_here.majority < 1 and len(scores) >= at_start.FEW
    bad = run.is_stuck() or (guess.majority < 0.6 and not run.is_falling())
    if len(predicted) > 1 or not several or not bad:
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
    accuracy = run.figures.get("accuracy", math.nan)
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
        "Weight the samples in the loss (weights=w[y]) or repeat those of rare classes, and look at "
        "nn.plots.confusion_matrix.",
        {"share": guess.majority, "class": float(largest)},
    )


def bounded_outputs(run: Run) -> Finding | None:
    """Outputs that press against the end of their range, and targets beyond it."""
    y, target = run.look.prediction, run.y
    if not isinstance(run.loss, Pointwise) or not isinstance(y, np.ndarray) or not run.has_time():
        return None
    for low, high in ((0, 1), (-1, 1)):
        if y.min() < low or y.max() > high:
            continue
        at_end = {"below": y < low + 0.02, "above": y > high - 0.02}
        beyond = {"below": target < low - 0.05, "above": target > high + 0.05}
        for side in ("below", "above"):
            share = float(beyond[side].mean())
            if share > 0.05 and at_end[side].mean() > 0.05 and np.ptp(y) > 0:
                return Finding(
                    "outputs-bounded",
                    f"The outputs stay between {low} and {high}, as those of a "
                    f"{'tanh' if low else 'sigmoid'}, but {share:.0%} of the targets are {side} that.",
                    "Leave out the last activation, or bring the targets into its range.",
                    {"share": share},
                )
    return None


def at_chance(run: Run) -> Finding | None:
    """A loss no better than that of guessing."""
    if not run.is_stuck():
        return None
    what = "the class shares" if run.guess.is_classes else "the mean of the targets"
    return Finding(
        "loss-at-chance",
        f"The loss is {run.last:.4g} after {run.report.steps:,} steps, no better than always "
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
    if len(losses) < 3 or not run.has_time():
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
    strong_decay,
    large_updates,
    input_scale,
    target_scale,
    dead_units,
    small_updates,
    constant_outputs,
    one_class_predicted,
    unbalanced_classes,
    bounded_outputs,
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
    "constant-inputs": {"dead-units", "small-updates", "constant-outputs", "one-class-predicted"},
    "equal-units": {"outputs-never-negative", "dead-units", "small-updates", "constant-outputs"},
    "strong-decay": {"dead-units", "large-updates", "small-updates", "constant-outputs"},
    "dead-units": {"small-updates", "constant-outputs"},
}
