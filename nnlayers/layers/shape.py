"""Shapes: samples flattened, in another shape, or enlarged by repetition."""

import math
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, check_gradient, floating_array, whole_number
from nnlayers.core.layer import Layer
from nnlayers.core.sums import at_least_float32
from nnlayers.layers.window_arguments import Numbers, checked_numbers, per_axis

__all__ = ["Flatten", "Reshape", "Upsample2D"]


class Reshape(Layer):
    """Samples of another shape: ``y = x.reshape(N, *shape)``.

    Parameters
    ----------
    *shape : int
        The shape of one sample of the output. One size may be -1, and follows from the others. No size
        at all makes a number of each sample, ``(N,)`` of ``(N, 1)``.

    Raises
    ------
    ValueError, TypeError
        A size is neither a whole number of at least 1 nor -1, or two are -1; later, samples that have
        another number of values.

    Notes
    -----
    The values keep their order, in which the last axis runs fastest: in an image ``(H, W, C)``, the
    channels of a position are together. ``dL/dx`` is ``dL/dy`` in the shape of ``x``.

    Examples
    --------
    >>> layer = nn.Reshape(2, -1)
    >>> layer.output_shape(6)
    (2, 3)
    """

    def __init__(self, *shape: int) -> None:
        given: Any = shape
        if len(given) == 1 and isinstance(given[0], (tuple, list)):
            given = given[0]
        self.shape = tuple(whole_number(size, "a size", "Reshape", least=-1) for size in given)
        if 0 in self.shape or self.shape.count(-1) > 1:
            raise ValueError(
                f"Reshape: expected sizes of at least 1, at most one of them -1, got {tuple(given)}"
            )

    def forward(self, x: Array) -> Array:
        x = floating_array(x, self)
        values, known = math.prod(x.shape[1:]), abs(math.prod(self.shape))
        shape = tuple(values // known if size == -1 else size for size in self.shape)
        if math.prod(shape) != values:
            multiple = "a multiple of " * (-1 in self.shape)
            raise ValueError(
                f"{self!r}: expected samples of {multiple}{known} values, got {values} "
                f"(shape {x.shape})"
            )
        self.save_for_backward(x.shape, shape)
        return x.reshape(*x.shape[:1], *shape)

    def backward(self, grad: Array) -> Array:
        shape, sample = self.saved()
        return check_gradient(grad, (*shape[:1], *sample), self).reshape(shape)


class Flatten(Reshape):
    """A row of each sample: ``y = x.reshape(N, -1)``.

    Notes
    -----
    From ``(N, ...)`` to ``(N, D)``, where ``D`` is the product of the other sizes; ``(N, 1)`` from
    ``(N,)``. The values keep their order, in which the last axis runs fastest: in an image
    ``(H, W, C)``, the channels of a position are together. ``dL/dx`` is ``dL/dy``, reshaped back.

    Examples
    --------
    >>> nn.Flatten().output_shape(28, 28, 3)
    (2352,)
    """

    def __init__(self) -> None:
        super().__init__(-1)


class Upsample2D(Layer):
    """Images enlarged by repeating each position, ``factor`` times along each axis.

    Parameters
    ----------
    factor : int or pair of int
        How often for the height and for the width; one number for both.

    Raises
    ------
    ValueError, TypeError
        A factor is not a whole number of at least 1; later, an input that is not of images.

    Notes
    -----
    From ``(N, H, W, C)`` to ``(N, factor * H, factor * W, C)``: interpolation by the nearest neighbour.
    ``dL/dx`` of a position is the sum of ``dL/dy`` over its repetitions.

    Examples
    --------
    >>> nn.Upsample2D(2).forward(np.array([[[[1.0], [2.0]]]]))[0, :, :, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """

    def __init__(self, factor: Numbers) -> None:
        self.factor = checked_numbers(factor, 2, "factor", "Upsample2D")

    def forward(self, x: Array) -> Array:
        x = floating_array(x, self)
        if x.ndim != 4:
            raise ValueError(f"{self!r}: expected images of shape (N, H, W, C), got {x.shape}")
        down, right = per_axis(self.factor, 2)
        y = x.repeat(down, axis=1).repeat(right, axis=2)
        self.save_for_backward(y.shape, x.dtype)
        return y

    def backward(self, grad: Array) -> Array:
        shape, dtype = self.saved()
        grad = at_least_float32(check_gradient(grad, shape, self))
        down, right = per_axis(self.factor, 2)
        grad_x = np.zeros(grad[:, ::down, ::right].shape, grad.dtype, like=grad)
        for row, column in np.ndindex(down, right):
            grad_x += grad[:, row::down, column::right]
        return grad_x.astype(dtype, copy=False)
