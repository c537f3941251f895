"""Arrays joined, reshaped and enlarged. The arrays of a test without an axis of samples are one."""

import math

import numpy as np

import nnlayers as nn
from tests.onnx.layers_as_nodes import Operator, channels_first, channels_last, of_one_sample, output


def flatten(x, *, axis=1):
    if axis in (1, 1 - x.ndim):
        return output(nn.Flatten(), x)
    return of_one_sample(nn.Reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:])), x)


def reshape(x, shape, *, allowzero=0):
    shape = [size if size or allowzero else x.shape[axis] for axis, size in enumerate(shape.tolist())]
    return of_one_sample(nn.Reshape(*shape), x)


def concat(*arrays, axis):
    return of_one_sample(nn.Concatenate(axis + 1 if axis >= 0 else axis), list(arrays))


def add(*arrays):
    return output(nn.Add(), arrays)


def identity(x):
    return output(nn.Identity(), tuple(x) if isinstance(x, list) else x)


def resize(
    x, roi=None, scales=None, sizes=None, *, mode="nearest", axes=(0, 1, 2, 3),
    keep_aspect_ratio_policy="stretch",
):  # fmt: skip
    assert mode == "nearest"
    factors = np.ones(4)
    factors[list(axes)] = scales if sizes is None else sizes / np.array(x.shape)[list(axes)]
    if keep_aspect_ratio_policy != "stretch":
        closest = min if keep_aspect_ratio_policy == "not_larger" else max
        factors[list(axes)] = closest(factors[list(axes)])
    assert factors[0] == factors[1] == 1
    whole = tuple(int(factor) if factor.is_integer() else factor for factor in factors[2:].tolist())
    return channels_first(output(nn.Upsample2D(whole), channels_last(x)))


def upsample(x, scales, *, mode):
    return resize(x, scales=scales, mode=mode)


OPERATORS = {
    "Add": Operator(add, "add", 1),
    "Concat": Operator(concat, "concat", 12),
    "Flatten": Operator(flatten, "flatten", 9),
    "Identity": Operator(identity, "identity", 3),
    "Reshape": Operator(reshape, "reshape", 9),
    "Resize": Operator(resize, "resize", 4),
    "Sum": Operator(add, "sum", 3),
    "Upsample": Operator(upsample, "upsample", 1),
}
