"""Pooling: the maximum or the mean of windows of images, or the mean of all positions."""

import math
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, check_gradient, floating_array
from nnlayers.core.layer import Layer
from nnlayers.core.sums import at_least_float32, column_sums
from nnlayers.layers.window_arguments import (
    Kernel,
    Numbers,
    Padding,
    checked_numbers,
    checked_padding,
    padding_of_each,
    per_axis,
    windows_of_input,
)
from nnlayers.layers.windows import Axis, taps

__all__ = ["AveragePool2D", "GlobalAveragePool", "MaxPool2D"]


class Pool2D(Layer):
    """Base of the layers that pool windows of images."""

    def __init__(
        self, size: Numbers, *, stride: Numbers | None = None, padding: Padding = "valid"
    ) -> None:
        who = type(self).__name__
        self.size = checked_numbers(size, 2, "size", who)
        self.stride = None if stride is None else checked_numbers(stride, 2, "stride", who)
        self.padding = checked_padding(padding, 2, who)
        for pair, size_of_axis in zip(padding_of_each(padding, 2), per_axis(self.size, 2), strict=True):
            if isinstance(pair, tuple) and max(pair) >= size_of_axis:
                raise ValueError(
                    f"{who}: padding must be smaller than the windows, got padding {self.padding} for "
                    f"size {self.size}"
                )

    def _images(self, x: Any) -> tuple[Array, list[Axis]]:
        """The input, and the windows along each axis.

        Raises
        ------
        ValueError, TypeError
            The input is not ``(N, H, W, C)``, or is smaller than a window.
        """
        x = floating_array(x, self)
        if x.ndim != 4 or 0 in x.shape[1:3]:
            raise ValueError(f"{self!r}: expected images of shape (N, H, W, C), got {x.shape}")
        window = Kernel(per_axis(self.size, 2), per_axis(self.stride or self.size, 2), (1, 1))
        return x, windows_of_input(x.shape[1:3], window, self.padding, self, "window")


class MaxPool2D(Pool2D):
    """The maximum of each window of images: ``y = max x``, channel by channel.

    Parameters
    ----------
    size : int or pair of int
        Height and width of the windows; one number for both.
    stride : int or pair of int, optional
        The step from one window to the next; by default ``size``, so that they do not overlap.
    padding : "valid", "same", int or tuple
        By how much windows may overlap the edges, as in `Conv2D`, but that sizes may be even with
        "same". What is outside of the image counts as minus infinity.

    Raises
    ------
    ValueError, TypeError
        A number out of its range; later, an input that is not of images as large as a window.

    Notes
    -----
    ``x`` has shape ``(N, H, W, C)`` and ``y`` ``(N, H', W', C)``, where
    ``H' = (H + padding - size) // stride + 1`` with the total padding; rows and columns left over at
    the end are ignored.
    ``dL/dx`` is the sum of ``dL/dy`` over the windows in which an element is the maximum, the first of
    equal ones, row by row. A window with a NaN gives NaN.

    Source: Ranzato, Huang, Boureau, LeCun, "Unsupervised Learning of Invariant Feature Hierarchies with
    Applications to Object Recognition", CVPR 2007.

    Examples
    --------
    >>> layer = nn.MaxPool2D(2)
    >>> layer.forward(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    >>> layer.output_shape(28, 28, 3)
    (14, 14, 3)
    """

    def forward(self, x: Array) -> Array:
        x, axes = self._images(x)
        y = _filled(-np.inf, x, axes)
        tap_of = np.zeros(y.shape, np.min_scalar_type(math.prod(per_axis(self.size, 2))), like=x)
        for number, (_, positions, windows) in enumerate(taps(axes)):
            values, maxima, found = x[:, *positions], y[:, *windows], tap_of[:, *windows]
            if number:  # they are 0 already
                larger = np.multiply(values > maxima, number, dtype=found.dtype)
                np.maximum(found, larger, out=found)
            np.maximum(maxima, values, out=maxima)
        self.save_for_backward(tap_of, axes, x.shape, x.dtype)
        return y

    def predict(self, x: Array) -> Array:
        x, axes = self._images(x)
        y = _filled(-np.inf, x, axes)
        for _, positions, windows in taps(axes):
            np.maximum(y[:, *windows], x[:, *positions], out=y[:, *windows])
        return y

    def backward(self, grad: Array) -> Array:
        tap_of, axes, shape, dtype = self.saved()
        grad = at_least_float32(check_gradient(grad, tap_of.shape, self))
        grad_x = np.zeros(shape, grad.dtype, like=grad)
        for number, (_, positions, windows) in enumerate(taps(axes)):
            grad_x[:, *positions] += grad[:, *windows] * (tap_of[:, *windows] == number)
        return grad_x.astype(dtype, copy=False)


class AveragePool2D(Pool2D):
    """The mean of each window of images: ``y = mean x``, channel by channel.

    Parameters
    ----------
    size : int or pair of int
        Height and width of the windows; one number for both.
    stride : int or pair of int, optional
        The step from one window to the next; by default ``size``, so that they do not overlap.
    padding : "valid", "same", int or tuple
        By how much windows may overlap the edges, as in `Conv2D`, but that sizes may be even with
        "same". What is outside of the image does not count: the mean is that of elements of the image,
        PyTorch's ``count_include_pad=False``.

    Raises
    ------
    ValueError, TypeError
        A number out of its range; later, an input that is not of images as large as a window.

    Notes
    -----
    ``x`` has shape ``(N, H, W, C)`` and ``y`` ``(N, H', W', C)``, where
    ``H' = (H + padding - size) // stride + 1`` with the total padding; rows and columns left over at
    the end are ignored.
    ``dL/dx`` is the sum of ``dL/dy / elements`` over the windows that an element is in.

    Examples
    --------
    >>> layer = nn.AveragePool2D(2)
    >>> layer.forward(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """

    def forward(self, x: Array) -> Array:
        x, axes = self._images(x)
        y = _window_sums(at_least_float32(x), axes)
        elements = _window_sums(np.ones_like(y, shape=(1, *x.shape[1:3], 1)), axes)
        y /= elements
        self.save_for_backward(elements, axes, x.shape, x.dtype, y.shape)
        return y.astype(x.dtype, copy=False)

    def backward(self, grad: Array) -> Array:
        elements, axes, shape, dtype, shape_of_y = self.saved()
        share = check_gradient(grad, shape_of_y, self) / elements
        grad_x = np.zeros(shape, elements.dtype, like=share)
        for _, positions, windows in taps(axes):
            grad_x[:, *positions] += share[:, *windows]
        return grad_x.astype(dtype, copy=False)


def _filled(value: float, x: Array, axes: list[Axis]) -> Array:
    """An array of this value, with a place for each window."""
    shape = len(x), *(axis.steps for axis in axes), x.shape[-1]
    return np.full_like(x, value, order="C", shape=shape)


def _window_sums(x: Array, axes: list[Axis]) -> Array:
    """The sum of each window, channel by channel."""
    total = _filled(0, x, axes)
    for _, positions, windows in taps(axes):
        total[:, *windows] += x[:, *positions]
    return total


class GlobalAveragePool(Layer):
    """The mean over all positions: ``y = mean x``, channel by channel.

    Raises
    ------
    ValueError, TypeError
        The input has no axis of positions, or no position; or it is not of real numbers.

    Notes
    -----
    ``x`` has shape ``(N, ..., C)`` with at least one axis of positions, as ``(N, T, C)`` and
    ``(N, H, W, C)`` have. ``y`` has shape ``(N, C)``, and ``dL/dx = dL/dy / positions``.

    Source: Lin, Chen, Yan, "Network In Network", ICLR 2014.

    Examples
    --------
    >>> nn.GlobalAveragePool().forward(np.arange(8.0).reshape(1, 2, 2, 2))
    array([[3., 4.]])
    """

    def forward(self, x: Array) -> Array:
        x = floating_array(x, self)
        if x.ndim < 3 or 0 in x.shape[1:-1]:
            raise ValueError(
                f"{self!r}: expected input of shape (N, ..., C) with axes of positions between, "
                f"such as (N, H, W, C), got {x.shape}"
            )
        self.save_for_backward(x.shape, x.dtype)
        positions = math.prod(x.shape[1:-1])
        sums = column_sums(at_least_float32(x.reshape(len(x), positions, x.shape[-1])))
        return (sums / positions).astype(x.dtype, copy=False)

    def backward(self, grad: Array) -> Array:
        shape, dtype = self.saved()
        grad = check_gradient(grad, (shape[0], shape[-1]), self) / math.prod(shape[1:-1])
        grad_x = np.empty(shape, dtype, like=grad)
        grad_x[...] = grad.reshape(shape[0], *[1] * (len(shape) - 2), shape[-1])
        return grad_x
