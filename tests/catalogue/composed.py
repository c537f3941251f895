"""Layers that draw random numbers, layers that hold layers, and whole networks."""

import numpy as np

import nnlayers as nn
from tests.catalogue.along_axes import BatchNorm, GlobalMean, MaxPool2D, Softmax
from tests.catalogue.elementwise import Identity, SavingTanh, Scale
from tests.catalogue.products import Convolution2D, Embedding

# Randomness


class Dropout(nn.Layer):
    """y = x mask / keep"""

    keep = 0.6

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mask = (self.rng.random(x.shape) < self.keep).astype(x.dtype)
        self.save_for_backward(mask)
        return x * mask / self.keep

    def predict(self, x):
        return x

    def backward(self, grad):
        mask = self.saved()
        return grad * mask / self.keep


class DropFeatures(nn.Layer):
    """Dropout of a feature at all the steps of a sequence"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        mask = (self.rng.random((len(x), 1, x.shape[2])) < 0.75) / x.dtype.type(0.75)
        self.save_for_backward(mask)
        return x * mask

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad * self.saved()


class Noise(nn.Layer):
    """y = x (1 + 0.1 standard normal noise), while training"""

    def __init__(self):
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        factor = 1 + 0.1 * self.rng.standard_normal(x.shape).astype(x.dtype)
        self.save_for_backward(factor)
        return x * factor

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad * self.saved()


class RandomDepth(nn.Layer):
    """y = x + 2 body(x), but half the samples skip the body"""

    def __init__(self, D):
        self.body = nn.Sequential(nn.Dense(D, D, rng=0), SavingTanh())
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        factor = 2 * (self.rng.random((len(x), 1)) < 0.5).astype(x.dtype)
        self.save_for_backward(factor)
        return x + factor * self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        return grad + self.body.backward(grad * self.saved())


# Layers that hold layers


class Residual(nn.Layer):
    """y = x + body(x)"""

    def __init__(self, D):
        self.body = nn.Sequential(nn.Dense(D, D, rng=0), SavingTanh())

    def forward(self, x):
        return x + self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        return grad + self.body.backward(grad)


class DeepResidual(Residual):
    """A body of three layers, with another size in its middle"""

    def __init__(self, D, K):
        self.body = nn.Sequential(nn.Dense(D, K, rng=0), nn.ReLU(), nn.Dense(K, D, rng=1))


class Parallel(nn.Layer):
    """y = (a(x) + b(x)) / 2"""

    def __init__(self, D, K):
        self.a = nn.Dense(D, K, rng=0)
        self.b = nn.Sequential(nn.Dense(D, K, rng=1), SavingTanh())

    def forward(self, x):
        return (self.a.forward(x) + self.b.forward(x)) / 2

    def predict(self, x):
        return (self.a.predict(x) + self.b.predict(x)) / 2

    def backward(self, grad):
        return self.a.backward(grad / 2) + self.b.backward(grad / 2)


class Sum(nn.Layer):
    """y = a(x) + b(x), the branches in a list"""

    def __init__(self, D, K):
        self.branches = [nn.Sequential(nn.Dense(D, K, rng=0), SavingTanh()), nn.Dense(D, K, rng=1)]

    def forward(self, x):
        return sum(branch.forward(x) for branch in self.branches)

    def predict(self, x):
        return sum(branch.predict(x) for branch in self.branches)

    def backward(self, grad):
        return sum(branch.backward(grad) for branch in self.branches)


class Concatenated(nn.Layer):
    """y = [a(x), b(x), x], side by side, the branches in a dict"""

    def __init__(self, D, K):
        self.K = K
        self.branches = {"a": nn.Dense(D, K, rng=0), "b": nn.Dense(D, K, rng=1)}

    def forward(self, x):
        return np.concatenate([*(part.forward(x) for part in self.branches.values()), x], axis=1)

    def predict(self, x):
        return np.concatenate([*(part.predict(x) for part in self.branches.values()), x], axis=1)

    def backward(self, grad):
        to_a, to_b, to_x = np.split(grad, [self.K, 2 * self.K], axis=1)
        return self.branches["a"].backward(to_a) + self.branches["b"].backward(to_b) + to_x


class Product(nn.Layer):
    """y = a(x) tanh(b(x))"""

    def __init__(self, D, K):
        self.a = nn.Dense(D, K, rng=0)
        self.b = nn.Sequential(nn.Dense(D, K, rng=1), SavingTanh())

    def forward(self, x):
        a, b = self.a.forward(x), self.b.forward(x)
        self.save_for_backward(a, b)
        return a * b

    def predict(self, x):
        return self.a.predict(x) * self.b.predict(x)

    def backward(self, grad):
        a, b = self.saved()
        return self.a.backward(grad * b) + self.b.backward(grad * a)


class Stepped(nn.Layer):
    """h_t = tanh(dense(h_{t-1} + x_t)): one layer object, stepped through time"""

    def __init__(self, D):
        self.cell = nn.Sequential(nn.Dense(D, D, rng=0), SavingTanh())

    def run(self, x, step):
        h, states = np.zeros_like(x[:, 0]), []
        for t in range(x.shape[1]):
            h = step(h + x[:, t])
            states.append(h)
        return np.stack(states, axis=1)

    def forward(self, x):
        return self.run(x, self.cell.forward)

    def predict(self, x):
        return self.run(x, self.cell.predict)

    def backward(self, grad):
        back = np.zeros_like(grad)
        h = np.zeros_like(grad[:, 0])
        for t in reversed(range(grad.shape[1])):
            h = self.cell.backward(grad[:, t] + h)
            back[:, t] = h
        return back


# Made of the package's own layers


def dense(D, K):
    return nn.Dense(D, K, rng=0)


def dense_64(D, K):
    return nn.Dense(D, K, rng=0, dtype=np.float64)


def dense_without_bias(D, K):
    return nn.Dense(D, K, bias=False, rng=0)


def frozen_dense(D, K):
    layer = nn.Dense(D, K, rng=0)
    layer.weight.trainable = layer.bias.trainable = False
    return layer


def frozen_weight(D, K):
    layer = nn.Dense(D, K, rng=0)
    layer.weight.trainable = False
    return layer


def dropout_none():
    return nn.Dropout(0, rng=0)


def dropout_tenth():
    return nn.Dropout(0.1, rng=0)


def dropout_half():
    return nn.Dropout(0.5, rng=0)


def dropout_most():
    return nn.Dropout(0.9, rng=0)


def deep(D, K):
    layers = []
    for seed, size in enumerate([D, K, K, K, K, K]):
        layers += [nn.Dense(size, K, rng=seed), nn.ReLU()]
    return nn.Sequential(*layers)


def shared(D):
    layer = nn.Dense(D, D, rng=0)
    return nn.Sequential(layer, SavingTanh(), layer, SavingTanh(), layer)


def classic(D, K):
    return nn.Sequential(
        nn.Dense(D, K, rng=0), BatchNorm(K), nn.ReLU(), nn.Dropout(0.5, rng=0), nn.Dense(K, D, rng=1)
    )


def nested(D):
    inner = nn.Sequential(nn.Dense(D, D, rng=0), Identity())
    return nn.Sequential(inner, nn.Sequential(nn.Sequential(Softmax()), Scale(D)), inner)


def partly_frozen(D, K):
    return nn.Sequential(frozen_dense(D, K), SavingTanh(), nn.Dense(K, D, rng=1))


def picture(C, K):
    return nn.Sequential(Convolution2D(C, K), nn.ReLU(), MaxPool2D(), GlobalMean())


def embedding_and_dense(D, K):
    return nn.Sequential(Embedding(D), nn.Dense(D, K, rng=0), SavingTanh())
