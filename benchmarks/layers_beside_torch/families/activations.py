"""Activations, but for ReLU."""

import torch
from pairs import Pair, Weight

import nnlayers as nn

SMALL, LARGE = (5, 4), [(128, 256)]


def slopes(layer, module):
    return [Weight(layer.slope, module.weight)]


def elementwise(layer, module):
    return Pair(type(layer()).__name__, layer, module, SMALL, LARGE)


PAIRS = [
    elementwise(nn.LeakyReLU, torch.nn.LeakyReLU),
    elementwise(nn.ELU, torch.nn.ELU),
    Pair("ELU alpha", lambda: nn.ELU(alpha=0.3), lambda: torch.nn.ELU(0.3), SMALL),
    elementwise(nn.GELU, torch.nn.GELU),
    elementwise(nn.SiLU, torch.nn.SiLU),
    elementwise(nn.Sigmoid, torch.nn.Sigmoid),
    elementwise(nn.Tanh, torch.nn.Tanh),
    elementwise(nn.Softplus, torch.nn.Softplus),
    Pair("PReLU", nn.PReLU, torch.nn.PReLU, SMALL, LARGE, weights=slopes),
    Pair(
        "PReLU channels",
        lambda: nn.PReLU(4),
        lambda: torch.nn.PReLU(4),
        SMALL,
        weights=slopes,
    ),
    Pair("Softmax", nn.Softmax, lambda: torch.nn.Softmax(dim=-1), (3, 2, 4), LARGE),
]
