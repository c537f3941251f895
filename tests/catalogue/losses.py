"""Losses: of labels, and of targets that have the prediction's shape."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import row_sum, sigmoid


class CrossEntropy(nn.Loss):
    """L = mean over the samples of -Σ_c q_c log softmax(y)_c, q = one-hot"""

    def forward(self, prediction, target):
        target = self.check_target(target, prediction.shape)
        z = prediction - prediction.max(axis=1, keepdims=True)
        z = z - np.log(row_sum(np.exp(z)))
        q = (np.arange(z.shape[1]) == target[:, np.newaxis]).astype(z.dtype)
        self.save_for_backward(z, q)
        return float(-(q * z).sum(axis=1).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        z, q = self.saved()
        return (np.exp(z) - q) * (float(grad) / len(z))


class SmoothedCrossEntropy(nn.Loss):
    """L = mean over the samples of -Σ_c q_c log softmax(y)_c, q = 0.9 one-hot + 0.1 / C"""

    def forward(self, prediction, target):
        target = self.check_target(target, prediction.shape)
        z = prediction - prediction.max(axis=1, keepdims=True)
        z = z - np.log(row_sum(np.exp(z)))
        hot = (np.arange(z.shape[1]) == target[:, np.newaxis]).astype(z.dtype)
        q = 0.9 * hot + 0.1 / z.shape[1]
        self.save_for_backward(z, q)
        return float(-(q * z).sum(axis=1).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        z, q = self.saved()
        return (np.exp(z) - q) * (float(grad) / len(z))


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


class OfEqualShapes(nn.Loss):
    """A loss whose target has the shape of the prediction, and takes on its dtype"""

    def check_target(self, target, shape):
        target = super().check_target(target, shape)
        if target.shape != shape or 0 in shape:
            raise ValueError(f"{self!r}: expected a target of shape {shape}, got {target.shape}")
        return target

    def difference(self, prediction, target):
        target = self.check_target(target, prediction.shape)
        return prediction - target.astype(prediction.dtype)


class SquaredError(OfEqualShapes):
    """L = mean d², d = y - t"""

    def forward(self, prediction, target):
        d = self.difference(prediction, target)
        self.save_for_backward(d)
        return float((d * d).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        d = self.saved()
        return 2 * d * (float(grad) / d.size)


class MeanAbsoluteError(OfEqualShapes):
    """L = mean |d|, d = y - t"""

    def forward(self, prediction, target):
        d = self.difference(prediction, target)
        self.save_for_backward(d)
        return float(np.abs(d).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        d = self.saved()
        return np.sign(d) * (float(grad) / d.size)


class Huber(OfEqualShapes):
    """L = mean of d²/2 for |d| < 1, of |d| - 1/2 elsewhere, d = y - t"""

    def forward(self, prediction, target):
        d = self.difference(prediction, target)
        self.save_for_backward(d)
        inner = np.minimum(np.abs(d), 1)
        return float((inner * (np.abs(d) - 0.5 * inner)).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        d = self.saved()
        return np.clip(d, -1, 1) * (float(grad) / d.size)


class LogCoshLoss(OfEqualShapes):
    """L = mean log cosh d, up to a constant, d = y - t"""

    def forward(self, prediction, target):
        d = self.difference(prediction, target)
        self.save_for_backward(d)
        return float((np.abs(d) + np.log1p(np.exp(-2 * np.abs(d)))).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        d = self.saved()
        return np.tanh(d) * (float(grad) / d.size)


class Quantile(OfEqualShapes):
    """L = mean max(0.1 d, -0.9 d), d = y - t"""

    def forward(self, prediction, target):
        d = self.difference(prediction, target)
        self.save_for_backward(d)
        return float(np.maximum(0.1 * d, -0.9 * d).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        d = self.saved()
        return np.where(d < 0, -0.9, 0.1).astype(d.dtype) * (float(grad) / d.size)


class BinaryHinge(OfEqualShapes):
    """L = mean max(0, 1 - t y), with t = -1 or 1"""

    def forward(self, prediction, target):
        t = self.check_target(target, prediction.shape).astype(prediction.dtype)
        self.save_for_backward(prediction, t)
        return float(np.maximum(0, 1 - t * prediction).mean(dtype=np.float64))

    def backward(self, grad=1.0):
        y, t = self.saved()
        return -t * (t * y < 1) * (float(grad) / y.size)


class LogisticLoss(OfEqualShapes):
    """L = mean log(1 + exp(y)) - t y: the cross-entropy of logits, with t = 0 or 1"""

    def forward(self, prediction, target):
        t, y = self.check_target(target, prediction.shape).astype(prediction.dtype), prediction
        self.save_for_backward(y, t)
        each = np.maximum(y, 0) + np.log1p(np.exp(-np.abs(y))) - t * y
        return float(each.mean(dtype=np.float64))

    def backward(self, grad=1.0):
        y, t = self.saved()
        return (sigmoid(y) - t) * (float(grad) / y.size)
