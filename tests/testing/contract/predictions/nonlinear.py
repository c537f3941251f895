"""Layers with noise before a nonlinearity: the mean of their forwards is not predict."""

import numpy as np

import nnlayers as nn
from tests.testing.contract.predictions.noise import Random


class NoiseBeforeTanh(Random):
    """y = tanh(x + n)"""

    scale = 1.0

    def forward(self, x):
        y = np.tanh(x + self.scale * self.rng.standard_normal(x.shape).astype(x.dtype))
        self.save_for_backward(1 - y * y)
        return y

    def predict(self, x):
        return np.tanh(x)


class LittleNoiseBeforeTanh(NoiseBeforeTanh):
    """y = tanh(x + 0.2 n)"""

    scale = 0.2


class NoiseBeforeReLU(Random):
    """y = max(x + n, 0)"""

    def forward(self, x):
        y = np.maximum(x + self.rng.standard_normal(x.shape).astype(x.dtype), 0)
        self.save_for_backward(y > 0)
        return y

    def predict(self, x):
        return np.maximum(x, 0)


class DropBeforeSquare(Random):
    """y = (x mask / keep)²"""

    def forward(self, x):
        factor = (self.rng.random(x.shape) < 0.5) * x.dtype.type(4)
        self.save_for_backward(2 * factor * x)
        return factor * x * x

    def predict(self, x):
        return x * x


class DropBeforeSiLU(Random):
    """y = z sigmoid(z), z = x mask / keep: predict may be outside of the range of forwards"""

    def forward(self, x):
        mask = (self.rng.random(x.shape) < 0.5) * x.dtype.type(2)
        y, slope = self.silu(x * mask)
        self.save_for_backward(slope * mask)
        return y

    def predict(self, x):
        return self.silu(x)[0]

    def silu(self, z):
        s = 1 / (1 + np.exp(-np.clip(z, -80, 80)))
        return z * s, s + z * s * (1 - s)


class DropWeights(Random):
    """y = max(x (W mask / keep), 0)"""

    slope = 0.0

    def __init__(self, D, K):
        super().__init__()
        self.weight = nn.Parameter(np.random.default_rng(1).standard_normal((D, K)))

    def forward(self, x):
        weight = self.weight.value * (self.rng.random(self.weight.value.shape) < 0.5) * 2
        weight = weight.astype(x.dtype)
        z = x @ weight
        self.save_for_backward(x, weight, weight / np.where(self.weight.value, self.weight.value, 1), z)
        return np.where(z > 0, z, x.dtype.type(self.slope) * z)

    def predict(self, x):
        z = x @ self.weight.value
        return np.where(z > 0, z, x.dtype.type(self.slope) * z)

    def backward(self, grad):
        x, weight, mask, z = self.saved()
        grad = np.where(z > 0, grad, grad.dtype.type(self.slope) * grad)
        self.weight.add_grad(x.T @ grad * mask.astype(grad.dtype))
        return grad @ weight.T


class DropWeightsLeaky(DropWeights):
    """The same, with a slope below 0"""

    slope = 0.3


class DropBeforeNorm(Random):
    """y = z / |z|, z = x mask / keep"""

    def forward(self, x):
        mask = (self.rng.random(x.shape) < 0.8) / x.dtype.type(0.8)
        y, norm = self.normalize(x * mask)
        self.save_for_backward(y, norm, mask)
        return y

    def predict(self, x):
        return self.normalize(x)[0]

    def normalize(self, z):
        norm = np.sqrt(np.square(z).sum(axis=1, keepdims=True) + z.dtype.type(1e-3))
        return z / norm, norm

    def backward(self, grad):
        y, norm, mask = self.saved()
        return (grad - y * (grad * y).sum(axis=1, keepdims=True)) / norm * mask


class Swapout(Random):
    """y = m x + n tanh(b x), with masks of one half"""

    def __init__(self, D):
        super().__init__()
        self.b = nn.Parameter(np.linspace(0.5, 1.5, D))

    def forward(self, x):
        m, n = (self.rng.random((2, *x.shape)) < 0.5).astype(x.dtype)
        t = np.tanh(self.b.value * x)
        self.save_for_backward(x, m, n * (1 - t * t))
        return m * x + n * t

    def predict(self, x):
        return 0.5 * x + 0.5 * np.tanh(self.b.value * x)

    def backward(self, grad):
        x, m, slope = self.saved()
        self.b.add_grad((grad * slope * x).sum(axis=0))
        return grad * (m + slope * self.b.value)


class RandomReLU(Random):
    """y = x, or a x below 0, with a from 1/8 to 1/3"""

    def forward(self, x):
        factor = np.where(x > 0, 1, self.rng.uniform(1 / 8, 1 / 3, x.shape)).astype(x.dtype)
        self.save_for_backward(factor)
        return x * factor

    def predict(self, x):
        return x * np.where(x > 0, 1, (1 / 8 + 1 / 3) / 2).astype(x.dtype)


class GumbelSoftmax(Random):
    """y = softmax(x + g)"""

    def forward(self, x):
        y = self.predict(x + self.rng.gumbel(size=x.shape).astype(x.dtype))
        self.save_for_backward(y)
        return y

    def predict(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, grad):
        y = self.saved()
        return y * (grad - (grad * y).sum(axis=1, keepdims=True))
