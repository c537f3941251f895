"""Layers that hold layers."""

import numpy as np

import nnlayers as nn
from tests.testing.contract.predictions.noise import Dropout
from tests.testing.contract.predictions.running import BatchNorm, Centered


class Residual(nn.Layer):
    """y = x + body(x)"""

    def __init__(self, D, K):
        self.body = nn.Sequential(
            nn.Dense(D, K, rng=0),
            nn.Dropout(0.5, rng=1),
            nn.ReLU(),
            nn.Dense(K, D, bias=False, rng=2),
        )

    def forward(self, x):
        return x + self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        return grad + self.body.backward(grad)


class ByHand(Residual):
    """The layers inside the body are run one by one"""

    def forward(self, x):
        y = x
        for layer in self.body:
            y = layer.forward(y)
        return x + y

    predict = Residual.predict

    def backward(self, grad):
        back = grad
        for layer in reversed(list(self.body)):
            back = layer.backward(back)
        return grad + back


class Gated(Residual):
    """y = x + 2 m body(x), for half the samples"""

    def __init__(self, D, K):
        super().__init__(D, K)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        factor = 2 * (self.rng.random((len(x), 1)) < 0.5).astype(x.dtype)
        self.save_for_backward(factor)
        return x + factor * self.body.forward(x)

    predict = Residual.predict

    def backward(self, grad):
        return grad + self.body.backward(grad * self.saved())


class Tanh(nn.Elementwise):
    """y = tanh(x)"""

    def value(self, x):
        return np.tanh(x)

    def slope(self, x, y):
        return 1 - y * y


class Shaken(nn.Layer):
    """y = r a(x) + (1 - r) b(x), with r between 0 and 1 for each sample"""

    def __init__(self, D, K):
        self.a, self.b = (nn.Sequential(nn.Dense(D, K, bias=False, rng=s), Tanh()) for s in (0, 1))
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        r = self.rng.random((len(x), 1)).astype(x.dtype)
        self.save_for_backward(r)
        return r * self.a.forward(x) + (1 - r) * self.b.forward(x)

    def predict(self, x):
        return (self.a.predict(x) + self.b.predict(x)) / 2

    def backward(self, grad):
        r = self.saved()
        return self.a.backward(r * grad) + self.b.backward((1 - r) * grad)


class NormedBody(Residual):
    """y = body(x) - mean, of the batch or running"""

    def __init__(self, D, K):
        super().__init__(D, K)
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        y = self.body.forward(x)
        mean = y.mean(axis=0) if len(y) else 0 * self.mean.value
        if len(y):
            self.mean.value = 0.9 * self.mean.value + 0.1 * mean
        return y - mean

    def predict(self, x):
        return self.body.predict(x) - self.mean.value

    def backward(self, grad):
        return self.body.backward(grad - grad.mean(axis=0) if len(grad) else grad)


def network(D, K):
    """Layers of a user's in a Sequential"""
    return nn.Sequential(
        nn.Dense(D, K, bias=False, rng=0), BatchNorm(K), nn.ReLU(), Dropout(), Centered(K)
    )
