"""Layers whose predict is rightly not the mean of forwards, although they are linear in something."""

import numpy as np

import nnlayers as nn
from tests.testing.contract.predictions.noise import Random


class Decibels(Random):
    """y = x f, with f from -6 to 6 decibels"""

    def forward(self, x):
        factor = (10 ** (self.rng.uniform(-6, 6, (len(x), 1)) / 20)).astype(x.dtype)
        self.save_for_backward(factor)
        return x * factor


class LogNormal(Random):
    """y = x f, where f has a median of 1"""

    def forward(self, x):
        factor = self.rng.lognormal(0, 1, (len(x), 1)).astype(x.dtype)
        self.save_for_backward(factor)
        return x * factor


class SoftplusGate(Random):
    """y = x softplus(b + 4 n)"""

    def __init__(self, D):
        super().__init__()
        self.b = nn.Parameter(np.linspace(-1, 1, D))

    def forward(self, x):
        z = self.b.value + 4 * self.rng.standard_normal(x.shape).astype(x.dtype)
        gate = np.logaddexp(0, z)
        self.save_for_backward(x, gate, 1 / (1 + np.exp(-z)))
        return x * gate

    def predict(self, x):
        return x * np.logaddexp(0, self.b.value)

    def backward(self, grad):
        x, gate, slope = self.saved()
        self.b.add_grad((grad * x * slope).sum(axis=0))
        return grad * gate


class NoisyWeight(Random):
    """y = x (W + n), with a uniform n from -1/2 to 1/2, in predict round(W)"""

    def __init__(self, D, K):
        super().__init__()
        self.weight = nn.Parameter(np.random.default_rng(1).standard_normal((D, K)))

    def forward(self, x):
        weight = self.weight.value + self.rng.uniform(-0.5, 0.5, self.weight.value.shape).astype(
            x.dtype
        )
        self.save_for_backward(x, weight)
        return x @ weight

    def predict(self, x):
        return x @ np.round(self.weight.value)

    def backward(self, grad):
        x, weight = self.saved()
        self.weight.add_grad(x.T @ grad)
        return grad @ weight.T


class Rounded(Random):
    """y = x + n, with a uniform n from -1/2 to 1/2, in predict round(x)"""

    def forward(self, x):
        return x + self.rng.uniform(-0.5, 0.5, x.shape).astype(x.dtype)

    def predict(self, x):
        return np.round(x)

    def backward(self, grad):
        return grad


class MixedDense(Random):
    """y = (1 - a) h + a times the h of the sample before, h = dense(x)"""

    def __init__(self, D, K):
        super().__init__()
        self.dense = nn.Dense(D, K, rng=0)

    def forward(self, x):
        a, h = x.dtype.type(self.rng.uniform(0.2, 0.5)), self.dense.forward(x)
        self.save_for_backward(a)
        return (1 - a) * h + a * np.roll(h, 1, axis=0)

    def predict(self, x):
        return self.dense.predict(x)

    def backward(self, grad):
        a = self.saved()
        return self.dense.backward((1 - a) * grad + a * np.roll(grad, -1, axis=0))


class FlipBySum(Random):
    """y = m x reversed + (1 - m) x, with a mask of samples"""

    def forward(self, x):
        mask = (self.rng.random((len(x), 1)) < 0.5).astype(x.dtype)
        self.save_for_backward(mask)
        return mask * x[:, ::-1] + (1 - mask) * x

    def backward(self, grad):
        mask = self.saved()
        return (mask * grad)[:, ::-1] + (1 - mask) * grad


class TokenAfterDense(Random):
    """y = m t + (1 - m) x W, with a learned token t, in predict x W"""

    def __init__(self, D, K):
        super().__init__()
        self.weight = nn.Parameter(np.random.default_rng(1).standard_normal((D, K)))
        self.token = nn.Parameter(np.linspace(1, 2, K))

    def forward(self, x):
        mask = (self.rng.random((len(x), 1)) < 0.15).astype(x.dtype)
        self.save_for_backward(x, mask)
        return mask * self.token.value + (1 - mask) * (x @ self.weight.value)

    def predict(self, x):
        return x @ self.weight.value

    def backward(self, grad):
        x, mask = self.saved()
        self.token.add_grad((grad * mask).sum(axis=0))
        grad = grad * (1 - mask)
        self.weight.add_grad(x.T @ grad)
        return grad @ self.weight.value.T


class CountedFlip(FlipBySum):
    """The batches are counted"""

    def __init__(self):
        super().__init__()
        self.batches = nn.State(0)

    def forward(self, x):
        self.batches.value = self.batches.value + 1
        return super().forward(x)


class LargestSoFar(nn.Layer):
    """y = x / size, the root mean square of the batch, in predict the largest so far"""

    def __init__(self):
        self.size = nn.State(0.1)

    def forward(self, x):
        size = np.sqrt(np.square(x).sum() / max(x.size, 1) + x.dtype.type(0.01))
        if x.size:
            self.size.value = np.maximum(self.size.value, size)
        self.save_for_backward(x, size)
        return x / size

    def predict(self, x):
        return x / self.size.value

    def backward(self, grad):
        x, size = self.saved()
        return grad / size - x * ((grad * x).sum() / (size**3 * max(x.size, 1)))
