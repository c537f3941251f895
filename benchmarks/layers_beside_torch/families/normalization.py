"""BatchNorm, LayerNorm, RMSNorm and GroupNorm."""

import functools

import torch
from pairs import Pair, Weight, channels_first, channels_last

import nnlayers as nn


def weights(layer, module):
    pairs = [Weight(layer.gain, module.weight)]
    return [*pairs, Weight(layer.offset, module.bias)] if hasattr(layer, "offset") else pairs


LastAxis = functools.partial(Pair, weights=weights)
Images = functools.partial(Pair, weights=weights, to_theirs=channels_first, to_ours=channels_last)
PAIRS = [
    LastAxis("BatchNorm", lambda: nn.BatchNorm(4), lambda: torch.nn.BatchNorm1d(4), (5, 4)),
    LastAxis(
        "BatchNorm of 256",
        lambda: nn.BatchNorm(256),
        lambda: torch.nn.BatchNorm1d(256),
        large=[(128, 256)],
    ),
    Images(
        "BatchNorm of images", lambda: nn.BatchNorm(4), lambda: torch.nn.BatchNorm2d(4), (3, 2, 5, 4)
    ),
    Images(
        "BatchNorm of 64 channels",
        lambda: nn.BatchNorm(64),
        lambda: torch.nn.BatchNorm2d(64),
        large=[(32, 14, 14, 64)],
    ),
    Images(
        "BatchNorm of 16 channels",
        lambda: nn.BatchNorm(16),
        lambda: torch.nn.BatchNorm2d(16),
        large=[(32, 28, 28, 16)],
    ),
    LastAxis("LayerNorm", lambda: nn.LayerNorm(4), lambda: torch.nn.LayerNorm(4), (3, 2, 4)),
    LastAxis(
        "LayerNorm of two axes",
        lambda: nn.LayerNorm((3, 4)),
        lambda: torch.nn.LayerNorm((3, 4)),
        (2, 3, 4),
    ),
    LastAxis(
        "LayerNorm of 128",
        lambda: nn.LayerNorm(128),
        lambda: torch.nn.LayerNorm(128),
        large=[(16, 64, 128)],
    ),
    LastAxis("RMSNorm", lambda: nn.RMSNorm(4), lambda: torch.nn.RMSNorm(4, eps=1e-5), (3, 2, 4)),
    LastAxis(
        "RMSNorm of 128",
        lambda: nn.RMSNorm(128),
        lambda: torch.nn.RMSNorm(128, eps=1e-5),
        large=[(16, 64, 128)],
    ),
    Images("GroupNorm", lambda: nn.GroupNorm(2, 4), lambda: torch.nn.GroupNorm(2, 4), (2, 3, 2, 4)),
    Images(
        "GroupNorm of 64 channels",
        lambda: nn.GroupNorm(8, 64),
        lambda: torch.nn.GroupNorm(8, 64),
        large=[(32, 14, 14, 64)],
    ),
]
