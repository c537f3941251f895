"""Data for small networks, and layers and a loss that are wrong."""

import numpy as np

import nnlayers as nn

X = np.random.default_rng(3).standard_normal((5, 4))
Y = np.array([0, 1, 2, 1, 0])


class WrongDense(nn.Dense):
    def backward(self, grad):
        return 2 * super().backward(grad)


class WrongBias(nn.Dense):
    def backward(self, grad):
        found = super().backward(grad)
        self.bias.add_grad(grad.sum(axis=0))
        return found


class WrongLoss(nn.SoftmaxCrossEntropy):
    def backward(self, grad=1.0):
        return 3 * super().backward(grad)
