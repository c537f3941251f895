"""Layers that work in blocks of features, samples and steps: mistakes begin with the second block."""

import numpy as np

import nnlayers as nn
from tests.catalogue.formulas import draw


class BlockedDense(nn.Layer):
    """y = x W, in blocks of 16 features, and of 64 samples on the way back"""

    def __init__(self, D, K):
        self.weight = nn.Parameter(draw(D, K))

    def forward(self, x):
        self.save_for_backward(x)
        y = np.zeros((len(x), self.weight.value.shape[1]), x.dtype)
        for start in range(0, x.shape[1], 16):
            part = slice(start, start + 16)
            y += x[:, part] @ self.weight.value[part]
        return y

    def backward(self, grad):
        x = self.saved()
        back, total = np.zeros_like(x), np.zeros_like(self.weight.value)
        for start in range(0, len(x), 64):
            rows = slice(start, start + 64)
            total += x[rows].T @ grad[rows]
        for start in range(0, x.shape[1], 16):
            part = slice(start, start + 16)
            back[:, part] = grad @ self.weight.value[part].T
        self.weight.add_grad(total)
        return back


class ChunkedSum(nn.Layer):
    """y_t = x_0 + ... + x_t, in chunks of 16 steps that hand on their last sum"""

    def forward(self, x):
        y, carried = np.zeros_like(x), np.zeros_like(x[:, 0])
        for start in range(0, x.shape[1], 16):
            y[:, start : start + 16] = carried[:, np.newaxis] + x[:, start : start + 16].cumsum(axis=1)
            carried = y[:, start : start + 16][:, -1]
        return y

    def backward(self, grad):
        back, carried = np.zeros_like(grad), np.zeros_like(grad[:, 0])
        for start in reversed(range(0, grad.shape[1], 16)):
            chunk = grad[:, start : start + 16]
            back[:, start : start + 16] = (
                carried[:, np.newaxis] + chunk[:, ::-1].cumsum(axis=1)[:, ::-1]
            )
            carried = back[:, start]
        return back
