"""Normalisations of other groups, of weights and of whole images; pools, strides."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import draw


class GroupNorm(nn.Layer):
    """y = gain z + offset, z = (x - mean) / sqrt(var + 1e-5) of pixels and two of four channels"""

    def __init__(self):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, 4), decay=False)
        self.offset = nn.Parameter(np.zeros(4), decay=False)

    def groups(self, x):
        return x.reshape(*x.shape[:3], 2, 2)

    def mean(self, x):
        return self.groups(x).mean(axis=(1, 2, 4), keepdims=True)

    def forward(self, x):
        centred = self.groups(x) - self.mean(x)
        deviation = np.sqrt(np.square(centred).mean(axis=(1, 2, 4), keepdims=True) + 1e-5)
        z = (centred / deviation).reshape(x.shape)
        self.save_for_backward(z, deviation)
        return self.gain.value * z + self.offset.value

    def backward(self, grad):
        z, deviation = self.saved()
        self.gain.add_grad((grad * z).sum(axis=(0, 1, 2)))
        self.offset.add_grad(grad.sum(axis=(0, 1, 2)))
        g = self.gain.value * grad
        inner = self.groups(g) - self.mean(g) - self.groups(z) * self.mean(g * z)
        return (inner / deviation).reshape(z.shape)


class ImageNorm(nn.Layer):
    """Layer norm of whole images, with a gain for each pixel of each channel"""

    def __init__(self, H, W, C):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, H * W * C).reshape(H, W, C), decay=False)
        self.offset = nn.Parameter(np.zeros((H, W, C)), decay=False)

    def mean(self, x):
        return x.mean(axis=(1, 2, 3), keepdims=True)

    def forward(self, x):
        centred = x - self.mean(x)
        deviation = np.sqrt(self.mean(centred * centred) + 1e-5)
        z = centred / deviation
        self.save_for_backward(z, deviation)
        return self.gain.value * z + self.offset.value

    def backward(self, grad):
        z, deviation = self.saved()
        self.gain.add_grad((grad * z).sum(axis=0))
        self.offset.add_grad(grad.sum(axis=0))
        g = self.gain.value * grad
        return (g - self.mean(g) - z * self.mean(g * z)) / deviation


class InstanceNorm(nn.Layer):
    """y = gain z + offset, z = (x - mean) / sqrt(var + 1e-5) of each channel of each image"""

    def __init__(self, C):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, C), decay=False)
        self.offset = nn.Parameter(np.zeros(C), decay=False)

    def mean(self, x):
        return x.mean(axis=(1, 2), keepdims=True)

    def forward(self, x):
        centred = x - self.mean(x)
        deviation = np.sqrt(self.mean(centred * centred) + 1e-5)
        z = centred / deviation
        self.save_for_backward(z, deviation)
        return self.gain.value * z + self.offset.value

    def backward(self, grad):
        z, deviation = self.saved()
        self.gain.add_grad((grad * z).sum(axis=(0, 1, 2)))
        self.offset.add_grad(grad.sum(axis=(0, 1, 2)))
        g = self.gain.value * grad
        return (g - self.mean(g) - z * self.mean(g * z)) / deviation


class WeightNorm(nn.Layer):
    """y = x W + b, W = length V / ‖V‖, column by column"""

    def __init__(self, D, K):
        self.direction = nn.Parameter(draw(D, K))
        self.length = nn.Parameter(np.linspace(0.5, 1.5, K), decay=False)
        self.bias = nn.Parameter(np.zeros(K), decay=False)

    def forward(self, x):
        V = self.direction.value
        norm = np.sqrt(np.square(V).sum(axis=0))
        self.save_for_backward(x, V / norm, norm)
        return x @ (V * (self.length.value / norm)) + self.bias.value

    def backward(self, grad):
        x, unit, norm = self.saved()
        to_w = x.T @ grad
        to_length = (to_w * unit).sum(axis=0)
        self.length.add_grad(to_length)
        self.direction.add_grad((self.length.value / norm) * (to_w - unit * to_length))
        self.bias.add_grad(grad.sum(axis=0))
        return grad @ (unit * self.length.value).T


class Deviation(nn.Layer):
    """y = sqrt(var + 1e-3) over the steps of a sequence"""

    def forward(self, x):
        centred = x - x.mean(axis=1, keepdims=True)
        y = np.sqrt(np.square(centred).mean(axis=1) + 1e-3)
        self.save_for_backward(centred, y)
        return y

    def backward(self, grad):
        centred, y = self.saved()
        return (grad / y)[:, np.newaxis] * centred / centred.shape[1]


class PReLUOfChannels(nn.Layer):
    """y = x, or slope * x below 0, one learned slope a channel of images"""

    def __init__(self, C):
        self.slope = nn.Parameter(np.linspace(0.1, 0.4, C), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return np.where(x > 0, x, self.slope.value * x)

    def backward(self, grad):
        x = self.saved()
        self.slope.add_grad((grad * np.minimum(x, 0)).sum(axis=(0, 1, 2)))
        return np.where(x > 0, grad, self.slope.value * grad)


class Strided(nn.Layer):
    """y_t = x_{2t} W_0 + x_{2t+1} W_1, with a zero after the end of an odd sequence"""

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(2 * D, K).reshape(2, D, K))

    def forward(self, x):
        N, T, D = x.shape
        pairs = np.pad(x, ((0, 0), (0, T % 2), (0, 0))).reshape(N, (T + 1) // 2, 2, D)
        self.save_for_backward(pairs, T)
        return np.einsum("ntpd,pdk->ntk", pairs, self.weight.value)

    def backward(self, grad):
        pairs, T = self.saved()
        self.weight.add_grad(np.einsum("ntpd,ntk->pdk", pairs, grad))
        back = np.einsum("ntk,pdk->ntpd", grad, self.weight.value)
        return back.reshape(len(back), 2 * back.shape[1], back.shape[3])[:, :T]
