"""Layers made of two functions, and the error of a wrong one."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, check_layer


def error_of(layer, shape, **options):
    with pytest.raises(GradientError) as info:
        check_layer(layer, shape, checks="value", **options)
    return info.value


def wrong(forward, backward):
    """A layer from two functions of (layer, x) and of (layer, gradient, x, y)."""

    class Wrong(nn.Layer):
        def forward(self, x):
            y = forward(self, x)
            self.save_for_backward(x, y)
            return y

        def backward(self, grad):
            x, y = self.saved()
            return backward(self, grad, x, y)

    return Wrong


def softmax(layer, x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
