"""Layers that draw factors and masks, whose mean predict has."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import draw

# Factors of mean 1


class RandomFactor(nn.Layer):
    """y = x factor, a number between 0.5 and 1.5"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def factor(self, shape):
        return self.rng.uniform(0.5, 1.5, shape)

    def forward(self, x):
        factor = self.factor(x.shape).astype(x.dtype)
        self.save_for_backward(factor)
        return x * factor

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad * self.saved()


class GammaFactor(RandomFactor):
    """Factors of a long tail"""

    def factor(self, shape):
        return self.rng.gamma(0.5, 2, shape)


class FactorOfFeatures(RandomFactor):
    """One normal factor a feature, for all samples"""

    def factor(self, shape):
        return 1 + 0.3 * self.rng.standard_normal(shape[-1:])


class FactorOfSteps(RandomFactor):
    """One factor a step of a sequence"""

    def factor(self, shape):
        return self.rng.uniform(0, 2, (*shape[:2], 1))


class DropSamples(RandomFactor):
    """Whole samples are dropped"""

    def factor(self, shape):
        return (self.rng.random((shape[0], 1)) < 0.7) / 0.7


class DropColumns(RandomFactor):
    """A feature is dropped for all samples together"""

    def factor(self, shape):
        return (self.rng.random(shape[-1:]) < 0.8) / 0.8


class DropChannels(RandomFactor):
    """Channels of images are dropped"""

    def factor(self, shape):
        return (self.rng.random((shape[0], 1, 1, shape[3])) < 0.5) / 0.5


class DropNearlyAll(RandomFactor):
    """One in twelve is kept"""

    def factor(self, shape):
        return (self.rng.random(shape) < 1 / 12) * 12.0


class DropStep(RandomFactor):
    """One step of each sequence is dropped, unless there is no other"""

    def factor(self, shape):
        N, T = shape[:2]
        left_out = self.rng.integers(0, T, (N, 1, 1))
        return (np.arange(T)[:, np.newaxis] != left_out) * (T / (T - 1)) if T > 1 else np.ones(shape)


class KeepByFeature(nn.Layer):
    """Dropout with another rate for each feature, in a State"""

    def __init__(self, D):
        self.rng = np.random.default_rng(0)
        self.keep = nn.State(np.linspace(0.5, 0.9, D))

    def forward(self, x):
        mask = (self.rng.random(x.shape) < self.keep.value) / self.keep.value
        self.save_for_backward(mask)
        return x * mask

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad * self.saved()


class Annealed(nn.Layer):
    """y = x (1 + noise / (1 + batches so far))"""

    def __init__(self):
        self.rng = np.random.default_rng(0)
        self.batches = nn.State(0)

    def forward(self, x):
        size = 0.5 / (1 + int(self.batches.value))
        factor = 1 + size * self.rng.standard_normal(x.shape).astype(x.dtype)
        self.batches.value = self.batches.value + 1
        self.save_for_backward(factor)
        return x * factor

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad * self.saved()


class Jitter(nn.Layer):
    """y = gain x + noise between -0.2 and 0.2"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        self.save_for_backward(x)
        return self.gain.value * x + self.rng.uniform(-0.2, 0.2, x.shape).astype(x.dtype)

    def predict(self, x):
        return self.gain.value * x

    def backward(self, grad):
        self.gain.add_grad((grad * self.saved()).sum(axis=0))
        return self.gain.value * grad


# Another mean


class PlainDropout(nn.Layer):
    """y = x mask, in predict x keep"""

    keep = 0.7

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mask = self.rng.random(x.shape) < self.keep
        self.save_for_backward(mask)
        return x * mask

    def predict(self, x):
        return x * self.keep

    def backward(self, grad):
        return grad * self.saved()


class RandomSlope(nn.Layer):
    """y = x, below 0 times a slope between 0.1 and 0.5, in predict their mean"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        slope = np.where(x < 0, self.rng.uniform(0.1, 0.5, x.shape), 1).astype(x.dtype)
        self.save_for_backward(slope)
        return x * slope

    def predict(self, x):
        return np.where(x < 0, 0.3 * x, x)

    def backward(self, grad):
        return grad * self.saved()


class Token(nn.Layer):
    """y = x, or a learned token where the mask is drawn, in predict their mean"""

    keep = 0.8

    def __init__(self, D):
        self.token = nn.Parameter(draw(D), decay=False)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mask = self.rng.random((len(x), 1)) < self.keep
        self.save_for_backward(mask)
        return np.where(mask, x, self.token.value)

    def predict(self, x):
        return self.keep * x + (1 - self.keep) * self.token.value

    def backward(self, grad):
        mask = self.saved()
        self.token.add_grad((grad * ~mask).sum(axis=0))
        return grad * mask
