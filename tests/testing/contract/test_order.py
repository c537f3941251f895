"""Values, shapes and sizes that are kept as attributes are found by a second batch."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_function, check_layer


class Clip(nn.Layer):
    """y = x between -2 and 2, with x as an attribute"""

    def forward(self, x):
        self.x = x
        return np.clip(x, -2, 2)

    def backward(self, grad):
        return grad * (np.abs(self.x) < 2)


class HardSigmoid(nn.Layer):
    """y = x / 6 + 1/2 between 0 and 1, with the slope of one sample as an attribute"""

    def forward(self, x):
        self.slope = (np.abs(x) < 3) / x.dtype.type(6)
        return np.clip(x / 6 + x.dtype.type(0.5), 0, 1)

    def backward(self, grad):
        return grad * self.slope[: len(grad)] if len(grad) <= len(self.slope) else grad / 6


class Flatten(nn.Layer):
    """(N, H, W) becomes (N, H W), with the shape as an attribute"""

    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), x.shape[1] * x.shape[2])

    def backward(self, grad):
        return grad.reshape(self.shape)


class Center(nn.Layer):
    """y = x - mean over the batch, with its size as an attribute"""

    def forward(self, x):
        self.size = max(len(x), 1)
        return x - x.sum(axis=0) / self.size

    def backward(self, grad):
        return grad - grad.sum(axis=0) / self.size


class Buffered(nn.Layer):
    """y = tanh(x), saved in one buffer for all inputs of a shape"""

    def __init__(self):
        self.buffer = np.zeros(0)

    def forward(self, x):
        if self.buffer.shape != x.shape or self.buffer.dtype != x.dtype:
            self.buffer = np.empty_like(x)
        y = np.tanh(x, out=self.buffer)
        self.save_for_backward(y)
        return y.copy()

    def predict(self, x):
        return np.tanh(x)

    def backward(self, grad):
        return grad * (1 - self.saved() ** 2)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [(Buffered, "N D"), (Clip, "N D"), (HardSigmoid, "N D"), (Flatten, "N H W"), (Center, "N D")],
)
def test_attributes_of_the_last_forward_are_found(kind, shape):
    for seed in range(3):
        with pytest.raises(ContractError, match="after two forwards, the ") as caught:
            check_layer(kind, shape, seed=seed)
        assert caught.value.check == "order"


def test_functions_with_one_cache_for_all_inputs_of_a_shape_are_found():
    caches = {}

    def tanh(x):
        y = np.tanh(x, out=caches.setdefault(x.shape, np.empty_like(x)))
        return y.copy(), y

    def tanh_backward(grad, y):
        return grad * (1 - y**2)

    with pytest.raises(ContractError, match="the second backward does not match") as caught:
        check_function(tanh, tanh_backward, np.eye(3, 4))
    assert caught.value.check == "order"


class Positions(nn.Layer):
    """y = x + a row for each sample: the batch size is fixed"""

    def __init__(self, N, D):
        self.rows = nn.Parameter(np.ones((N, D)))

    def forward(self, x):
        return x + self.rows.value

    def backward(self, grad):
        self.rows.add_grad(grad)
        return grad


def test_layers_that_take_one_batch_size_are_tried_with_that():
    assert check_layer(Positions, "N D", checks=["order"]).checks > 0


class ThreeTimes(nn.Layer):
    """y = the mean of three products with a dense layer"""

    def __init__(self, D, K):
        self.dense = nn.Dense(D, K, rng=0)

    def forward(self, x):
        return sum(self.dense.forward(factor * x) for factor in (0.1, 0.7, 2.2)) / 3

    def predict(self, x):
        return sum(self.dense.predict(factor * x) for factor in (0.1, 0.7, 2.2)) / 3

    def backward(self, grad):
        return sum(factor * self.dense.backward(grad / 3) for factor in (2.2, 0.7, 0.1))


def test_sums_in_another_order_differ_by_rounding_only():
    for seed in range(5):
        check_layer(ThreeTimes, "N D", seed=seed)
