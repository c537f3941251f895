"""Layers with gates, and with a state that they carry through time: highway, GRU, LSTM, maxout."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import draw, sigmoid


class Highway(nn.Layer):
    """y = s h + (1 - s) x, h = tanh(x W), s = sigmoid(x V + b)"""

    def __init__(self, D):
        self.weight, self.gate = nn.Parameter(draw(D, D)), nn.Parameter(draw(D, D, seed=1))
        self.bias = nn.Parameter(np.full(D, -1.0), decay=False)

    def forward(self, x):
        h = np.tanh(x @ self.weight.value)
        s = sigmoid(x @ self.gate.value + self.bias.value)
        self.save_for_backward(x, h, s)
        return s * h + (1 - s) * x

    def backward(self, grad):
        x, h, s = self.saved()
        to_h = grad * s * (1 - h * h)
        to_gate = grad * (h - x) * s * (1 - s)
        self.weight.add_grad(x.T @ to_h)
        self.gate.add_grad(x.T @ to_gate)
        self.bias.add_grad(to_gate.sum(axis=0))
        skip = grad * (1 - s)
        return skip + to_h @ self.weight.value.T + to_gate @ self.gate.value.T


class SqueezeExcite(nn.Layer):
    """y = x s, s = sigmoid(max(m A, 0) B), m = mean over the steps of a sequence"""

    def __init__(self, D, K):
        self.a, self.b = nn.Parameter(draw(D, K)), nn.Parameter(draw(K, D, seed=1))

    def forward(self, x):
        m = x.mean(axis=1)
        h = np.maximum(m @ self.a.value, 0)
        s = sigmoid(h @ self.b.value)
        self.save_for_backward(x, m, h, s)
        return x * s[:, np.newaxis]

    def backward(self, grad):
        x, m, h, s = self.saved()
        to_gate = (grad * x).sum(axis=1) * s * (1 - s)
        to_h = to_gate @ self.b.value.T * (h > 0)
        self.b.add_grad(h.T @ to_gate)
        self.a.add_grad(m.T @ to_h)
        to_m = to_h @ self.a.value.T
        return grad * s[:, np.newaxis] + to_m[:, np.newaxis] / x.shape[1]


class Maxout(nn.Layer):
    """y_k = max over p of (x W_p + b_p)_k, three pieces"""

    def __init__(self, D, K):
        self.weight = nn.Parameter(np.stack([draw(D, K, seed=seed) for seed in range(3)]))
        self.bias = nn.Parameter(np.linspace(-0.5, 0.5, 3 * K).reshape(3, K), decay=False)

    def forward(self, x):
        z = np.einsum("nd,pdk->pnk", x, self.weight.value) + self.bias.value[:, np.newaxis]
        self.save_for_backward(x, z.argmax(axis=0))
        return z.max(axis=0)

    def backward(self, grad):
        x, piece = self.saved()
        to_z = grad * (piece == np.arange(3)[:, np.newaxis, np.newaxis])
        self.weight.add_grad(np.einsum("nd,pnk->pdk", x, to_z))
        self.bias.add_grad(to_z.sum(axis=1))
        return np.einsum("pnk,pdk->nd", to_z, self.weight.value)


class GRU(nn.Layer):
    """h = (1 - u) n + u h', n = tanh(x W + r h' V), [r, u] = sigmoid(x A + h' B), h' the step before"""

    def __init__(self, D, K):
        self.K = K
        self.weight, self.recurrent = nn.Parameter(draw(D, K)), nn.Parameter(draw(K, K, seed=1))
        self.a, self.b = nn.Parameter(draw(D, 2 * K, seed=2)), nn.Parameter(draw(K, 2 * K, seed=3))

    def forward(self, x):
        h, steps, y = np.zeros((len(x), self.K), x.dtype), [], []
        for t in range(x.shape[1]):
            r, u = np.split(sigmoid(x[:, t] @ self.a.value + h @ self.b.value), 2, axis=1)
            n = np.tanh(x[:, t] @ self.weight.value + (r * h) @ self.recurrent.value)
            steps.append((h, r, u, n))
            h = (1 - u) * n + u * h
            y.append(h)
        self.save_for_backward(x, steps)
        return np.stack(y, axis=1)

    def backward(self, grad):
        x, steps = self.saved()
        V, B = self.recurrent.value, self.b.value
        back, carried = np.zeros_like(x), np.zeros_like(grad[:, 0])
        for t in reversed(range(len(steps))):
            h, r, u, n = steps[t]
            g = grad[:, t] + carried
            to_n = g * (1 - u) * (1 - n * n)
            to_rh = to_n @ V.T
            to_gates = np.concatenate([to_rh * h * r * (1 - r), g * (h - n) * u * (1 - u)], axis=1)
            self.weight.add_grad(x[:, t].T @ to_n)
            self.recurrent.add_grad((r * h).T @ to_n)
            self.a.add_grad(x[:, t].T @ to_gates)
            self.b.add_grad(h.T @ to_gates)
            back[:, t] = to_n @ self.weight.value.T + to_gates @ self.a.value.T
            carried = g * u + to_rh * r + to_gates @ B.T
        return back


class LSTM(nn.Layer):
    """c_t = f c_{t-1} + i g, h_t = o tanh(c_t), with [i, f, o, g] made of x_t W + h_{t-1} U + b"""

    def __init__(self, D, K):
        self.K = K
        self.weight, self.recurrent = nn.Parameter(draw(D, 4 * K)), nn.Parameter(draw(K, 4 * K, seed=1))
        self.bias = nn.Parameter(np.zeros(4 * K), decay=False)

    def forward(self, x):
        h = c = np.zeros((len(x), self.K), x.dtype)
        steps, y = [], []
        for t in range(x.shape[1]):
            z = x[:, t] @ self.weight.value + h @ self.recurrent.value + self.bias.value
            i, f, o = np.split(sigmoid(z[:, : 3 * self.K]), 3, axis=1)
            g, before = np.tanh(z[:, 3 * self.K :]), (h, c)
            c = f * c + i * g
            h = o * np.tanh(c)
            steps.append((*before, c, i, f, o, g))
            y.append(h)
        self.save_for_backward(x, steps)
        return np.stack(y, axis=1)

    def backward(self, grad):
        x, steps = self.saved()
        drives = np.zeros((*grad.shape[:2], 4 * self.K), grad.dtype)
        to_h, to_c = np.zeros_like(grad[:, 0]), np.zeros_like(grad[:, 0])
        for t in reversed(range(len(steps))):
            _, c_before, c, i, f, o, g = steps[t]
            to_h = to_h + grad[:, t]
            to_c = to_c + to_h * o * (1 - np.tanh(c) ** 2)
            gates = to_c * g * i * (1 - i), to_c * c_before * f * (1 - f)
            out = to_h * np.tanh(c) * o * (1 - o)
            drives[:, t] = np.concatenate([*gates, out, to_c * i * (1 - g * g)], axis=1)
            to_h = drives[:, t] @ self.recurrent.value.T
            to_c = to_c * f
        before = np.stack([step[0] for step in steps], axis=1)
        self.weight.add_grad(np.einsum("ntd,ntk->dk", x, drives))
        self.recurrent.add_grad(np.einsum("ntj,ntk->jk", before, drives))
        self.bias.add_grad(drives.sum(axis=(0, 1)))
        return drives @ self.weight.value.T
