"""What all families need to make a node of a layer: parameters, passes, the order of axes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Operator(NamedTuple):
    """How a layer computes one of ONNX's operators.

    The function takes the inputs of a node, and its attributes by their names. An attribute that it
    does not take is one that no layer has.
    """

    compute: Callable[..., Any]
    module: str
    """The module of ONNX's tests."""
    passing: int
    """How many of them pass."""


def with_values(layer, **values):
    """A layer in the dtype of these values, which its parameters and states are given."""
    given = {name: np.asarray(value) for name, value in values.items() if value is not None}
    layer = layer.astype(next(iter(given.values())).dtype)
    layer.load_state_dict(given)
    return layer


def output(layer, x):
    """The output of a layer whose training pass and inference pass are the same function."""
    y = layer.forward(x)
    assert_similar(layer.predict(x), y)
    return y


def of_one_sample(layer, x):
    """The output for an array, or a list of arrays, without an axis of samples."""
    if isinstance(x, list):
        return output(layer, tuple(item[np.newaxis] for item in x))[0]
    return output(layer, x[np.newaxis])[0]


def assert_similar(got, expected):
    """With the tolerances of ONNX."""
    if isinstance(expected, (list, tuple)):
        assert len(got) == len(expected)
        for item, other in zip(got, expected, strict=True):
            assert_similar(item, other)
        return
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-7)


def channels_last(x):
    return np.moveaxis(x, 1, -1)


def channels_first(y):
    return np.moveaxis(y, -1, 1)
