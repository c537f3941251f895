"""Layers with running statistics."""

import numpy as np

import nnlayers as nn


class BatchNorm(nn.Layer):
    """y = gain (x - mean) / sqrt(var + 0.001): of the batch, or running"""

    momentum = 0.9

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 2, D))
        self.mean, self.var = nn.State(np.zeros(D)), nn.State(np.ones(D))

    def forward(self, x):
        if len(x) == 0:
            return x
        mean, var = self.statistics(x)
        self.update(mean, var)
        root = np.sqrt(var + x.dtype.type(0.001))
        y = (x - mean) / root
        self.save_for_backward(y, root)
        return self.gain.value * y

    def statistics(self, x):
        return x.mean(axis=0), x.var(axis=0)

    def update(self, mean, var):
        old = self.momentum
        self.mean.value = old * self.mean.value + (1 - old) * mean
        self.var.value = old * self.var.value + (1 - old) * var

    def predict(self, x):
        root = np.sqrt(self.var.value + x.dtype.type(0.001))
        return self.gain.value * (x - self.mean.value) / root

    def backward(self, grad):
        if len(grad) == 0:
            return grad
        y, root = self.saved()
        self.gain.add_grad((grad * y).sum(axis=0))
        grad = grad * self.gain.value
        return (grad - grad.mean(axis=0) - y * (grad * y).mean(axis=0)) / root


class SlowBatchNorm(BatchNorm):
    """A momentum of 0.99"""

    momentum = 0.99


class VerySlowBatchNorm(BatchNorm):
    """A momentum of 0.9999"""

    momentum = 0.9999


class UnbiasedBatchNorm(BatchNorm):
    """The running variance is divided by N - 1"""

    def forward(self, x):
        self.samples = len(x)
        return super().forward(x)

    predict = BatchNorm.predict

    def update(self, mean, var):
        super().update(mean, var * self.samples / max(self.samples - 1, 1))


class CountingBatchNorm(BatchNorm):
    """The running statistics are the means over all batches"""

    def __init__(self, D):
        super().__init__(D)
        self.count = nn.State(np.zeros((), np.int64))

    def update(self, mean, var):
        self.count.value = self.count.value + 1
        share = 1 / float(self.count.value)
        self.mean.value = (1 - share) * self.mean.value + share * mean
        self.var.value = (1 - share) * self.var.value + share * var


class Centered(nn.Layer):
    """y = x - mean"""

    def __init__(self, D):
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        mean = x.mean(axis=0) if len(x) else self.mean.value
        if len(x):
            self.mean.value = 0.9 * self.mean.value + 0.1 * mean
        return x - mean

    def predict(self, x):
        return x - self.mean.value

    def backward(self, grad):
        return grad - grad.mean(axis=0) if len(grad) else grad


class TwoBatches(Centered):
    """Each half of the batch is centered by its own mean"""

    def forward(self, x):
        half = len(x) // 2
        parts = [part for part in (x[:half], x[half:]) if len(part)]
        if parts:
            self.mean.value = 0.9 * self.mean.value + 0.1 * x.mean(axis=0)
        return np.concatenate([part - part.mean(axis=0) for part in parts]) if parts else x

    predict = Centered.predict

    def backward(self, grad):
        half = len(grad) // 2
        parts = [part for part in (grad[:half], grad[half:]) if len(part)]
        return np.concatenate([part - part.mean(axis=0) for part in parts]) if parts else grad


class Drifting(Centered):
    """y = x / n of the n-th batch"""

    def __init__(self):
        self.count = nn.State(np.zeros(()))

    def forward(self, x):
        self.count.value = self.count.value + 1
        self.save_for_backward(self.count.value)
        return x / self.count.value

    def predict(self, x):
        return 0 * x

    def backward(self, grad):
        return grad / self.saved()


class Table(nn.Layer):
    """y = x + table: a constant that is saved"""

    def __init__(self, D):
        self.table = nn.State(np.linspace(0, 1, D))

    def forward(self, x):
        return self.predict(x)

    def predict(self, x):
        return x + self.table.value

    def backward(self, grad):
        return grad


class Counting(nn.Layer):
    """y = 2 x, and the batches are counted"""

    def __init__(self):
        self.count = nn.State(np.zeros((), np.int64))

    def forward(self, x):
        self.count.value = self.count.value + 1
        return 2 * x

    def predict(self, x):
        return 2 * x

    def backward(self, grad):
        return 2 * grad


class NoisyCentered(Centered):
    """y = x - mean + n"""

    def __init__(self, D):
        super().__init__(D)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        return super().forward(x) + self.rng.standard_normal(x.shape).astype(x.dtype)

    predict = Centered.predict
