"""Layers with a predict of their own: correct ones, and wrong ones."""

from tests.testing.contract.predictions import containers, meant, moving, noise, nonlinear, running
from tests.testing.contract.predictions.wrong import WRONG, predicting

__all__ = [
    "CHECKS",
    "CORRECT",
    "WRONG",
    "containers",
    "meant",
    "moving",
    "noise",
    "nonlinear",
    "predicting",
    "running",
    "shape_of",
]

CHECKS = ["predict", "delegates", "settles", "unbiased"]
WITH_OTHER_INPUT = noise.Random, moving.Sampled, moving.WordDropout
CORRECT = [
    *(
        kind
        for module in (noise, nonlinear, moving, meant, running, containers)
        for kind in vars(module).values()
        if getattr(kind, "__module__", "") == module.__name__ and kind not in WITH_OTHER_INPUT
    ),
]


def shape_of(kind):
    return getattr(kind, "shape", "N D")
