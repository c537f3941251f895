"""Layers that hold a layer which they use several times: in a row, side by side, through time."""

import numpy as np

import nnlayers as nn
from tests.catalogue.elementwise import SavingTanh
from tests.catalogue.noise import PlainDropout, RandomFactor
from tests.catalogue.noisy_weights import Restless
from tests.catalogue.products import Embedding, Recurrent


class Twice(nn.Layer):
    """y = f(f(x))"""

    def __init__(self, D):
        self.inner = Restless(D, D)

    def forward(self, x):
        return self.inner.forward(self.inner.forward(x))

    def predict(self, x):
        return self.inner.predict(self.inner.predict(x))

    def backward(self, grad):
        return self.inner.backward(self.inner.backward(grad))


class Pair(nn.Layer):
    """y = the second of the first, in a tuple"""

    def __init__(self, D):
        self.layers = Restless(D, D), Restless(D, D, seed=1)

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def predict(self, x):
        for layer in self.layers:
            x = layer.predict(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


class Odd(nn.Layer):
    """y = f(x) - f(-x)"""

    def __init__(self, D, K):
        self.inner = Restless(D, K)

    def forward(self, x):
        return self.inner.forward(x) - self.inner.forward(-x)

    def predict(self, x):
        return self.inner.predict(x) - self.inner.predict(-x)

    def backward(self, grad):
        of_minus_x = self.inner.backward(-grad)
        return self.inner.backward(grad) - of_minus_x


class Unrolled(nn.Layer):
    """h = f(x + h), three times from h = 0"""

    times = 3

    def __init__(self, D):
        self.inner = nn.Sequential(nn.Dense(D, D, rng=0), SavingTanh(), PlainDropout())

    def forward(self, x):
        h = np.zeros_like(x)
        for _ in range(self.times):
            h = self.inner.forward(x + h)
        return h

    def predict(self, x):
        h = np.zeros_like(x)
        for _ in range(self.times):
            h = self.inner.predict(x + h)
        return h

    def backward(self, grad):
        back = np.zeros_like(grad)
        for _ in range(self.times):
            grad = self.inner.backward(grad)
            back += grad
        return back


class Steps(nn.Layer):
    """h_t = cell([x_t, h_{t-1}]), y_t = out(h_t)"""

    def __init__(self, D, K):
        self.D, self.K = D, K
        self.cell, self.out = Restless(D + K, K), nn.Dense(K, D, bias=False, rng=1)

    def forward(self, x):
        h, y = np.zeros((len(x), self.K), x.dtype), []
        for t in range(x.shape[1]):
            h = self.cell.forward(np.concatenate([x[:, t], h], axis=1))
            y.append(self.out.forward(h))
        return np.stack(y, axis=1)

    def predict(self, x):
        h, y = np.zeros((len(x), self.K), x.dtype), []
        for t in range(x.shape[1]):
            h = self.cell.predict(np.concatenate([x[:, t], h], axis=1))
            y.append(self.out.predict(h))
        return np.stack(y, axis=1)

    def backward(self, grad):
        back, h = np.zeros_like(grad), np.zeros((len(grad), self.K), grad.dtype)
        for t in reversed(range(grad.shape[1])):
            both = self.cell.backward(h + self.out.backward(grad[:, t]))
            back[:, t], h = both[:, : self.D], both[:, self.D :]
        return back


class EachStep(nn.Layer):
    """The same layer for each step of a sequence, all at once"""

    def __init__(self, D, K):
        self.D, self.K = D, K
        self.inner = Restless(D, K)

    def forward(self, x):
        return self.inner.forward(x.reshape(-1, self.D)).reshape(*x.shape[:2], self.K)

    def predict(self, x):
        return self.inner.predict(x.reshape(-1, self.D)).reshape(*x.shape[:2], self.K)

    def backward(self, grad):
        return self.inner.backward(grad.reshape(-1, self.K)).reshape(*grad.shape[:2], self.D)


class BothWays(nn.Layer):
    """y = [f(x), the opposite order of g(the opposite order of x)] over the steps of a sequence"""

    def __init__(self, D, K):
        self.K = K
        self.ways = [nn.Sequential(Recurrent(D, K), RandomFactor()) for _ in range(2)]

    def forward(self, x):
        f, g = self.ways
        return np.concatenate([f.forward(x), g.forward(x[:, ::-1])[:, ::-1]], axis=2)

    def predict(self, x):
        f, g = self.ways
        return np.concatenate([f.predict(x), g.predict(x[:, ::-1])[:, ::-1]], axis=2)

    def backward(self, grad):
        (f, g), (to_f, to_g) = self.ways, np.split(grad, 2, axis=2)
        return f.backward(to_f) + g.backward(to_g[:, ::-1])[:, ::-1]


class Coupling(nn.Layer):
    """y = [a, b exp(s(a)) + t(a)], for input [a, b] along the second axis"""

    def __init__(self, D):
        self.nets = {"s": Restless(D, D), "t": Restless(D, D, seed=1)}

    def forward(self, x):
        a, b = x[:, 0], x[:, 1]
        factor, shift = np.exp(self.nets["s"].forward(a)), self.nets["t"].forward(a)
        self.save_for_backward(b, factor)
        return np.stack([a, b * factor + shift], axis=1)

    def predict(self, x):
        a, b = x[:, 0], x[:, 1]
        factor, shift = np.exp(self.nets["s"].predict(a)), self.nets["t"].predict(a)
        return np.stack([a, b * factor + shift], axis=1)

    def backward(self, grad):
        (b, factor), (to_a, to_b) = self.saved(), grad.swapaxes(0, 1)
        back = to_a + self.nets["s"].backward(to_b * b * factor) + self.nets["t"].backward(to_b)
        return np.stack([back, to_b * factor], axis=1)


class MeanWord(nn.Layer):
    """y = body(mean of the embeddings), with dropout of the embeddings"""

    takes_integers = True

    def __init__(self, D, K):
        self.parts = [Embedding(D), nn.Dropout(0.25, rng=0), Restless(D, K)]

    def forward(self, x):
        table, drop, top = self.parts
        self.save_for_backward(x.shape[1])
        return top.forward(drop.forward(table.forward(x)).mean(axis=1))

    def predict(self, x):
        table, drop, top = self.parts
        return top.predict(drop.predict(table.predict(x)).mean(axis=1))

    def backward(self, grad):
        (table, drop, top), T = self.parts, self.saved()
        each = top.backward(grad)[:, np.newaxis] / T
        table.backward(drop.backward(np.repeat(each, T, axis=1)))
