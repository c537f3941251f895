"""Joining branches: concatenation, sum, and the branch that changes nothing."""

from itertools import accumulate
from typing import Any

import numpy as np

from nnlayers.core.checks import (
    Array,
    as_array,
    check_gradient,
    check_tuple,
    real_array,
    whole_number,
)
from nnlayers.core.devices import check_same_device
from nnlayers.core.layer import Layer
from nnlayers.core.structures import as_arrays, each

__all__ = ["Add", "Concatenate", "Identity"]


class Identity(Layer):
    """The input as it is: ``y = x``.

    Notes
    -----
    An array or a tuple of arrays, of any shape and dtype, returned itself, not copied;
    ``dL/dx = dL/dy``. It stands beside other layers in `Fork` (a shortcut) and in `Parallel` (for what
    is not to be changed, such as a mask).

    Examples
    --------
    >>> nn.Identity().predict(np.ones((1, 2)))
    array([[1., 1.]])
    """

    def forward(self, x: Any) -> Any:
        return as_arrays(x, self)

    def backward(self, grad: Any) -> Any:
        return each(lambda array: None if array is None else as_array(array, self), grad)


def _of_one_kind(x: tuple[Any, ...], who: str) -> list[Array]:
    """The arrays, all floating: others are converted to what the floating ones have in common."""
    arrays = [as_array(item, who) for item in x]
    for array in arrays[1:]:
        check_same_device(array, arrays[0], who, "an array", "the first one")
    floating = [array.dtype for array in arrays if array.dtype.kind == "f"]
    dtype = np.result_type(*floating) if floating else np.float32
    return [real_array(array, dtype, who) for array in arrays]


class Concatenate(Layer):
    """A tuple of arrays joined along an axis, the last one by default.

    Parameters
    ----------
    axis : int
        The axis along which they may have different sizes; not 0, the axis of the samples.

    Raises
    ------
    TypeError, ValueError
        The axis is 0; later, an input that is not a tuple of arrays, or shapes that do not fit.

    Notes
    -----
    From ``(N, ..., D_1), ..., (N, ..., D_n)`` to ``(N, ..., D_1 + ... + D_n)``; ``dL/dx`` is a tuple of
    the parts of ``dL/dy``.

    Examples
    --------
    >>> nn.Concatenate().predict((np.ones((1, 2)), np.zeros((1, 1))))
    array([[1., 1., 0.]])
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = whole_number(axis, "axis", "Concatenate", least=-32)
        if self.axis == 0:
            raise ValueError("Concatenate: axis must not be 0, the axis of the samples")

    def forward(self, x: tuple[Array, ...]) -> Array:
        arrays = self._arrays(x)
        y = np.concatenate(arrays, self.axis)
        self.save_for_backward([array.shape[self.axis] for array in arrays], y.shape)
        return y

    def predict(self, x: tuple[Array, ...]) -> Array:
        return np.concatenate(self._arrays(x), self.axis)

    def _arrays(self, x: tuple[Array, ...]) -> list[Array]:
        check_tuple(x, "Concatenate")
        arrays = _of_one_kind(x, "Concatenate")
        shapes = [array.shape for array in arrays]
        axes = {len(shape) for shape in shapes}
        axis = self.axis if self.axis > 0 else self.axis + max(axes)
        rest = {shape[:axis] + shape[axis + 1 :] for shape in shapes}
        if not 0 < axis < max(axes):
            raise ValueError(
                f"{self!r}: expected arrays with an axis {self.axis} after the first, got {shapes}"
            )
        if len(axes) > 1 or len(rest) > 1:
            raise ValueError(
                f"{self!r}: expected arrays whose shapes agree, except along axis {axis}, got {shapes}"
            )
        return arrays

    def backward(self, grad: Array) -> tuple[Array, ...]:
        sizes, shape = self.saved()
        grad = check_gradient(grad, shape, self)
        return tuple(np.split(grad, list(accumulate(sizes[:-1])), self.axis))


class Add(Layer):
    """The sum of a tuple of arrays: ``y = x_1 + ... + x_n``.

    Raises
    ------
    TypeError, ValueError
        The input is not a tuple of arrays, or they differ in shape: nothing is broadcast.

    Notes
    -----
    All arrays, and ``y``, have the same shape. ``dL/dx = (dL/dy, ..., dL/dy)``.

    Examples
    --------
    >>> nn.Add().predict((np.ones((1, 2)), np.ones((1, 2))))
    array([[2., 2.]])
    """

    def forward(self, x: tuple[Array, ...]) -> Array:
        y = self.predict(x)
        self.save_for_backward(len(x), y.shape)
        return y

    def predict(self, x: tuple[Array, ...]) -> Array:
        check_tuple(x, "Add")
        arrays = _of_one_kind(x, "Add")
        if len({array.shape for array in arrays}) > 1:
            raise ValueError(
                f"Add: expected arrays of one shape, got {[array.shape for array in arrays]}"
            )
        return sum(arrays[1:], start=arrays[0])

    def backward(self, grad: Array) -> tuple[Array, ...]:
        count, shape = self.saved()
        return (check_gradient(grad, shape, self),) * count
