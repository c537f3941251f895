"""Convolutions: the channels last, sequences as images of one column where no layer takes them."""

import numpy as np

import nnlayers as nn
from tests.onnx.families.padding import margins, wanted
from tests.onnx.layers_as_nodes import Operator, channels_first, channels_last, output, with_values


def conv(x, weight, bias=None, *, kernel_shape=None, strides=(1, 1), pads=None, auto_pad="NOTSET"):
    size = weight.shape[2:]
    sizes = zip(x.shape[2:], size, strides, strict=True)
    padding = margins(pads, auto_pad, [wanted(*numbers) for numbers in sizes])
    layer = nn.Conv2D(
        x.shape[1], len(weight), size, stride=tuple(strides), padding=padding, bias=bias is not None
    )
    layer = with_values(layer, weight=weight.transpose(2, 3, 1, 0), bias=bias)
    return channels_first(output(layer, channels_last(x)))


def conv_transpose(
    x, weight, *, kernel_shape=None, strides=(1, 1), dilations=(1, 1), group=1, pads=None,
    output_padding=(0, 0), output_shape=None, auto_pad="NOTSET",
):  # fmt: skip
    """``output_shape`` stands for the padding, or for ``output_padding`` if it is larger."""
    if x.ndim == 3:
        return conv_transpose(x[..., np.newaxis], weight[..., np.newaxis])[..., 0]
    size = weight.shape[2:]
    whole = [
        stride * (length - 1) + dilation * (k - 1) + 1
        for length, k, stride, dilation in zip(x.shape[2:], size, strides, dilations, strict=True)
    ]
    shape = output_shape or [stride * n for stride, n in zip(strides, x.shape[2:], strict=True)]
    more = [n - full for n, full in zip(shape, whole, strict=True)]
    if output_shape:
        output_padding = [max(n, 0) for n in more]
    layer = nn.ConvTranspose2D(
        x.shape[1], group * weight.shape[1], size, stride=tuple(strides), dilation=tuple(dilations),
        padding=margins(pads, auto_pad, [max(-n, 0) for n in more]), groups=group,
        output_padding=tuple(output_padding), bias=False,
    )  # fmt: skip
    layer = with_values(layer, weight=weight.transpose(2, 3, 1, 0))
    return channels_first(output(layer, channels_last(x)))


def causal_conv_with_state(x, weight, bias=None, past=None, *, activation="none"):
    """A depthwise convolution, before which the past stands, or zeros."""
    (channels, _, size), padding = weight.shape, "valid"
    if past is None:
        padding = ((size - 1, 0),)
    else:
        x = np.concatenate([past, x], axis=-1)
    layer = nn.Conv1D(channels, channels, size, padding=padding, groups=channels, bias=bias is not None)
    layer = with_values(layer, weight=weight.transpose(2, 1, 0), bias=bias)
    if activation != "none":
        assert activation in ("silu", "swish")
        layer = nn.Sequential(layer, nn.SiLU())
    return channels_first(output(layer, channels_last(x)))


OPERATORS = {
    "CausalConvWithState": Operator(causal_conv_with_state, "causal_conv_with_state", 13),
    "Conv": Operator(conv, "conv", 6),
    "ConvTranspose": Operator(conv_transpose, "convtranspose", 10),
}
