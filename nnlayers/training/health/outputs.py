"""Diagnoses of the layer that makes the outputs: an activation that does not belong there."""

import numpy as np

from nnlayers.losses.pointwise import Pointwise
from nnlayers.training.health.findings import Finding
from nnlayers.training.health.run import Run


def probabilities(run: Run) -> Finding | None:
    """Probabilities where logits are expected."""
    scores, end = run.scores, run.look.end
    if scores is None:
        return None
    if end == "softmax":
        what = "probabilities already (each row sums to 1)"
    elif end == "sigmoid":
        what = "all between 0 and 1, as after a sigmoid"
    else:
        return None
    return Finding(
        "probabilities-as-logits",
        f"The predictions are {what}, but {run.loss!r} expects logits and applies the softmax itself.",
        f"Leave out the {end} at the end of the network; nn.softmax(model.predict(x)) gives "
        "probabilities afterwards.",
        {"least": float(scores.min()), "largest": float(scores.max())},
    )


def never_negative(run: Run) -> Finding | None:
    """A ReLU at the end of the network, where negative outputs are wanted."""
    y = run.look.prediction
    if run.look.end != "rectifier" or run.rows < 8:
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


def bounded(run: Run) -> Finding | None:
    """Outputs that press against the end of their range, and targets beyond it."""
    y, target, end = run.look.prediction, run.y, run.look.end
    if not isinstance(run.loss, Pointwise) or end not in ("sigmoid", "tanh") or not run.has_time():
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
