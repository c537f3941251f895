"""Dense and ReLU."""

import numpy as np
import torch
from pairs import Pair, Weight

import nnlayers as nn


def weights(layer, module):
    return [
        Weight(layer.weight, module.weight, np.transpose, np.transpose),
        Weight(layer.bias, module.bias),
    ]


PAIRS = [
    Pair("Dense", lambda: nn.Dense(4, 3), lambda: torch.nn.Linear(4, 3), (5, 2, 4), weights=weights),
    Pair(
        "Dense 784-256",
        lambda: nn.Dense(784, 256),
        lambda: torch.nn.Linear(784, 256),
        large=[(128, 784)],
        weights=weights,
    ),
    Pair("ReLU", nn.ReLU, torch.nn.ReLU, (5, 4), [(128, 256)]),
]
