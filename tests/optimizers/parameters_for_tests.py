"""Parameters with gradients, for the tests of optimizers."""

import numpy as np

import nnlayers as nn


def parameters():
    weight = nn.Parameter([1.0, -2.0], dtype=np.float64)
    bias = nn.Parameter([3.0], decay=False, dtype=np.float64)
    return [weight, bias]


def give_gradients(ps, value=1.0):
    for parameter in ps:
        parameter.add_grad(np.full(parameter.value.shape, value))
