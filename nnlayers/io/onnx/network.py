"""A network while the nodes of a graph are read: layers, what each of them takes, and constants."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.io.onnx.axes import Permute
from nnlayers.io.onnx.content import Content, where
from nnlayers.io.onnx.graph import Node
from nnlayers.io.onnx.wiring import Wired
from nnlayers.layers.embedding import Embedding
from nnlayers.layers.joining import Identity
from nnlayers.layers.sequential import Sequential
from nnlayers.layers.shape import Upsample2D
from nnlayers.layers.transposed_convolution import ConvTranspose2D
from nnlayers.layers.window_arguments import padding_of_each, per_axis

LARGEST, LONGEST = 1 << 18, 1 << 10
"""The most numbers of a sample, and steps of a sequence, that are tried when the network is built."""

ROOM = 4096
"""How much larger the layers of a chain may make an image, if it is to be tried with zeros."""


class Wire(NamedTuple):
    """A value of the graph: the value of that number of the network, with its axes in this order.

    The order is why images need no layer to go from ``(N, C, H, W)`` to ``(N, H, W, C)`` and back.
    """

    number: int
    axes: tuple[int, ...]
    kind: str
    """That of its dtype: ``f``, ``i`` or ``b``."""


class Import:
    """The layers so far, and where each value of the graph is."""

    def __init__(self, content: Content) -> None:
        self.content, self.arrays = content, content.arrays
        self.values: dict[str, Wire] = {}
        for number, (name, given) in enumerate(content.inputs.items()):
            self.values[name] = Wire(number, tuple(range(len(given.sizes))), given.dtype.kind)
        self.steps: list[tuple[Layer, tuple[int, ...]]] = []
        self.done: set[int] = set()
        """Nodes that were read together with one before them, by their id."""
        self.transposes: dict[str, str] = {}
        """Constants that are the transpose of another one."""
        self.sizes: dict[str, Any] = {}
        """Values that are made of the sizes of others."""
        self.zeros: set[str] = set()
        """Values that are 0, whatever their shape."""
        self.unjoined: dict[str, tuple[Wire, tuple[int, int]]] = {}
        """Outputs of recurrent nodes with axes for directions and units, which a Reshape joins."""
        self.consumers: dict[str, list[Node]] = {}
        for node in content.nodes:
            for name in dict.fromkeys(node.inputs):
                self.consumers.setdefault(name, []).append(node)
        self.dtype = content.dtype
        self._layers: dict[Any, Layer] = {}
        self._views: dict[Any, int] = {}

    # What nodes take

    def wire(self, node: Node, index: int = 0, *, kind: str = "f") -> Wire:
        """The value that a node takes, which is floating, or of another kind, or of any."""
        name = node.inputs[index] if index < len(node.inputs) else ""
        if name not in self.values or kind not in ("", self.values[name].kind):
            words = {"f": "floating numbers", "i": "integers", "": "numbers"}[kind]
            raise ValueError(f"{where(node)}: expected {words} that are computed, as input {index}")
        return self.values[name]

    def has(self, node: Node, index: int) -> bool:
        """True if a node has an input at this place."""
        return index < len(node.inputs) and node.inputs[index] != ""

    def array(self, node: Node, index: int, axes: int | None = None) -> Array:
        """The constant that a node takes, with a number of axes."""
        if not self.has(node, index) or node.inputs[index] not in self.arrays:
            raise ValueError(f"{where(node)}: expected a constant as input {index}")
        array = self.arrays[node.inputs[index]]
        if axes is not None and array.ndim != axes:
            raise ValueError(
                f"{where(node)}: expected a constant of {axes} axes, got shape {array.shape}"
            )
        return array

    def numbers(self, node: Node, index: int) -> list[int]:
        """A constant list of whole numbers that a node takes."""
        array = self.array(node, index)
        if array.dtype.kind != "i" or array.ndim > 1:
            raise ValueError(f"{where(node)}: expected whole numbers as input {index}")
        return [*map(int, array.reshape(-1))]

    def sizes_of(self, node: Node, index: int) -> list[Any]:
        """A list of sizes that a node takes: numbers, and ``"N"`` or None where one is not fixed."""
        found = self.sizes.get(node.inputs[index] if self.has(node, index) else "")
        return self.numbers(node, index) if found is None else [*found.reshape(-1)]

    def is_zero(self, name: str) -> bool:
        """True for a constant that is 0, and for what is made of one."""
        return name in self.zeros or (name in self.arrays and not self.arrays[name].any())

    def only_consumer(self, name: str, *operators: str) -> Node | None:
        """The node that takes a value, if there is one alone, of these operators."""
        found = self.consumers.get(name, [])
        alone = len(found) == 1 and name not in self.content.outputs
        return found[0] if alone and found[0].operator in operators else None

    # Layers

    def view(self, wire: Wire, *order: int) -> int:
        """The number of the value with its axes in this order, or in their own."""
        axes = tuple(wire.axes[axis] for axis in order or range(len(wire.axes)))
        if axes == tuple(range(len(axes))):
            return wire.number
        key = wire.number, axes
        if key not in self._views:
            if axes[0] != 0:
                raise ValueError("the axis of samples must be the first: export it with batches first")
            self._views[key] = self.step(Permute(*axes[1:]), wire.number)
        return self._views[key]

    def step(self, layer: Layer, *numbers: int) -> int:
        """Let a layer take these values; return the number of its output."""
        self.steps.append((layer, numbers))
        return len(self.content.inputs) + len(self.steps) - 1

    def elementwise(self, node: Node, layer: Layer) -> None:
        """Let a layer take the input of a node, whatever the order of its axes."""
        wire = self.wire(node)
        self.values[node.outputs[0]] = Wire(self.step(layer, wire.number), wire.axes, "f")

    def along(self, node: Node, layer: Layer, *order: int) -> None:
        """Let a layer take the input with its axes in this order, and put those of the output back."""
        number = self.step(layer, self.view(self.wire(node), *order))
        self.values[node.outputs[0]] = Wire(number, tuple(map(int, np.argsort(order))), "f")

    def channels_last(self, node: Node, layer: Layer) -> None:
        """Let a layer take the input with its second axis, that of channels, at the end."""
        rank = len(self.wire(node).axes)
        if rank < 2:
            raise ValueError(f"{where(node)}: expected an axis of channels")
        self.along(node, layer, 0, *range(2, rank), 1)

    def put(self, node: Node, layer: Layer, *, axes: int) -> None:
        """Let a layer take the input with its axes in their own order; the output has so many."""
        number = self.step(layer, self.view(self.wire(node)))
        self.values[node.outputs[0]] = Wire(number, tuple(range(axes)), "f")

    def layer(self, key: Any, make: Callable[[], Layer], **values: Any) -> Layer:
        """A layer with these values; where the same constants are used again, the same layer."""
        if key not in self._layers:
            for name, value in values.items():
                if value is not None and value.dtype != self.dtype:
                    raise ValueError(f"expected {self.dtype} for {name}, got {value.dtype}")
            layer = make()
            if values:
                layer = layer.astype(self.dtype)
                layer.load_state_dict(
                    {name: value for name, value in values.items() if value is not None}
                )
            self._layers[key] = layer
        return self._layers[key]

    def embedding(self, name: str) -> Embedding:
        """The Embedding whose weight is this constant."""
        weight = self.arrays[name]
        layer: Any = self.layer(
            ("Embedding", name), lambda: Embedding(*map(int, weight.shape)), weight=weight
        )
        return layer

    # The network

    def network(self) -> Layer:
        """A Sequential if each layer takes the output of the one before it, otherwise a Wired."""
        content, inputs = self.content, len(self.content.inputs)
        missing = [name for name in content.outputs if name not in self.values]
        if missing:
            raise ValueError(f"the output {missing[0]!r} is not computed from an input")
        ends = [self.values[name] for name in content.outputs]
        numbers = [self.view(wire) for wire in ends]
        given = [item.dtype.kind for item in content.inputs.values()]
        for name, wire, number in zip(content.outputs, ends, numbers, strict=True):
            if number < inputs and given[number] != wire.kind:
                raise ValueError(
                    f"the output {name!r} is an input in another dtype, which no layer makes"
                )
        steps, numbers = self._needed_steps(numbers)
        if not steps:
            steps, numbers = [(Identity(), (number,)) for number in numbers], []
            numbers = [inputs + index for index in range(len(steps))]
        layers = [layer for layer, _ in steps]
        wires = [taken for _, taken in steps]
        known = self._input_shape()
        chain = inputs == 1 and wires == [(index,) for index in range(len(layers))]
        if chain and numbers == [len(layers)] and _growth(layers) <= ROOM:
            return Sequential(*layers, input_shape=known)
        return Wired(*layers, wires=wires, outputs=numbers, inputs=inputs, input_shape=known)

    def _input_shape(self) -> Any:
        """The shape of one sample, if all sizes are known, and are not too many numbers to try."""
        shapes = [item.sizes[1:] for item in self.content.inputs.values()]
        numbers = [[size or 0 for size in shape] for shape in shapes]
        large = sum(map(math.prod, numbers)) > LARGEST
        long = any(len(sizes) < 3 and max(sizes[:-1], default=0) > LONGEST for sizes in numbers)
        if large or long or any(None in shape for shape in shapes):
            return None
        return shapes[0] if len(shapes) == 1 else tuple(shapes)

    def _needed_steps(self, ends: list[int]) -> tuple[list[Any], list[int]]:
        """The layers that the outputs depend on, and the outputs, counted anew."""
        inputs = len(self.content.inputs)
        wanted = set(ends)
        for index in reversed(range(len(self.steps))):
            if inputs + index in wanted:
                wanted.update(self.steps[index][1])
        kept = [index for index in range(len(self.steps)) if inputs + index in wanted]
        new = {number: number for number in range(inputs)}
        new |= {inputs + index: inputs + place for place, index in enumerate(kept)}
        steps = [
            (layer, tuple(new[n] for n in taken)) for layer, taken in map(self.steps.__getitem__, kept)
        ]
        return steps, [new[number] for number in ends]


def _growth(layers: list[Layer]) -> int:
    """By how much the layers may make an image larger, and how large the windows of pools are."""
    factor, more = 1, 0
    for layer in layers:
        if isinstance(layer, (Upsample2D, ConvTranspose2D)):
            sizes = layer.factor if isinstance(layer, Upsample2D) else layer.stride
            factor *= max(per_axis(sizes, 2))
        more += math.prod(per_axis(getattr(layer, "size", 0), 2))
        pairs = padding_of_each(getattr(layer, "padding", 0), 2)
        more += sum(sum(pair) for pair in pairs if isinstance(pair, tuple))
    return factor + more
