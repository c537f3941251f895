"""Layers made of two functions, and the error of a wrong one."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import GradientError, check_layer


def error_of(*subject, check=check_layer, **options):
    with pytest.raises(GradientError) as info:
        check(*subject, checks="value", **options)
    return info.value


def wrong(forward, backward):
    """A layer from a function of x, and one of (upstream gradient, x, y)."""

    class Wrong(nn.Layer):
        def forward(self, x):
            y = forward(x)
            self.save_for_backward(x, y)
            return y

        def backward(self, grad):
            x, y = self.saved()
            return backward(grad, x, y)

    return Wrong


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
