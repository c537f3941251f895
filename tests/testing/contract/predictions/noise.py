"""Layers with noise whose mean predict computes."""

import numpy as np

import nnlayers as nn


class Random(nn.Layer):
    """The noise is left out of predict, and forward saves the factor of the gradient"""

    shape = "N D"

    def __init_subclass__(cls):
        cls.predict = cls.predict  # inherited on purpose
        super().__init_subclass__()

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad * self.saved()


class Dropout(Random):
    """y = x mask / keep"""

    keep = 0.6

    def forward(self, x):
        mask = (self.rng.random(x.shape) < self.keep) / x.dtype.type(self.keep)
        self.save_for_backward(mask)
        return x * mask


class DropLittle(Dropout):
    """A hundredth is dropped"""

    keep = 0.99


class DropHardlyAny(Dropout):
    """One of 2,000 is dropped"""

    keep = 0.9995


class DropMost(Dropout):
    """A hundredth is kept"""

    keep = 0.01


class DropColumns(Random):
    """Whole features are dropped"""

    def forward(self, x):
        mask = (self.rng.random((1, x.shape[1])) < 0.75) / x.dtype.type(0.75)
        self.save_for_backward(mask)
        return x * mask


class GaussianDropout(Random):
    """y = x (1 + n)"""

    def forward(self, x):
        factor = 1 + self.rng.standard_normal(x.shape).astype(x.dtype)
        self.save_for_backward(factor)
        return x * factor


class Gain(Random):
    """One factor for the whole batch, from 0.5 to 1.5"""

    def forward(self, x):
        factor = x.dtype.type(self.rng.uniform(0.5, 1.5))
        self.save_for_backward(factor)
        return x * factor


class AddedNoise(Random):
    """y = x + n"""

    def forward(self, x):
        return x + self.rng.standard_normal(x.shape).astype(x.dtype)

    def backward(self, grad):
        return grad


class AddedToAScale(AddedNoise):
    """y = a x + n"""

    def __init__(self, D):
        super().__init__()
        self.a = nn.Parameter(np.linspace(0.5, 1, D))

    def forward(self, x):
        self.save_for_backward(x)
        return self.a.value * x + self.rng.standard_normal(x.shape).astype(x.dtype)

    def predict(self, x):
        return self.a.value * x

    def backward(self, grad):
        self.a.add_grad((grad * self.saved()).sum(axis=0))
        return grad * self.a.value


class LittleNoise(AddedNoise):
    """y = x + n / 1000"""

    def forward(self, x):
        return x + self.rng.standard_normal(x.shape).astype(x.dtype) / 1000


class NoisyWeights(Random):
    """y = x (W + s n)"""

    def __init__(self, D, K):
        super().__init__()
        self.weight = nn.Parameter(np.random.default_rng(1).standard_normal((D, K)))
        self.size = nn.Parameter(np.full((D, K), 0.2))

    def forward(self, x):
        noise = self.rng.standard_normal(self.size.value.shape).astype(x.dtype)
        weight = self.weight.value + self.size.value * noise
        self.save_for_backward(x, noise, weight)
        return x @ weight

    def predict(self, x):
        return x @ self.weight.value

    def backward(self, grad):
        x, noise, weight = self.saved()
        self.weight.add_grad(x.T @ grad)
        self.size.add_grad(x.T @ grad * noise)
        return grad @ weight.T


class DropThenScale(Random):
    """y = W (x mask / keep) + b: noise before what is linear"""

    def __init__(self, D, K):
        super().__init__()
        self.weight = nn.Parameter(np.random.default_rng(1).standard_normal((D, K)))
        self.bias = nn.Parameter(np.linspace(-1, 1, K))

    def forward(self, x):
        mask = (self.rng.random(x.shape) < 0.5) * x.dtype.type(2)
        self.save_for_backward(mask, x * mask)
        return (x * mask) @ self.weight.value + self.bias.value

    def predict(self, x):
        return x @ self.weight.value + self.bias.value

    def backward(self, grad):
        mask, dropped = self.saved()
        self.weight.add_grad(dropped.T @ grad)
        self.bias.add_grad(grad.sum(axis=0))
        return grad @ self.weight.value.T * mask


class ScaleThenDrop(Random):
    """y = (a x + 1) mask / keep, where hardly any are dropped"""

    keep = 0.998

    def __init__(self, D):
        super().__init__()
        self.a = nn.Parameter(np.linspace(0.5, 1, D))

    def forward(self, x):
        mask = (self.rng.random(x.shape) < self.keep) / x.dtype.type(self.keep)
        self.save_for_backward(x, mask)
        return self.predict(x) * mask

    def predict(self, x):
        return self.a.value * x + 1

    def backward(self, grad):
        x, mask = self.saved()
        self.a.add_grad((grad * mask * x).sum(axis=0))
        return grad * mask * self.a.value


class ScaleThenDropMore(ScaleThenDrop):
    """A thirtieth is dropped"""

    keep = 1 - 1 / 30
