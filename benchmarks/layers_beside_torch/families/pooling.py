"""MaxPool2D, AveragePool2D and GlobalAveragePool."""

import functools

import torch
from pairs import Pair, channels_first, channels_last

import nnlayers as nn

Images = functools.partial(Pair, to_theirs=channels_first, to_ours=channels_last)
PAIRS = [
    Images(
        "MaxPool2D",
        lambda: nn.MaxPool2D(2),
        lambda: torch.nn.MaxPool2d(2),
        (2, 5, 4, 3),
        [(32, 28, 28, 32)],
    ),
    Images(
        "MaxPool2D that overlaps",
        lambda: nn.MaxPool2D((3, 2), stride=(2, 1), padding=1),
        lambda: torch.nn.MaxPool2d((3, 2), (2, 1), 1),
        (2, 5, 4, 3),
    ),
    Images(
        "MaxPool2D 3, stride 2",
        lambda: nn.MaxPool2D(3, stride=2, padding=1),
        lambda: torch.nn.MaxPool2d(3, 2, 1),
        large=[(32, 28, 28, 32)],
    ),
    Images(
        "AveragePool2D",
        lambda: nn.AveragePool2D(2),
        lambda: torch.nn.AvgPool2d(2),
        (2, 5, 4, 3),
        [(32, 28, 28, 32)],
    ),
    Images(
        "AveragePool2D that overlaps",
        lambda: nn.AveragePool2D((3, 2), stride=(2, 1), padding=1),
        lambda: torch.nn.AvgPool2d((3, 2), (2, 1), 1, count_include_pad=False),
        (2, 5, 4, 3),
    ),
    Images(
        "AveragePool2D 3, stride 2",
        lambda: nn.AveragePool2D(3, stride=2, padding=1),
        lambda: torch.nn.AvgPool2d(3, 2, 1, count_include_pad=False),
        large=[(32, 28, 28, 32)],
    ),
    Images(
        "GlobalAveragePool",
        nn.GlobalAveragePool,
        lambda: torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()),
        (2, 5, 4, 3),
        [(32, 14, 14, 64)],
    ),
]
