"""Layers that work element by element, with and without parameters."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import draw, sigmoid


class Identity(nn.Layer):
    """y = x, the very array"""

    def forward(self, x):
        return x

    def backward(self, grad):
        return grad


class Double(nn.Layer):
    """y = 2x"""

    def forward(self, x):
        return 2 * x

    def backward(self, grad):
        return 2 * grad


class ReLU(nn.Layer):
    """y = max(x, 0)"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.maximum(x, 0)

    def backward(self, grad):
        x = self.saved()
        return grad * (x > 0)


class LeakyReLU(nn.Layer):
    """y = x, or x / 10 below 0"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.maximum(x, 0.1 * x)

    def backward(self, grad):
        x = self.saved()
        return np.where(x > 0, grad, 0.1 * grad)


class Abs(nn.Layer):
    """y = |x|"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.abs(x)

    def backward(self, grad):
        x = self.saved()
        return grad * np.sign(x)


class HardTanh(nn.Layer):
    """y = x, kept within [-1, 1]; its slope at both ends is 1"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.clip(x, -1, 1)

    def backward(self, grad):
        x = self.saved()
        return grad * (np.abs(x) <= 1)


class Clip(nn.Layer):
    """y = x, kept within [-3, 3]; its slope at both ends is 0"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.clip(x, -3, 3)

    def backward(self, grad):
        x = self.saved()
        return grad * (np.abs(x) < 3)


class ReLU6(nn.Layer):
    """y = x, kept within [0, 6]"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.clip(x, 0, 6)

    def backward(self, grad):
        x = self.saved()
        return grad * ((x > 0) & (x < 6))


class Tanh(nn.Layer):
    """y = tanh(x); the input is saved"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.tanh(x)

    def backward(self, grad):
        x = self.saved()
        slope = 1 - np.tanh(x) ** 2
        return grad * slope


class SavingTanh(nn.Layer):
    """y = tanh(x); the output is saved, the very array that is returned"""

    def forward(self, x):
        y = np.tanh(x)
        self.save_for_backward(y)
        return y

    def backward(self, grad):
        y = self.saved()
        return grad * (1 - y * y)


class Offset(nn.Layer):
    """y = 1e6 + tanh(x)"""

    def forward(self, x):
        self.save_for_backward(x)
        return 1e6 + np.tanh(x)

    def backward(self, grad):
        x = self.saved()
        return grad * (1 - np.tanh(x) ** 2)


class Sigmoid(nn.Layer):
    """y = 1 / (1 + exp(-x))"""

    def forward(self, x):
        self.save_for_backward(x)
        return sigmoid(x)

    def backward(self, grad):
        x = self.saved()
        y = sigmoid(x)
        return grad * y * (1 - y)


class Softplus(nn.Layer):
    """y = log(1 + exp(x))"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def backward(self, grad):
        x = self.saved()
        return grad * sigmoid(x)


class GELU(nn.Layer):
    """y = x/2 (1 + t), t = tanh(c (x + 0.044715 x³))"""

    c = 0.7978845608028654

    def forward(self, x):
        t = np.tanh(self.c * (x + 0.044715 * x**3))
        self.save_for_backward(x, t)
        return 0.5 * x * (1 + t)

    def backward(self, grad):
        x, t = self.saved()
        inner = self.c * (1 + 0.134145 * x * x)
        return grad * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner)


class Square(nn.Layer):
    """y = x²"""

    def forward(self, x):
        self.save_for_backward(x)
        return x * x

    def backward(self, grad):
        x = self.saved()
        return grad * 2 * x


class Cube(nn.Layer):
    """y = x³"""

    def forward(self, x):
        self.save_for_backward(x)
        return x * x * x

    def backward(self, grad):
        x = self.saved()
        return grad * 3 * x * x


class FastSine(nn.Layer):
    """y = sin(30 x)"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.sin(30 * x)

    def backward(self, grad):
        x = self.saved()
        return grad * 30 * np.cos(30 * x)


class Log(nn.Layer):
    """y = log x"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.log(x)

    def backward(self, grad):
        x = self.saved()
        return grad / x


class Sqrt(nn.Layer):
    """y = √x"""

    def forward(self, x):
        self.save_for_backward(x)
        return np.sqrt(x)

    def backward(self, grad):
        x = self.saved()
        return grad * 0.5 / np.sqrt(x)


class Reciprocal(nn.Layer):
    """y = 1 / x"""

    def forward(self, x):
        self.save_for_backward(x)
        return 1 / x

    def backward(self, grad):
        x = self.saved()
        return -grad / (x * x)


# The same in short, for formulas that are only checked as they are


class Elementwise(nn.Layer):
    """y = f(x), dL/dx = dL/dy f'(x)"""

    def forward(self, x):
        self.save_for_backward(x)
        return self.f(x)

    def backward(self, grad):
        return grad * self.slope(self.saved())


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


class HardSigmoid(Elementwise):
    """y = x / 6 + 1/2, kept within [0, 1]"""

    def f(self, x):
        return np.clip(x / 6 + 0.5, 0, 1)

    def slope(self, x):
        return (np.abs(x) < 3) / x.dtype.type(6)


class SteepSigmoid(Elementwise):
    """y = 1 / (1 + exp(-50 x))"""

    def f(self, x):
        return sigmoid(50 * x)

    def slope(self, x):
        y = sigmoid(50 * x)
        return 50 * y * (1 - y)


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


class LogCosh(Elementwise):
    """y = log cosh x, up to a constant"""

    def f(self, x):
        return np.abs(x) + np.log1p(np.exp(-2 * np.abs(x)))

    def slope(self, x):
        return np.tanh(x)


class SiLU(Elementwise):
    """y = x sigmoid(x)"""

    def f(self, x):
        return x * sigmoid(x)

    def slope(self, x):
        s = sigmoid(x)
        return s + x * s * (1 - s)


class NegativeEntropy(Elementwise):
    """y = x log x"""

    def f(self, x):
        return x * np.log(x)

    def slope(self, x):
        return np.log(x) + 1


# With parameters


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
    """y = x * gain"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.gain.value

    def backward(self, grad):
        x = self.saved()
        self.gain.add_grad((grad * x).sum(axis=0))
        return grad * self.gain.value


class Affine(nn.Layer):
    """y = x * gain + offset"""

    def __init__(self, D):
        self.gain = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)
        self.offset = nn.Parameter(np.zeros(D), decay=False)

    def forward(self, x):
        self.save_for_backward(x)
        return x * self.gain.value + self.offset.value

    def backward(self, grad):
        x = self.saved()
        self.gain.add_grad((grad * x).sum(axis=0))
        self.offset.add_grad(grad.sum(axis=0))
        return grad * self.gain.value


class ScalarGain(nn.Layer):
    """y = gain * x, with one 0-d parameter"""

    def __init__(self):
        self.gain = nn.Parameter(1.5)

    def forward(self, x):
        self.save_for_backward(x)
        return self.gain.value * x

    def backward(self, grad):
        x = self.saved()
        self.gain.add_grad((grad * x).sum())
        return self.gain.value * grad


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


class Swish(nn.Layer):
    """y = x s, s = sigmoid(beta x), one learned beta a feature"""

    def __init__(self, D):
        self.beta = nn.Parameter(np.linspace(0.5, 1.5, D), decay=False)

    def forward(self, x):
        s = sigmoid(self.beta.value * x)
        self.save_for_backward(x, s)
        return x * s

    def backward(self, grad):
        x, s = self.saved()
        self.beta.add_grad((grad * x * x * s * (1 - s)).sum(axis=0))
        return grad * (s + x * s * (1 - s) * self.beta.value)
