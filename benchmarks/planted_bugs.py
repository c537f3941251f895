"""Layers and losses with one bug each, in otherwise right ones, to measure a gradient checker by."""

import copy
import random
import threading
import types
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import nnlayers as nn


class Bug(NamedTuple):
    """A wrong layer (or loss): how to make it from sizes, and the axes of its input (or prediction).

    ``cause`` is a word that a good message about a wrong value would contain.
    """

    name: str
    family: str
    make: Callable[..., Any]
    shape: str
    values: Callable[..., Any] | None
    cause: str | None
    target: Callable[..., Any] | None
    of: str


BUGS: list[Bug] = []


def plant(family, cause=None, *, values=None):
    """Add a class to BUGS, by its docstring, with the axes, values and target that it inherits."""

    def add(cls):
        of = "loss" if issubclass(cls, nn.Loss) else "layer"
        drawn, target = values or getattr(cls, "draws", None), getattr(cls, "aims", None)
        axes = getattr(cls, "axes", "N D")
        BUGS.append(Bug(cls.__doc__, family, cls, axes, drawn, cause, target, of))
        return cls

    return add


# Values and targets


def positive(rng, shape):
    return rng.uniform(0.5, 2, shape)


def zeros_and_ones(rng, shape):
    """Nothing but ties."""
    return rng.integers(0, 2, shape).astype(np.float64)


def below_four(rng, shape):
    """Indices, most of them more than once."""
    return rng.integers(0, 4, shape)


def labels(rng, N, C):
    return rng.integers(0, C, N)


def numbers(rng, N, C):
    return rng.standard_normal((N, C))


def signs(rng, N, C):
    return rng.choice([-1.0, 1.0], (N, C))


# Helpers


def draw(*shape, seed=0):
    """Weights of about 1 / sqrt(first size)."""
    return np.random.default_rng(seed).standard_normal(shape) / max(1, shape[0]) ** 0.5


def sigmoid(x):
    return 0.5 + 0.5 * np.tanh(0.5 * x)


def average(x):
    """The mean over the samples, also of none."""
    return x.sum(axis=0) / max(len(x), 1)


def row_sum(x):
    """The sum over the features, which stay as an axis."""
    return x.sum(axis=-1, keepdims=True)


def row_mean(x):
    """The mean over the features, which stay as an axis."""
    return x.mean(axis=-1, keepdims=True)


# The right layers in which the bugs are planted


class Elementwise(nn.Layer):
    """y = f(x), dL/dx = dL/dy f'(x)"""

    def forward(self, x):
        self.save_for_backward(x)
        return self.f(x)

    def backward(self, grad):
        return self.pull(grad, self.saved())

    def pull(self, grad, x):
        return grad * self.slope(x)


class ReLU(Elementwise):
    """y = max(x, 0)"""

    def f(self, x):
        return np.maximum(x, 0)

    def slope(self, x):
        return x > 0


class Leaky(Elementwise):
    """y = x, or x / 10 below 0"""

    def f(self, x):
        return np.maximum(x, 0.1 * x)

    def slope(self, x, below=0.1):
        return np.where(x > 0, 1, below).astype(x.dtype)


class Abs(Elementwise):
    """y = |x|"""

    def f(self, x):
        return np.abs(x)

    def slope(self, x):
        return np.sign(x)


class HardTanh(Elementwise):
    """y = x, kept within [-1, 1]"""

    def f(self, x):
        return np.clip(x, -1, 1)

    def slope(self, x):
        return np.abs(x) <= 1


class Tanh(Elementwise):
    """y = tanh(x)"""

    def f(self, x):
        return np.tanh(x)

    def slope(self, x):
        y = np.tanh(x)
        return 1 - y * y


class Sigmoid(Elementwise):
    """y = 1 / (1 + exp(-x))"""

    def f(self, x):
        return sigmoid(x)

    def slope(self, x):
        y = sigmoid(x)
        return y * (1 - y)


class Softplus(Elementwise):
    """y = log(1 + exp(x))"""

    def f(self, x):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def slope(self, x):
        return sigmoid(x)


class GELU(Elementwise):
    """y = x/2 (1 + tanh(c (x + 0.044715 x³)))"""

    c = 0.7978845608028654

    def inner(self, x):
        return np.tanh(self.c * (x + 0.044715 * x**3))

    def f(self, x):
        return 0.5 * x * (1 + self.inner(x))

    def slope(self, x):
        t = self.inner(x)
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * self.c * (1 + 0.134145 * x * x)


class Square(Elementwise):
    """y = x²"""

    def f(self, x):
        return x * x

    def slope(self, x):
        return 2 * x


class Linear(Elementwise):
    """y = factor x + offset"""

    factor, offset = 1, 0

    def f(self, x):
        return self.factor * x + self.offset

    def slope(self, x):
        return np.full_like(x, self.factor)


class Shift(nn.Layer):
    """y = x + offset"""

    def __init__(self, D):
        self.offset = nn.Parameter(np.zeros(D), decay=False)

    def forward(self, x):
        return x + self.offset.value

    def backward(self, grad):
        self.offset.add_grad(grad.sum(axis=0))
        return grad


class Scale(nn.Layer):
    """y = x gain"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.gain.value

    def backward(self, grad):
        x = self.saved()
        self.gain.add_grad(self.to_gain(grad, x))
        return self.to_input(grad)

    def to_gain(self, grad, x):
        return (grad * x).sum(axis=0)

    def to_input(self, grad):
        return grad * self.gain.value


class Affine(nn.Layer):
    """y = x gain + offset"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)
        self.offset = nn.Parameter(np.zeros(D), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.gain.value + self.offset.value

    def backward(self, grad):
        x = self.saved()
        self.add((grad * x).sum(axis=0), grad.sum(axis=0))
        return grad * self.gain.value

    def add(self, gain, offset):
        self.gain.add_grad(gain)
        self.offset.add_grad(offset)


class PReLU(nn.Layer):
    """y = x, or slope x below 0"""

    def __init__(self, D):
        self.slope = nn.Parameter(np.linspace(0.1, 0.4, D), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return np.where(x > 0, x, self.slope.value * x)

    def backward(self, grad):
        x = self.saved()
        self.slope.add_grad(self.to_slope(grad, x))
        return np.where(x > 0, grad, self.slope.value * grad)

    def to_slope(self, grad, x):
        return (grad * np.minimum(x, 0)).sum(axis=0)


class Swish(nn.Layer):
    """y = x sigmoid(beta x)"""

    def __init__(self, D):
        self.beta = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)

    def forward(self, x):
        s = sigmoid(self.beta.value * x)
        self.save_for_backward(x, s)
        return x * s

    def backward(self, grad):
        x, s = self.saved()
        self.beta.add_grad(self.to_beta(grad, x, s))
        return self.to_input(grad, x, s)

    def to_beta(self, grad, x, s):
        return (grad * x * x * s * (1 - s)).sum(axis=0)

    def to_input(self, grad, x, s):
        return grad * (s + x * s * (1 - s) * self.beta.value)


class Dense(nn.Layer):
    """y = x W + b"""

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(D, K))
        self.bias = nn.Parameter(np.zeros(K), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return x @ self.weight.value + self.bias.value

    def backward(self, grad):
        x = self.saved()
        self.weight.add_grad(self.to_weight(grad, x))
        self.bias.add_grad(self.to_bias(grad))
        return self.to_input(grad)

    def to_weight(self, grad, x):
        return x.T @ grad

    def to_bias(self, grad):
        return grad.sum(axis=0)

    def to_input(self, grad):
        return grad @ self.weight.value.T


class Gated(nn.Layer):
    """y = (x U) sigmoid(x V)"""

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(D, K))
        self.gate = nn.Parameter(draw(D, K, seed=1))

    def forward(self, x):
        a, s = x @ self.weight.value, sigmoid(x @ self.gate.value)
        self.save_for_backward(x, a, s)
        return a * s

    def backward(self, grad):
        x, a, s = self.saved()
        to_a, to_gate = self.halves(grad, a, s)
        self.add(x.T @ to_a, x.T @ to_gate)
        return to_a @ self.weight.value.T + to_gate @ self.gate.value.T

    def halves(self, grad, a, s):
        return grad * s, grad * a * s * (1 - s)

    def add(self, weight, gate):
        self.weight.add_grad(weight)
        self.gate.add_grad(gate)


class Quadratic(nn.Layer):
    """y = x' W x"""

    def __init__(self, D):
        self.weight = nn.Parameter(draw(D, D))

    def forward(self, x):
        self.save_for_backward(x)
        return row_sum((x @ self.weight.value) * x)

    def backward(self, grad):
        x = self.saved()
        self.weight.add_grad((x * grad).T @ x)
        return grad * self.to_input(x, self.weight.value)

    def to_input(self, x, W):
        return x @ W + x @ W.T


class Outer(nn.Layer):
    """y_ij = x_i x_j"""

    def forward(self, x):
        self.save_for_backward(x)
        return x[:, :, np.newaxis] * x[:, np.newaxis, :]

    def backward(self, grad):
        x = self.saved()
        return np.einsum("nij,nj->ni", grad, x) + np.einsum("nij,ni->nj", grad, x)


class Softmax(nn.Layer):
    """y = exp(x) / Σ exp(x)"""

    def forward(self, x):
        y = np.exp(x - x.max(axis=-1, keepdims=True))
        y /= row_sum(y)
        self.save_for_backward(y)
        return y

    def backward(self, grad):
        return self.pull(grad, self.saved())

    def pull(self, grad, y):
        return y * (grad - row_sum(grad * y))


class LogSoftmax(nn.Layer):
    """y = x - log Σ exp(x)"""

    def forward(self, x):
        z = x - x.max(axis=-1, keepdims=True)
        y = z - np.log(row_sum(np.exp(z)))
        self.save_for_backward(y)
        return y

    def backward(self, grad):
        return self.pull(grad, self.saved())

    def pull(self, grad, y):
        return grad - np.exp(y) * row_sum(grad)


class LogSumExp(nn.Layer):
    """y = log Σ exp(x)"""

    def forward(self, x):
        self.save_for_backward(x)
        largest = x.max(axis=-1, keepdims=True)
        return largest + np.log(row_sum(np.exp(x - largest)))

    def backward(self, grad):
        return grad * self.shares(self.saved())

    def shares(self, x):
        p = np.exp(x - x.max(axis=-1, keepdims=True))
        return p / row_sum(p)


class LayerNorm(nn.Layer):
    """y = gain z, z = (x - mean) / sqrt(var + eps) within each sample"""

    eps = 1e-3

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)

    def forward(self, x):
        centred = x - row_mean(x)
        variance = row_mean(centred * centred)
        z = centred / np.sqrt(variance + self.eps)
        self.save_for_backward(x, z, variance)
        return z * self.gain.value

    def backward(self, grad):
        x, z, variance = self.saved()
        self.gain.add_grad(self.to_gain(grad, z, x))
        return self.pull(grad * self.gain.value, z, variance)

    def to_gain(self, grad, z, x):
        return (grad * z).sum(axis=0)

    def pull(self, g, z, variance):
        return (g - row_mean(g) - z * row_mean(g * z)) / np.sqrt(variance + self.eps)


class BatchNorm(nn.Layer):
    """y = gain z, z = (x - mean) / sqrt(var + eps) over the samples; running ones in predict"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)
        self.mean = nn.State(np.zeros(D))
        self.variance = nn.State(np.ones(D))

    def forward(self, x):
        mean = average(x)
        variance = self.spread(x - mean)
        self.keep(mean, variance)
        deviation = np.sqrt(variance + 1e-5)
        z = (x - mean) / deviation
        self.save_for_backward(z, deviation)
        return z * self.gain.value

    def spread(self, centred):
        return average(centred * centred)

    def keep(self, mean, variance):
        self.mean.value = 0.9 * self.mean.value + 0.1 * mean
        self.variance.value = 0.9 * self.variance.value + 0.1 * variance

    def predict(self, x):
        z = (x - self.mean.value) / np.sqrt(self.variance.value + 1e-5)
        return z * self.gain.value

    def backward(self, grad):
        z, deviation = self.saved()
        self.gain.add_grad(self.to_gain(grad, z))
        return self.pull(grad * self.gain.value, z, deviation)

    def to_gain(self, grad, z):
        return (grad * z).sum(axis=0)

    def pull(self, g, z, deviation):
        return (g - average(g) - z * average(g * z)) / deviation


class Center(nn.Layer):
    """y = x - mean of the batch; the running mean in predict"""

    def __init__(self, D):
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        self.mean.value = 0.5 * self.mean.value + 0.5 * average(x)
        return x - average(x)

    def predict(self, x):
        return x - self.mean.value

    def backward(self, grad):
        return grad - average(grad)


class Normalize(nn.Layer):
    """y = x / sqrt(Σ x² + 0.001)"""

    def forward(self, x):
        norm = np.sqrt(row_sum(x * x) + 1e-3)
        self.save_for_backward(x / norm, norm)
        return x / norm

    def backward(self, grad):
        return self.pull(grad, *self.saved())

    def pull(self, grad, y, norm):
        return (grad - y * row_sum(grad * y)) / norm


class RMSNorm(nn.Layer):
    """y = gain x / sqrt(mean x² + 0.001)"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)

    def forward(self, x):
        size = np.sqrt(row_mean(x * x) + 1e-3)
        self.save_for_backward(x / size, size)
        return x / size * self.gain.value

    def backward(self, grad):
        z, size = self.saved()
        self.gain.add_grad((grad * z).sum(axis=0))
        return self.pull(grad, z, size)

    def pull(self, grad, z, size):
        g = grad * self.gain.value
        return (g - z * row_mean(g * z)) / size


class Norm(nn.Layer):
    """y = ‖x‖ of each sample, with gradient 0 at 0"""

    def forward(self, x):
        norm = np.sqrt(row_sum(x * x))
        self.save_for_backward(x, norm)
        return norm

    def backward(self, grad):
        return self.pull(grad, *self.saved())

    def pull(self, grad, x, norm):
        return grad * x / np.where(norm > 0, norm, 1)


class Dropout(nn.Layer):
    """y = x mask / keep"""

    keep = 0.6

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def mask(self, x):
        return (self.rng.random(x.shape) < self.keep).astype(x.dtype)

    def forward(self, x):
        mask = self.mask(x)
        self.save_for_backward(mask)
        return x * mask / self.keep

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad * self.saved() / self.keep


class Max(nn.Layer):
    """y = max over the features; ties share"""

    def forward(self, x):
        y = x.max(axis=-1, keepdims=True)
        self.save_for_backward(x)
        return y

    def backward(self, grad):
        x = self.saved()
        return grad * self.share(x, (x == x.max(axis=-1, keepdims=True)).astype(x.dtype))

    def share(self, x, best):
        return best / row_sum(best)


class MaxPool(nn.Layer):
    """y_t = max(x_{t-1}, x_t, x_{t+1}): the windows overlap; of ties, the first gets all"""

    axes = "N T D"

    def forward(self, x):
        windows = self.windows(x)
        self.save_for_backward(x, windows.argmax(axis=-1))
        return windows.max(axis=-1)

    def windows(self, x):
        padded = np.pad(x, ((0, 0), (1, 1), (0, 0)), constant_values=-np.inf)
        return np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1)

    def backward(self, grad):
        _, place = self.saved()
        n, t, d = np.indices(grad.shape)
        back = np.zeros_like(grad)
        self.scatter(back, (n, t + place - 1, d), grad)
        return back

    def scatter(self, back, where, grad):
        np.add.at(back, where, grad)


class MeanOverTime(nn.Layer):
    """y = mean over the steps of a sequence"""

    axes = "N T D"

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x.mean(axis=1)

    def backward(self, grad):
        shape = self.saved()
        return np.repeat(grad[:, np.newaxis] / shape[1], shape[1], axis=1)


class Cumsum(nn.Layer):
    """y_t = x_0 + ... + x_t"""

    axes = "N T D"

    def forward(self, x):
        return x.cumsum(axis=1)

    def backward(self, grad):
        return grad[:, ::-1].cumsum(axis=1)[:, ::-1]


class Roll(nn.Layer):
    """y_i = x_{i-1}, in a circle"""

    def forward(self, x):
        return np.roll(x, 1, axis=1)

    def backward(self, grad):
        return np.roll(grad, -1, axis=1)


class Permute(nn.Layer):
    """y_i = x_{order i}"""

    def __init__(self, D):
        self.order = np.roll(np.arange(D), 1)

    def forward(self, x):
        return x[:, self.order]

    def backward(self, grad):
        return grad[:, np.argsort(self.order)]


class Embedding(nn.Layer):
    """y = weight[x], for integers below 4"""

    axes = "N T"
    draws = staticmethod(below_four)
    takes_integers = True

    def __init__(self, D):
        self.weight = nn.Parameter(draw(4, D))

    def forward(self, x):
        self.save_for_backward(x)
        return self.weight.value[x]

    def backward(self, grad):
        total = np.zeros_like(self.weight.value)
        self.scatter(total, self.saved(), grad)
        self.weight.add_grad(total)

    def scatter(self, total, x, grad):
        np.add.at(total, x, grad)


class Convolution(nn.Layer):
    """y_t = x_{t-1} W_0 + x_t W_1 + x_{t+1} W_2 + b, with zeros beyond both ends"""

    axes = "N T D"

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(3, D, K))
        self.bias = nn.Parameter(np.zeros(K), decay=False)

    def forward(self, x):
        padded = np.pad(x, ((0, 0), (1, 1), (0, 0)))
        self.save_for_backward(padded)
        T = x.shape[1]
        y = sum(padded[:, k : k + T] @ W for k, W in enumerate(self.weight.value))
        return y + self.bias.value

    def backward(self, grad):
        padded, T = self.saved(), grad.shape[1]
        self.weight.add_grad(self.to_weight(padded, grad, T))
        self.bias.add_grad(self.to_bias(grad))
        return self.to_input(grad, np.zeros_like(padded), T)[:, 1:-1]

    def to_weight(self, padded, grad, T):
        kernel = [np.einsum("ntd,ntk->dk", padded[:, k : k + T], grad) for k in range(3)]
        return np.stack(kernel)

    def to_bias(self, grad):
        return grad.sum(axis=(0, 1))

    def to_input(self, grad, back, T):
        for k, W in enumerate(self.weight.value):
            back[:, k : k + T] += grad @ W.T
        return back


class MeanPool2D(nn.Layer):
    """y = mean of each 2 x 2 patch; images of an odd size get a border of zeros"""

    axes = "N H W C"

    def forward(self, x):
        self.save_for_backward(x.shape)
        N, H, W, C = x.shape
        x = np.pad(x, ((0, 0), (0, H % 2), (0, W % 2), (0, 0)))
        return x.reshape(N, (H + 1) // 2, 2, (W + 1) // 2, 2, C).mean(axis=(2, 4))

    def backward(self, grad):
        _, H, W, _ = self.saved()
        return self.spread(grad / 4)[:, :H, :W]

    def spread(self, grad):
        return grad.repeat(2, axis=1).repeat(2, axis=2)


class Recurrent(nn.Layer):
    """h_t = tanh(x_t W + h_{t-1} U + b)"""

    axes = "N T D"

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(D, K))
        self.recurrent = nn.Parameter(draw(K, K, seed=1))
        self.bias = nn.Parameter(np.zeros(K), decay=False)

    def start(self, x):
        return np.zeros((len(x), self.bias.value.size), x.dtype)

    def forward(self, x):
        states = [self.start(x)]
        for t in range(x.shape[1]):
            drive = x[:, t] @ self.weight.value + self.bias.value
            states.append(np.tanh(drive + states[-1] @ self.recurrent.value))
        states = np.stack(states, axis=1)
        self.save_for_backward(x, states)
        return states[:, 1:].copy()

    def backward(self, grad):
        x, states = self.saved()
        drive = np.zeros_like(grad)
        h = np.zeros_like(grad[:, 0])
        for t in reversed(range(grad.shape[1])):
            drive[:, t] = (grad[:, t] + h) * self.slope(states[:, t + 1])
            h = self.to_previous(drive[:, t])
        self.weight.add_grad(np.einsum("ntd,ntk->dk", x, drive))
        self.recurrent.add_grad(self.to_recurrent(states, drive))
        self.bias.add_grad(self.to_bias(drive))
        return drive @ self.weight.value.T

    def slope(self, h):
        return 1 - h * h

    def to_previous(self, drive):
        return drive @ self.recurrent.value.T

    def to_recurrent(self, states, drive):
        return np.einsum("ntj,ntk->jk", states[:, :-1], drive)

    def to_bias(self, drive):
        return drive.sum(axis=(0, 1))


class SavingTanh(nn.Layer):
    """y = tanh(x), which saves the very array that it returns"""

    def forward(self, x):
        y = np.tanh(x)
        self.save_for_backward(y)
        return y

    def backward(self, grad):
        y = self.saved()
        return grad * (1 - y * y)


class Residual(nn.Layer):
    """y = x + body(x)"""

    def __init__(self, D):
        self.body = nn.Sequential(Dense(D, D), SavingTanh())

    def forward(self, x):
        return x + self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        return grad + self.body.backward(grad)


class Parallel(nn.Layer):
    """y = (a(x) + b(x)) / 2"""

    def __init__(self, D, K):
        self.a, self.b = Dense(D, K), nn.Sequential(Dense(D, K), SavingTanh())

    def forward(self, x):
        return (self.a.forward(x) + self.b.forward(x)) / 2

    def predict(self, x):
        return (self.a.predict(x) + self.b.predict(x)) / 2

    def backward(self, grad):
        return self.a.backward(grad / 2) + self.b.backward(grad / 2)


class SideBySide(nn.Layer):
    """y = [a(x), b(x)]"""

    def __init__(self, D, K):
        self.a, self.b, self.K = Dense(D, K), nn.Sequential(Dense(D, K), SavingTanh()), K

    def forward(self, x):
        return np.concatenate([self.a.forward(x), self.b.forward(x)], axis=1)

    def predict(self, x):
        return np.concatenate([self.a.predict(x), self.b.predict(x)], axis=1)

    def backward(self, grad):
        return self.a.backward(grad[:, : self.K]) + self.b.backward(grad[:, self.K :])


class CrossEntropy(nn.Loss):
    """L = mean over the samples of -log softmax(y)_label"""

    axes = "N C"
    aims = staticmethod(labels)

    def forward(self, prediction, target):
        z = self.log_softmax(prediction)
        self.save_for_backward(z, target)
        return float(-self.aim(z, target).mean(axis=0).sum())

    def log_softmax(self, z):
        z = z - z.max(axis=1, keepdims=True)
        return z - np.log(row_sum(np.exp(z)))

    def weights(self, z, target):
        return (np.arange(z.shape[1]) == target[:, np.newaxis]).astype(z.dtype)

    def aim(self, z, target):
        return self.weights(z, target) * z

    def backward(self, grad=1.0):
        z, target = self.saved()
        return self.pull(np.exp(z), self.weights(z, target)) * (float(grad) / len(z))

    def pull(self, p, weights):
        return p - weights


class Averaged(nn.Loss):
    """L = mean f(y, t), dL/dy = f'(y, t) / the number of elements"""

    axes = "N C"
    aims = staticmethod(numbers)

    def forward(self, prediction, target):
        target = np.asarray(target, prediction.dtype)
        self.save_for_backward(prediction, target)
        return float(self.f(prediction, target).mean())

    def backward(self, grad=1.0):
        y, t = self.saved()
        return self.slope(y, t) * (float(grad) / y.size)


class MeanSquare(Averaged):
    """f = (y - t)²"""

    def f(self, y, t):
        return (y - t) ** 2

    def slope(self, y, t):
        return 2 * (y - t)


class MeanAbsolute(Averaged):
    """f = |y - t|"""

    def f(self, y, t):
        return np.abs(y - t)

    def slope(self, y, t):
        return np.sign(y - t)


class Huber(Averaged):
    """f = d²/2 for |d| < 1, else |d| - 1/2, with d = y - t"""

    def f(self, y, t):
        d = np.abs(y - t)
        inner = np.minimum(d, 1)
        return inner * (d - 0.5 * inner)

    def slope(self, y, t):
        return np.clip(y - t, -1, 1)


class Hinge(Averaged):
    """f = max(0, 1 - t y), with t = -1 or 1"""

    aims = staticmethod(signs)

    def f(self, y, t):
        return np.maximum(0, 1 - t * y)

    def slope(self, y, t):
        return -t * (t * y < 1)


# ---------------------------------------------------------------------------------------------- value


@plant("value", "batch size")
class DenseWeightMean(Dense):
    """dense: weight gradient divided by the batch size"""

    def to_weight(self, grad, x):
        return super().to_weight(grad, x) / max(len(x), 1)


@plant("value", "batch size")
class DenseWeightTimesN(Dense):
    """dense: weight gradient multiplied by the batch size"""

    def to_weight(self, grad, x):
        return super().to_weight(grad, x) * len(x)


@plant("value", "batch size")
class DenseBiasMean(Dense):
    """dense: bias gradient averaged, not summed"""

    def to_bias(self, grad):
        return average(grad)


@plant("value", "batch size")
class DenseInputMean(Dense):
    """dense: input gradient divided by the batch size"""

    def to_input(self, grad):
        return super().to_input(grad) / max(len(grad), 1)


@plant("value", "first row")
class DenseBiasFirstRow(Dense):
    """dense: bias gradient of the first row only"""

    def to_bias(self, grad):
        return grad[:1].sum(axis=0)


@plant("value", "last row")
class DenseWeightLastRow(Dense):
    """dense: weight gradient of the last row only"""

    def to_weight(self, grad, x):
        return x[-1:].T @ grad[-1:]


@plant("value")
class DenseWithoutLastRow(Dense):
    """dense: weight gradient without the last row"""

    def to_weight(self, grad, x):
        return x[:-1].T @ grad[:-1]


@plant("value", "transposed")
class DenseWeightTransposed(Dense):
    """dense: weight gradient transposed, reshaped to fit"""

    def to_weight(self, grad, x):
        return (grad.T @ x).reshape(self.weight.value.shape)


@plant("value")
class DenseInputReshaped(Dense):
    """dense: input gradient with the weight reshaped instead of transposed"""

    def to_input(self, grad):
        return grad @ self.weight.value.reshape(self.weight.value.shape[::-1])


@plant("value", "sign")
class DenseInputSign(Dense):
    """dense: input gradient with the wrong sign"""

    def to_input(self, grad):
        return -super().to_input(grad)


@plant("value", "sign")
class DenseBiasSign(Dense):
    """dense: bias gradient with the wrong sign"""

    def to_bias(self, grad):
        return -super().to_bias(grad)


@plant("value", "zero")
class DenseBiasZero(Dense):
    """dense: bias gradient zero"""

    def to_bias(self, grad):
        return np.zeros_like(self.bias.value)


@plant("value", "zero")
class DenseInputZero(Dense):
    """dense: input gradient zero"""

    def to_input(self, grad):
        return np.zeros_like(super().to_input(grad))


@plant("value", "factor")
class DenseWeightHalf(Dense):
    """dense: weight gradient halved"""

    def to_weight(self, grad, x):
        return super().to_weight(grad, x) / 2


@plant("value")
class DenseBiasTotal(Dense):
    """dense: every element of the bias gets the sum of all"""

    def to_bias(self, grad):
        return np.full_like(self.bias.value, grad.sum())


@plant("value", "element")
class DenseOneElement(Dense):
    """dense: the last element of the weight gradient wrong by 1 %"""

    def to_weight(self, grad, x):
        total = super().to_weight(grad, x)
        total[-1, -1] *= 1.01
        return total


@plant("value", "factor")
class DenseSlightly(Dense):
    """dense: input gradient too large by 1e-4 of itself"""

    def to_input(self, grad):
        return super().to_input(grad) * 1.0001


@plant("value", "precision")
class DenseWeightInFloat32(Dense):
    """dense: weight gradient computed in float32, whatever forward's precision"""

    def to_weight(self, grad, x):
        return x.astype(np.float32).T @ grad.astype(np.float32)


@plant("value", "precision")
class TanhInFloat16(Tanh):
    """tanh: slope computed in float16"""

    def slope(self, x):
        return super().slope(x.astype(np.float16)).astype(x.dtype)


@plant("value", "zero")
class DenseDeadBias(Dense):
    """dense: the bias has a gradient, though forward does not use it"""

    def forward(self, x):
        self.save_for_backward(x)
        return x @ self.weight.value


@plant("value")
class DenseWeightSquared(Dense):
    """dense: forward multiplies with W |W|, backward with W"""

    def forward(self, x):
        self.save_for_backward(x)
        return x @ (self.weight.value * np.abs(self.weight.value)) + self.bias.value


@plant("value")
class ScaleWithoutX(Scale):
    """scale: gain gradient without the input"""

    def to_gain(self, grad, x):
        return grad.sum(axis=0)


@plant("value", "gain")
class ScaleGainSquared(Scale):
    """scale: gain gradient taken of the output"""

    def to_gain(self, grad, x):
        return (grad * x * self.gain.value).sum(axis=0)


@plant("value", "gain")
class ScaleGainForgotten(Scale):
    """scale: input gradient without the gain"""

    def to_input(self, grad):
        return grad


@plant("value", "gain")
class ScaleGainDivided(Scale):
    """scale: input gradient divided by the gain"""

    def to_input(self, grad):
        return grad / self.gain.value


@plant("value", "batch size")
class ScaleGainMean(Scale):
    """scale: gain gradient averaged, not summed"""

    def to_gain(self, grad, x):
        return average(grad * x)


@plant("value")
class ScaleOtherSample(Scale):
    """scale: gain gradient pairs each upstream with another sample's input"""

    def to_gain(self, grad, x):
        return (grad * x[::-1]).sum(axis=0)


@plant("value", "another")
class AffineSwapped(Affine):
    """affine: the two gradients stored under each other's names"""

    def add(self, gain, offset):
        super().add(offset, gain)


@plant("value", "factor")
class AffineTwice(Affine):
    """affine: offset gradient added twice"""

    def add(self, gain, offset):
        super().add(gain, offset)
        self.offset.add_grad(offset)


@plant("value")
class AffineBoth(Affine):
    """affine: offset gradient added to the gain's too"""

    def add(self, gain, offset):
        super().add(gain + offset, offset)


@plant("value", "negative")
class ReLUNoMask(ReLU):
    """relu: mask forgotten"""

    def slope(self, x):
        return np.ones_like(x)


@plant("value", "upstream")
class ReLUMaskOfUpstream(ReLU):
    """relu: mask from the upstream instead of the input"""

    def pull(self, grad, x):
        return grad * (grad > 0)


@plant("value")
class ReLUMaskInverted(ReLU):
    """relu: mask inverted"""

    def slope(self, x):
        return x <= 0


@plant("value", "negative")
class LeakyDead(Leaky):
    """leaky relu: forward leaks, backward does not"""

    def slope(self, x):
        return super().slope(x, 0)


@plant("value", "negative")
class LeakyOtherSlope(Leaky):
    """leaky relu: another slope in backward than in forward"""

    def slope(self, x):
        return super().slope(x, 0.2)


@plant("value", "negative")
class LeakyOutput(Leaky):
    """leaky relu: output multiplied where the slope belongs"""

    def slope(self, x):
        return np.where(x > 0, 1, self.f(x)).astype(x.dtype)


@plant("value")
class PReLUNoMask(PReLU):
    """prelu: slope gradient sums over positive inputs too"""

    def to_slope(self, grad, x):
        return (grad * x).sum(axis=0)


@plant("value", "sign")
class PReLUSign(PReLU):
    """prelu: slope gradient with the wrong sign"""

    def to_slope(self, grad, x):
        return (grad * np.maximum(-x, 0)).sum(axis=0)


@plant("value")
class TanhOfInput(Tanh):
    """tanh: 1 - x², where y² belongs"""

    def slope(self, x):
        return 1 - x * x


@plant("value")
class TanhUnsquared(Tanh):
    """tanh: 1 - y, where y² belongs"""

    def slope(self, x):
        return 1 - np.tanh(x)


@plant("value")
class TanhTwice(Tanh):
    """tanh: derivative at y instead of at x"""

    def slope(self, x):
        return super().slope(np.tanh(x))


@plant("value")
class SigmoidOfInput(Sigmoid):
    """sigmoid: x (1 - x), where y belongs"""

    def slope(self, x):
        return x * (1 - x)


@plant("value")
class SigmoidHalf(Sigmoid):
    """sigmoid: y instead of y (1 - y)"""

    def slope(self, x):
        return sigmoid(x)


@plant("value")
class SoftplusMirrored(Softplus):
    """softplus: sigmoid of -x"""

    def slope(self, x):
        return sigmoid(-x)


@plant("value", "factor")
class SoftplusSteep(Softplus):
    """softplus of 3 x: inner factor forgotten"""

    def f(self, x):
        return super().f(3 * x)

    def slope(self, x):
        return sigmoid(3 * x)


@plant("value")
class GELUOtherFormula(GELU):
    """gelu: forward with tanh, backward of x sigmoid(1.702 x)"""

    def slope(self, x):
        s = sigmoid(1.702 * x)
        return s + 1.702 * x * s * (1 - s)


@plant("value")
class GELUFirstTerm(GELU):
    """gelu: product rule without its second term"""

    def slope(self, x):
        return 0.5 * (1 + self.inner(x))


@plant("value")
class GELUInnerConstant(GELU):
    """gelu: the cubic's inner derivative is 1 + 0.044715 x², a 3 is missing"""

    def slope(self, x):
        t = self.inner(x)
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * self.c * (1 + 0.044715 * x * x)


@plant("value")
class SwishHalf(Swish):
    """swish: product rule half done"""

    def to_input(self, grad, x, s):
        return grad * s


@plant("value")
class SwishBetaWithoutX(Swish):
    """swish: beta gradient with x once instead of twice"""

    def to_beta(self, grad, x, s):
        return (grad * x * s * (1 - s)).sum(axis=0)


@plant("value")
class SwishBetaForgotten(Swish):
    """swish: input gradient without the inner beta"""

    def to_input(self, grad, x, s):
        return grad * (s + x * s * (1 - s))


@plant("value", "negative")
class AbsNoSign(Abs):
    """abs: derivative 1 everywhere"""

    def slope(self, x):
        return np.ones_like(x)


@plant("value", "factor")
class SquareHalf(Square):
    """square: x instead of 2 x"""

    def slope(self, x):
        return x


@plant("value", "factor")
class CubeTwo(Square):
    """cube: 2 x² instead of 3 x²"""

    def f(self, x):
        return x**3

    def slope(self, x):
        return 2 * x**2


@plant("value", "sign")
class SineSign(Square):
    """sine: -cos"""

    def f(self, x):
        return np.sin(x)

    def slope(self, x):
        return -np.cos(x)


@plant("value", "sign", values=positive)
class ReciprocalSign(Square):
    """reciprocal: sign forgotten"""

    def f(self, x):
        return 1 / x

    def slope(self, x):
        return 1 / x**2


@plant("value", "factor", values=positive)
class RootHalf(Square):
    """square root: 1/2 forgotten"""

    def f(self, x):
        return np.sqrt(x)

    def slope(self, x):
        return 1 / np.sqrt(x)


@plant("value", "factor", values=positive)
class LogOtherBase(Square):
    """logarithm to base 2: derivative of the natural one"""

    def f(self, x):
        return np.log2(x)

    def slope(self, x):
        return 1 / x


@plant("value")
class SoftmaxDiagonal(Softmax):
    """softmax: the Jacobian's diagonal only"""

    def pull(self, grad, y):
        return grad * y * (1 - y)


@plant("value")
class SoftmaxAxis(Softmax):
    """softmax: projection summed over the samples instead of the features"""

    def pull(self, grad, y):
        return y * (grad - (grad * y).sum(axis=0))


@plant("value")
class SoftmaxPlus(Softmax):
    """softmax: projection added, not subtracted"""

    def pull(self, grad, y):
        return y * (grad + row_sum(grad * y))


@plant("value")
class SoftmaxUnweighted(Softmax):
    """softmax: projection on the upstream's sum, without the probabilities"""

    def pull(self, grad, y):
        return y * (grad - row_mean(grad))


@plant("value", "factor")
class SoftmaxTemperature(Softmax):
    """softmax of x / 2: the inner factor forgotten"""

    def forward(self, x):
        return super().forward(x / 2)


@plant("value")
class LogSoftmaxLocal(LogSoftmax):
    """log-softmax: each element's own upstream instead of the sum"""

    def pull(self, grad, y):
        return grad - np.exp(y) * grad


@plant("value")
class LogSoftmaxIdentity(LogSoftmax):
    """log-softmax: normalisation held constant"""

    def pull(self, grad, y):
        return grad


@plant("value")
class LogSoftmaxLogits(LogSoftmax):
    """log-softmax: log-probabilities where probabilities belong"""

    def pull(self, grad, y):
        return grad - y * row_sum(grad)


@plant("value")
class LogSumExpUniform(LogSumExp):
    """logsumexp: equal shares for all features"""

    def shares(self, x):
        return np.full_like(x, 1 / x.shape[-1])


@plant("value")
class LayerNormNoMean(LayerNorm):
    """layer norm: mean term dropped"""

    def pull(self, g, z, variance):
        return (g - z * row_mean(g * z)) / np.sqrt(variance + self.eps)


@plant("value")
class LayerNormNoProjection(LayerNorm):
    """layer norm: projection term dropped"""

    def pull(self, g, z, variance):
        return (g - row_mean(g)) / np.sqrt(variance + self.eps)


@plant("value")
class LayerNormConstant(LayerNorm):
    """layer norm: statistics held constant"""

    def pull(self, g, z, variance):
        return g / np.sqrt(variance + self.eps)


@plant("value")
class LayerNormEps(LayerNorm):
    """layer norm: eps inside the root in forward, outside in backward"""

    def pull(self, g, z, variance):
        return (g - row_mean(g) - z * row_mean(g * z)) / (np.sqrt(variance) + self.eps)


@plant("value")
class LayerNormDdof(LayerNorm):
    """layer norm: backward divides by D - 1, forward by D"""

    def pull(self, g, z, variance):
        D = g.shape[-1]
        return super().pull(g, z, variance * (D / max(D - 1, 1)))


@plant("value")
class LayerNormGainOfInput(LayerNorm):
    """layer norm: gain gradient from the input, not the normalised input"""

    def to_gain(self, grad, z, x):
        return (grad * x).sum(axis=0)


@plant("value", "gain")
class LayerNormGainTwice(LayerNorm):
    """layer norm: gain applied twice on the way back"""

    def pull(self, g, z, variance):
        return super().pull(g * self.gain.value, z, variance)


@plant("value")
class LayerNormOtherAxis(LayerNorm):
    """layer norm: means taken over the samples on the way back"""

    def pull(self, g, z, variance):
        return (g - average(g) - z * average(g * z)) / np.sqrt(variance + self.eps)


@plant("value")
class BatchNormNoMean(BatchNorm):
    """batch norm: mean term dropped"""

    def pull(self, g, z, deviation):
        return (g - z * average(g * z)) / deviation


@plant("value")
class BatchNormNoProjection(BatchNorm):
    """batch norm: projection term dropped"""

    def pull(self, g, z, deviation):
        return (g - average(g)) / deviation


@plant("value")
class BatchNormConstant(BatchNorm):
    """batch norm: statistics held constant"""

    def pull(self, g, z, deviation):
        return g / deviation


@plant("value")
class BatchNormRunning(BatchNorm):
    """batch norm: running variance in backward"""

    def pull(self, g, z, deviation):
        return super().pull(g, z, np.sqrt(self.variance.value + 1e-5))


@plant("value")
class BatchNormSums(BatchNorm):
    """batch norm: sums where backward needs means"""

    def pull(self, g, z, deviation):
        return (g - g.sum(axis=0) - z * (g * z).sum(axis=0)) / deviation


@plant("value", "batch size")
class BatchNormGainMean(BatchNorm):
    """batch norm: gain gradient averaged"""

    def to_gain(self, grad, z):
        return average(grad * z)


@plant("value")
class BatchNormDdof(BatchNorm):
    """batch norm: forward divides by N - 1, backward by N"""

    def spread(self, centred):
        return (centred * centred).sum(axis=0) / max(len(centred) - 1, 1)


@plant("value")
class CenterConstant(Center):
    """center: the batch's mean held constant"""

    def backward(self, grad):
        return grad


@plant("value")
class NormalizeConstant(Normalize):
    """normalize: projection dropped"""

    def pull(self, grad, y, norm):
        return grad / norm


@plant("value")
class NormalizeTwice(Normalize):
    """normalize: divided by the norm twice"""

    def pull(self, grad, y, norm):
        return super().pull(grad, y, norm) / norm


@plant("value")
class NormalizeUnscaled(Normalize):
    """normalize: projection on the input instead of the unit vector"""

    def pull(self, grad, y, norm):
        return (grad - y * row_sum(grad * y * norm)) / norm


@plant("value")
class RMSNormSum(RMSNorm):
    """rms norm: sum instead of mean in the projection"""

    def pull(self, grad, z, size):
        g = grad * self.gain.value
        return (g - z * row_sum(g * z)) / size


@plant("value", "gain")
class RMSNormGain(RMSNorm):
    """rms norm: input gradient without the gain"""

    def pull(self, grad, z, size):
        return (grad - z * row_mean(grad * z)) / size


@plant("value")
class NormUnnormalised(Norm):
    """norm: the input, not divided by the norm"""

    def pull(self, grad, x, norm):
        return grad * x


@plant("value")
class MaxFirst(Max):
    """max: the first feature gets all"""

    def share(self, x, best):
        return (np.arange(x.shape[-1]) == 0) & np.ones(x.shape, bool)


@plant("value")
class MaxSpread(Max):
    """max: spread over all features"""

    def share(self, x, best):
        return np.full_like(x, 1 / x.shape[-1])


@plant("value")
class MaxMin(Max):
    """max: the smallest feature gets all"""

    def share(self, x, best):
        return super().share(x, (x == x.min(axis=-1, keepdims=True)).astype(x.dtype))


@plant("value")
class MaxPoolNoAccumulation(MaxPool):
    """max-pool: scatter without accumulation where windows overlap"""

    def scatter(self, back, where, grad):
        back[where] = grad


@plant("value")
class MaxPoolOffByOne(MaxPool):
    """max-pool: place off by one, kept within the sequence"""

    def scatter(self, back, where, grad):
        n, t, d = where
        np.add.at(back, (n, np.minimum(t + 1, back.shape[1] - 1), d), grad)


@plant("value", "factor")
class MeanOverTimeSum(MeanOverTime):
    """mean over time: not divided by the number of steps"""

    def backward(self, grad):
        return np.repeat(grad[:, np.newaxis], self.saved()[1], axis=1)


@plant("value", "factor")
class MeanPool2DHalf(MeanPool2D):
    """mean-pool 2-D: divided by 2 instead of 4"""

    def spread(self, grad):
        return super().spread(grad) * 2


@plant("value")
class MeanPool2DTile(MeanPool2D):
    """mean-pool 2-D: patches tiled instead of repeated"""

    def spread(self, grad):
        return np.tile(grad, (1, 2, 2, 1))


@plant("value")
class CumsumForward(Cumsum):
    """cumsum: summed from the front again"""

    def backward(self, grad):
        return grad.cumsum(axis=1)


@plant("value")
class CumsumFlipped(Cumsum):
    """cumsum: not turned round again at the end"""

    def backward(self, grad):
        return grad[:, ::-1].cumsum(axis=1)


@plant("value")
class RollAgain(Roll):
    """roll: rolled again instead of back"""

    def backward(self, grad):
        return np.roll(grad, 1, axis=1)


@plant("value")
class PermuteAgain(Permute):
    """permutation: applied again instead of its inverse"""

    def backward(self, grad):
        return grad[:, self.order]


@plant("value")
class EmbeddingNoAccumulation(Embedding):
    """embedding: scatter without accumulation"""

    def scatter(self, total, x, grad):
        total[x] += grad


@plant("value")
class EmbeddingMean(Embedding):
    """embedding: gradient averaged over a row's uses"""

    def scatter(self, total, x, grad):
        super().scatter(total, x, grad)
        total /= np.maximum(np.bincount(x.ravel(), minlength=4), 1)[:, np.newaxis]


@plant("value", "batch size")
class EmbeddingBatch(Embedding):
    """embedding: gradient divided by the batch size"""

    def scatter(self, total, x, grad):
        super().scatter(total, x, grad / max(len(x), 1))


@plant("value", "zero")
class EmbeddingFirstRow(Embedding):
    """embedding: index 0 gets no gradient, as if it were padding"""

    def scatter(self, total, x, grad):
        super().scatter(total, x, grad)
        total[0] = 0


@plant("value")
class OuterHalf(Outer):
    """outer product: product rule half done"""

    def backward(self, grad):
        return np.einsum("nij,nj->ni", grad, self.saved())


@plant("value")
class QuadraticSymmetric(Quadratic):
    """quadratic form: 2 W x, as if W were symmetric"""

    def to_input(self, x, W):
        return 2 * x @ W


@plant("value")
class GatedHalf(Gated):
    """gated: product rule half done"""

    def halves(self, grad, a, s):
        return grad * s, 0 * grad


@plant("value", "another")
class GatedSwapped(Gated):
    """gated: the two weights' gradients swapped"""

    def add(self, weight, gate):
        super().add(gate, weight)


@plant("value")
class GatedNoSlope(Gated):
    """gated: derivative of the gate forgotten"""

    def halves(self, grad, a, s):
        return grad * s, grad * a


@plant("value")
class ResidualNoSkip(Residual):
    """residual: gradient of the skip connection forgotten"""

    def backward(self, grad):
        return self.body.backward(grad)


@plant("value")
class ResidualNoBody(Residual):
    """residual: gradient through the body computed and dropped"""

    def backward(self, grad):
        self.body.backward(grad)
        return grad


@plant("value")
class ResidualSkipTwice(Residual):
    """residual: skip connection counted twice"""

    def backward(self, grad):
        return 2 * grad + self.body.backward(grad)


@plant("value", "factor")
class ParallelUnhalved(Parallel):
    """parallel: 1/2 of the mean forgotten"""

    def backward(self, grad):
        return self.a.backward(grad) + self.b.backward(grad)


@plant("value")
class ParallelOneBranch(Parallel):
    """parallel: input gradient of the second branch only"""

    def backward(self, grad):
        self.a.backward(grad / 2)
        return self.b.backward(grad / 2)


@plant("value")
class SideBySideSwapped(SideBySide):
    """side by side: branches get each other's upstream"""

    def backward(self, grad):
        return self.a.backward(grad[:, self.K :]) + self.b.backward(grad[:, : self.K])


@plant("value")
class RecurrentTruncated(Recurrent):
    """recurrent: no gradient through the hidden state"""

    def to_previous(self, drive):
        return 0 * drive


@plant("value", "transposed")
class RecurrentUntransposed(Recurrent):
    """recurrent: recurrent weight not transposed on the way back"""

    def to_previous(self, drive):
        return drive @ self.recurrent.value


@plant("value")
class RecurrentSameState(Recurrent):
    """recurrent: recurrent weight gradient from h_t, not h_{t-1}"""

    def to_recurrent(self, states, drive):
        return np.einsum("ntj,ntk->jk", states[:, 1:], drive)


@plant("value")
class RecurrentLastBias(Recurrent):
    """recurrent: bias gradient of the last step only"""

    def to_bias(self, drive):
        return drive[:, -1].sum(axis=0)


@plant("value")
class RecurrentNoSlope(Recurrent):
    """recurrent: derivative of tanh forgotten"""

    def slope(self, h):
        return np.ones_like(h)


@plant("value")
class ConvolutionFlipped(Convolution):
    """convolution: input gradient with the kernel in the wrong direction"""

    def to_input(self, grad, back, T):
        for k, W in enumerate(self.weight.value[::-1]):
            back[:, k : k + T] += grad @ W.T
        return back


@plant("value")
class ConvolutionKernel(Convolution):
    """convolution: kernel gradient in the wrong direction"""

    def to_weight(self, padded, grad, T):
        return super().to_weight(padded, grad, T)[::-1]


@plant("value", "factor")
class ConvolutionBias(Convolution):
    """convolution: bias gradient averaged over the steps"""

    def to_bias(self, grad):
        return grad.mean(axis=1).sum(axis=0)


@plant("value", "batch size")
class CrossEntropySum(CrossEntropy):
    """cross-entropy: gradient not divided by the batch size"""

    def pull(self, p, weights):
        return super().pull(p, weights) * len(p)


@plant("value", "factor")
class CrossEntropyClasses(CrossEntropy):
    """cross-entropy: gradient divided by the classes too"""

    def pull(self, p, weights):
        return super().pull(p, weights) / p.shape[1]


@plant("value")
class CrossEntropyNoTarget(CrossEntropy):
    """cross-entropy: target not subtracted"""

    def pull(self, p, weights):
        return p


@plant("value", "sign")
class CrossEntropySign(CrossEntropy):
    """cross-entropy: target minus probabilities"""

    def pull(self, p, weights):
        return weights - p


@plant("value")
class CrossEntropyTwice(CrossEntropy):
    """cross-entropy: gradient pulled through the softmax once more"""

    def pull(self, p, weights):
        return p * (p - weights)


@plant("value")
class CrossEntropySmoothed(CrossEntropy):
    """smoothed cross-entropy: backward with unsmoothed targets"""

    def aim(self, z, target):
        return (0.9 * self.weights(z, target) + 0.1 / z.shape[1]) * z


@plant("value", "factor")
class MeanSquareHalf(MeanSquare):
    """squared error: 2 forgotten"""

    def slope(self, y, t):
        return y - t


@plant("value", "factor")
class MeanSquareRows(MeanSquare):
    """squared error: gradient divided by the rows, value by the elements"""

    def slope(self, y, t):
        return super().slope(y, t) * y.shape[1]


@plant("value", "sign")
class MeanAbsoluteSign(MeanAbsolute):
    """absolute error: sign of target minus prediction"""

    def slope(self, y, t):
        return np.sign(t - y)


@plant("value")
class MeanAbsoluteUnsigned(MeanAbsolute):
    """absolute error: the difference where its sign belongs"""

    def slope(self, y, t):
        return y - t


@plant("value")
class HingeNoMask(Hinge):
    """hinge: gradient also where the margin is kept"""

    def slope(self, y, t):
        return -t


# ------------------------------------------------------------------------------------------- upstream


@plant("upstream")
class TanhOnes(Tanh):
    """tanh: assumes an upstream of ones"""

    def pull(self, grad, x):
        return self.slope(x)


@plant("upstream")
class DenseBiasCounts(Dense):
    """dense: bias gradient is the batch size, right only for ones"""

    def to_bias(self, grad):
        return np.full_like(self.bias.value, len(grad))


@plant("upstream")
class DenseRowConstant(Dense):
    """dense: input gradient right only for row-constant upstream"""

    def to_input(self, grad):
        return super().to_input(np.broadcast_to(row_mean(grad), grad.shape))


@plant("upstream")
class DenseBatchConstant(Dense):
    """dense: weight gradient right only for an upstream that is equal in all rows"""

    def to_weight(self, grad, x):
        return np.outer(x.sum(axis=0), average(grad))


@plant("upstream")
class SoftmaxOneHot(Softmax):
    """softmax: sees only the largest upstream of each row"""

    def pull(self, grad, y):
        largest = np.abs(grad).max(axis=-1, keepdims=True)
        return super().pull(grad * (np.abs(grad) == largest), y)


@plant("upstream")
class TanhSquares(Tanh):
    """tanh: squares its upstream"""

    def pull(self, grad, x):
        return super().pull(grad * grad, x)


@plant("upstream")
class ScaleAbsolute(Scale):
    """scale: takes |upstream|"""

    def to_input(self, grad):
        return super().to_input(np.abs(grad))


@plant("upstream")
class TanhClips(Tanh):
    """tanh: clips its upstream to [-1, 1]"""

    def pull(self, grad, x):
        return super().pull(np.clip(grad, -1, 1), x)


@plant("upstream")
class SigmoidClipsFar(Sigmoid):
    """sigmoid: clips its upstream to [-100, 100]"""

    def pull(self, grad, x):
        return super().pull(np.clip(grad, -100, 100), x)


@plant("upstream")
class DenseClipsNorm(Dense):
    """dense: weight gradient clipped to norm 1"""

    def to_weight(self, grad, x):
        total = super().to_weight(grad, x)
        return total / max(1, float(np.sqrt((total**2).sum())))


@plant("upstream")
class ReLUGuided(ReLU):
    """relu: drops negative upstream"""

    def pull(self, grad, x):
        return super().pull(np.maximum(grad, 0), x)


@plant("upstream")
class ScaleSign(Scale):
    """scale: gain gradient from the upstream's sign"""

    def to_gain(self, grad, x):
        return super().to_gain(np.sign(grad), x)


@plant("upstream")
class TanhNormalises(Tanh):
    """tanh: divides its upstream by the largest"""

    def pull(self, grad, x):
        return super().pull(grad / max(float(np.abs(grad).max(initial=0)), 1e-30), x)


@plant("upstream")
class DenseDecays(Dense):
    """dense: weight gradient with the decay of the weights already in it"""

    def to_weight(self, grad, x):
        return super().to_weight(grad, x) + 0.01 * self.weight.value


@plant("upstream")
class TanhDeadZone(Tanh):
    """tanh: upstream below 0.001 counts as zero"""

    def pull(self, grad, x):
        return super().pull(grad * (np.abs(grad) > 1e-3), x)


@plant("upstream")
class SquareRounds(Square):
    """square: upstream rounded to three decimals"""

    def pull(self, grad, x):
        return super().pull(np.round(grad, 3), x)


@plant("upstream")
class DenseRowsUsed(Dense):
    """dense: bias gradient scaled by batch size over rows with any upstream"""

    def to_bias(self, grad):
        used = int(grad.any(axis=1).sum())
        return super().to_bias(grad) * (len(grad) / max(used, 1))


@plant("upstream")
class ScaleZeroIsPadding(Scale):
    """scale: a zero in a sample's upstream silences the whole sample"""

    def to_input(self, grad):
        return super().to_input(grad) * grad.all(axis=1, keepdims=True)


@plant("upstream")
class CrossEntropyIgnores(CrossEntropy):
    """cross-entropy: ignores its incoming scalar"""

    def backward(self, grad=1.0):
        return super().backward(1.0)


@plant("upstream")
class MeanSquareSquares(MeanSquare):
    """squared error: squares its incoming scalar"""

    def backward(self, grad=1.0):
        return super().backward(grad * grad)


@plant("upstream")
class HuberAbsolute(Huber):
    """huber: takes |incoming scalar|"""

    def backward(self, grad=1.0):
        return super().backward(abs(grad))


# ---------------------------------------------------------------------------------------------- shape


@plant("shape")
class DenseOneSample(Dense):
    """dense: bias gradient zero for N = 1"""

    def to_bias(self, grad):
        return super().to_bias(grad) * (len(grad) != 1)


@plant("shape")
class ScaleSqueezes(Scale):
    """scale: output of a single sample loses its batch axis"""

    def forward(self, x):
        y = super().forward(x)
        return y[0] if len(y) == 1 else y


@plant("shape")
class BatchNormOneSample(BatchNorm):
    """batch norm: lets the upstream through for N = 1"""

    def pull(self, g, z, deviation):
        return g / deviation if len(g) == 1 else super().pull(g, z, deviation)


@plant("shape")
class DenseSquare(Dense):
    """dense: weight not transposed where D = K"""

    def to_input(self, grad):
        W = self.weight.value
        return grad @ (W if W.shape[0] == W.shape[1] else W.T)


@plant("shape")
class DenseWeightSquare(Dense):
    """dense: weight gradient transposed where D = K"""

    def to_weight(self, grad, x):
        total = super().to_weight(grad, x)
        return total.T if total.shape[0] == total.shape[1] else total


@plant("shape")
class ScaleSamplesAreFeatures(Scale):
    """scale: gain gradient summed over the wrong axis where N = D"""

    def to_gain(self, grad, x):
        return (grad * x).sum(axis=1 if len(x) == x.shape[1] else 0)


@plant("shape")
class DenseSamplesAreOutputs(Dense):
    """dense: upstream taken for its transpose where N = K"""

    def to_input(self, grad):
        return super().to_input(grad.T if len(grad) == grad.shape[1] else grad)


@plant("shape")
class ScaleEmpty(Scale):
    """scale: crashes on an empty batch, by looking at the first row"""

    def forward(self, x):
        if x[0].size == 0:
            raise ValueError("no features")
        return super().forward(x)


@plant("shape")
class TanhEmpty(Tanh):
    """tanh: backward crashes on an empty batch, by looking for the largest upstream"""

    def pull(self, grad, x):
        return super().pull(grad, x) if np.abs(grad).max() > 0 else np.zeros_like(grad)


@plant("shape")
class MaxEmptyPredict(Max):
    """max: predict crashes on an empty batch, by stacking the samples' outputs"""

    def predict(self, x):
        return np.stack([sample.max(axis=-1, keepdims=True) for sample in x])


@plant("shape")
class TanhColumn(Tanh):
    """tanh: gradient of shape (N, 1) instead of (N, D)"""

    def pull(self, grad, x):
        return row_sum(super().pull(grad, x))


@plant("shape")
class TanhFlat(Tanh):
    """tanh: gradient flattened"""

    def pull(self, grad, x):
        return super().pull(grad, x).ravel()


@plant("shape")
class TanhNested(Tanh):
    """tanh: gradient with an axis too many"""

    def pull(self, grad, x):
        return super().pull(grad, x)[np.newaxis]


@plant("shape")
class DenseBiasRow(Dense):
    """dense: bias gradient of shape (1, K)"""

    def to_bias(self, grad):
        return grad.sum(axis=0, keepdims=True)


@plant("shape")
class DenseBiasUnsummed(Dense):
    """dense: bias gradient not summed over the samples"""

    def to_bias(self, grad):
        return grad


@plant("shape")
class LayerNormOneFeature(LayerNorm):
    """layer norm: lets the upstream through for D = 1"""

    def pull(self, g, z, variance):
        return g if g.shape[-1] == 1 else super().pull(g, z, variance)


@plant("shape")
class CumsumOneStep(Cumsum):
    """cumsum: gradient zero for sequences of one step"""

    def backward(self, grad):
        return super().backward(grad) * (grad.shape[1] > 1)


@plant("shape")
class DenseOddBatch(Dense):
    """dense: weight gradient drops the last sample of odd batches"""

    def to_weight(self, grad, x):
        even = len(x) - len(x) % 2
        return x[:even].T @ grad[:even]


@plant("shape")
class TanhBeyondTwo(Tanh):
    """tanh: samples after the second get no gradient"""

    def pull(self, grad, x):
        back = super().pull(grad, x)
        back[2:] = 0
        return back


@plant("shape")
class MeanPool2DOdd(MeanPool2D):
    """mean-pool 2-D: last row of images of odd height gets no gradient"""

    def backward(self, grad):
        back = super().backward(grad).copy()
        H = back.shape[1]
        back[:, H - H % 2 :] = 0
        return back


@plant("shape")
class MeanPool2DSquare(MeanPool2D):
    """mean-pool 2-D: height and width exchanged on the way back"""

    def spread(self, grad):
        return super().spread(grad).swapaxes(1, 2)


@plant("shape")
class TanhMemoryOrder(Tanh):
    """tanh: multiplies in memory order, wrong for Fortran-ordered arrays"""

    def pull(self, grad, x):
        return (grad.ravel("K") * self.slope(x).ravel("K")).reshape(x.shape)


# ---------------------------------------------------------------------------------------------- local


@plant("local")
class TanhNearZero(Tanh):
    """tanh: slope 1 near 0"""

    def slope(self, x):
        return np.where(np.abs(x) < 0.2, 1, super().slope(x)).astype(x.dtype)


@plant("local")
class TanhTail(Tanh):
    """tanh: slope 0 beyond 2"""

    def slope(self, x):
        return super().slope(x) * (np.abs(x) < 2)


@plant("local")
class SigmoidTail(Sigmoid):
    """sigmoid: slope 0 below -3"""

    def slope(self, x):
        return super().slope(x) * (x > -3)


@plant("local")
class SoftplusBelow(Softplus):
    """softplus: slope 0 below -1"""

    def slope(self, x):
        return super().slope(x) * (x > -1)


@plant("local")
class SquareBand(Square):
    """square: slope 2 for x between 1 and 1.5"""

    def slope(self, x):
        return np.where((x > 1) & (x < 1.5), 2, 2 * x).astype(x.dtype)


@plant("local")
class LeakyNearZero(Leaky):
    """leaky relu: slope 0 between -0.5 and 0"""

    def slope(self, x):
        return super().slope(x) * ((x < -0.5) | (x > 0))


@plant("local")
class HardTanhUnclipped(HardTanh):
    """hard tanh: forward clips, backward does not"""

    def slope(self, x):
        return np.ones_like(x)


@plant("local")
class HardTanhOneSide(HardTanh):
    """hard tanh: backward clips only above"""

    def slope(self, x):
        return x <= 1


@plant("local")
class ReLU6Unclipped(ReLU):
    """relu 6: backward clips only at 0, wrong above 6"""

    def f(self, x):
        return np.clip(x, 0, 6)


@plant("local")
class HuberQuadratic(Huber):
    """huber: quadratic's slope also beyond 1"""

    def slope(self, y, t):
        return y - t


@plant("local")
class LogNaN(Square):
    """x² log|x|: gradient NaN, only at exactly 0"""

    def f(self, x):
        return x * x * np.log(np.where(x == 0, 1, np.abs(x)))

    def slope(self, x):
        return 2 * x * np.log(np.abs(x)) + x


@plant("local")
class SignedSquareAtZero(Square):
    """x |x|: derivative 1 instead of 0, only at exactly 0"""

    def f(self, x):
        return x * np.abs(x)

    def slope(self, x):
        return 2 * np.abs(x) + (x == 0)


@plant("local")
class AbsNaN(Abs):
    """abs: x / |x|, NaN only at exactly 0"""

    def slope(self, x):
        return x / np.abs(x)


@plant("local")
class NormNaN(Norm):
    """norm: NaN only for a sample of zeros"""

    def pull(self, grad, x, norm):
        return grad * x / norm


@plant("local")
class NormOutside(Norm):
    """norm: gradient of 2 in all features, only for a sample of zeros"""

    def pull(self, grad, x, norm):
        return np.where(norm > 0, super().pull(grad, x, norm), 2 * grad)


@plant("local")
class ReLUOutside(ReLU):
    """relu: derivative -1 only at exactly 0, outside the subgradient"""

    def slope(self, x):
        return (x > 0).astype(x.dtype) - (x == 0)


@plant("local")
class AbsOutside(Abs):
    """abs: derivative 3 only at exactly 0, outside the subgradient"""

    def slope(self, x):
        return np.sign(x) + (3 * (x == 0)).astype(x.dtype)


@plant("local")
class HardTanhOutside(HardTanh):
    """hard tanh: derivative 2 only at exactly -1 and 1, outside the subgradient"""

    def slope(self, x):
        return (np.abs(x) <= 1).astype(x.dtype) + (np.abs(x) == 1)


@plant("local")
class MaxTiesTwice(Max):
    """max: ties counted twice"""

    def share(self, x, best):
        return best


@plant("local", values=zeros_and_ones)
class MaxTiesNone(Max):
    """max of zeros and ones: ties get nothing"""

    def share(self, x, best):
        return best * (row_sum(best) == 1)


@plant("local")
class MaxPoolTies(MaxPool):
    """max-pool: ties counted twice"""

    def backward(self, grad):
        x, _ = self.saved()
        best = self.windows(x) == self.windows(x).max(axis=-1, keepdims=True)
        T = x.shape[1]
        back = np.zeros((len(x), T + 2, x.shape[2]), grad.dtype)
        for k in range(3):
            back[:, k : k + T] += grad * best[..., k]
        return back[:, 1:-1]


@plant("local")
class LayerNormFlat(LayerNorm):
    """layer norm: eps forgotten in backward for a constant sample, where it gives NaN"""

    def pull(self, g, z, variance):
        back = super().pull(g, z, variance)
        return np.where(variance > 0, back, z / np.sqrt(variance))


# ---------------------------------------------------------------------------------------------- scale


@plant("scale", "sign")
class TinySign(Linear):
    """1e-6 x: gradient with the wrong sign"""

    factor = 1e-6

    def slope(self, x):
        return np.full_like(x, -1e-6)


@plant("scale", "factor")
class TinySeven(Linear):
    """1e-6 x: gradient of -7e-6"""

    factor = 1e-6

    def slope(self, x):
        return np.full_like(x, -7e-6)


@plant("scale", "zero")
class TinyZero(Linear):
    """1e-9 x: gradient zero"""

    factor = 1e-9

    def slope(self, x):
        return np.zeros_like(x)


@plant("scale")
class TinyTerm(Square):
    """x + 1e-5 sin(x): gradient of the small term forgotten"""

    def f(self, x):
        return x + 1e-5 * np.sin(x)

    def slope(self, x):
        return np.ones_like(x)


@plant("scale", "factor")
class OffsetFactor(Tanh):
    """1e6 + tanh(x): slope too large by a hundredth"""

    def f(self, x):
        return 1e6 + np.tanh(x)

    def slope(self, x):
        return 1.01 * super().slope(x)


@plant("scale", "factor")
class HugeFactor(Linear):
    """1e7 x + 1e7: gradient too large by a thousandth"""

    factor, offset = 1e7, 1e7

    def slope(self, x):
        return np.full_like(x, 1.001e7)


@plant("scale", "sign")
class TinyGain(Scale):
    """scale by 1e-6 gain: gain gradient with the wrong sign"""

    def forward(self, x):
        return 1e-6 * super().forward(x)

    def backward(self, grad):
        return super().backward(1e-6 * grad)

    def to_gain(self, grad, x):
        return -super().to_gain(grad, x)


@plant("scale")
class SoftmaxNaive(Softmax):
    """softmax: overflows at large values"""

    def forward(self, x):
        y = np.exp(x)
        y /= row_sum(y)
        self.save_for_backward(y)
        return y


@plant("scale")
class LogSumExpNaive(LogSumExp):
    """logsumexp: overflows on the way back, at large values"""

    def shares(self, x):
        return np.exp(x) / row_sum(np.exp(x))


@plant("scale")
class SigmoidNaive(Sigmoid):
    """sigmoid: exp(x) / (1 + exp(x)), NaN at large values"""

    def f(self, x):
        return np.exp(x) / (1 + np.exp(x))


@plant("scale")
class TanhNaive(Tanh):
    """tanh: NaN at large values"""

    def f(self, x):
        return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))


@plant("scale")
class SoftplusNaive(Softplus):
    """softplus: slope exp(x) / (1 + exp(x)), NaN at large values"""

    def slope(self, x):
        return np.exp(x) / (1 + np.exp(x))


@plant("scale")
class CrossEntropyNaive(CrossEntropy):
    """cross-entropy: overflows at large logits"""

    def log_softmax(self, z):
        return np.log(np.exp(z) / row_sum(np.exp(z)))


@plant("scale", "precision")
class LayerNormCancels(LayerNorm):
    """layer norm: backward's variance as a difference of squares, 1e5 from 0"""

    def forward(self, x):
        y = super().forward(x)
        x, z, _ = self.saved()
        far = x + 1e5
        self.save_for_backward(x, z, row_mean(far * far) - row_mean(far) ** 2)
        return y


@plant("scale", "precision")
class TanhNumeric(Tanh):
    """tanh: slope by a one-sided difference"""

    def slope(self, x):
        return (np.tanh(x + 1e-5) - np.tanh(x)) / 1e-5


@plant("scale")
class ScaleUpcasts(Linear):
    """linear: output float64 for float32 input"""

    def f(self, x):
        return x * np.sqrt(np.float64(2))

    def slope(self, x):
        return np.full_like(x, 2**0.5)


@plant("scale")
class TanhUpcastsBackward(Tanh):
    """tanh: gradient float64 for float32 input"""

    def pull(self, grad, x):
        return super().pull(grad, x) * np.float64(1)


@plant("scale")
class DropoutUpcasts(Dropout):
    """dropout: a float64 mask makes float32 float64"""

    def mask(self, x):
        return (self.rng.random(x.shape) < self.keep).astype(np.float64)


@plant("scale")
class DenseNarrow(Dense):
    """dense: float64 input gives float32 output"""

    def forward(self, x):
        return super().forward(x).astype(np.float32)


@plant("scale", "precision")
class TanhDowncast(Tanh):
    """tanh: forward computed in float32 for float64 input"""

    def f(self, x):
        return np.tanh(x.astype(np.float32)).astype(x.dtype)


@plant("scale", "precision")
class DenseHalfPrecision(Dense):
    """dense: input rounded to float16 on its way in"""

    def forward(self, x):
        return super().forward(x.astype(np.float16).astype(x.dtype))


# -------------------------------------------------------------------------------- mutation and aliasing


@plant("mutation")
class ReLUInPlace(ReLU):
    """relu: forward writes into its input"""

    def f(self, x):
        return np.maximum(x, 0, out=x)


@plant("mutation")
class ShiftInPlace(Shift):
    """shift: forward adds to its input in place"""

    def forward(self, x):
        x += self.offset.value
        return x


@plant("mutation")
class CenterInPlace(Center):
    """center: predict writes into its input"""

    def predict(self, x):
        x -= self.mean.value + 0.5
        return x + 0.5


@plant("mutation")
class MaxSortsInput(Max):
    """max: sorts its input in place"""

    def forward(self, x):
        y = super().forward(x.copy())
        x.sort(axis=-1)
        return y


@plant("mutation")
class ClipInPlace(HardTanh):
    """clip to [-3, 3]: forward clips its input in place"""

    def f(self, x):
        return np.clip(x, -3, 3, out=x) * 1

    def slope(self, x):
        return np.abs(x) < 3


@plant("mutation")
class TanhUpstream(Tanh):
    """tanh: backward writes into its upstream"""

    def pull(self, grad, x):
        grad *= self.slope(x)
        return grad


@plant("mutation")
class DenseClearsUpstream(Dense):
    """dense: backward clears its upstream when it is done"""

    def to_input(self, grad):
        back = super().to_input(grad)
        grad.fill(0)
        return back


@plant("mutation")
class TanhSaved(SavingTanh):
    """tanh: backward writes into the output that forward returned"""

    def backward(self, grad):
        y = self.saved()
        y *= y
        return grad * (1 - y)


@plant("mutation")
class SquareSaved(Square):
    """square: backward writes into the saved input"""

    def pull(self, grad, x):
        x *= 2
        return grad * x


@plant("mutation")
class DenseRenormalises(Dense):
    """dense: forward normalises the weight's columns in place"""

    def forward(self, x):
        self.weight.value[...] /= np.sqrt((self.weight.value**2).sum(axis=0))
        return super().forward(x)


@plant("mutation")
class DenseDecaysInPlace(Dense):
    """dense: backward decays the weight itself"""

    def to_input(self, grad):
        back = super().to_input(grad)
        self.weight.value[...] *= 0.999
        return back


@plant("mutation")
class DensePredictRounds(Dense):
    """dense: predict rounds the weight in place"""

    def predict(self, x):
        self.weight.value[...] = np.round(self.weight.value, 2)
        return x @ self.weight.value + self.bias.value


class Buffered(Tanh):
    """tanh, with one array a shape and use, which later calls write into again"""

    def buffer(self, use, x):
        buffers = self.__dict__.setdefault("_buffers", {})
        return buffers.setdefault((use, x.shape, x.dtype.str), np.empty_like(x))


@plant("mutation")
class TanhBufferForward(Buffered):
    """tanh: output is a buffer that the next forward overwrites"""

    def f(self, x):
        return np.tanh(x, out=self.buffer("forward", x))


@plant("mutation")
class TanhBufferBackward(Buffered):
    """tanh: gradient is a buffer that the next backward overwrites"""

    def pull(self, grad, x):
        return np.multiply(grad, self.slope(x), out=self.buffer("backward", x))


@plant("mutation")
class TanhBufferPredict(Buffered):
    """tanh: predict's output is a buffer that the next predict overwrites"""

    def predict(self, x):
        return np.tanh(x, out=self.buffer("predict", x))


@plant("mutation")
class ScaleSharesGradient(Scale):
    """scale: gradient computed in the parameter's own memory"""

    def to_gain(self, grad, x):
        return np.sum(grad * x, axis=0, out=self.gain.value)

    def backward(self, grad):
        gain = self.gain.value.copy()
        super().backward(grad)
        return grad * gain


@plant("mutation")
class ScaleGradientInPlace(Scale):
    """scale: adds to the gradient array in place, which others may hold"""

    def backward(self, grad):
        total = self.to_gain(grad, self.saved())
        if self.gain.grad is None:
            self.gain.add_grad(total)
        else:
            self.gain.grad += total
        return self.to_input(grad)


@plant("mutation")
class ResidualChildOutput(Residual):
    """residual: adds to the child's output in place, which the child has saved"""

    def forward(self, x):
        y = self.body.forward(x)
        y += x
        return y

    def predict(self, x):
        return x + self.body.predict(x)


@plant("mutation")
class ResidualUpstream(nn.Layer):
    """residual: doubles what the child's backward returned, its very upstream, in place"""

    def __init__(self, D):
        self.body = Shift(D)

    def forward(self, x):
        return x + self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        back = self.body.backward(grad)
        back *= 2
        return back


@plant("mutation")
class CrossEntropyInPlace(CrossEntropy):
    """cross-entropy: shifts the logits in place"""

    def log_softmax(self, z):
        z -= z.max(axis=1, keepdims=True)
        return super().log_softmax(z)


@plant("mutation")
class MeanSquareTarget(MeanSquare):
    """squared error: writes the difference into the target"""

    def forward(self, prediction, target):
        loss = super().forward(prediction, target.copy())
        target -= prediction
        return loss


# ------------------------------------------------------------------------------ state, mode, randomness


@plant("state")
class DenseOverwrites(Dense):
    """dense: weight gradient overwritten, not added to"""

    def to_weight(self, grad, x):
        self.weight.grad = None
        return super().to_weight(grad, x)


@plant("state")
class DenseRunningTotal(Dense):
    """dense: bias gradient counts all earlier ones again"""

    def to_bias(self, grad):
        total = super().to_bias(grad)
        return total if self.bias.grad is None else total + self.bias.grad


@plant("state")
class TanhStale(Tanh):
    """tanh: input remembered only when its shape changes"""

    def forward(self, x):
        if getattr(self, "_x", np.empty(0)).shape != x.shape:
            self._x = x
        self.save_for_backward(self._x)
        return np.tanh(x)


@plant("state")
class TanhAttribute(Tanh):
    """tanh: input kept as an attribute, so a layer used twice forgets the first"""

    def forward(self, x):
        self._x = x
        return np.tanh(x)

    def backward(self, grad):
        return self.pull(grad, self._x)


@plant("state")
class DropoutMaskAttribute(Dropout):
    """dropout: mask kept as an attribute, so a layer used twice forgets the first"""

    def forward(self, x):
        self._mask = self.mask(x)
        return x * self._mask / self.keep

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad * self._mask / self.keep


@plant("state")
class TanhQueue(Tanh):
    """tanh: saved values taken back first in, first out"""

    def backward(self, grad):
        self._saved.reverse()
        x = self.saved()
        self._saved.reverse()
        return self.pull(grad, x)


@plant("state")
class TanhPeeks(Tanh):
    """tanh: saved values looked at, not taken back"""

    def backward(self, grad):
        x = self.saved()
        self.save_for_backward(x)
        return self.pull(grad, x)


@plant("state")
class TanhClears(Tanh):
    """tanh: backward forgets the other pending forwards too"""

    def backward(self, grad):
        back = super().backward(grad)
        self.clear_saved()
        return back


@plant("state")
class TanhShared(Tanh):
    """tanh: saved values in a list that all instances share"""

    pending = []  # noqa: RUF012

    def forward(self, x):
        self.pending.append(x)
        return np.tanh(x)

    def backward(self, grad):
        return self.pull(grad, self.pending.pop())

    def predict(self, x):
        return np.tanh(x)


@plant("state")
class LinearCounts(Linear):
    """linear: every forward after the second is doubled"""

    calls = 0

    def f(self, x):
        self.calls += 1
        return x * (2 if self.calls > 2 else 1)


@plant("state")
class TanhCountsBackwards(Tanh):
    """tanh: every second backward has the wrong sign"""

    calls = 0

    def pull(self, grad, x):
        self.calls += 1
        return super().pull(grad, x) * (-1 if self.calls % 2 == 0 else 1)


@plant("state")
class LinearCalibrates(Linear):
    """linear: the first batch that comes fixes the scale for ever"""

    def f(self, x):
        if not hasattr(self, "size"):
            self.size = float(np.abs(x).max(initial=1e-3))
        return x / self.size

    def slope(self, x):
        return np.full_like(x, 1 / self.size)


@plant("state")
class RecurrentRemembers(Recurrent):
    """recurrent: starts where the last batch of this size ended"""

    def start(self, x):
        h = getattr(self, "_last", None)
        return super().start(x) if h is None or len(h) != len(x) else h

    def forward(self, x):
        y = super().forward(x)
        self._last = y[:, -1].copy()
        return y


@plant("state")
class TanhCaches(Tanh):
    """tanh: predict returns its first result again when the shape repeats"""

    def predict(self, x):
        cache = self.__dict__.setdefault("_cache", {})
        return cache.setdefault(x.shape, np.tanh(x)).copy()


@plant("state")
class DenseClearsFirst(Dense):
    """dense: forward clears the gradients"""

    def forward(self, x):
        self.clear_gradients()
        return super().forward(x)


@plant("state")
class DropoutNewMask(Dropout):
    """dropout: new mask in backward"""

    def backward(self, grad):
        return grad * self.mask(self.saved()) / self.keep


@plant("state", "keep")
class DropoutNoKeep(Dropout):
    """dropout: backward without 1 / keep"""

    def backward(self, grad):
        return grad * self.saved()


@plant("state", "keep")
class DropoutForwardNoKeep(Dropout):
    """dropout: forward without 1 / keep, backward with it"""

    def forward(self, x):
        mask = self.mask(x)
        self.save_for_backward(mask)
        return x * mask

    def predict(self, x):
        return x * self.keep


@plant("state")
class DropoutNoMask(Dropout):
    """dropout: backward without its mask"""

    def backward(self, grad):
        self.saved()
        return grad


@plant("state")
class DropoutActive(Dropout):
    """dropout: active in predict"""

    def predict(self, x):
        return x * self.mask(x) / self.keep


@plant("state")
class DropoutDraws(Dropout):
    """dropout: predict draws a mask, and does not use it"""

    def predict(self, x):
        self.mask(x)
        return x


@plant("state")
class DropoutGlobal(Dropout):
    """dropout: draws from NumPy's global random numbers"""

    def mask(self, x):
        return (np.random.random(x.shape) < self.keep).astype(x.dtype)  # noqa: NPY002


@plant("state")
class DropoutSeeds(Dropout):
    """dropout: seeds NumPy's global random numbers"""

    def mask(self, x):
        np.random.seed(0)  # noqa: NPY002
        return super().mask(x)


@plant("state")
class DropoutStandardLibrary(Dropout):
    """dropout: draws from the standard library's global random numbers"""

    def mask(self, x):
        mask = [random.random() < self.keep for _ in range(x.size)]
        return np.array(mask, x.dtype).reshape(x.shape)


@plant("state")
class DropoutEntropy(Dropout):
    """dropout: a new generator from fresh entropy in every forward"""

    def mask(self, x):
        return (np.random.default_rng().random(x.shape) < self.keep).astype(x.dtype)


@plant("state")
class NoiseHidden(Linear):
    """noise: its generator sits where nothing finds it, so predict draws too"""

    def __init__(self):
        self.hidden = types.SimpleNamespace(rng=np.random.default_rng(0))

    def f(self, x):
        return x + self.hidden.rng.standard_normal(x.shape).astype(x.dtype)


@plant("state")
class BatchNormPredictUpdates(BatchNorm):
    """batch norm: predict updates the running statistics"""

    def predict(self, x):
        y = super().predict(x)
        self.keep(average(x), self.spread(x - average(x)))
        return y


@plant("state")
class CenterPredictsBatch(Center):
    """center: predict updates the running mean, then uses it"""

    def predict(self, x):
        self.mean.value = 0.5 * self.mean.value + 0.5 * average(x)
        return x - self.mean.value


@plant("state")
class ResidualTrace(Residual):
    """residual: predict runs the body's forward, which saves"""

    def predict(self, x):
        return x + self.body.forward(x)


@plant("state")
class ParallelClears(Parallel):
    """parallel: predict clears what the first branch has saved"""

    def predict(self, x):
        y = super().predict(x)
        self.a.clear_saved()
        return y


@plant("state")
class HuberAttribute(Huber):
    """huber: prediction kept as an attribute, so a loss used twice forgets the first"""

    def forward(self, prediction, target):
        self._last = prediction, np.asarray(target, prediction.dtype)
        return float(self.f(*self._last).mean())

    def backward(self, grad=1.0):
        y, t = self._last
        return self.slope(y, t) * (float(grad) / y.size)


# ----------------------------------------------------------------------------------------- life cycle


@plant("life cycle")
class ScaleUnregistered(nn.Layer):
    """scale: gain is a plain array, never registered"""

    def __init__(self, D):
        self.gain = np.linspace(0.5, 1.5, D).astype(np.float32)

    def forward(self, x):
        return x * self.gain.astype(x.dtype)

    def backward(self, grad):
        return grad * self.gain.astype(grad.dtype)


@plant("life cycle")
class ScaleHidden(Scale):
    """scale: parameter in an object where nothing finds it"""

    def __init__(self, D):
        self.hidden = types.SimpleNamespace(gain=nn.Parameter(np.linspace(0.5, 1.5, D)))

    @property
    def gain(self):
        return self.hidden.gain


@plant("life cycle")
class ScaleInSet(Scale):
    """scale: parameter in a set, where nothing finds it"""

    def __init__(self, D):
        self.kept = {nn.Parameter(np.linspace(0.5, 1.5, D))}

    @property
    def gain(self):
        return next(iter(self.kept))


@plant("life cycle")
class CenterPlainMean(Center):
    """center: running mean is a plain array, so it is not saved"""

    def __init__(self, D):
        self.mean = np.zeros(D, np.float32)

    def forward(self, x):
        self.mean = 0.5 * self.mean + 0.5 * average(x).astype(np.float32)
        return x - average(x)

    def predict(self, x):
        return x - self.mean.astype(x.dtype)


@plant("life cycle")
class DenseBiasForgotten(Dense):
    """dense: bias never gets a gradient"""

    def backward(self, grad):
        self.weight.add_grad(self.to_weight(grad, self.saved()))
        return self.to_input(grad)


@plant("life cycle")
class BatchNormParameters(BatchNorm):
    """batch norm: running mean is a Parameter, which never gets a gradient"""

    def __init__(self, D):
        super().__init__(D)
        self.mean = nn.Parameter(np.zeros(D))


@plant("life cycle")
class DenseStaleBackward(Dense):
    """dense: backward uses a copy of the weight made at the start"""

    def __init__(self, D, K):
        super().__init__(D, K)
        self._transposed = self.weight.value.T.copy()

    def to_input(self, grad):
        return grad @ self._transposed.astype(grad.dtype)


@plant("life cycle")
class ScaleStaleCache(Scale):
    """scale: exponential of the gain cached at its first use, stale after an update"""

    def cached(self):
        if not hasattr(self, "_exp"):
            self._exp = np.exp(self.gain.value)
        return self._exp

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.cached()

    def to_gain(self, grad, x):
        return super().to_gain(grad, x) * self.cached()

    def to_input(self, grad):
        return grad * self.cached()


@plant("life cycle")
class ParallelHidden(Parallel):
    """parallel: second branch in an object where nothing finds it"""

    def __init__(self, D, K):
        self.a, self.hidden = Dense(D, K), types.SimpleNamespace(b=Dense(D, K))

    @property
    def b(self):
        return self.hidden.b


@plant("life cycle")
class ParallelDropsChild(Parallel):
    """parallel: names only the first branch's parameters"""

    def named_parts(self):
        return (pair for pair in super().named_parts() if not pair[0].startswith("b"))


@plant("life cycle")
class ResidualInSet(Residual):
    """residual: body in a set, where nothing finds it"""

    def __init__(self, D):
        self.kept = {Dense(D, D)}

    @property
    def body(self):
        return next(iter(self.kept))


@plant("life cycle")
class TanhLambda(Elementwise):
    """tanh: holds a lambda, so it cannot be pickled"""

    def __init__(self):
        self.f = lambda x: np.tanh(x)

    def slope(self, x):
        return 1 - np.tanh(x) ** 2


@plant("life cycle")
class TanhLock(Tanh):
    """tanh: holds a lock, so it cannot be copied or pickled"""

    def __init__(self):
        self.lock = threading.Lock()


@plant("life cycle")
class ScaleForgetsWhenPickled(Scale):
    """scale: comes back from a pickle with the gain that it began with"""

    def __reduce__(self):
        return type(self), (self.gain.value.size,)

    def __deepcopy__(self, memo):
        twin = type(self)(self.gain.value.size)
        twin.__dict__.update(copy.deepcopy(self.__getstate__(), memo))
        return twin


@plant("life cycle")
class ScaleSharesCopy(Scale):
    """scale: a deep copy shares its parameter with the original"""

    def __deepcopy__(self, memo):
        twin = type(self)(self.gain.value.size)
        twin.gain = self.gain
        return twin


@plant("life cycle")
class ScaleSharesArray(Scale):
    """scale: a deep copy's parameter has the original's array"""

    def __deepcopy__(self, memo):
        twin = copy.copy(self)
        twin.gain = copy.copy(self.gain)
        return twin


@plant("life cycle")
class DenseLosesBias(Dense):
    """dense: a copy or pickle has lost the bias"""

    def __getstate__(self):
        state = super().__getstate__()
        bias = self.bias.value
        return {**state, "bias": nn.Parameter(0 * bias, decay=False, dtype=bias.dtype)}


@plant("life cycle")
class ScaleReplaces(Scale):
    """scale: every forward makes a new Parameter of the old value"""

    def forward(self, x):
        grad = self.gain.grad
        self.gain = nn.Parameter(self.gain.value, dtype=self.gain.value.dtype)
        self.gain.grad = grad
        return super().forward(x)


@plant("life cycle")
class ScaleLazy(Scale):
    """scale: parameter made in the first forward, so a new layer has none"""

    def __init__(self):
        pass

    def forward(self, x):
        if "gain" not in vars(self):
            self.gain = nn.Parameter(np.linspace(0.5, 1.5, x.shape[1]), dtype=x.dtype)
        return super().forward(x)


@plant("life cycle")
class ScaleOfClass(nn.Layer):
    """scale: parameter at class level, shared by all and found in none"""

    gain = nn.Parameter(1.5)

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.gain.value.astype(x.dtype)

    def backward(self, grad):
        self.gain.add_grad((grad * self.saved()).sum())
        return grad * self.gain.value.astype(grad.dtype)


@plant("life cycle")
class ResidualSharedChild(Residual):
    """residual: all instances of one size hold the same child"""

    children = {}  # noqa: RUF012

    def __init__(self, D):
        self.body = self.children.setdefault(D, Dense(D, D))


@plant("life cycle")
class ResidualNoPredict(nn.Layer):
    """residual: predict forgotten in a layer that holds layers"""

    def __init__(self, D):
        self.body = Dense(D, D)

    def forward(self, x):
        return x + self.body.forward(x)

    def backward(self, grad):
        return grad + self.body.backward(grad)


@plant("life cycle")
class DenseShortcut(Dense):
    """dense: backward_parameters forgets the bias"""

    def backward_parameters(self, grad):
        self.weight.add_grad(self.to_weight(grad, self.saved()))


@plant("life cycle")
class DenseShortcutKeeps(Dense):
    """dense: backward_parameters leaves the saved input behind"""

    def backward_parameters(self, grad):
        x = self.saved()
        self.save_for_backward(x)
        self.weight.add_grad(self.to_weight(grad, x))
        self.bias.add_grad(self.to_bias(grad))


@plant("life cycle")
class DenseThaws(Dense):
    """dense: a frozen weight gets a gradient all the same"""

    def __init__(self, D, K):
        super().__init__(D, K)
        self.weight.trainable = False

    def to_weight(self, grad, x):
        self.weight.grad = super().to_weight(grad, x)
        return self.weight.grad


@plant("life cycle")
class ScaleOwnDictionary(Scale):
    """scale: its state_dict leaves the gain out"""

    def state_dict(self):
        return {}
