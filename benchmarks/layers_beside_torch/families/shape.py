"""Flatten, Reshape and Upsample2D."""

import torch
from pairs import Pair, channels_first, channels_last

import nnlayers as nn

PAIRS = [
    Pair("Flatten", nn.Flatten, torch.nn.Flatten, (2, 3, 4)),
    Pair("Reshape", lambda: nn.Reshape(2, -1), lambda: torch.nn.Unflatten(1, (2, 3)), (2, 6)),
    Pair(
        "Upsample2D",
        lambda: nn.Upsample2D((3, 2)),
        lambda: torch.nn.Upsample(scale_factor=(3, 2)),
        (2, 2, 3, 3),
        [(32, 14, 14, 32)],
        to_theirs=channels_first,
        to_ours=channels_last,
    ),
]
