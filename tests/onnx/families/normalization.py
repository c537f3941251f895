"""Normalization. Mean and deviation, where ONNX lists them beside the output, no layer returns."""

import numpy as np

import nnlayers as nn
from tests.onnx.layers_as_nodes import (
    Operator,
    assert_similar,
    channels_first,
    channels_last,
    of_one_sample,
    output,
    with_values,
)


def batch_norm(x, scale, bias, mean, variance, *, epsilon=1e-5, momentum=0.9, training_mode=0):
    layer = nn.BatchNorm(x.shape[1], epsilon=epsilon, momentum=momentum)
    layer = with_values(layer, gain=scale, offset=bias, mean=mean, variance=variance)
    x = channels_last(x)
    if not training_mode:
        y = layer.predict(x)
        assert_similar(output(layer.for_inference(), x), y)
        return channels_first(y)
    y = channels_first(layer.forward(x))
    # The layer's running variance divides by the number of values less one, ONNX's by the number.
    count, old = x[..., 0].size, momentum * variance
    return y, layer.mean.value, old + (layer.variance.value - old) * ((count - 1) / count)


def layer_norm(x, scale, bias=None, *, axis=-1, epsilon=1e-5):
    layer = nn.LayerNorm(x.shape[axis:], epsilon=epsilon)
    offset = np.zeros_like(scale) if bias is None else bias
    return over_last_axes(with_values(layer, gain=scale, offset=offset), x, axis)


def rms_norm(x, scale, *, axis=-1, epsilon=1e-5):
    return over_last_axes(with_values(nn.RMSNorm(x.shape[axis:], epsilon=epsilon), gain=scale), x, axis)


def over_last_axes(layer, x, axis):
    return of_one_sample(layer, x) if axis in (0, -x.ndim) else output(layer, x)


def group_norm(x, scale, bias, *, num_groups, epsilon=1e-5):
    layer = nn.GroupNorm(num_groups, x.shape[1], epsilon=epsilon)
    return channels_first(output(with_values(layer, gain=scale, offset=bias), channels_last(x)))


def instance_norm(x, scale, bias, *, epsilon=1e-5):
    return group_norm(x, scale, bias, num_groups=x.shape[1], epsilon=epsilon)


def mean_variance_normalization(x):
    return channels_first(nn.BatchNorm(x.shape[1], epsilon=1e-18).forward(channels_last(x)))


OPERATORS = {
    "BatchNormalization": Operator(batch_norm, "batch_normalization", 4),
    "GroupNormalization": Operator(group_norm, "groupnormalization", 2),
    "InstanceNormalization": Operator(instance_norm, "instance_normalization", 2),
    "LayerNormalization": Operator(layer_norm, "layernormalization", 19),
    "MeanVarianceNormalization": Operator(mean_variance_normalization, "meanvariancenormalization", 1),
    "RMSNormalization": Operator(rms_norm, "rmsnormalization", 19),
}
