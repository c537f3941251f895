"""Layers that hold layers, and that draw or have running statistics themselves too; whole networks."""

import numpy as np

import nnlayers as nn
from tests.catalogue.along_axes import GlobalMean
from tests.catalogue.elementwise import SavingTanh
from tests.catalogue.nested import Bypass, Gate, LayerScale
from tests.catalogue.noise import PlainDropout, RandomFactor
from tests.catalogue.noisy_weights import Restless
from tests.catalogue.products import Convolution2D
from tests.catalogue.running import CumulativeNorm, NormOfImages
from tests.catalogue.weights import AveragedDense, SpectralDense


class RandomBranch(nn.Layer):
    """y = r a(x) + (1 - r) b(x), r between 0 and 1 for each sample, in predict 1/2"""

    def __init__(self, D, K):
        self.a, self.b = Restless(D, K), Restless(D, K, seed=1)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        r = self.rng.random((len(x), 1)).astype(x.dtype)
        self.save_for_backward(r)
        return r * self.a.forward(x) + (1 - r) * self.b.forward(x)

    def predict(self, x):
        return (self.a.predict(x) + self.b.predict(x)) / 2

    def backward(self, grad):
        r = self.saved()
        return self.a.backward(grad * r) + self.b.backward(grad * (1 - r))


class Calibrated(nn.Layer):
    """y = body(x) / size, the running root mean square of what the body has given so far"""

    def __init__(self, D, K):
        self.body, self.square = Restless(D, K), nn.State(1.0)

    def size(self):
        return np.sqrt(self.square.value + 0.1)

    def forward(self, x):
        y, size = self.body.forward(x), self.size()
        if len(x):
            self.square.value = 0.9 * self.square.value + 0.1 * np.mean(y * y)
        self.save_for_backward(size)
        return y / size

    def predict(self, x):
        return self.body.predict(x) / self.size()

    def backward(self, grad):
        return self.body.backward(grad / self.saved())


class Deepening(nn.Layer):
    """y = x + f body(x), f = 1 / share for a share of the samples that grows with the batches, or 0"""

    def __init__(self, D):
        self.body, self.batches = Restless(D, D), nn.State(0)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        share = 1 - 0.5 / (1 + int(self.batches.value))
        self.batches.value = self.batches.value + 1
        factor = (self.rng.random((len(x), 1)) < share) / x.dtype.type(share)
        self.save_for_backward(factor)
        return x + factor * self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        return grad + self.body.backward(grad * self.saved())


# Networks


def tower(D, K):
    return nn.Sequential(Gate(D, K), nn.Sequential(nn.Sequential(LayerScale(K)), PlainDropout()))


def of_the_package(D, K):
    inner = nn.Residual(nn.Dense(D, K, rng=1), CumulativeNorm(K), nn.Dense(K, D, bias=False, rng=2))
    return nn.Residual(inner, nn.Dropout(0.4, rng=0), SavingTanh())


def forked(D, K):
    noisy = nn.Sequential(SpectralDense(D, K), RandomFactor())
    return nn.Sequential(nn.Fork(Restless(D, K), noisy), nn.Add())


def concatenated(D, K):
    fork = nn.Fork(AveragedDense(D, K), nn.Identity(), Restless(D, D))
    return nn.Sequential(fork, nn.Concatenate(), PlainDropout())


def pictures(C, K):
    return nn.Sequential(Convolution2D(C, K), NormOfImages(K), nn.ReLU(), GlobalMean(), Bypass(K))
