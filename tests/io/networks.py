"""A network with each layer, for the formats that say all of them, or nearly all."""

import numpy as np

import nnlayers as nn
from nnlayers.core.tree import walk
from tests.layers_for_tests import Scale as UsersScale


def moved(model, seed=3):
    """The model with random numbers in all parameters and statistics that begin as zeros or ones."""
    rng = np.random.default_rng(seed)
    for _, part in walk(model):
        if isinstance(part, (nn.Parameter, nn.State)):
            part.value[...] += 0.3 * rng.random(part.value.shape)
    return model


def images(*layers, shape=(7, 6, 4)):
    return moved(nn.Sequential(*layers, input_shape=shape)), shape


def rows(*layers, features=6):
    return moved(nn.Sequential(*layers, input_shape=(features,))), (features,)


def new_layer():
    """A class of layers that no format knows, a new one for each test."""

    class Scale(UsersScale):
        def __init__(self, features):
            super().__init__(features)
            self.gain.value[...] = np.arange(1.0, features + 1)

    return Scale


def random_network(rng):
    """A network of rows with layers, sizes and branches that are drawn."""
    size = int(rng.integers(1, 9))
    layers, first = [], size
    for _ in range(rng.integers(1, 7)):
        other = int(rng.integers(1, 9))
        inner = nn.Sequential(nn.Dense(size, other, rng=rng), nn.Tanh(), nn.Dense(other, size, rng=rng))
        choices = [
            nn.Dense(size, other, bias=bool(rng.integers(2)), rng=rng),
            PLAIN[rng.integers(len(PLAIN))](),
            nn.Residual(inner),
            nn.Sequential(nn.Fork(inner, nn.Identity(), nn.Residual(inner)), nn.Add()),
            nn.Sequential(nn.Fork(nn.Dense(size, other, rng=rng), nn.Identity()), nn.Concatenate()),
            nn.LayerNorm(size, epsilon=0.1),
            nn.BatchNorm(size),
            nn.PReLU(size),
            nn.Dropout(0.5),
        ]
        layers.append(choices[rng.integers(len(choices))])
        size = layers[-1].output_shape(size)[0]
    return moved(nn.Sequential(*layers, input_shape=(first,))), (first,)


def steps(*layers, shape=(5, 4)):
    return moved(nn.Sequential(*layers, input_shape=shape)), shape


PLAIN = [nn.ReLU, nn.LeakyReLU, nn.ELU, nn.PReLU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Tanh, nn.Softplus]
IDENTITY = [nn.Identity(), nn.Dropout(0.5), nn.GaussianNoise(0.1)]

NETWORKS = {
    "Dense": rows(nn.Dense(6, 5, rng=0)),
    "Dense of 3": rows(nn.Dense(3, 5, bias=False, rng=0), features=3),
    "Dense of steps": steps(nn.Dense(4, 3, rng=0)),
    **{kind.__name__: rows(kind()) for kind in PLAIN},
    "PReLU of features": steps(nn.PReLU(4)),
    "ELU, LeakyReLU": rows(nn.ELU(0.3), nn.LeakyReLU(0.2)),
    "Softmax": rows(nn.Softmax()),
    "Softmax of steps": steps(nn.Softmax()),
    "identity": rows(*IDENTITY),
    "SpatialDropout": steps(nn.SpatialDropout(0.5)),
    "Standardize": rows(nn.Standardize(6)),
    "BatchNorm": images(nn.BatchNorm(4)),
    "FixedBatchNorm": rows(nn.BatchNorm(6).for_inference()),
    "LayerNorm": steps(nn.LayerNorm(4)),
    "LayerNorm of axes": steps(nn.LayerNorm((5, 4))),
    "RMSNorm": steps(nn.RMSNorm(4)),
    "RMSNorm of axes": images(nn.RMSNorm((6, 4))),
    "GroupNorm": images(nn.GroupNorm(2, 4)),
    "instance norm": images(nn.GroupNorm(4, 4)),
    "GroupNorm of rows": rows(nn.GroupNorm(3, 6)),
    "Conv2D": images(nn.Conv2D(4, 5, 3, rng=0)),
    "Conv2D, same": images(nn.Conv2D(4, 5, (3, 5), padding="same", stride=(2, 1), rng=0)),
    "Conv2D, pads": images(nn.Conv2D(4, 5, (2, 3), padding=((2, 1), (0, 3)), dilation=(3, 1), rng=0)),
    "Conv2D, grouped": images(nn.Conv2D(4, 6, 3, groups=2, padding=1, stride=2, bias=False, rng=0)),
    "Conv2D, depthwise": images(nn.Conv2D(4, 8, 3, groups=4, padding=1, rng=0)),
    "Conv1D": steps(nn.Conv1D(4, 3, 3, rng=0)),
    "Conv1D, causal": steps(nn.Conv1D(4, 6, 2, dilation=3, padding=((3, 0),), groups=2, rng=0)),
    "ConvTranspose2D": images(nn.ConvTranspose2D(4, 3, 3, stride=2, rng=0)),
    "ConvTranspose2D, pads": images(
        nn.ConvTranspose2D(4, 6, (4, 3), stride=(2, 3), padding=1, groups=2, output_padding=1, rng=0)
    ),
    "ConvTranspose2D, same": images(nn.ConvTranspose2D(4, 3, 3, stride=2, padding="same", rng=0)),
    "MaxPool2D": images(nn.MaxPool2D(2)),
    "MaxPool2D, pads": images(nn.MaxPool2D((3, 2), stride=(1, 2), padding=((1, 2), 1))),
    "AveragePool2D": images(nn.AveragePool2D(2)),
    "AveragePool2D, same": images(nn.AveragePool2D(4, stride=3, padding="same")),
    "GlobalAveragePool": images(nn.GlobalAveragePool()),
    "Upsample2D": images(nn.Upsample2D((2, 3))),
    "Flatten": images(nn.Flatten()),
    "Reshape": images(nn.Reshape(6, -1), nn.Dense(28, 2, rng=0)),
    "numbers": rows(nn.Dense(6, 1, rng=0), nn.Reshape()),
    "PositionalEncoding": steps(nn.PositionalEncoding()),
    "Residual": images(nn.Residual(nn.Conv2D(4, 4, 3, padding="same", rng=0), nn.ReLU())),
    "Residual twice": rows(
        nn.Residual(nn.Residual(nn.Dense(6, 6, rng=0)), nn.Tanh(), nn.Dense(6, 6, rng=1))
    ),
    "Residual of nothing": rows(nn.Residual(nn.Identity())),
    "branches": rows(
        nn.Dense(6, 4, rng=0),
        nn.Fork(nn.Dense(4, 3, rng=1), nn.Identity(), nn.Sequential(nn.Dense(4, 2, rng=2), nn.Tanh())),
        nn.Parallel(nn.Identity(), nn.Dropout(0.1), nn.Sigmoid()),
        nn.Concatenate(),
    ),
    "branches of images": images(
        nn.Fork(nn.Conv2D(4, 4, 1, rng=0), nn.Identity()), nn.Concatenate(1), nn.GlobalAveragePool()
    ),
    "sum": rows(
        nn.Fork(nn.Dense(6, 6, rng=0), nn.Identity(), nn.Dense(6, 6, rng=1)), nn.Add(), nn.Tanh()
    ),
    "wired": rows(
        nn.io.Wired(
            nn.Dense(6, 6, rng=0), nn.Tanh(), nn.Add(), nn.Concatenate(),
            wires=((0,), (1,), (0, 2, 1), (3, 0)), outputs=(4,),
        )
    ),
    "Permute": images(nn.io.Permute(3, 1, 2), nn.io.Permute(2, 1, 3)),
    "Permute of rows": rows(nn.io.Permute(1)),
    "Reverse": steps(nn.io.Reverse(), nn.io.Select(-2)),
    "Reverse of images": images(nn.io.Reverse(), nn.io.Select(1), nn.io.Select(5)),
    "Reverse of rows": rows(nn.io.Reverse()),
    "number": rows(nn.Reshape(1, 6), nn.io.Select(0), nn.io.Select(-6)),
    "Embedding": (nn.Sequential(nn.Embedding(5, 3, rng=0), nn.Dense(3, 2, rng=1)), (4,)),
    "MLP": rows(
        nn.Standardize(6), nn.Dense(6, 9, rng=0), nn.ReLU(), nn.Dropout(0.5), nn.Dense(9, 3, rng=1)
    ),
    "convolutions": images(
        nn.Conv2D(4, 8, 3, padding="same", rng=0), nn.BatchNorm(8), nn.ReLU(), nn.MaxPool2D(2),
        nn.Residual(nn.Conv2D(8, 8, 3, padding=1, rng=1), nn.SiLU(), nn.Conv2D(8, 8, 1, rng=2)),
        nn.Flatten(), nn.Dense(72, 4, rng=3), nn.Softmax(),
    ),
}  # fmt: skip
TIED = nn.Embedding(6, 4, rng=0)
NETWORKS["TiedDense"] = nn.Sequential(TIED, nn.LayerNorm(4), nn.TiedDense(TIED)), (5,)

SEQUENCES = {  # these have no function in C
    "SimpleRNN": steps(nn.SimpleRNN(4, 3, rng=0)),
    "LSTM": steps(nn.LSTM(4, 3, rng=0)),
    "LSTM, last": steps(nn.LSTM(4, 3, return_sequences=False, rng=0)),
    "GRU": steps(nn.GRU(4, 3, rng=0)),
    "Bidirectional": steps(nn.Bidirectional(nn.LSTM(4, 3, rng=0), nn.GRU(4, 2, rng=1))),
    "Bidirectional, last": steps(
        nn.Bidirectional(*(nn.GRU(4, 3, return_sequences=False, rng=n) for n in (0, 1)))
    ),
    "attention": steps(nn.MultiHeadAttention(4, 2, rng=0)),
    "attention, causal": steps(nn.MultiHeadAttention(4, 1, causal=True, bias=False, rng=0)),
    "transformer": steps(nn.PositionalEncoding(), nn.transformer_block(4, 2, causal=True, rng=0)),
    "language model": (
        nn.Sequential(
            nn.Embedding(9, 4, rng=0), nn.transformer_block(4, 2, rng=1), nn.Dense(4, 9, rng=2)
        ),
        (6,),
    ),
}
