"""Layers that change what their weights mean, by states of the weights or of their uses."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import draw


class AveragedDense(nn.Layer):
    """y = x W + b, in predict with the running means of both"""

    def __init__(self, D, K):
        self.weight, self.bias = nn.Parameter(draw(D, K)), nn.Parameter(np.zeros(K), decay=False)
        self.slow = [nn.State(self.weight.value), nn.State(self.bias.value)]

    def forward(self, x):
        for state, parameter in zip(self.slow, (self.weight, self.bias), strict=True):
            state.value = 0.9 * state.value + 0.1 * parameter.value
        self.save_for_backward(x)
        return x @ self.weight.value + self.bias.value

    def predict(self, x):
        weight, bias = self.slow
        return x @ weight.value + bias.value

    def backward(self, grad):
        self.weight.add_grad(self.saved().T @ grad)
        self.bias.add_grad(grad.sum(axis=0))
        return grad @ self.weight.value.T


class SpectralDense(nn.Layer):
    """y = x W / s, s = u' W v, with vectors from a step of the power iteration in each forward"""

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(D, K))
        u, _, v = np.linalg.svd(self.weight.value)
        self.u, self.v = nn.State(u[:, 0]), nn.State(v[0])

    def forward(self, x):
        W, u, v = self.weight.value, self.u.value, self.v.value
        s = u @ W @ v
        self.save_for_backward(x, u, v, s)
        self.u.value = W @ v / np.sqrt(np.square(W @ v).sum())
        self.v.value = W.T @ self.u.value / np.sqrt(np.square(W.T @ self.u.value).sum())
        return x @ W / s

    def predict(self, x):
        return x @ self.weight.value / (self.u.value @ self.weight.value @ self.v.value)

    def backward(self, grad):
        (x, u, v, s), W = self.saved(), self.weight.value
        to_w = x.T @ grad
        self.weight.add_grad(to_w / s - np.outer(u, v) * ((to_w * W).sum() / s**2))
        return grad @ W.T / s


class CountedEmbedding(nn.Layer):
    """y = weight[x] (1 + 1 / (1 + uses of x so far)), for integers x below 5"""

    takes_integers = True

    def __init__(self, D):
        self.weight = nn.Parameter(draw(5, D))
        self.uses = nn.State(np.zeros(5, np.int64))

    def factor(self, x):
        return (1 + 1 / (1 + self.uses.value[x, np.newaxis])).astype(self.dtype)

    def forward(self, x):
        factor = self.factor(x)
        self.save_for_backward(x, factor)
        self.uses.value = self.uses.value + np.bincount(x, minlength=5)
        return self.weight.value[x] * factor

    def predict(self, x):
        return self.weight.value[x] * self.factor(x)

    def backward(self, grad):
        x, factor = self.saved()
        total = np.zeros_like(self.weight.value)
        np.add.at(total, x, grad * factor)
        self.weight.add_grad(total)
