"""Kernels for the arrays of a GPU: what takes another way there than in NumPy."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.devices import nan_unless
from nnlayers.core.distributions import are_distributions
from nnlayers.core.sums import product_where, times_shares, weighted_mean


def cross_entropy(z: Array, target: Array, shares: Array | float) -> tuple[Any, Array]:
    """See `kernels.cross_entropy`: without an index that may be out of range, which CuPy lets wrap.

    Loss and gradient of a row are NaN if its label is out of range, or its distribution is not one.
    """
    z = z - z.max(axis=1, keepdims=True)
    p = np.exp(z)
    if target.ndim == 1:
        target = target[:, np.newaxis] == np.arange(z.shape[1], like=z)
        good: Any = target.any(axis=1)
        chosen = np.where(target, z, z.dtype.type(0))
    else:
        good = are_distributions(target)
        chosen = product_where(target != 0, z, target, np.zeros_like(z))
    total = nan_unless(good[:, np.newaxis], p.sum(axis=1, keepdims=True))
    loss = weighted_mean(np.log(total[:, 0]) - chosen.sum(axis=1), shares)
    if isinstance(shares, float):
        p *= shares / total
        p -= target * z.dtype.type(shares)
    else:
        p = times_shares(p / total, shares[:, np.newaxis])
        p -= times_shares(target.astype(z.dtype, copy=False), shares[:, np.newaxis])
    return loss, p
