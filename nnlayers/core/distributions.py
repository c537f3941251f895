"""Distributions over classes, as targets."""

import numpy as np

from nnlayers.core.checks import Array


def are_distributions(target: Array) -> Array:
    """For each row, whether it has no negative numbers, and a sum of 1."""
    # A number of float16 may be off by 2**-25, however small it is: many classes add that up.
    slack = 1e-3 + (target.shape[-1] * 2.0**-25 if target.itemsize < 4 else 0)
    sums = target.sum(axis=-1, dtype=np.float64)
    good: Array = ~(target < 0).any(axis=-1) & (np.abs(sums - 1) < slack)
    return good
