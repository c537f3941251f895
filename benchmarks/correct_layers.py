"""Layers and losses that are right, nasty ones included: a gradient checker must accept them all."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import nnlayers as nn


class Correct(NamedTuple):
    """A right layer (or loss): how to make it from sizes, and the axes of its input (or prediction)."""

    name: str
    make: Callable[..., Any]
    shape: str
    values: Callable[..., Any] | None = None
    target: Callable[..., Any] | None = None
    of: str = "layer"


# Values and targets


def positive(rng, shape):
    return rng.uniform(0.5, 2, shape)


def zeros_and_ones(rng, shape):
    """Nothing but ties."""
    return rng.integers(0, 2, shape).astype(np.float64)


def below_five(rng, shape):
    """Indices, most of them more than once."""
    return rng.integers(0, 5, shape)


def labels(rng, N, C):
    return rng.integers(0, C, N)


def distributions(rng, N, C):
    return rng.dirichlet(np.ones(C), N)


def numbers(rng, N, D):
    return rng.standard_normal((N, D))


def signs(rng, N, D):
    return rng.choice([-1.0, 1.0], (N, D))


def bits(rng, N, D):
    return rng.integers(0, 2, (N, D))


# Element by element


def sigmoid(x):
    return 0.5 + 0.5 * np.tanh(0.5 * x)


class Elementwise(nn.Layer):
    """y = f(x), dL/dx = dL/dy f'(x)"""

    def forward(self, x):
        self.save_for_backward(x)
        return self.f(x)

    def backward(self, grad):
        return grad * self.slope(self.saved())


class Double(nn.Layer):
    """y = 2x"""

    def forward(self, x):
        return 2 * x

    def backward(self, grad):
        return 2 * grad


class LeakyReLU(Elementwise):
    """y = x, or x / 10 below 0"""

    def f(self, x):
        return np.maximum(x, 0.1 * x)

    def slope(self, x):
        return np.where(x > 0, 1, 0.1).astype(x.dtype)


class NearKink(Elementwise):
    """y = |x - 1e-6|: a millionth from the zeros of a coarse grid"""

    def f(self, x):
        return np.abs(x - 1e-6)

    def slope(self, x):
        return np.sign(x - 1e-6)


class NearKinks(Elementwise):
    """y is leaky, with kinks a millionth from -1, -0.5, 0, 0.5 and 1"""

    kinks = (-1 - 1e-6, -0.5 + 1e-6, -1e-6, 0.5 + 1e-6, 1 - 1e-6)

    def f(self, x):
        return x + sum(np.maximum(x - kink, 0) for kink in self.kinks)

    def slope(self, x):
        return 1 + sum((x > kink).astype(x.dtype) for kink in self.kinks)


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


class ReLU6(Elementwise):
    """y = x, kept within [0, 6]"""

    def f(self, x):
        return np.clip(x, 0, 6)

    def slope(self, x):
        return (x > 0) & (x < 6)


class HardSigmoid(Elementwise):
    """y = x / 6 + 1/2, kept within [0, 1]"""

    def f(self, x):
        return np.clip(x / 6 + 0.5, 0, 1)

    def slope(self, x):
        return (np.abs(x) < 3) / x.dtype.type(6)


class Tanh(nn.Layer):
    """y = tanh(x)"""

    def forward(self, x):
        y = np.tanh(x)
        self.save_for_backward(y)
        return y

    def backward(self, grad):
        y = self.saved()
        return grad * (1 - y * y)


class Sigmoid(Elementwise):
    """y = 1 / (1 + exp(-k x))"""

    k = 1

    def f(self, x):
        return sigmoid(self.k * x)

    def slope(self, x):
        y = sigmoid(self.k * x)
        return self.k * y * (1 - y)


class SteepSigmoid(Sigmoid):
    """y = 1 / (1 + exp(-50 x))"""

    k = 50


class FastSine(Elementwise):
    """y = sin(30 x)"""

    def f(self, x):
        return np.sin(30 * x)

    def slope(self, x):
        return 30 * np.cos(30 * x)


class Offset(Elementwise):
    """y = 1e6 + tanh(x)"""

    def f(self, x):
        return 1e6 + np.tanh(x)

    def slope(self, x):
        return 1 - np.tanh(x) ** 2


class Times(Elementwise):
    """y = scale * tanh(x) + slant * x"""

    scale, slant = 1, 0

    def f(self, x):
        return self.scale * np.tanh(x) + self.slant * x

    def slope(self, x):
        return self.scale * (1 - np.tanh(x) ** 2) + self.slant


class Tiny(Times):
    """y = 1e-7 tanh(x)"""

    scale = 1e-7


class TinyLinear(Times):
    """y = 1e-7 x"""

    scale, slant = 0, 1e-7


class Huge(Times):
    """y = 1e7 tanh(x)"""

    scale = 1e7


class HugeLinear(Times):
    """y = 1e7 x"""

    scale, slant = 0, 1e7


class TinyOnSlope(Times):
    """y = x + 1e-7 tanh(x)"""

    scale, slant = 1e-7, 1


class Square(Elementwise):
    """y = x²"""

    def f(self, x):
        return x * x

    def slope(self, x):
        return 2 * x


class Cube(Elementwise):
    """y = x³"""

    def f(self, x):
        return x * x * x

    def slope(self, x):
        return 3 * x * x


class Arctan(Elementwise):
    """y = arctan(x)"""

    def f(self, x):
        return np.arctan(x)

    def slope(self, x):
        return 1 / (1 + x * x)


class Softsign(Elementwise):
    """y = x / (1 + |x|)"""

    def f(self, x):
        return x / (1 + np.abs(x))

    def slope(self, x):
        return 1 / (1 + np.abs(x)) ** 2


class ELU(Elementwise):
    """y = x, or exp(x) - 1 below 0"""

    def f(self, x):
        return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))

    def slope(self, x):
        return np.exp(np.minimum(x, 0))


class Softplus(Elementwise):
    """y = log(1 + exp(x))"""

    def f(self, x):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def slope(self, x):
        return sigmoid(x)


class LogCosh(Elementwise):
    """y = log cosh x, up to a constant"""

    def f(self, x):
        return np.abs(x) + np.log1p(np.exp(-2 * np.abs(x)))

    def slope(self, x):
        return np.tanh(x)


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


class SiLU(Elementwise):
    """y = x sigmoid(x)"""

    def f(self, x):
        return x * sigmoid(x)

    def slope(self, x):
        s = sigmoid(x)
        return s + x * s * (1 - s)


class Log(Elementwise):
    """y = log x"""

    def f(self, x):
        return np.log(x)

    def slope(self, x):
        return 1 / x


class Sqrt(Elementwise):
    """y = √x"""

    def f(self, x):
        return np.sqrt(x)

    def slope(self, x):
        return 0.5 / np.sqrt(x)


class Reciprocal(Elementwise):
    """y = 1 / x"""

    def f(self, x):
        return 1 / x

    def slope(self, x):
        return -1 / (x * x)


class NegativeEntropy(Elementwise):
    """y = x log x"""

    def f(self, x):
        return x * np.log(x)

    def slope(self, x):
        return np.log(x) + 1


# Element by element, with parameters


class Swish(nn.Layer):
    """y = x sigmoid(beta x), one learned beta a feature"""

    def __init__(self, D):
        self.beta = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)

    def forward(self, x):
        s = sigmoid(self.beta.value * x)
        self.save_for_backward(x, s)
        return x * s

    def backward(self, grad):
        x, s = self.saved()
        inner = grad * x * s * (1 - s)
        self.beta.add_grad((inner * x).sum(axis=0))
        return grad * s + inner * self.beta.value


class PReLU(nn.Layer):
    """y = x, or slope * x below 0, one learned slope a feature"""

    def __init__(self, D):
        self.slope = nn.Parameter(np.linspace(0.1, 0.4, D), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return np.where(x > 0, x, self.slope.value * x)

    def backward(self, grad):
        x = self.saved()
        self.slope.add_grad((grad * np.minimum(x, 0)).sum(axis=0))
        return np.where(x > 0, grad, self.slope.value * grad)


class Scale(nn.Layer):
    """y = x * gain"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.ones(D), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.gain.value

    def backward(self, grad):
        x = self.saved()
        self.gain.add_grad((grad * x).sum(axis=0))
        return grad * self.gain.value


class ScalarGain(nn.Layer):
    """y = gain * x, with one 0-d parameter"""

    def __init__(self):
        self.gain = nn.Parameter(1.5)

    def forward(self, x):
        self.save_for_backward(x)
        return self.gain.value * x

    def backward(self, grad):
        self.gain.add_grad((grad * self.saved()).sum())
        return self.gain.value * grad


class Shift(nn.Layer):
    """y = x + offset"""

    def __init__(self, D):
        self.offset = nn.Parameter(np.zeros(D), decay=False)

    def forward(self, x):
        return x + self.offset.value

    def backward(self, grad):
        self.offset.add_grad(grad.sum(axis=0))
        return grad


class Listed(nn.Layer):
    """y = x (a + b) + c, with parameters in a list and a dict"""

    def __init__(self, D):
        self.gains = [nn.Parameter(np.ones(D)), nn.Parameter(np.linspace(-1, 1, D))]
        self.more = {"offset": nn.Parameter(np.zeros(D), decay=False)}

    def forward(self, x):
        a, b = self.gains
        self.save_for_backward(x)
        return x * (a.value + b.value) + self.more["offset"].value

    def backward(self, grad):
        a, b = self.gains
        total = (grad * self.saved()).sum(axis=0)
        a.add_grad(total)
        b.add_grad(total)
        self.more["offset"].add_grad(grad.sum(axis=0))
        return grad * (a.value + b.value)


class Places(nn.Layer):
    """y = x + table, a learned vector for each place in the sequence"""

    def __init__(self, T, D):
        self.table = nn.Parameter(draw(T, D))

    def forward(self, x):
        return x + self.table.value

    def backward(self, grad):
        self.table.add_grad(grad.sum(axis=0))
        return grad


# Matrix products


def draw(*shape, seed=0):
    """Weights of about 1 / sqrt(first size)."""
    return np.random.default_rng(seed).standard_normal(shape) / max(1, shape[0]) ** 0.5


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


# Along an axis: maxima, order, norms


class Max(nn.Layer):
    """y = max over the features; of ties, the first gets all"""

    def forward(self, x):
        place = x.argmax(axis=-1, keepdims=True)
        self.save_for_backward(place, x.shape)
        return np.take_along_axis(x, place, -1)

    def backward(self, grad):
        place, shape = self.saved()
        back = np.zeros(shape, grad.dtype)
        np.put_along_axis(back, place, grad, -1)
        return back


class MaxSplit(nn.Layer):
    """y = max over the features; ties share evenly"""

    def forward(self, x):
        y = x.max(axis=-1, keepdims=True)
        self.save_for_backward(x == y)
        return y

    def backward(self, grad):
        best = self.saved()
        return grad * best / best.sum(axis=-1, keepdims=True).astype(grad.dtype)


class MaxOverTime(nn.Layer):
    """y = max over the steps of a sequence"""

    def forward(self, x):
        place = x.argmax(axis=1, keepdims=True)
        self.save_for_backward(place, x.shape)
        return np.take_along_axis(x, place, 1)[:, 0]

    def backward(self, grad):
        place, shape = self.saved()
        back = np.zeros(shape, grad.dtype)
        np.put_along_axis(back, place, grad[:, np.newaxis], 1)
        return back


class MaxOfThree(nn.Layer):
    """y = max(x, -x, 0): three ties at 0"""

    def forward(self, x):
        choices = np.stack([x, -x, np.zeros_like(x)])
        self.save_for_backward(choices.argmax(axis=0))
        return choices.max(axis=0)

    def backward(self, grad):
        place = self.saved()
        return grad * (place == 0) - grad * (place == 1)


class Median(nn.Layer):
    """y = median over the features, of an even number the mean of the middle two"""

    def forward(self, x):
        D = x.shape[-1]
        middle = np.argsort(x, axis=-1, kind="stable")[..., (D - 1) // 2 : D // 2 + 1]
        self.save_for_backward(middle, x.shape)
        return np.take_along_axis(x, middle, -1).mean(axis=-1, keepdims=True)

    def backward(self, grad):
        middle, shape = self.saved()
        back = np.zeros(shape, grad.dtype)
        np.put_along_axis(back, middle, grad / middle.shape[-1], -1)
        return back


class Sort(nn.Layer):
    """y = the features in ascending order"""

    def forward(self, x):
        order = np.argsort(x, axis=-1, kind="stable")
        self.save_for_backward(order)
        return np.take_along_axis(x, order, -1)

    def backward(self, grad):
        back = np.empty_like(grad)
        np.put_along_axis(back, self.saved(), grad, -1)
        return back


class TopTwo(nn.Layer):
    """y = the two largest features (or the one there is), the largest first"""

    def forward(self, x):
        best = np.argsort(-x, axis=-1, kind="stable")[..., :2]
        self.save_for_backward(best, x.shape)
        return np.take_along_axis(x, best, -1)

    def backward(self, grad):
        best, shape = self.saved()
        back = np.zeros(shape, grad.dtype)
        np.put_along_axis(back, best, grad, -1)
        return back


class Norm(nn.Layer):
    """y = ‖x‖ of each sample, with gradient 0 at 0"""

    def forward(self, x):
        largest = np.abs(x).max(axis=-1, keepdims=True)
        largest[largest == 0] = 1
        norm = largest * np.sqrt(np.square(x / largest).sum(axis=-1, keepdims=True))
        self.save_for_backward(x, norm)
        return norm

    def backward(self, grad):
        x, norm = self.saved()
        return grad * x / np.where(norm > 0, norm, 1)


class SumOfAbs(nn.Layer):
    """y = Σ |x| of each sample"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.abs(x).sum(axis=-1)

    def backward(self, grad):
        return grad[..., np.newaxis] * np.sign(self.saved())


class Normalize(nn.Layer):
    """y = x / sqrt(Σ x² + 1e-6)"""

    def forward(self, x):
        norm = np.sqrt(np.square(x).sum(axis=-1, keepdims=True) + 1e-6)
        y = x / norm
        self.save_for_backward(y, norm)
        return y

    def backward(self, grad):
        y, norm = self.saved()
        return (grad - y * (grad * y).sum(axis=-1, keepdims=True)) / norm


class Softmax(nn.Layer):
    """y = exp(x) / Σ exp(x) along an axis"""

    axis = -1

    def forward(self, x):
        y = np.exp(x - x.max(axis=self.axis, keepdims=True))
        y /= y.sum(axis=self.axis, keepdims=True)
        self.save_for_backward(y)
        return y

    def backward(self, grad):
        y = self.saved()
        return y * (grad - (grad * y).sum(axis=self.axis, keepdims=True))


class SoftmaxOverTime(Softmax):
    """Softmax over the steps of a sequence"""

    axis = 1


class LogSoftmax(nn.Layer):
    """y = x - log Σ exp(x)"""

    def forward(self, x):
        z = x - x.max(axis=-1, keepdims=True)
        y = z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
        self.save_for_backward(y)
        return y

    def backward(self, grad):
        return grad - np.exp(self.saved()) * grad.sum(axis=-1, keepdims=True)


class LogSumExp(nn.Layer):
    """y = log Σ exp(x)"""

    def forward(self, x):
        largest = x.max(axis=-1, keepdims=True)
        p = np.exp(x - largest)
        total = p.sum(axis=-1, keepdims=True)
        self.save_for_backward(p / total)
        return largest + np.log(total)

    def backward(self, grad):
        return grad * self.saved()


# Normalisation


class LayerNorm(nn.Layer):
    """y = gain (x - mean) / sqrt(var + eps) + offset, within each sample"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.ones(D), decay=False)
        self.offset = nn.Parameter(np.zeros(D), decay=False)

    def forward(self, x):
        centred = x - x.mean(axis=-1, keepdims=True)
        deviation = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + 1e-5)
        z = centred / deviation
        self.save_for_backward(z, deviation)
        return z * self.gain.value + self.offset.value

    def backward(self, grad):
        z, deviation = self.saved()
        samples = tuple(range(grad.ndim - 1))
        self.gain.add_grad((grad * z).sum(axis=samples))
        self.offset.add_grad(grad.sum(axis=samples))
        g = grad * self.gain.value
        dropped = g.mean(axis=-1, keepdims=True) + z * (g * z).mean(axis=-1, keepdims=True)
        return (g - dropped) / deviation


class RMSNorm(nn.Layer):
    """y = gain x / sqrt(mean x² + eps), within each sample"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.ones(D), decay=False)

    def forward(self, x):
        size = np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + 1e-6)
        z = x / size
        self.save_for_backward(z, size)
        return z * self.gain.value

    def backward(self, grad):
        z, size = self.saved()
        self.gain.add_grad((grad * z).sum(axis=0))
        g = grad * self.gain.value
        return (g - z * (g * z).mean(axis=-1, keepdims=True)) / size


class BatchNorm(nn.Layer):
    """y = gain (x - mean) / sqrt(var + eps) + offset, over the samples; running ones in predict"""

    axes: tuple[int, ...] = (0,)

    def __init__(self, D):
        self.gain = nn.Parameter(np.ones(D), decay=False)
        self.offset = nn.Parameter(np.zeros(D), decay=False)
        self.mean = nn.State(np.zeros(D))
        self.variance = nn.State(np.ones(D))

    def average(self, x):
        count = 1
        for axis in self.axes:
            count *= x.shape[axis]
        return x.sum(axis=self.axes) / max(count, 1)

    def forward(self, x):
        mean = self.average(x)
        centred = x - mean
        variance = self.average(centred * centred)
        if x.size:
            self.mean.value = 0.9 * self.mean.value + 0.1 * mean
            self.variance.value = 0.9 * self.variance.value + 0.1 * variance
        deviation = np.sqrt(variance + 1e-5)
        z = centred / deviation
        self.save_for_backward(z, deviation)
        return z * self.gain.value + self.offset.value

    def predict(self, x):
        z = (x - self.mean.value) / np.sqrt(self.variance.value + 1e-5)
        return z * self.gain.value + self.offset.value

    def backward(self, grad):
        z, deviation = self.saved()
        self.gain.add_grad((grad * z).sum(axis=self.axes))
        self.offset.add_grad(grad.sum(axis=self.axes))
        g = grad * self.gain.value
        return (g - self.average(g) - z * self.average(g * z)) / deviation


class BatchNormOfSequences(BatchNorm):
    """The statistics of all samples and steps"""

    axes = (0, 1)


class InstanceNorm(nn.Layer):
    """y = (x - mean) / sqrt(var + eps), over the steps of each sequence"""

    def forward(self, x):
        centred = x - x.mean(axis=1, keepdims=True)
        deviation = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + 1e-5)
        z = centred / deviation
        self.save_for_backward(z, deviation)
        return z

    def backward(self, grad):
        z, deviation = self.saved()
        mean = grad.mean(axis=1, keepdims=True)
        return (grad - mean - z * (grad * z).mean(axis=1, keepdims=True)) / deviation


class Center(nn.Layer):
    """y = x - mean of the batch, the running mean in predict"""

    def __init__(self, D):
        self.mean = nn.State(np.zeros(D))

    def forward(self, x):
        mean = x.sum(axis=0) / max(len(x), 1)
        self.mean.value = 0.5 * self.mean.value + 0.5 * mean
        return x - mean

    def predict(self, x):
        return x - self.mean.value

    def backward(self, grad):
        return grad - grad.sum(axis=0) / max(len(grad), 1)


# Randomness


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
        self.body = nn.Sequential(nn.Dense(D, D, rng=0), Tanh())
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        factor = 2 * (self.rng.random((len(x), 1)) < 0.5).astype(x.dtype)
        self.save_for_backward(factor)
        return x + factor * self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        return grad + self.body.backward(grad * self.saved())


def dropout(rate):
    return nn.Dropout(rate, rng=0)


def dropout_none():
    return dropout(0)


def dropout_tenth():
    return dropout(0.1)


def dropout_half():
    return dropout(0.5)


def dropout_most():
    return dropout(0.9)


# Moved, not changed


class Identity(nn.Layer):
    """y = x, the very array"""

    def forward(self, x):
        return x

    def backward(self, grad):
        return grad


class Cumsum(nn.Layer):
    """y_t = x_0 + ... + x_t"""

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


class Backwards(nn.Layer):
    """The steps in the opposite order: a view"""

    def forward(self, x):
        return x[:, ::-1]

    def backward(self, grad):
        return grad[:, ::-1]


class Permute(nn.Layer):
    """y_i = x_{order i}"""

    def __init__(self, D):
        self.order = np.random.default_rng(0).permutation(D)

    def forward(self, x):
        return x[:, self.order]

    def backward(self, grad):
        back = np.empty_like(grad)
        back[:, self.order] = grad
        return back


class Flatten(nn.Layer):
    """One row a sample: a view"""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x.reshape(len(x), x.shape[1] * x.shape[2])

    def backward(self, grad):
        return grad.reshape(self.saved())


class SwapAxes(nn.Layer):
    """The last two axes swapped: a view"""

    def forward(self, x):
        return x.swapaxes(1, 2)

    def backward(self, grad):
        return grad.swapaxes(1, 2)


class NewAxis(nn.Layer):
    """One axis more: a view"""

    def forward(self, x):
        return x[:, np.newaxis]

    def backward(self, grad):
        return grad[:, 0]


class FirstFeature(nn.Layer):
    """The first feature alone: a view"""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x[:, :1]

    def backward(self, grad):
        back = np.zeros(self.saved(), grad.dtype)
        back[:, :1] = grad
        return back


class Repeat(nn.Layer):
    """Each feature three times: a read-only view"""

    def forward(self, x):
        return np.broadcast_to(x[..., np.newaxis], (*x.shape, 3))

    def backward(self, grad):
        return grad.sum(axis=-1)


# Pools


class MeanOverTime(nn.Layer):
    """y = mean over the steps of a sequence"""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x.mean(axis=1)

    def backward(self, grad):
        shape = self.saved()
        return np.broadcast_to(grad[:, np.newaxis] / shape[1], shape)


class GlobalMean(nn.Layer):
    """y = mean over height and width"""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x.mean(axis=(1, 2))

    def backward(self, grad):
        shape = self.saved()
        each = grad[:, np.newaxis, np.newaxis] / (shape[1] * shape[2])
        return each + np.zeros(shape, grad.dtype)


class MaxPool1D(nn.Layer):
    """y_t = max(x_{t-1}, x_t, x_{t+1}): the windows overlap"""

    def forward(self, x):
        padded = np.pad(x, ((0, 0), (1, 1), (0, 0)), constant_values=-np.inf)
        windows = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1)
        self.save_for_backward(windows.argmax(axis=-1))
        return windows.max(axis=-1)

    def backward(self, grad):
        n, t, d = np.indices(grad.shape)
        back = np.zeros_like(grad)
        np.add.at(back, (n, t + self.saved() - 1, d), grad)
        return back


class MeanPool1D(nn.Layer):
    """y_t = (x_t + x_{t+1}) / 2, with a zero after the end"""

    def forward(self, x):
        y = x / 2
        y[:, :-1] += x[:, 1:] / 2
        return y

    def backward(self, grad):
        back = grad / 2
        back[:, 1:] += grad[:, :-1] / 2
        return back


def patches(x, fill):
    """The four pixels of each 2 x 2 patch on a last axis; odd images get a border of fill."""
    N, H, W, C = x.shape
    x = np.pad(x, ((0, 0), (0, H % 2), (0, W % 2), (0, 0)), constant_values=fill)
    x = x.reshape(N, (H + 1) // 2, 2, (W + 1) // 2, 2, C).transpose(0, 1, 3, 5, 2, 4)
    return x.reshape(*x.shape[:4], 4)


def image(parts, shape):
    """From patches back to an image of this shape."""
    N, H, W, C = shape
    x = parts.reshape(*parts.shape[:4], 2, 2).transpose(0, 1, 4, 2, 5, 3)
    return x.reshape(N, H + H % 2, W + W % 2, C)[:, :H, :W]


class MaxPool2D(nn.Layer):
    """y = max of each 2 x 2 patch"""

    def forward(self, x):
        parts = patches(x, -np.inf)
        self.save_for_backward(parts.argmax(axis=-1, keepdims=True), x.shape)
        return parts.max(axis=-1)

    def backward(self, grad):
        place, shape = self.saved()
        back = np.zeros((*grad.shape, 4), grad.dtype)
        np.put_along_axis(back, place, grad[..., np.newaxis], -1)
        return image(back, shape)


class MeanPool2D(nn.Layer):
    """y = mean of each 2 x 2 patch"""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return patches(x, 0).mean(axis=-1)

    def backward(self, grad):
        return image(np.repeat(grad[..., np.newaxis] / 4, 4, axis=-1), self.saved())


# Integers


class Embedding(nn.Layer):
    """y = weight[x], for integers x below 5"""

    takes_integers = True

    def __init__(self, D):
        self.weight = nn.Parameter(draw(5, D))

    def forward(self, x):
        self.save_for_backward(x)
        return self.weight.value[x]

    def backward(self, grad):
        total = np.zeros_like(self.weight.value)
        np.add.at(total, self.saved(), grad)
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


def embedding_and_dense(D, K):
    return nn.Sequential(Embedding(D), nn.Dense(D, K, rng=0), Tanh())


# Layers that hold layers


class Residual(nn.Layer):
    """y = x + body(x)"""

    def __init__(self, D, K):
        self.body = nn.Sequential(nn.Dense(D, K, rng=0), nn.ReLU(), nn.Dense(K, D, rng=1))

    def forward(self, x):
        return x + self.body.forward(x)

    def predict(self, x):
        return x + self.body.predict(x)

    def backward(self, grad):
        return grad + self.body.backward(grad)


class Sum(nn.Layer):
    """y = a(x) + b(x), the branches in a list"""

    def __init__(self, D, K):
        self.branches = [nn.Sequential(nn.Dense(D, K, rng=0), Tanh()), nn.Dense(D, K, rng=1)]

    def forward(self, x):
        return sum(branch.forward(x) for branch in self.branches)

    def predict(self, x):
        return sum(branch.predict(x) for branch in self.branches)

    def backward(self, grad):
        return sum(branch.backward(grad) for branch in self.branches)


class Concatenated(nn.Layer):
    """y = [a(x), x], side by side, the branch in a dict"""

    def __init__(self, D, K):
        self.branches = {"a": nn.Dense(D, K, rng=0)}

    def forward(self, x):
        return np.concatenate([self.branches["a"].forward(x), x], axis=1)

    def predict(self, x):
        return np.concatenate([self.branches["a"].predict(x), x], axis=1)

    def backward(self, grad):
        K = self.branches["a"].out_features
        return self.branches["a"].backward(grad[:, :K]) + grad[:, K:]


class Product(nn.Layer):
    """y = a(x) tanh(b(x))"""

    def __init__(self, D, K):
        self.a = nn.Dense(D, K, rng=0)
        self.b = nn.Sequential(nn.Dense(D, K, rng=1), Tanh())

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
        self.cell = nn.Sequential(nn.Dense(D, D, rng=0), Tanh())

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


def deep(D, K):
    sizes = [D, K, K, K, K, K]
    layers = []
    for seed, size in enumerate(sizes):
        layers += [nn.Dense(size, K, rng=seed), nn.ReLU()]
    return nn.Sequential(*layers)


def shared(D):
    layer = nn.Dense(D, D, rng=0)
    return nn.Sequential(layer, Tanh(), layer, Tanh(), layer)


def classic(D, K):
    return nn.Sequential(
        nn.Dense(D, K, rng=0), BatchNorm(K), nn.ReLU(), nn.Dropout(0.5, rng=0), nn.Dense(K, D, rng=1)
    )


def nested(D):
    inner = nn.Sequential(nn.Dense(D, D, rng=0), Identity())
    return nn.Sequential(inner, nn.Sequential(nn.Sequential(Softmax()), Scale(D)), inner)


def partly_frozen(D, K):
    return nn.Sequential(frozen_dense(D, K), Tanh(), nn.Dense(K, D, rng=1))


def picture(C, K):
    return nn.Sequential(Convolution2D(C, K), nn.ReLU(), MaxPool2D(), GlobalMean())


# Losses


class Averaged(nn.Loss):
    """L = mean f(y, t) over all elements, dL/dy = f'(y, t) / their number"""

    def check_target(self, target, shape):
        target = super().check_target(target, shape)
        if target.shape != shape or 0 in shape:
            raise ValueError(f"{self!r}: expected a target of shape {shape}, got {target.shape}")
        return target

    def forward(self, prediction, target):
        target = self.check_target(target, prediction.shape).astype(prediction.dtype)
        self.save_for_backward(prediction, target)
        return float(self.f(prediction, target).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        prediction, target = self.saved()
        return self.slope(prediction, target) * (float(grad) / prediction.size)


class Huber(Averaged):
    """f = d²/2 for |d| < 1, else |d| - 1/2, with d = y - t"""

    def f(self, y, t):
        d = np.abs(y - t)
        inner = np.minimum(d, 1)
        return inner * (d - 0.5 * inner)

    def slope(self, y, t):
        return np.clip(y - t, -1, 1)


class MeanAbsoluteError(Averaged):
    """f = |y - t|"""

    def f(self, y, t):
        return np.abs(y - t)

    def slope(self, y, t):
        return np.sign(y - t)


class BinaryHinge(Averaged):
    """f = max(0, 1 - t y), with t = -1 or 1"""

    def f(self, y, t):
        return np.maximum(0, 1 - t * y)

    def slope(self, y, t):
        return -t * (t * y < 1)


class LogisticLoss(Averaged):
    """f = log(1 + exp(y)) - t y: the cross-entropy of logits, with t = 0 or 1"""

    def f(self, y, t):
        return np.maximum(y, 0) + np.log1p(np.exp(-np.abs(y))) - t * y

    def slope(self, y, t):
        return sigmoid(y) - t


class Quantile(Averaged):
    """f = max(0.9 d, -0.1 d), with d = t - y"""

    def f(self, y, t):
        return np.maximum(0.9 * (t - y), 0.1 * (y - t))

    def slope(self, y, t):
        return np.where(t > y, -0.9, 0.1).astype(y.dtype)


class LogCoshLoss(Averaged):
    """f = log cosh(y - t), up to a constant"""

    def f(self, y, t):
        d = np.abs(y - t)
        return d + np.log1p(np.exp(-2 * d))

    def slope(self, y, t):
        return np.tanh(y - t)


class Hinge(nn.Loss):
    """L = mean over the samples of Σ_c max(0, 1 + y_c - y_label), c other than the label"""

    def forward(self, prediction, target):
        target = self.check_target(target, prediction.shape)
        rows = np.arange(len(prediction))
        margin = 1 + prediction - prediction[rows, target][:, np.newaxis]
        margin[rows, target] = 0
        self.save_for_backward(margin, target)
        return float(np.maximum(margin, 0).sum(axis=1).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        margin, target = self.saved()
        back = (margin > 0).astype(margin.dtype)
        back[np.arange(len(margin)), target] = -back.sum(axis=1)
        return back * (float(grad) / len(margin))


class SmoothedCrossEntropy(nn.Loss):
    """L = mean over the samples of -Σ_c q_c log softmax(y)_c, q = 0.9 one-hot + 0.1 / C"""

    def forward(self, prediction, target):
        target = self.check_target(target, prediction.shape)
        z = prediction - prediction.max(axis=1, keepdims=True)
        z = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        q = np.full_like(z, 0.1 / z.shape[1])
        q[np.arange(len(z)), target] += 0.9
        self.save_for_backward(z, q)
        return float(-(q * z).sum(axis=1).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        z, q = self.saved()
        return (np.exp(z) - q) * (float(grad) / len(z))


CORRECT = [
    # element by element
    Correct("identity", Identity, "N D"),
    Correct("double", Double, "N D"),
    Correct("double, of images", Double, "N H W C"),
    Correct("relu", nn.ReLU, "N D"),
    Correct("relu, all points at kinks or ties", nn.ReLU, "N D", zeros_and_ones),
    Correct("leaky relu", LeakyReLU, "N D"),
    Correct("kink a millionth from 0", NearKink, "N D"),
    Correct("five kinks a millionth from a grid", NearKinks, "N D"),
    Correct("abs", Abs, "N D"),
    Correct("hard tanh", HardTanh, "N D"),
    Correct("hard tanh, all points at kinks", HardTanh, "N D", zeros_and_ones),
    Correct("relu 6", ReLU6, "N D"),
    Correct("hard sigmoid", HardSigmoid, "N D"),
    Correct("tanh", Tanh, "N D"),
    Correct("sigmoid", Sigmoid, "N D"),
    Correct("steep sigmoid", SteepSigmoid, "N D"),
    Correct("sin(30 x)", FastSine, "N D"),
    Correct("offset of 1e6", Offset, "N D"),
    Correct("1e-7 tanh", Tiny, "N D"),
    Correct("1e-7 x", TinyLinear, "N D"),
    Correct("1e7 tanh", Huge, "N D"),
    Correct("1e7 x", HugeLinear, "N D"),
    Correct("x + 1e-7 tanh", TinyOnSlope, "N D"),
    Correct("square", Square, "N D"),
    Correct("cube", Cube, "N D"),
    Correct("arctan", Arctan, "N D"),
    Correct("softsign", Softsign, "N D"),
    Correct("elu", ELU, "N D"),
    Correct("softplus", Softplus, "N D"),
    Correct("log cosh", LogCosh, "N D"),
    Correct("gelu", GELU, "N D"),
    Correct("silu", SiLU, "N T D"),
    Correct("log", Log, "N D", positive),
    Correct("square root", Sqrt, "N D", positive),
    Correct("reciprocal", Reciprocal, "N D", positive),
    Correct("x log x", NegativeEntropy, "N D", positive),
    # with parameters
    Correct("swish with learned beta", Swish, "N D"),
    Correct("prelu", PReLU, "N D"),
    Correct("scale", Scale, "N D"),
    Correct("one gain for all", ScalarGain, "N D"),
    Correct("shift", Shift, "N D"),
    Correct("parameters in a list and a dict", Listed, "N D"),
    Correct("places", Places, "N T D"),
    Correct("dense", dense, "N D"),
    Correct("dense, of sequences", dense, "N T D"),
    Correct("dense in float64", dense_64, "N D"),
    Correct("dense without bias", dense_without_bias, "N D"),
    Correct("frozen dense", frozen_dense, "N D"),
    Correct("dense with frozen weight", frozen_weight, "N D"),
    Correct("product with its own backward_parameters", WithShortcut, "N D"),
    Correct("gated linear unit", GatedLinear, "N D"),
    Correct("bilinear", Bilinear, "N D"),
    Correct("outer product", Outer, "N D"),
    Correct("gram matrix", Gram, "N T D"),
    Correct("convolution 1-D", Convolution1D, "N T D"),
    Correct("depthwise convolution", Depthwise, "N T D"),
    Correct("convolution 2-D", Convolution2D, "N H W C"),
    # along an axis
    Correct("max, first of ties", Max, "N D"),
    Correct("max, first of ties, nothing but ties", Max, "N D", zeros_and_ones),
    Correct("max, ties share", MaxSplit, "N D"),
    Correct("max, ties share, nothing but ties", MaxSplit, "N D", zeros_and_ones),
    Correct("max over time", MaxOverTime, "N T D"),
    Correct("max of three that tie at 0", MaxOfThree, "N D"),
    Correct("median", Median, "N D"),
    Correct("sort", Sort, "N D"),
    Correct("sort, nothing but ties", Sort, "N D", zeros_and_ones),
    Correct("top two", TopTwo, "N D"),
    Correct("norm, with gradient 0 at 0", Norm, "N D"),
    Correct("sum of absolute values", SumOfAbs, "N D"),
    Correct("normalize", Normalize, "N D"),
    Correct("softmax", Softmax, "N D"),
    Correct("softmax over time", SoftmaxOverTime, "N T D"),
    Correct("log-softmax", LogSoftmax, "N D"),
    Correct("logsumexp", LogSumExp, "N D"),
    # normalisation and randomness
    Correct("layer norm", LayerNorm, "N D"),
    Correct("layer norm, of sequences", LayerNorm, "N T D"),
    Correct("rms norm", RMSNorm, "N D"),
    Correct("batch norm", BatchNorm, "N D"),
    Correct("batch norm, of sequences", BatchNormOfSequences, "N T D"),
    Correct("instance norm", InstanceNorm, "N T D"),
    Correct("center", Center, "N D"),
    Correct("dropout of nothing", dropout_none, "N D"),
    Correct("dropout of a tenth", dropout_tenth, "N D"),
    Correct("dropout of half", dropout_half, "N T D"),
    Correct("dropout of nine tenths", dropout_most, "N D"),
    Correct("dropout of features", DropFeatures, "N T D"),
    Correct("noise", Noise, "N D"),
    Correct("random depth", RandomDepth, "N D"),
    # moved, pooled
    Correct("cumsum", Cumsum, "N T D"),
    Correct("roll", Roll, "N D"),
    Correct("opposite order", Backwards, "N T D"),
    Correct("permutation", Permute, "N D"),
    Correct("flatten", Flatten, "N T D"),
    Correct("swapped axes", SwapAxes, "N T D"),
    Correct("new axis", NewAxis, "N D"),
    Correct("first feature", FirstFeature, "N D"),
    Correct("repeat", Repeat, "N D"),
    Correct("mean over time", MeanOverTime, "N T D"),
    Correct("global mean", GlobalMean, "N H W C"),
    Correct("max-pool 1-D", MaxPool1D, "N T D"),
    Correct("max-pool 1-D, nothing but ties", MaxPool1D, "N T D", zeros_and_ones),
    Correct("mean-pool 1-D", MeanPool1D, "N T D"),
    Correct("max-pool 2-D", MaxPool2D, "N H W C"),
    Correct("mean-pool 2-D", MeanPool2D, "N H W C"),
    # integers
    Correct("embedding", Embedding, "N", below_five),
    Correct("embedding, of sequences", Embedding, "N T", below_five),
    Correct("bag of embeddings", Bag, "N T", below_five),
    Correct("embedding and dense", embedding_and_dense, "N T", below_five),
    # layers that hold layers
    Correct("residual", Residual, "N D"),
    Correct("sum of branches", Sum, "N D"),
    Correct("branches side by side", Concatenated, "N D"),
    Correct("product of branches", Product, "N D"),
    Correct("a layer stepped through time", Stepped, "N T D"),
    Correct("recurrent", Recurrent, "N T D"),
    Correct("attention", Attention, "N T D"),
    Correct("deep network", deep, "N D"),
    Correct("shared weights", shared, "N D"),
    Correct("batch norm and dropout in a network", classic, "N D"),
    Correct("nested and shared", nested, "N D"),
    Correct("partly frozen network", partly_frozen, "N D"),
    Correct("convolution network", picture, "N H W C"),
    # losses
    Correct("softmax cross-entropy, labels", nn.SoftmaxCrossEntropy, "N C", None, labels, "loss"),
    Correct("softmax cross-entropy", nn.SoftmaxCrossEntropy, "N C", None, distributions, "loss"),
    Correct("mean squared error", nn.MeanSquaredError, "N D", None, numbers, "loss"),
    Correct("huber", Huber, "N D", None, numbers, "loss"),
    Correct("mean absolute error", MeanAbsoluteError, "N D", None, numbers, "loss"),
    Correct("binary hinge", BinaryHinge, "N D", None, signs, "loss"),
    Correct("logistic loss", LogisticLoss, "N D", None, bits, "loss"),
    Correct("quantile loss", Quantile, "N D", None, numbers, "loss"),
    Correct("log cosh loss", LogCoshLoss, "N D", None, numbers, "loss"),
    Correct("hinge", Hinge, "N C", None, labels, "loss"),
    Correct("smoothed cross-entropy", SmoothedCrossEntropy, "N C", None, labels, "loss"),
]
