"""Layers with other running statistics: centers, scales, ranges, priors."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import average, row_sum


class RunningCenter(nn.Layer):
    """y = gain (x - mean of the batch), in predict the running mean"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        centred = x - average(x)
        if len(x):
            self.mean.value = 0.9 * self.mean.value + 0.1 * average(x)
        self.save_for_backward(centred)
        return self.gain.value * centred

    def predict(self, x):
        return self.gain.value * (x - self.mean.value)

    def backward(self, grad):
        self.gain.add_grad((grad * self.saved()).sum(axis=0))
        g = self.gain.value * grad
        return g - average(g)


class RunningSize(nn.Layer):
    """y = gain x / size, size = sqrt(mean x² + 1e-4) over the batch, in predict the running mean x²"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)
        self.square = nn.State(np.ones(D))

    def forward(self, x):
        square = average(x * x)
        if len(x):
            self.square.value = 0.9 * self.square.value + 0.1 * square
        size = np.sqrt(square + 1e-4)
        z = x / size
        self.save_for_backward(z, size)
        return self.gain.value * z

    def predict(self, x):
        return self.gain.value * x / np.sqrt(self.square.value + 1e-4)

    def backward(self, grad):
        z, size = self.saved()
        self.gain.add_grad((grad * z).sum(axis=0))
        g = self.gain.value * grad
        return (g - z * average(g * z)) / size


class OneSize(nn.Layer):
    """y = x / length, the root mean square length of the samples, one running number in predict"""

    def __init__(self):
        self.square = nn.State(1.0)

    def forward(self, x):
        square = (x * x).sum() / max(len(x), 1)
        if len(x):
            self.square.value = 0.8 * self.square.value + 0.2 * square
        length = np.sqrt(square + 1e-4)
        self.save_for_backward(x / length, length)
        return x / length

    def predict(self, x):
        return x / np.sqrt(self.square.value + 1e-4)

    def backward(self, grad):
        y, length = self.saved()
        return (grad - y * ((grad * y).sum() / max(len(y), 1))) / length


class AbsoluteNorm(nn.Layer):
    """y = (x - mean) / (mean |x - mean| + 0.1) of the batch, in predict the running ones"""

    def __init__(self, D):
        self.running = {"mean": nn.State(np.zeros(D)), "spread": nn.State(np.ones(D))}

    def forward(self, x):
        centred = x - average(x)
        spread = average(np.abs(centred))
        if len(x):
            for name, new in (("mean", average(x)), ("spread", spread)):
                self.running[name].value = 0.9 * self.running[name].value + 0.1 * new
        self.save_for_backward(centred, spread + 0.1)
        return centred / (spread + 0.1)

    def predict(self, x):
        return (x - self.running["mean"].value) / (self.running["spread"].value + 0.1)

    def backward(self, grad):
        centred, spread = self.saved()
        g = grad / spread - np.sign(centred) * average(grad * centred) / spread**2
        return g - average(g)


# The statistics of earlier batches, in forward too: constants for backward


class OnlineScale(nn.Layer):
    """y = (x - mean) / sqrt(var), of all samples that came before, and of one of variance 1"""

    def __init__(self, D):
        self.seen = nn.State(0)
        self.mean = nn.State(np.zeros(D))
        self.squares = nn.State(np.ones(D))

    def predict(self, x):
        return (x - self.mean.value) / self.deviation()

    def deviation(self):
        return np.sqrt(self.squares.value / (1 + int(self.seen.value)))

    def forward(self, x):
        y = self.predict(x)
        self.save_for_backward(self.deviation())
        if len(x):
            old, seen = int(self.seen.value), int(self.seen.value) + len(x)
            shift = average(x) - self.mean.value
            within = np.square(x - average(x)).sum(axis=0)
            self.squares.value = self.squares.value + within + shift**2 * (old * len(x) / seen)
            self.mean.value = self.mean.value + shift * (len(x) / seen)
            self.seen.value = seen
        return y

    def backward(self, grad):
        return grad / self.saved()


class Observer(nn.Layer):
    """y = gain x / limit, the largest |x| so far"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)
        self.limit = nn.State(np.full(D, 0.01))

    def forward(self, x):
        scaled = x / self.limit.value
        self.save_for_backward(scaled, self.limit.value)
        self.limit.value = np.maximum(self.limit.value, np.abs(x).max(axis=0, initial=0))
        return self.gain.value * scaled

    def predict(self, x):
        return self.gain.value * (x / self.limit.value)

    def backward(self, grad):
        scaled, limit = self.saved()
        self.gain.add_grad((grad * scaled).sum(axis=0))
        return self.gain.value * grad / limit


class Range(nn.Layer):
    """y = (x - low) / (high - low + 0.1), with the running least and largest values"""

    def __init__(self, D):
        self.low, self.high = nn.State(np.full(D, -1.0)), nn.State(np.ones(D))

    def forward(self, x):
        y = self.predict(x)
        self.save_for_backward(self.high.value - self.low.value + 0.1)
        if len(x):
            self.low.value = 0.9 * self.low.value + 0.1 * x.min(axis=0)
            self.high.value = 0.9 * self.high.value + 0.1 * x.max(axis=0)
        return y

    def predict(self, x):
        return (x - self.low.value) / (self.high.value - self.low.value + 0.1)

    def backward(self, grad):
        return grad / self.saved()


class PriorLogits(nn.Layer):
    """y = x - log p, the running mean of softmax(x)"""

    def __init__(self, D):
        self.prior = nn.State(np.full(D, 1 / D))

    def forward(self, x):
        y = self.predict(x)
        if len(x):
            p = np.exp(x - x.max(axis=1, keepdims=True))
            self.prior.value = 0.9 * self.prior.value + 0.1 * average(p / row_sum(p))
        return y

    def predict(self, x):
        return x - np.log(self.prior.value + 1e-6)

    def backward(self, grad):
        return grad


class CentredSoftmax(nn.Layer):
    """y = softmax(2 (x - mean)), with the running mean"""

    def __init__(self, D):
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        y = self.predict(x)
        if len(x):
            self.mean.value = 0.95 * self.mean.value + 0.05 * average(x)
        self.save_for_backward(y)
        return y

    def predict(self, x):
        z = 2 * (x - self.mean.value)
        y = np.exp(z - z.max(axis=1, keepdims=True))
        return y / row_sum(y)

    def backward(self, grad):
        y = self.saved()
        return 2 * y * (grad - row_sum(grad * y))
