"""Pools: the channels last, sequences as images of one column."""

import math

import numpy as np

import nnlayers as nn
from tests.onnx.families.padding import margins, wanted
from tests.onnx.layers_as_nodes import Operator, channels_first, channels_last, output


def pool(of_images, x, *, kernel_shape, strides=None, pads=None, auto_pad="NOTSET", ceil_mode=0):
    """The layer, and its input."""
    strides = strides or [1] * len(kernel_shape)
    sizes = [*zip(x.shape[2:], kernel_shape, strides, strict=True)]
    padding = margins(pads, auto_pad, [wanted(*numbers) for numbers in sizes])
    if ceil_mode:
        pairs = zip(sizes, padding, strict=True)
        padding = [rounded_up(*numbers, pad) for numbers, pad in pairs]
    if x.ndim == 3:
        x, padding = x[..., np.newaxis], (*padding, 0)
        kernel_shape, strides = [*kernel_shape, 1], [*strides, 1]
    layer = of_images(tuple(kernel_shape), stride=tuple(strides), padding=padding)
    return layer, channels_last(x)


def rounded_up(size, kernel, stride, pad):
    """The padding with which one more window begins in the image, if some of it is left over."""
    before, after = pad if isinstance(pad, tuple) else (pad, pad)
    rest = (size + before + after - kernel) % stride
    last = size + before + after - kernel - rest + stride  # where the next window would begin
    return (before, after + (stride - rest) * (rest > 0 and last < size + before))


def max_pool(x, *, storage_order=0, **options):
    """The maxima, and their places: where ``backward`` takes the gradients to."""
    layer, images = pool(nn.MaxPool2D, x, **options)
    y = channels_first(output(layer, images))
    places = np.stack([places_of_maxima(layer, image, y.shape, storage_order) for image in images])
    size = images[0, ..., 0].size
    places += size * np.arange(math.prod(y.shape[:2])).reshape(*y.shape[:2], 1, 1)
    return (y, places) if x.ndim == 4 else (y[..., 0], places[..., 0])


def places_of_maxima(layer, image, shape, storage_order):
    """For each output of one image, the place of the input to which its gradient goes."""
    _, channels, *sizes = shape
    count = math.prod(sizes)
    each = np.eye(count, dtype=image.dtype).reshape(count, *sizes, 1)
    layer.forward(np.broadcast_to(image, (count, *image.shape)))
    grad_x = layer.backward(each.repeat(channels, axis=-1))
    if storage_order:  # column by column
        grad_x = grad_x.swapaxes(1, 2)
    return grad_x.reshape(count, -1, channels).argmax(axis=1).T.reshape(channels, *sizes)


def average_pool(x, **options):
    y = channels_first(output(*pool(nn.AveragePool2D, x, **options)))
    return y if x.ndim == 4 else y[..., 0]


def global_max_pool(x):
    return channels_first(output(nn.MaxPool2D(x.shape[2:]), channels_last(x)))


def global_average_pool(x):
    return output(nn.GlobalAveragePool(), channels_last(x))[..., np.newaxis, np.newaxis]


OPERATORS = {
    "AveragePool": Operator(average_pool, "averagepool", 10),
    "GlobalAveragePool": Operator(global_average_pool, "globalaveragepool", 2),
    "GlobalMaxPool": Operator(global_max_pool, "globalmaxpool", 2),
    "MaxPool": Operator(max_pool, "maxpool", 13),
}
