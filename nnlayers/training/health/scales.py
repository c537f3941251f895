"""Diagnoses of scale: inputs or targets that need standardising, and what made a loss infinite."""

from typing import Any

import numpy as np

from nnlayers.core.devices import to_host
from nnlayers.core.placement import on_host
from nnlayers.core.structures import each
from nnlayers.losses.base import Loss
from nnlayers.training.health.findings import Finding
from nnlayers.training.health.guessing import is_of_differences
from nnlayers.training.health.looks import Look, Scale, look

LARGE = 10.0  # columns should be of about size 1
SMALL = 0.01
OFFSET = 30.0  # times the spread
STANDARDIZE = (
    "Standardize the inputs: divide pixels by 255, or put nn.Standardize(features).fit(x) first."
)

SCALE_TARGETS = (
    "Train on (y - mean) / std, such as nn.Standardize(1).fit(y).predict(y) for y of shape (N, 1); "
    "predictions are then prediction * std + mean."
)


def place(scale: Scale) -> str:
    """The layer that the numbers go into."""
    return f"{scale.layer} ({scale.path or 'the model'})"


def describe(scale: Scale, column: int) -> str:
    """One column of an input, in words."""
    return f"has mean {scale.mean[column]:.3g} and deviation {scale.std[column]:.3g}"


def unfitted(found: Look) -> Finding | None:
    """A layer that standardises, but has never seen data that need it."""
    for scale in found.unfitted:
        off = (np.abs(scale.mean) > 0.5) | (scale.std > 2) | ((scale.std < 0.5) & (scale.std > 0))
        if off.any():
            column = int(np.argmax(np.where(off, scale.size, -1.0)))
            return Finding(
                "standardize-not-fitted",
                f"{place(scale)} was never fitted, so it changes nothing: column {column} of its input "
                f"{describe(scale, column)}.",
                "Call its fit(x_train) before training.",
                {"mean": float(scale.mean[column]), "deviation": float(scale.std[column])},
            )
    return None


def input_scale(found: Look) -> Finding | None:
    """Columns of the data, on their way into a layer with weights, whose scale is far from 1."""
    for scale in found.scales:
        size = scale.size
        offset = (np.abs(scale.mean) > OFFSET * scale.std) & (np.abs(scale.mean) > 3) & (scale.std > 0)
        if size.max() > LARGE or offset.any():
            column = int(size.argmax() if size.max() > LARGE else offset.argmax())
        elif 0 < size.max() < SMALL:
            column = int(size.argmax())
        else:
            continue
        return Finding(
            "input-scale",
            f"The scale of the inputs makes training hard: column {column} of what goes into "
            f"{place(scale)} {describe(scale, column)}.",
            STANDARDIZE,
            {"mean": float(scale.mean[column]), "deviation": float(scale.std[column])},
        )
    return None


def target_scale(loss: Loss, prediction: Any, y: Any, least: float = LARGE) -> Finding | None:
    """Targets of a regression that are larger than ``least``, and than the predictions, if given."""
    if not isinstance(y, np.ndarray) or y.dtype.kind not in "fiu" or not y.ndim:
        return None
    targets, y = y, y.astype(np.float64)
    size, mean, std = float(np.sqrt(np.mean(np.square(y)))), float(y.mean()), float(y.std())
    cause = f"The targets are large: some of them have mean {mean:.4g} and deviation {std:.4g}"
    if prediction is not None:
        predicted = float(np.sqrt(np.mean(np.square(prediction, dtype=np.float64))))
        cause += f", and first predictions are of size {predicted:.2g}"
        if size < 30 * predicted:
            return None
    if size <= least or not is_of_differences(loss, targets):
        return None
    return Finding(
        "target-scale",
        f"{cause}.",
        SCALE_TARGETS,
        {"mean": mean, "deviation": std},
    )


def likely_cause(trainer: Any, x: Any, y: Any) -> str:
    """The likely cause of a loss or gradient that is not finite, and what to do about it."""
    optimizer = trainer.optimizer
    rate = f"the learning rate often helps; it is {optimizer.rate:.3g}."
    try:
        x, y = each(to_host, x), each(to_host, y)
        found = look(on_host(trainer.model), x, scales=True)
        finding = unfitted(found) or input_scale(found) or target_scale(trainer.loss, None, y)
        if finding:
            return f"{finding.cause} {finding.remedy} Lowering {rate}"
        if optimizer.steps == 0:
            return "No step was taken yet, so look at that layer, the initial weights and the loss."
    except Exception:  # the reason is only a help: the error itself is what counts
        pass
    return f"Lowering {rate}"
