"""Layers that move or leave out values at random, and that predict does without."""

import numpy as np

import nnlayers as nn
from tests.testing.contract.predictions.noise import Random


class Flip(Random):
    """Every second sample is reversed, at random, while training"""

    share = 0.5

    def forward(self, x):
        flipped = self.rng.random(len(x)) < self.share
        self.save_for_backward(flipped)
        return np.where(flipped[:, None], x[:, ::-1], x)

    def backward(self, grad):
        return np.where(self.saved()[:, None], grad[:, ::-1], grad)


class RareFlip(Flip):
    """One sample of thirty"""

    share = 1 / 30


class Roll(Random):
    """A shift by up to one place"""

    def forward(self, x):
        shift = int(self.rng.integers(-1, 2))
        self.save_for_backward(shift)
        return np.roll(x, shift, axis=1)

    def backward(self, grad):
        return np.roll(grad, -self.saved(), axis=1)


class Shuffle(Random):
    """The features in another order"""

    def forward(self, x):
        order = self.rng.permutation(x.shape[1])
        self.save_for_backward(order)
        return x[:, order]

    def backward(self, grad):
        found = np.empty_like(grad)
        found[:, self.saved()] = grad
        return found


class Turn(Random):
    """The first two features are turned by an angle of up to 0.3"""

    shape = "N D+1"

    def forward(self, x):
        angle = self.rng.uniform(-0.3, 0.3)
        self.save_for_backward(angle)
        return self.turn(x, angle)

    def turn(self, x, angle):
        c, s = x.dtype.type(np.cos(angle)), x.dtype.type(np.sin(angle))
        first, second = c * x[:, :1] - s * x[:, 1:2], s * x[:, :1] + c * x[:, 1:2]
        return np.concatenate([first, second, x[:, 2:]], axis=1)

    def backward(self, grad):
        return self.turn(grad, -self.saved())


class Zoom(Random):
    """The features are stretched, and never as they were"""

    def forward(self, x):
        places = np.arange(x.shape[1]) * self.rng.uniform(0.5, 0.9)
        matrix = np.maximum(1 - np.abs(places - np.arange(x.shape[1])[:, None]), 0).astype(x.dtype)
        self.save_for_backward(matrix)
        return x @ matrix

    def backward(self, grad):
        return grad @ self.saved().T


class Erase(Random):
    """Two neighbouring features are erased, without a scale, while training"""

    def forward(self, x):
        start = int(self.rng.integers(0, max(x.shape[1] - 1, 1)))
        mask = np.ones((1, x.shape[1]), x.dtype)
        mask[:, start : start + 2] = 0
        self.save_for_backward(mask)
        return x * mask


class Mix(Random):
    """y = (1 - a) x + a x[order], a up to 0.5"""

    def forward(self, x):
        order, a = self.rng.permutation(len(x)), x.dtype.type(self.rng.uniform(0, 0.5))
        self.save_for_backward(order, a)
        return (1 - a) * x + a * x[order]

    def backward(self, grad):
        order, a = self.saved()
        found = (1 - a) * grad
        np.add.at(found, order, a * grad)
        return found


class AlphaDropout(Random):
    """Dropout that keeps mean 0 and variance 1 of the batch, not each value's mean"""

    def forward(self, x):
        keep, low = 0.5, -1.7580993
        scale = (keep + low**2 * keep * (1 - keep)) ** -0.5
        mask = self.rng.random(x.shape) < keep
        self.save_for_backward((mask * scale).astype(x.dtype))
        y = scale * np.where(mask, x, low) - scale * low * (1 - keep)
        return y.astype(x.dtype)


class SkipLayer(Random):
    """y = x + b tanh(x), or x: predict uses all"""

    def __init__(self, D):
        super().__init__()
        self.b = nn.Parameter(np.linspace(0.5, 1, D))

    def factor(self, x):
        return (self.rng.random((len(x), 1)) < 0.5).astype(x.dtype)

    def forward(self, x):
        factor, t = self.factor(x), np.tanh(x)
        self.save_for_backward(factor, t)
        return x + factor * self.b.value * t

    def predict(self, x):
        return x + self.b.value * np.tanh(x)

    def backward(self, grad):
        factor, t = self.saved()
        self.b.add_grad((grad * factor * t).sum(axis=0))
        return grad * (1 + factor * self.b.value * (1 - t * t))


class Growing(SkipLayer):
    """y = x + b tanh(x) / share, for a share of the samples that grows with the batches"""

    def __init__(self, D):
        super().__init__(D)
        self.batches = nn.State(np.zeros((), np.int64))

    def factor(self, x):
        share = 1 - 0.5 / (1 + int(self.batches.value))
        self.batches.value = self.batches.value + 1
        return (self.rng.random((len(x), 1)) < share).astype(x.dtype) / x.dtype.type(share)


class RandomDepth(SkipLayer):
    """y = x + 4 b tanh(x) for a quarter of the samples"""

    def factor(self, x):
        return 4 * (self.rng.random((len(x), 1)) < 0.25).astype(x.dtype)


class Sampled(nn.Layer):
    """y = mean + exp(logs) n"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mean, logs = x
        noise = np.exp(logs) * self.rng.standard_normal(logs.shape).astype(logs.dtype)
        self.save_for_backward(noise)
        return mean + noise

    def predict(self, x):
        return x[0]

    def backward(self, grad):
        return grad, grad * self.saved()


class Crop(Random):
    """All features but two neighbours while training, all of them in predict"""

    def forward(self, x):
        start = int(self.rng.integers(0, max(x.shape[1] - 2, 1)))
        self.save_for_backward(start, x.shape)
        return x[:, start : start + max(x.shape[1] - 2, 1)].copy()

    def backward(self, grad):
        start, shape = self.saved()
        found = np.zeros(shape, grad.dtype)
        found[:, start : start + grad.shape[1]] = grad
        return found


class WordDropout(nn.Layer):
    """y = weight[x] mask / keep, whole rows"""

    takes_integers = True

    def __init__(self):
        self.weight = nn.Parameter(np.random.default_rng(1).standard_normal((5, 3)))
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mask = (self.rng.random((*x.shape, 1)) < 0.75) / self.weight.value.dtype.type(0.75)
        self.save_for_backward(x, mask)
        return self.weight.value[x] * mask

    def predict(self, x):
        return self.weight.value[x]

    def backward(self, grad):
        x, mask = self.saved()
        found = np.zeros_like(self.weight.value)
        np.add.at(found, x, grad * mask)
        self.weight.add_grad(found)
