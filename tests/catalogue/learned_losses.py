"""Losses that hold parameters, and a Huber loss whose delta is not 1."""

import math

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import row_sum
from tests.catalogue.losses import OfEqualShapes


class Temperature(nn.Loss):
    """L = mean over the samples of -log softmax(exp(s) y)_label, with a learned s"""

    def __init__(self):
        self.steepness = nn.Parameter(0.0, decay=False)

    def forward(self, prediction, target):
        target = self.check_target(target, prediction.shape)
        factor = np.exp(self.steepness.value.astype(prediction.dtype))
        z = factor * (prediction - prediction.max(axis=1, keepdims=True))
        z = z - np.log(row_sum(np.exp(z)))
        q = (np.arange(z.shape[1]) == target[:, np.newaxis]).astype(z.dtype)
        self.save_for_backward(prediction, z, q, factor)
        return float(-(q * z).sum(axis=1).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        y, z, q, factor = self.saved()
        to_z = (np.exp(z) - q) * (float(grad) / len(z))
        self.steepness.add_grad((to_z * y).sum() * factor)
        return to_z * factor


class Uncertainty(OfEqualShapes):
    """L = mean d² exp(-s) + s, d = y - t, with a learned s"""

    def __init__(self):
        self.log_variance = nn.Parameter(np.zeros(1), decay=False)

    def forward(self, prediction, target):
        d = self.difference(prediction, target)
        precision = math.exp(-self.log_variance.value[0])
        self.save_for_backward(d, precision)
        return float((d * d).mean(dtype=np.float64) * precision + self.log_variance.value[0])

    def backward(self, grad=1.0):
        d, precision = self.saved()
        self.log_variance.add_grad(np.array([float(grad) * (1 - precision * float((d * d).mean()))]))
        return 2 * d * (precision * float(grad) / d.size)


class Margin(OfEqualShapes):
    """L = mean max(0, m² - t y), with t = -1 or 1 and a learned m"""

    def __init__(self):
        self.margin = nn.Parameter(np.ones(1), decay=False)

    def forward(self, prediction, target):
        t = self.check_target(target, prediction.shape).astype(prediction.dtype)
        short = self.margin.value.astype(t.dtype) ** 2 - t * prediction
        self.save_for_backward(t, short > 0)
        return float(np.maximum(short, 0).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        t, counts = self.saved()
        share = float(grad) / t.size
        self.margin.add_grad(2 * self.margin.value * (share * counts.sum()))
        return -t * counts * share


class NarrowHuber(OfEqualShapes):
    """L = mean of d²/2 for |d| < delta, of delta (|d| - delta/2) elsewhere, d = y - t"""

    delta = 0.4

    def forward(self, prediction, target):
        d = self.difference(prediction, target)
        self.save_for_backward(d)
        inner = np.minimum(np.abs(d), self.delta)
        return float((inner * (np.abs(d) - 0.5 * inner)).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        d = self.saved()
        beyond = self.delta * np.sign(d)
        return np.where(np.abs(d) < self.delta, d, beyond) * (float(grad) / d.size)
