"""Layers of matrix products: dense, bilinear, convolutions, recurrence, attention; embeddings."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import draw, sigmoid


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
        self.weight.add_grad(x.T @ grad)
        self.bias.add_grad(grad.sum(axis=0))
        return grad @ self.weight.value.T


class WithShortcut(nn.Layer):
    """y = x W, with a backward_parameters of its own"""

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(D, K))

    def forward(self, x):
        self.save_for_backward(x)
        return x @ self.weight.value

    def backward_parameters(self, grad):
        self.weight.add_grad(self.saved().T @ grad)

    def backward(self, grad):
        self.backward_parameters(grad)
        return grad @ self.weight.value.T


class GatedLinear(nn.Layer):
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
        to_a, to_gate = grad * s, grad * a * s * (1 - s)
        self.weight.add_grad(x.T @ to_a)
        self.gate.add_grad(x.T @ to_gate)
        return to_a @ self.weight.value.T + to_gate @ self.gate.value.T


class Bilinear(nn.Layer):
    """y_k = Σ_ij x_i W_kij x_j"""

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(K, D, D))

    def forward(self, x):
        self.save_for_backward(x)
        return np.einsum("ni,kij,nj->nk", x, self.weight.value, x)

    def backward(self, grad):
        x, W = self.saved(), self.weight.value
        self.weight.add_grad(np.einsum("nk,ni,nj->kij", grad, x, x))
        return np.einsum("nk,kij,nj->ni", grad, W, x) + np.einsum("nk,kij,ni->nj", grad, W, x)


class Outer(nn.Layer):
    """y_ij = x_i x_j"""

    def forward(self, x):
        self.save_for_backward(x)
        return x[:, :, np.newaxis] * x[:, np.newaxis, :]

    def backward(self, grad):
        x = self.saved()
        return np.einsum("nij,nj->ni", grad, x) + np.einsum("nij,ni->nj", grad, x)


class Gram(nn.Layer):
    """Y = X X' over the steps of a sequence"""

    def forward(self, x):
        self.save_for_backward(x)
        return x @ x.swapaxes(1, 2)

    def backward(self, grad):
        return (grad + grad.swapaxes(1, 2)) @ self.saved()


class Convolution1D(nn.Layer):
    """y_t = x_{t-1} W_0 + x_t W_1 + x_{t+1} W_2 + b, with zeros beyond both ends"""

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
        back = np.zeros_like(padded)
        kernel = np.zeros_like(self.weight.value)
        for k, W in enumerate(self.weight.value):
            back[:, k : k + T] += grad @ W.T
            kernel[k] = np.einsum("ntd,ntk->dk", padded[:, k : k + T], grad)
        self.weight.add_grad(kernel)
        self.bias.add_grad(grad.sum(axis=(0, 1)))
        return back[:, 1:-1]


class Depthwise(nn.Layer):
    """y_t = x_t a + x_{t-1} b, each feature for itself"""

    def __init__(self, D):
        self.now = nn.Parameter(np.linspace(0.5, 1, D))
        self.before = nn.Parameter(np.linspace(-1, 1, D))

    def forward(self, x):
        before = np.zeros_like(x)
        before[:, 1:] = x[:, :-1]
        self.save_for_backward(x, before)
        return x * self.now.value + before * self.before.value

    def backward(self, grad):
        x, before = self.saved()
        self.now.add_grad((grad * x).sum(axis=(0, 1)))
        self.before.add_grad((grad * before).sum(axis=(0, 1)))
        back = grad * self.now.value
        back[:, :-1] += grad[:, 1:] * self.before.value
        return back


class Convolution2D(nn.Layer):
    """A 3 x 3 convolution of images, with zeros around them"""

    def __init__(self, C, K):
        self.weight = nn.Parameter(draw(3, 3, C, K) / 3)

    def windows(self, padded):
        return np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))

    def forward(self, x):
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        self.save_for_backward(padded)
        return np.einsum("nhwcij,ijck->nhwk", self.windows(padded), self.weight.value)

    def backward(self, grad):
        padded = self.saved()
        self.weight.add_grad(np.einsum("nhwcij,nhwk->ijck", self.windows(padded), grad))
        around = np.pad(grad, ((0, 0), (1, 1), (1, 1), (0, 0)))
        flipped = self.weight.value[::-1, ::-1]
        return np.einsum("nhwkij,ijck->nhwc", self.windows(around), flipped)


class Recurrent(nn.Layer):
    """h_t = tanh(x_t W + h_{t-1} U + b)"""

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(D, K))
        self.recurrent = nn.Parameter(draw(K, K, seed=1))
        self.bias = nn.Parameter(np.zeros(K), decay=False)

    def forward(self, x):
        states = np.zeros((len(x), x.shape[1] + 1, self.bias.value.size), x.dtype)
        for t in range(x.shape[1]):
            drive = x[:, t] @ self.weight.value + self.bias.value
            states[:, t + 1] = np.tanh(drive + states[:, t] @ self.recurrent.value)
        self.save_for_backward(x, states)
        return states[:, 1:].copy()

    def backward(self, grad):
        x, states = self.saved()
        drive = np.zeros_like(grad)
        h = np.zeros_like(grad[:, 0])
        for t in reversed(range(grad.shape[1])):
            drive[:, t] = (grad[:, t] + h) * (1 - states[:, t + 1] ** 2)
            h = drive[:, t] @ self.recurrent.value.T
        self.weight.add_grad(np.einsum("ntd,ntk->dk", x, drive))
        self.recurrent.add_grad(np.einsum("ntj,ntk->jk", states[:, :-1], drive))
        self.bias.add_grad(drive.sum(axis=(0, 1)))
        return drive @ self.weight.value.T


class Attention(nn.Layer):
    """Y = softmax(Q K' / sqrt(D)) V, with Q = X A, K = X B, V = X C"""

    def __init__(self, D):
        self.query = nn.Parameter(draw(D, D))
        self.key = nn.Parameter(draw(D, D, seed=1))
        self.content = nn.Parameter(draw(D, D, seed=2))

    def forward(self, x):
        q, k, v = (x @ p.value for p in (self.query, self.key, self.content))
        scores = q @ k.swapaxes(1, 2) * q.shape[-1] ** -0.5
        p = np.exp(scores - scores.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        self.save_for_backward(x, q, k, v, p)
        return p @ v

    def backward(self, grad):
        x, q, k, v, p = self.saved()
        to_p = grad @ v.swapaxes(1, 2)
        scores = p * (to_p - (to_p * p).sum(axis=-1, keepdims=True)) * q.shape[-1] ** -0.5
        ways = (scores @ k, scores.swapaxes(1, 2) @ q, p.swapaxes(1, 2) @ grad)
        back = np.zeros_like(x)
        for parameter, way in zip((self.query, self.key, self.content), ways, strict=True):
            parameter.add_grad(np.einsum("nti,ntj->ij", x, way))
            back += way @ parameter.value.T
        return back


class Embedding(nn.Layer):
    """y = weight[x], for integers x below 5"""

    takes_integers = True

    def __init__(self, D):
        self.weight = nn.Parameter(draw(5, D))

    def forward(self, x):
        self.save_for_backward(x)
        return self.weight.value[x]

    def backward(self, grad):
        x = self.saved()
        total = np.zeros_like(self.weight.value)
        np.add.at(total, x, grad)
        self.weight.add_grad(total)


class Bag(nn.Layer):
    """y = mean of weight[x] over the steps of a sequence"""

    takes_integers = True

    def __init__(self, D):
        self.table = Embedding(D)

    def forward(self, x):
        self.save_for_backward(x.shape[1])
        return self.table.forward(x).mean(axis=1)

    def predict(self, x):
        return self.table.predict(x).mean(axis=1)

    def backward(self, grad):
        T = self.saved()
        self.table.backward(np.repeat(grad[:, np.newaxis] / T, T, axis=1))
