"""Batch norms: the statistics of the batch in forward, running ones in predict."""

import numpy as np

import nnlayers as nn


class RunningNorm(nn.Layer):
    """y = gain z + offset, z = (x - mean) / sqrt(var + 1e-5) of the batch, in predict of the past"""

    axes: tuple[int, ...] = (0,)
    momentum = 0.99

    def __init__(self, D):
        self.gain = nn.Parameter(np.full(D, 0.8), decay=False)
        self.offset = nn.Parameter(np.zeros(D), decay=False)
        self.mean = nn.State(np.zeros(D))
        self.variance = nn.State(np.ones(D))

    def count(self, x):
        """How many values there are of each feature"""
        return max(x.size // self.gain.value.size, 1)

    def average(self, x):
        return x.sum(axis=self.axes) / self.count(x)

    def update(self, mean, variance, count):
        old, new = self.momentum, 1 - self.momentum
        self.mean.value = old * self.mean.value + new * mean
        self.variance.value = old * self.variance.value + new * variance

    def running(self):
        return self.mean.value, self.variance.value

    def forward(self, x):
        mean = self.average(x)
        centred = x - mean
        variance = self.average(centred * centred)
        if x.size:
            self.update(mean, variance, self.count(x))
        deviation = np.sqrt(variance + 1e-5)
        z = centred / deviation
        self.save_for_backward(z, deviation)
        return self.gain.value * z + self.offset.value

    def predict(self, x):
        mean, variance = self.running()
        z = (x - mean) / np.sqrt(variance + 1e-5)
        return self.gain.value * z + self.offset.value

    def backward(self, grad):
        z, deviation = self.saved()
        self.gain.add_grad((grad * z).sum(axis=self.axes))
        self.offset.add_grad(grad.sum(axis=self.axes))
        g = self.gain.value * grad
        return (g - self.average(g) - z * self.average(g * z)) / deviation


# Other axes


class NormOfSequences(RunningNorm):
    """The statistics of all samples and steps"""

    axes, momentum = (0, 1), 0.9


class NormOfImages(RunningNorm):
    """The statistics of all pixels of all images"""

    axes, momentum = (0, 1, 2), 0.9


class NormOfSteps(RunningNorm):
    """The statistics of each step of a sequence for itself"""

    momentum = 0.8

    def __init__(self, T, D):
        super().__init__((T, D))


class ChannelsFirst(NormOfImages):
    """Images whose channels come before height and width"""

    def forward(self, x):
        return np.moveaxis(super().forward(np.moveaxis(x, 1, -1)), -1, 1)

    def predict(self, x):
        return np.moveaxis(super().predict(np.moveaxis(x, 1, -1)), -1, 1)

    def backward(self, grad):
        return np.moveaxis(super().backward(np.moveaxis(grad, 1, -1)), -1, 1)


class OneNorm(RunningNorm):
    """One mean and one variance of all values there are"""

    def __init__(self, D):
        super().__init__(D)
        self.mean, self.variance = nn.State(0.0), nn.State(1.0)

    def average(self, x):
        return x.sum() / max(x.size, 1)


# Other averages


class SlowNorm(RunningNorm):
    """A momentum with which hundreds of batches are not enough"""

    momentum = 0.999


class QuickNorm(RunningNorm):
    """A momentum with which old and new count the same"""

    momentum = 0.5


class LastNorm(RunningNorm):
    """The statistics of the last batch alone"""

    momentum = 0.0


class UnbiasedNorm(RunningNorm):
    """The running variance divides by N - 1, that of the batch by N"""

    momentum = 0.9

    def update(self, mean, variance, count):
        super().update(mean, variance * (count / max(count - 1, 1)), count)


class CumulativeNorm(RunningNorm):
    """The mean of the statistics of all batches so far, which are counted"""

    def __init__(self, D):
        super().__init__(D)
        self.batches = nn.State(0)

    def update(self, mean, variance, count):
        self.batches.value = self.batches.value + 1
        share = 1 / int(self.batches.value)
        self.mean.value = self.mean.value + share * (mean - self.mean.value)
        self.variance.value = self.variance.value + share * (variance - self.variance.value)


class DebiasedNorm(RunningNorm):
    """Averages that start at zero, divided by the weight that they have gathered"""

    momentum = 0.95

    def __init__(self, D):
        super().__init__(D)
        self.variance = nn.State(np.zeros(D))
        self.weight = nn.State(0.0)

    def update(self, mean, variance, count):
        super().update(mean, variance, count)
        self.weight.value = self.momentum * self.weight.value + (1 - self.momentum)

    def running(self):
        weight = float(self.weight.value) or 1.0
        return self.mean.value / weight, self.variance.value / weight


class MomentsNorm(RunningNorm):
    """The running mean, and the running mean of the square, of which the variance is made"""

    momentum = 0.9

    def __init__(self, D):
        super().__init__(D)
        del self.variance
        self.square = nn.State(np.ones(D))

    def update(self, mean, variance, count):
        old, new = self.momentum, 1 - self.momentum
        self.mean.value = old * self.mean.value + new * mean
        self.square.value = old * self.square.value + new * (variance + mean**2)

    def running(self):
        return self.mean.value, np.maximum(self.square.value - self.mean.value**2, 0)


class DeviationNorm(RunningNorm):
    """The running mean of the standard deviation, in place of the variance's"""

    momentum = 0.9

    def update(self, mean, variance, count):
        super().update(mean, np.sqrt(variance), count)

    def running(self):
        return self.mean.value, self.variance.value**2


class KeptNorm(RunningNorm):
    """The statistics in a list in a dict"""

    momentum = 0.9

    def __init__(self, D):
        self.gain = nn.Parameter(np.full(D, 0.8), decay=False)
        self.offset = nn.Parameter(np.zeros(D), decay=False)
        self.kept = {"running": [nn.State(np.zeros(D)), nn.State(np.ones(D))]}

    def update(self, mean, variance, count):
        for state, new in zip(self.kept["running"], (mean, variance), strict=True):
            state.value = self.momentum * state.value + (1 - self.momentum) * new

    def running(self):
        return [state.value for state in self.kept["running"]]
