"""Layers with weights that draw: noise in the weights, dropped connections, random paths."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import average, draw


class NoisyDense(nn.Layer):
    """y = x (W + S noise), with learned sizes S of the noise"""

    def __init__(self, D, K):
        self.weight, self.size = nn.Parameter(draw(D, K)), nn.Parameter(np.full((D, K), 0.1))
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        noise = self.rng.standard_normal(self.size.value.shape).astype(x.dtype)
        W = self.weight.value + self.size.value * noise
        self.save_for_backward(x, W, noise)
        return x @ W

    def predict(self, x):
        return x @ self.weight.value

    def backward(self, grad):
        x, W, noise = self.saved()
        self.weight.add_grad(x.T @ grad)
        self.size.add_grad(noise * (x.T @ grad))
        return grad @ W.T


class DropConnect(nn.Layer):
    """y = x (W mask / keep) + b"""

    keep = 0.7

    def __init__(self, D, K):
        self.weight, self.bias = nn.Parameter(draw(D, K)), nn.Parameter(np.zeros(K), decay=False)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mask = (self.rng.random(self.weight.value.shape) < self.keep) / x.dtype.type(self.keep)
        self.save_for_backward(x, mask)
        return x @ (self.weight.value * mask) + self.bias.value

    def predict(self, x):
        return x @ self.weight.value + self.bias.value

    def backward(self, grad):
        x, mask = self.saved()
        self.weight.add_grad(mask * (x.T @ grad))
        self.bias.add_grad(grad.sum(axis=0))
        return grad @ (self.weight.value * mask).T


class DenseWithDropout(nn.Layer):
    """y = (x mask / keep) W + b"""

    keep = 0.8

    def __init__(self, D, K):
        self.weight, self.bias = nn.Parameter(draw(D, K)), nn.Parameter(np.zeros(K), decay=False)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mask = (self.rng.random(x.shape) < self.keep) / x.dtype.type(self.keep)
        self.save_for_backward(x * mask, mask)
        return (x * mask) @ self.weight.value + self.bias.value

    def predict(self, x):
        return x @ self.weight.value + self.bias.value

    def backward(self, grad):
        dropped, mask = self.saved()
        self.weight.add_grad(dropped.T @ grad)
        self.bias.add_grad(grad.sum(axis=0))
        return grad @ self.weight.value.T * mask


class LearnedNoise(nn.Layer):
    """y = x + exp(size) noise, a learned size for each feature"""

    def __init__(self, D):
        self.size = nn.Parameter(np.linspace(-1, 0, D), decay=False)
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        noise = np.exp(self.size.value) * self.rng.standard_normal(x.shape).astype(x.dtype)
        self.save_for_backward(noise)
        return x + noise

    def predict(self, x):
        return x

    def backward(self, grad):
        self.size.add_grad((grad * self.saved()).sum(axis=0))
        return grad


class DropPath(nn.Layer):
    """y = x + tanh(x W) mask / keep, one mask a sample"""

    keep = 0.6

    def __init__(self, D):
        self.weight = nn.Parameter(draw(D, D))
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        factor = (self.rng.random((len(x), 1)) < self.keep) / x.dtype.type(self.keep)
        h = np.tanh(x @ self.weight.value)
        self.save_for_backward(x, h, factor)
        return x + h * factor

    def predict(self, x):
        return x + np.tanh(x @ self.weight.value)

    def backward(self, grad):
        x, h, factor = self.saved()
        to_z = grad * factor * (1 - h * h)
        self.weight.add_grad(x.T @ to_z)
        return grad + to_z @ self.weight.value.T


class Shake(nn.Layer):
    """y = r x A + (1 - r) x B, with r between 0 and 1 for each sample, in predict 1/2"""

    def __init__(self, D, K):
        self.a, self.b = nn.Parameter(draw(D, K)), nn.Parameter(draw(D, K, seed=1))
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        r = self.rng.random((len(x), 1)).astype(x.dtype)
        self.save_for_backward(x, r)
        return r * (x @ self.a.value) + (1 - r) * (x @ self.b.value)

    def predict(self, x):
        return 0.5 * (x @ self.a.value + x @ self.b.value)

    def backward(self, grad):
        x, r = self.saved()
        self.a.add_grad(x.T @ (r * grad))
        self.b.add_grad(x.T @ ((1 - r) * grad))
        return r * grad @ self.a.value.T + (1 - r) * grad @ self.b.value.T


class Swapout(nn.Layer):
    """y = x m + tanh(g x) n, with two masks from two generators, in predict their shares"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)
        self.sources = [np.random.default_rng(0), np.random.default_rng(1)]

    def forward(self, x):
        m, n = (source.random(x.shape) < 0.75 for source in self.sources)
        h = np.tanh(self.gain.value * x)
        self.save_for_backward(x, h, m, n)
        return x * m + h * n

    def predict(self, x):
        return 0.75 * x + 0.75 * np.tanh(self.gain.value * x)

    def backward(self, grad):
        x, h, m, n = self.saved()
        to_z = grad * n * (1 - h * h)
        self.gain.add_grad((to_z * x).sum(axis=0))
        return grad * m + to_z * self.gain.value


class DropRows(nn.Layer):
    """y = weight[x] mask / keep, one mask a step, for integers x below 5"""

    takes_integers, keep = True, 0.75

    def __init__(self, D):
        self.weight = nn.Parameter(draw(5, D))
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        factor = (self.rng.random((*x.shape, 1)) < self.keep) / self.dtype.type(self.keep)
        self.save_for_backward(x, factor)
        return self.weight.value[x] * factor

    def predict(self, x):
        return self.weight.value[x]

    def backward(self, grad):
        x, factor = self.saved()
        total = np.zeros_like(self.weight.value)
        np.add.at(total, x, grad * factor)
        self.weight.add_grad(total)


class DropAttention(nn.Layer):
    """Y = (softmax(X X' / sqrt(D)) mask / keep) X"""

    keep = 0.75

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def probabilities(self, x):
        scores = x @ x.swapaxes(1, 2) * x.shape[-1] ** -0.5
        p = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return p / p.sum(axis=-1, keepdims=True)

    def forward(self, x):
        p = self.probabilities(x)
        mask = (self.rng.random(p.shape) < self.keep) / x.dtype.type(self.keep)
        self.save_for_backward(x, p, mask)
        return (p * mask) @ x

    def predict(self, x):
        return self.probabilities(x) @ x

    def backward(self, grad):
        x, p, mask = self.saved()
        to_p = grad @ x.swapaxes(1, 2) * mask
        scores = p * (to_p - (to_p * p).sum(axis=-1, keepdims=True)) * x.shape[-1] ** -0.5
        return (p * mask).swapaxes(1, 2) @ grad + (scores + scores.swapaxes(1, 2)) @ x


class Restless(nn.Layer):
    """y = (h - mean) mask / keep, h = tanh(x W), with the batch's mean, in predict the running one"""

    keep = 0.7

    def __init__(self, D, K, seed=0):
        self.weight, self.mean = nn.Parameter(draw(D, K, seed=seed)), nn.State(np.zeros(K))
        self.rng = np.random.default_rng(seed)

    def forward(self, x):
        h = np.tanh(x @ self.weight.value)
        if len(x):
            self.mean.value = 0.75 * self.mean.value + 0.25 * average(h)
        mask = (self.rng.random(h.shape) < self.keep) / x.dtype.type(self.keep)
        self.save_for_backward(x, h, mask)
        return (h - average(h)) * mask

    def predict(self, x):
        return np.tanh(x @ self.weight.value) - self.mean.value

    def backward(self, grad):
        x, h, mask = self.saved()
        g = grad * mask
        to_z = (g - average(g)) * (1 - h * h)
        self.weight.add_grad(x.T @ to_z)
        return to_z @ self.weight.value.T
