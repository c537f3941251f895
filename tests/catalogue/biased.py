"""Layers that draw, and rightly so predict is not the mean of forward: noise before a nonlinearity."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import row_sum


class RandomFlip(nn.Layer):
    """Half of the sequences are turned round, none in predict"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        flip = self.rng.random((len(x), 1, 1)) < 0.5
        self.save_for_backward(flip)
        return np.where(flip, x[:, ::-1], x)

    def predict(self, x):
        return x

    def backward(self, grad):
        return np.where(self.saved(), grad[:, ::-1], grad)


class RandomShift(nn.Layer):
    """Sequences are rolled by up to two steps, not in predict"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        steps = int(self.rng.integers(-2, 3))
        self.save_for_backward(steps)
        return np.roll(x, steps, axis=1)

    def predict(self, x):
        return x

    def backward(self, grad):
        return np.roll(grad, -self.saved(), axis=1)


class GumbelSoftmax(nn.Layer):
    """y = softmax(2 (x + Gumbel noise)), in predict without the noise"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def softmax(self, z):
        y = np.exp(z - z.max(axis=1, keepdims=True))
        return y / row_sum(y)

    def forward(self, x):
        y = self.softmax(2 * (x + self.rng.gumbel(size=x.shape).astype(x.dtype)))
        self.save_for_backward(y)
        return y

    def predict(self, x):
        return self.softmax(2 * x)

    def backward(self, grad):
        y = self.saved()
        return 2 * y * (grad - row_sum(grad * y))


class TanhOfDropout(nn.Layer):
    """y = tanh(x mask / keep), in predict tanh(x)"""

    keep = 0.6

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mask = (self.rng.random(x.shape) < self.keep) / x.dtype.type(self.keep)
        y = np.tanh(x * mask)
        self.save_for_backward(y, mask)
        return y

    def predict(self, x):
        return np.tanh(x)

    def backward(self, grad):
        y, mask = self.saved()
        return grad * (1 - y * y) * mask


class NoisyReLU(nn.Layer):
    """y = max(x + noise, 0), in predict without the noise"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        z = x + self.rng.standard_normal(x.shape).astype(x.dtype)
        self.save_for_backward(z > 0)
        return np.maximum(z, 0)

    def predict(self, x):
        return np.maximum(x, 0)

    def backward(self, grad):
        return grad * self.saved()


class Mixup(nn.Layer):
    """y = 0.8 x + 0.2 x of another sample, in predict x"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        order = self.rng.permutation(len(x))
        self.save_for_backward(order)
        return 0.8 * x + 0.2 * x[order]

    def predict(self, x):
        return x

    def backward(self, grad):
        back = 0.8 * grad
        back[self.saved()] += 0.2 * grad
        return back
