"""Activations, and dropout."""

import numpy as np

import nnlayers as nn
from tests.onnx.layers_as_nodes import Operator, assert_similar, output, with_values


def relu(x):
    return output(nn.ReLU(), x)


def leaky_relu(x, *, alpha=0.01):
    return output(nn.LeakyReLU(alpha), x)


def elu(x, *, alpha=1.0):
    return output(nn.ELU(alpha), x)


def prelu(x, slope):
    if slope.shape == x.shape:  # a slope for each element of one sample
        return output(with_values(nn.PReLU(x.size), slope=slope.ravel()), x.reshape(1, -1)).reshape(
            x.shape
        )
    return output(with_values(nn.PReLU(slope.size), slope=slope), x)


def gelu(x):
    return output(nn.GELU(), x)


def sigmoid(x):
    return output(nn.Sigmoid(), x)


def tanh(x):
    return output(nn.Tanh(), x)


def softplus(x):
    return output(nn.Softplus(), x)


def swish(x, *, alpha=1.0):
    assert alpha == 1
    return output(nn.SiLU(), x)


def softmax(x, *, axis=-1):
    return np.moveaxis(output(nn.Softmax(), np.moveaxis(x, axis, -1)), -1, axis)


def dropout(x, rate=0.5, training=False, *, ratio=0.5, seed=0):
    """The output, and the mask: what ``backward`` lets through."""
    layer = nn.Dropout(float(rate), rng=seed)
    if not training:
        assert_similar(layer.predict(x), x)
        layer = layer.for_inference()
    y = layer.forward(x)
    return y, layer.backward(np.ones_like(x)) > 0


OPERATORS = {
    "Dropout": Operator(dropout, "dropout", 8),
    "Elu": Operator(elu, "elu", 3),
    "Gelu": Operator(gelu, "gelu", 2),
    "LeakyRelu": Operator(leaky_relu, "leakyrelu", 3),
    "PRelu": Operator(prelu, "prelu", 2),
    "Relu": Operator(relu, "relu", 1),
    "Sigmoid": Operator(sigmoid, "sigmoid", 2),
    "Softmax": Operator(softmax, "softmax", 7),
    "Softplus": Operator(softplus, "softplus", 2),
    "Swish": Operator(swish, "swish", 1),
    "Tanh": Operator(tanh, "tanh", 2),
}
