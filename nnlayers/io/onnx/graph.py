"""The ONNX graph that the functions of layers add nodes to."""

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.state import State
from nnlayers.core.structures import arrays_in, as_arrays, each
from nnlayers.io.formats import Format
from nnlayers.layers.container import Container
from nnlayers.layers.joining import Identity

__all__ = ["onnx_nodes"]


@functools.singledispatch
def onnx_nodes(layer: Any, graph: Any, x: Any) -> Any:
    """Add the nodes of a layer to an ONNX graph: `to_onnx` calls the function of the layer's type.

    Parameters
    ----------
    layer : Layer
        The layer; the type of this argument chooses the function.
    graph : Graph
        ``graph.node(operator, *inputs, **attributes)`` adds a node and returns the name of its output,
        ``graph.constant(array)`` names a constant (Python's floats get the dtype of ``x``), and
        ``graph.run(layer, x)`` adds the nodes of another layer.
    x : Value
        The name of the input, with ``shape`` and ``dtype`` of an example; a tuple for a tuple.

    Returns
    -------
    str
        The name of the output; a tuple of names for a tuple.

    Raises
    ------
    NotImplementedError
        No function is registered for the type of the layer.

    Notes
    -----
    The operators are those of ONNX's operator set 17: https://onnx.ai/onnx/operators/.

    Examples
    --------
    >>> class Double(nn.Layer):
    ...     def forward(self, x):
    ...         return 2 * x
    ...
    ...     def backward(self, grad):
    ...         return 2 * grad
    >>> @nn.io.onnx_nodes.register(Double)
    ... def _(layer, graph, x):
    ...     return graph.node("Mul", x, graph.constant(2.0))
    """
    raise NotImplementedError


class Node(NamedTuple):
    """A node: an operator, the names of its inputs and outputs, attributes, and perhaps a name."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    name: str = ""


class Value(str):
    """The name of a value in the graph, with an example of it: a row that a layer takes or returns."""

    array: Array

    def __new__(cls, name: str, array: Array) -> "Value":
        self = super().__new__(cls, name)
        self.array = array
        return self

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the example, whose first size is the number of rows."""
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of the example."""
        return self.array.dtype


class Graph(Format):
    """Nodes and constants, in the order in which the functions of layers added them."""

    def __init__(self, model: Layer) -> None:
        super().__init__("to_onnx", onnx_nodes, model, "leave it out")
        self.nodes: list[Node] = []
        self.arrays: dict[str, Array] = {}
        self.dtype = np.dtype(np.float32)
        self._taken: set[str] = set()
        self._count = 0  # of the constants of the layer that is written
        self._known: dict[tuple[Any, ...], str] = {}
        self._turned: dict[str, tuple[str, list[int]]] = {}
        self._names: dict[int, str] = {}
        for path, part in model.named_parts():
            if isinstance(part, State):
                self._names.setdefault(id(_owner(part.value)), path)

    def node(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Add a node, and return the name of its output; a tuple of them if there are several."""
        names = [self.new_name(f"{self.path}/{operator}".lstrip("/")) for _ in range(outputs)]
        self.nodes.append(Node(operator, inputs, tuple(names), attributes))
        return names[0] if outputs == 1 else tuple(names)

    def constant(self, value: Any) -> str:
        """The name of a constant, which is written once: a number, numbers, or an array."""
        array = np.asarray(value)
        if not isinstance(value, np.ndarray):
            array = array.astype(self.dtype if array.dtype.kind == "f" else np.int64)
        self._count += 1
        keys = [(_address(array), array.shape, array.strides), (id(self.layer), self._count)]
        for key in keys:
            name = self._known.get(key, "")
            if name and _same(self.arrays[name], array):
                return name
        name = self._names.get(id(_owner(array))) or f"{self.path}/constant".lstrip("/")
        name = self.new_name(name)
        self.arrays[name] = array
        self._known.update(dict.fromkeys(keys, name))
        return name

    def run(self, layer: Layer, x: Any) -> Any:
        """Add the nodes of a layer, and return its output."""
        x = self._converted(layer, x)
        before = self._count, self.dtype
        floating = [item.dtype for _, item in arrays_in(x) if item.dtype.kind == "f"]
        self._count, self.dtype = 0, floating[0] if floating else layer.dtype or self.dtype
        try:
            found = super().run(layer, x)
        finally:
            self._count, self.dtype = before
        if all(isinstance(item, Value) for _, item in arrays_in(found)):
            return found
        return each(Value, found, as_arrays(layer.predict(each(lambda item: item.array, x))))

    def cast(self, x: Value, dtype: Any) -> Value:
        """The value in another dtype."""
        if x.dtype == dtype:
            return x
        to = {"float32": 1, "int64": 7, "bool": 9, "float64": 11}[np.dtype(dtype).name]
        return Value(self.node("Cast", x, to=to), x.array.astype(dtype))

    def transposed(self, x: str, *order: int) -> str:
        """The value with its axes in another order; two nodes that cancel each other are left out."""
        if x in self._turned:
            source, before = self._turned[x]
            if [before[axis] for axis in order] == sorted(order):
                return source
        y: str = self.node("Transpose", x, perm=list(order))
        self._turned[y] = x, list(order)
        return y

    def channels_first(self, x: Value, add_nodes: Callable[[str], str]) -> str:
        """The output of nodes that take channels in the second place, for channels in the last."""
        last = len(x.shape) - 1
        if last < 2:
            return add_nodes(x)
        y = add_nodes(self.transposed(x, 0, last, *range(1, last)))
        return self.transposed(y, 0, *range(2, last + 1), 1)

    def needed_nodes(self, outputs: list[str]) -> list[Node]:
        """The nodes that these outputs depend on."""
        wanted, kept = set(outputs), []
        for node in reversed(self.nodes):
            if not wanted.isdisjoint(node.outputs):
                kept.append(node)
                wanted.update(node.inputs)
        return kept[::-1]

    def reserve(self, names: Any) -> None:
        """Keep names for inputs and outputs: nothing else gets them."""
        self._taken.update(name for _, name in arrays_in(names))

    def new_name(self, name: str) -> str:
        """The name, with a number if there is such a one already."""
        number, found = 1, name
        while found in self._taken:
            found, number = f"{name}_{number}", number + 1
        self._taken.add(found)
        return found

    def _converted(self, layer: Layer, x: Any) -> Any:
        """The input as the layer converts it."""
        taken = layer.convert_input(each(lambda item: item.array, x))
        as_they_are = layer.takes_integers or isinstance(layer, (Container, Identity))
        if not as_they_are and isinstance(taken, np.ndarray) and taken.dtype.kind != "f":
            taken = taken.astype(np.float32)
        return each(lambda item, array: self.cast(item, array.dtype), x, taken)


def _address(array: Array) -> int:
    """Where it lies in memory."""
    address: int = array.__array_interface__["data"][0]
    return address


def _owner(array: Array) -> Any:
    """The array whose memory it is a view of."""
    return array if array.base is None else array.base


def _same(one: Array, other: Array) -> bool:
    return (one.dtype, one.shape) == (other.dtype, other.shape) and one.tobytes() == other.tobytes()
