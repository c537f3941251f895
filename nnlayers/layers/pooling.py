"""Pooling: the maximum or the mean of windows of images, or the mean of all positions."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, check_gradient, floating_array
from nnlayers.core.kernels import column_sums, in_float32
from nnlayers.core.layer import Layer
from nnlayers.layers.window_arguments import Numbers, each, numbers

__all__ = ["AveragePool2D", "GlobalAveragePool", "MaxPool2D"]


class Pool2D(Layer):
    """Base of the layers that pool windows of images."""

    def __init__(self, size: Numbers, *, stride: Numbers | None = None, padding: Numbers = 0) -> None:
        who = type(self).__name__
        self.size = numbers(size, 2, "size", who)
        self.stride = None if stride is None else numbers(stride, 2, "stride", who)
        self.padding = numbers(padding, 2, "padding", who, least=0)
        if any(p >= k for p, k in zip(each(self.padding, 2), each(self.size, 2), strict=True)):
            given = f"padding {self.padding} for size {self.size}"
            raise ValueError(f"{who}: padding must be smaller than the windows, got {given}")

    def _padded(self, x: Array, value: float) -> Array:
        """The images with a margin of this value."""
        if not self.padding:
            return x
        (n, height, width, channels), (above, left) = x.shape, each(self.padding, 2)
        y = np.full((n, height + 2 * above, width + 2 * left, channels), value, x.dtype)
        self._without_padding(y)[...] = x
        return y

    def _without_padding(self, y: Array) -> Array:
        """The images in their margin."""
        (height, width), (above, left) = y.shape[1:3], each(self.padding, 2)
        return y[:, above : height - above, left : width - left]

    def _windows(self, shape: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
        """For each place in a window, row by row: the elements of all windows at that place."""
        (rows, columns), (down, right) = each(self.size, 2), each(self.stride or self.size, 2)
        height, width = shape[1] - rows + 1, shape[2] - columns + 1
        for row, column in np.ndindex(rows, columns):
            yield np.s_[:, row : row + height : down, column : column + width : right]

    def _images(self, x: Any) -> Array:
        """The input, in which a window has room.

        Raises
        ------
        ValueError, TypeError
            It is something else.
        """
        x = floating_array(x, self)
        if x.ndim != 4:
            raise ValueError(f"{self}: expected images of shape (N, H, W, C), got {x.shape}")
        sizes = zip(each(self.size, 2), each(self.padding, 2), strict=True)
        height, width = (max(size - 2 * padding, 1) for size, padding in sizes)
        if x.shape[1] < height or x.shape[2] < width:
            raise ValueError(
                f"{self}: expected images of at least {height} x {width}, got {x.shape[1]} x "
                f"{x.shape[2]} (shape {x.shape})"
            )
        return x


class MaxPool2D(Pool2D):
    """The maximum of each window of images: ``y = max x``, channel by channel.

    Parameters
    ----------
    size : int or pair of int
        Height and width of the windows; one number for both.
    stride : int or pair of int, optional
        The step from one window to the next; by default ``size``, so that they do not overlap.
    padding : int or pair of int
        Rows above and below, and columns left and right, that count as minus infinity.

    Raises
    ------
    ValueError, TypeError
        A number out of its range; later, an input that is not of images as large as a window.

    Notes
    -----
    ``x`` has shape ``(N, H, W, C)`` and ``y`` ``(N, H', W', C)``, where
    ``H' = (H + 2 * padding - size) // stride + 1``: what is left over at the end is not looked at.
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
        x = self._padded(self._images(x), -np.inf)
        windows = self._windows(x.shape)
        y = x[next(windows)].copy()
        place = np.zeros(y.shape, np.min_scalar_type(math.prod(each(self.size, 2))))
        for number, window in enumerate(windows, start=1):
            larger = np.multiply(x[window] > y, number, dtype=place.dtype)
            np.maximum(place, larger, out=place)
            np.maximum(y, x[window], out=y)
        self.save_for_backward(place, x.shape, x.dtype)
        return y

    def predict(self, x: Array) -> Array:
        x = self._padded(self._images(x), -np.inf)
        windows = self._windows(x.shape)
        y = x[next(windows)].copy()
        for window in windows:
            np.maximum(y, x[window], out=y)
        return y

    def backward(self, grad: Array) -> Array:
        place, shape, dtype = self.saved()
        grad = in_float32(check_gradient(grad, place.shape, self))
        grad_x = np.zeros(shape, np.result_type(dtype, np.float32))
        for number, window in enumerate(self._windows(shape)):
            grad_x[window] += grad * (place == number)
        return self._without_padding(grad_x).astype(dtype, copy=False)


class AveragePool2D(Pool2D):
    """The mean of each window of images: ``y = mean x``, channel by channel.

    Parameters
    ----------
    size : int or pair of int
        Height and width of the windows; one number for both.
    stride : int or pair of int, optional
        The step from one window to the next; by default ``size``, so that they do not overlap.
    padding : int or pair of int
        Rows above and below, and columns left and right, by which windows may overlap the edges. They
        do not count: the mean is that of elements of the image, PyTorch's ``count_include_pad=False``.

    Raises
    ------
    ValueError, TypeError
        A number out of its range; later, an input that is not of images as large as a window.

    Notes
    -----
    ``x`` has shape ``(N, H, W, C)`` and ``y`` ``(N, H', W', C)``, where
    ``H' = (H + 2 * padding - size) // stride + 1``: what is left over at the end is not looked at.
    ``dL/dx`` is the sum of ``dL/dy / elements`` over the windows that an element is in.

    Examples
    --------
    >>> layer = nn.AveragePool2D(2)
    >>> layer.forward(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """

    def forward(self, x: Array) -> Array:
        x = self._images(x)
        numbers = in_float32(x)
        elements = self._sums(np.ones((1, *x.shape[1:3], 1), numbers.dtype))
        y = self._sums(numbers)
        y /= elements
        self.save_for_backward(elements, x.shape, x.dtype, y.shape)
        return y.astype(x.dtype, copy=False)

    def _sums(self, x: Array) -> Array:
        x = self._padded(x, 0)
        windows = self._windows(x.shape)
        total = x[next(windows)].copy()
        for window in windows:
            total += x[window]
        return total

    def backward(self, grad: Array) -> Array:
        elements, shape, dtype, shape_of_y = self.saved()
        share = check_gradient(grad, shape_of_y, self) / elements
        grad_x = self._padded(np.zeros(shape, elements.dtype), 0)
        for window in self._windows(grad_x.shape):
            grad_x[window] += share
        return self._without_padding(grad_x).astype(dtype, copy=False)


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
                f"{self}: expected input of shape (N, ..., C) with axes of positions between, such as "
                f"(N, H, W, C), got {x.shape}"
            )
        self.save_for_backward(x.shape, x.dtype)
        positions = math.prod(x.shape[1:-1])
        sums = column_sums(in_float32(x.reshape(len(x), positions, x.shape[-1])))
        return (sums / positions).astype(x.dtype, copy=False)

    def backward(self, grad: Array) -> Array:
        shape, dtype = self.saved()
        grad = check_gradient(grad, (shape[0], shape[-1]), self) / math.prod(shape[1:-1])
        grad_x = np.empty(shape, dtype)
        grad_x[...] = grad.reshape(shape[0], *[1] * (len(shape) - 2), shape[-1])
        return grad_x
