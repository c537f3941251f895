"""ReLU."""

import numpy as np
import pytest

import nnlayers as nn


def test_relu_keeps_positive_values():
    x = np.array([[-np.inf, -2.0, -0.0, 0.0, 1e-30, 3.0, np.inf]], np.float32)
    for verb in ("forward", "predict"):
        y = getattr(nn.ReLU(), verb)(x)
        assert y.tolist() == [[0.0, 0.0, 0.0, 0.0, np.float32(1e-30), 3.0, np.inf]]
        assert y.dtype == np.float32


def test_relu_propagates_nan():
    assert np.isnan(nn.ReLU().predict(np.array([np.nan]))).all()


def test_the_derivative_at_zero_is_zero():
    layer = nn.ReLU()
    layer.forward(np.array([-1.0, -0.0, 0.0, 1.0]))
    assert layer.backward(np.array([5.0, 6.0, 7.0, 8.0])).tolist() == [0, 0, 0, 8]


def test_integers_become_float32_and_floats_keep_their_dtype():
    assert nn.ReLU().forward([1, -1]).dtype == np.float32
    assert nn.ReLU().forward(np.ones(1)).dtype == np.float64


def test_complex_input_is_rejected():
    with pytest.raises(TypeError, match=r"ReLU\(\): expected an array of real numbers"):
        nn.ReLU().forward(np.ones(1, complex))


def test_a_gradient_that_would_broadcast_is_rejected():
    layer = nn.ReLU()
    layer.forward(np.ones((4, 3)))
    with pytest.raises(
        ValueError, match=r"ReLU\(\).backward: expected a gradient of the output's shape"
    ):
        layer.backward(np.ones((4, 1)))
