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


def test_complex_input_is_rejected():
    with pytest.raises(TypeError, match=r"ReLU\(\): expected an array of real numbers"):
        nn.ReLU().forward(np.ones(1, complex))
