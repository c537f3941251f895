"""The evidence of a wrong gradient: all elements of it, beside the numerical gradient."""

from typing import NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.numeric import numerical_gradient
from nnlayers.testing.trials import Trial

MAX_ELEMENTS = 400  # of a block whose numerical gradient is computed


class Evidence(NamedTuple):
    """The wrong gradient of a block at one trial, and the right one with its estimated errors."""

    trial: Trial
    block: str
    wrong: Array
    right: Array
    error: Array

    def nearly_equal(self, one: Array, other: Array) -> bool:
        """True if two arrays agree within what a numerical gradient can show."""
        size = max(float(np.abs(self.right).max()), float(np.abs(self.wrong).max()))
        return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-5, atol=1e-6 * size))


def collect_evidence(trial: Trial, block: str) -> Evidence | None:
    """Both gradients of a block; None if it has too many elements."""
    z = trial.blocks[block]
    if z.size > MAX_ELEMENTS:
        return None
    with np.errstate(all="ignore"):
        right, error = numerical_gradient(lambda z: trial.value(block, z)[0], z)
    found = trial.gradients()[block]
    wrong = np.zeros_like(z) if found is None else np.asarray(found, np.float64)
    return Evidence(trial, block, wrong, right, error)
