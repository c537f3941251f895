"""Diagnoses of the layer that makes the outputs: an activation that does not belong there."""

import numpy as np

from nnlayers.core import tree
from nnlayers.losses.base import Loss
from nnlayers.losses.binary import SigmoidBinaryCrossEntropy
from nnlayers.losses.pointwise import Pointwise
from nnlayers.training.health.ends import OF_LOGITS
from nnlayers.training.health.findings import Finding
from nnlayers.training.health.run import Run


def probabilities(run: Run) -> Finding | None:
    """Probabilities where logits are expected."""
    kinds = {"softmax": "each row sums to 1", "sigmoid": "each is between 0 and 1"}
    for scores, end in run.look.logits:
        if end in kinds:
            loss = _loss_of_logits(run)
            function = "sigmoid" if isinstance(loss, SigmoidBinaryCrossEntropy) else "softmax"
            return Finding(
                "probabilities-as-logits",
                f"The predictions are probabilities already ({kinds[end]}), but {loss!r} expects "
                f"logits and applies the {function} itself.",
                f"Leave out the {end} at the end of the network; nn.{function}(model.predict(x)) gives "
                "probabilities afterwards.",
                {"least": float(scores.min()), "largest": float(scores.max())},
            )
    return None


def _loss_of_logits(run: Run) -> Loss:
    """The loss, or the first one in it, that takes logits."""
    losses = (part for _, part in [("", run.loss), *tree.parts(run.loss)])
    return next(loss for loss in losses if isinstance(loss, OF_LOGITS))


def never_negative(run: Run) -> Finding | None:
    """A ReLU at the end of the network, where negative outputs are wanted."""
    for y, end in run.look.ends:
        if end != "rectifier" or run.rows < 8:
            continue
        both = ((y == 0).any(axis=0) & (y > 0).any(axis=0)).mean()  # cut off at 0 here, but not there
        if both < 0.5 or (zeros := float((y == 0).mean())) < 0.1:
            continue
        if any(y is logits for logits, _ in run.look.logits):
            wanted = "logits are negative for unlikely classes"
        elif isinstance(run.loss, Pointwise) and (below := float((run.y < 0).mean())) > 0.01:
            wanted = f"{below:.0%} of the targets are negative"
        else:
            continue
        return Finding(
            "outputs-never-negative",
            f"The outputs of the network are never negative, and {zeros:.0%} of them are exactly 0, "
            f"but {wanted}.",
            "Leave out the ReLU behind the last layer.",
            {"zeros": zeros},
        )
    return None


def bounded(run: Run) -> Finding | None:
    """Outputs that press against the end of their range, and targets beyond it."""
    if not isinstance(run.loss, Pointwise) or not run.has_time() or len(run.look.ends) != 1:
        return None
    (y, end), target = run.look.ends[0], run.y
    if end not in ("sigmoid", "tanh"):
        return None
    low, high = (0, 1) if end == "sigmoid" else (-1, 1)
    at_end = {"below": y < low + 0.02, "above": y > high - 0.02}
    beyond = {"below": np.maximum(low - target, 0), "above": np.maximum(target - high, 0)}
    for side, distance in beyond.items():
        share = float((distance > 0.05).mean())
        matters = np.square(distance).mean() > 0.05 * np.var(target)  # not only noise around the end
        if share > 0.05 and matters and at_end[side].mean() > 0.05 and np.ptp(y) > 0:
            return Finding(
                "outputs-bounded",
                f"The outputs stay between {low} and {high}, as those of a {end}, but {share:.0%} of "
                f"the targets are {side} that.",
                "Leave out the last activation, or bring the targets into its range.",
                {"share": share},
            )
    return None
