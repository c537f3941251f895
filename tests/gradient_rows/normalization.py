"""Rows of the gradient table: normalization."""

import numpy as np

import nnlayers as nn


def with_statistics(features):
    """A BatchNorm whose parameters and running statistics are not those it begins with."""
    norm = nn.BatchNorm(features, epsilon=1e-3)
    for number, array in enumerate((norm.gain, norm.offset, norm.mean, norm.variance), start=2):
        array.value[...] = np.linspace(0.5, number, features)
    return norm


ROWS = [
    (lambda D: nn.BatchNorm(D), "N D"),
    (lambda C: nn.BatchNorm(C, momentum=0.5, epsilon=0.1), "N H W C"),
    (with_statistics, "N features"),
    (lambda D: with_statistics(D).for_inference(), "N T D"),
    (lambda D: nn.LayerNorm(D), "N D"),
    (lambda D: nn.LayerNorm(D, epsilon=0.1), "N T D"),
    (lambda H, C: nn.LayerNorm((H, C)), "N T H C"),
    (lambda D: nn.RMSNorm(D), "N D"),
    (lambda T, D: nn.RMSNorm((T, D), epsilon=0.1), "N T D"),
    (lambda C: nn.GroupNorm(2, 2 * C), "N H W 2*C"),
    (lambda C: nn.GroupNorm(C, 2 * C, epsilon=0.1), "N 2*C"),
    (lambda D: nn.GroupNorm(D, D), "N T D"),
]
