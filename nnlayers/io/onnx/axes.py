"""Layers for axes in another order, which an ONNX graph may have beside the library's layers."""

import sys
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array, check_gradient, whole_number
from nnlayers.core.layer import Layer
from nnlayers.io.onnx.graph import Graph, Value, onnx_nodes

__all__ = ["Permute", "Reverse", "Select"]

FARTHEST = np.iinfo(np.int64).min


class Permute(Layer):
    """The axes of each sample in another order: ``y = x.transpose(0, *order)``.

    Parameters
    ----------
    *order : int
        The numbers 1, 2, ... of the axes, in the order that the output has them.

    Raises
    ------
    ValueError
        They are not these numbers; later, an input that has another number of axes.

    Notes
    -----
    ``dL/dx`` is ``dL/dy`` with the axes put back. In networks that `from_onnx` reads it stands where a
    file has ``(N, C, H, W)``, and layers take ``(N, H, W, C)``.

    Examples
    --------
    >>> nn.io.Permute(2, 3, 1).output_shape(3, 28, 28)
    (28, 28, 3)
    """

    def __init__(self, *order: int) -> None:
        if sorted(order) != [*range(1, len(order) + 1)]:
            raise ValueError(f"Permute: expected the numbers of all axes, from 1, got {order}")
        self.order = order

    def forward(self, x: Array) -> Array:
        x = as_array(x, self)
        if x.ndim != len(self.order) + 1:
            raise ValueError(
                f"{self!r}: expected input of {len(self.order) + 1} axes, (N, ...), got shape {x.shape}"
            )
        return x.transpose(0, *self.order)

    def backward(self, grad: Any) -> Any:
        return None if grad is None else np.transpose(grad, np.argsort((0, *self.order)))


class Reverse(Layer):
    """A sequence from its end to its beginning: ``y = x[:, ::-1]``.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, T, ...)``; ``dL/dx`` is ``dL/dy`` reversed.

    Examples
    --------
    >>> nn.io.Reverse().predict(np.array([[1.0, 2.0, 3.0]]))
    array([[3., 2., 1.]])
    """

    def forward(self, x: Array) -> Array:
        x = as_array(x, self)
        if x.ndim < 2:
            raise ValueError(f"{self!r}: expected input of shape (N, T, ...), got {x.shape}")
        return x[:, ::-1]

    def backward(self, grad: Any) -> Any:
        return None if grad is None else grad[:, ::-1]


class Select(Layer):
    """One step of a sequence: ``y = x[:, index]``.

    Parameters
    ----------
    index : int
        The step; -1 is the last one.

    Raises
    ------
    ValueError
        Later, an input that has no such step.

    Notes
    -----
    ``x`` has shape ``(N, T, ...)`` and ``y`` ``(N, ...)``; ``dL/dx`` is 0 at all other steps.

    Examples
    --------
    >>> nn.io.Select(-1).predict(np.array([[1.0, 2.0, 3.0]]))
    array([3.])
    """

    def __init__(self, index: int) -> None:
        self.index = whole_number(index, "index", "Select", least=-sys.maxsize)

    def forward(self, x: Array) -> Array:
        x = as_array(x, self)
        if x.ndim < 2 or not -x.shape[1] <= self.index < x.shape[1]:
            raise ValueError(
                f"{self!r}: expected input of shape (N, T, ...) with this step, got {x.shape}"
            )
        self.save_for_backward(x.shape)
        return x[:, self.index]

    def backward(self, grad: Array) -> Array:
        shape = self.saved()
        grad = check_gradient(grad, (shape[0], *shape[2:]), self)
        grad_x = np.zeros(shape, grad.dtype)
        grad_x[:, self.index] = grad
        return grad_x


@onnx_nodes.register(Permute)
def _(layer: Permute, graph: Graph, x: Value) -> Any:
    return graph.transposed(x, 0, *layer.order)


@onnx_nodes.register(Reverse)
def _(layer: Reverse, graph: Graph, x: Value) -> Any:
    numbers = [graph.constant([number]) for number in (-1, FARTHEST, 1, -1)]
    return graph.node("Slice", x, *numbers)


@onnx_nodes.register(Select)
def _(layer: Select, graph: Graph, x: Value) -> Any:
    return graph.node("Gather", x, graph.constant(layer.index), axis=1)
