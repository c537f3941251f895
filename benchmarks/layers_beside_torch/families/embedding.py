"""Embedding, and the layer that shares its weight."""

import torch
from pairs import Pair, Weight

import nnlayers as nn


def weights(layer, module):
    return [Weight(layer.weight, module.weight)]


def tied_weights(layer, module):
    return [Weight(layer.embedding.weight, module.weight), Weight(layer.bias, module.bias)]


def integers(count):
    return lambda rng, shape: rng.integers(0, count, shape)


def embedding(count, features, **shapes):
    return Pair(
        f"Embedding {count}-{features}",
        lambda: nn.Embedding(count, features),
        lambda: torch.nn.Embedding(count, features),
        weights=weights,
        inputs=integers(count),
        **shapes,
    )


PAIRS = [
    embedding(5, 3, small=(4, 6)),
    embedding(1000, 64, large=[(32, 50)]),
    embedding(10_000, 256, large=[(32, 64)]),
    embedding(65, 128, large=[(64, 128)]),
    Pair(
        "TiedDense",
        lambda: nn.TiedDense(nn.Embedding(5, 3)),
        lambda: torch.nn.Linear(3, 5),
        (4, 6, 3),
        weights=tied_weights,
    ),
]
