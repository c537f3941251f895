"""A network while the nodes of a graph are read: layers, what each of them takes, and constants."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.io.onnx.axes import Permute, Reverse, Select
from nnlayers.io.onnx.content import Content, where
from nnlayers.io.onnx.graph import Node
from nnlayers.io.onnx.trial import input_is_small, values_are_small
from nnlayers.io.onnx.wiring import Wired
from nnlayers.layers.embedding import Embedding
from nnlayers.layers.joining import Identity
from nnlayers.layers.sequential import Sequential

TIMES, SPARE = 4, 1 << 24
"""Layers may have so many times the bytes of the constants, and some more."""


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
        first = {given.sizes[0] for given in content.inputs.values()}
        self.samples: Any = (len(first) == 1 and first.pop()) or "N"
        """The number of samples, if the file fixes one."""
        self._layers: dict[Any, Layer] = {}
        self._views: dict[Any, int] = {}
        self._room = TIMES * sum(array.nbytes for array in self.arrays.values()) + SPARE

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
            self._room -= sum(value.nbytes for value in values.values() if value is not None)
            if self._room < 0:
                raise ValueError(
                    "its constants are used again and again, each time in another layer, which would "
                    "take far more memory than the file"
                )
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
            source = self._source(number)
            if source < inputs and given[source] != wire.kind:
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
        wired = Wired(*layers, wires=wires, outputs=numbers, inputs=inputs, input_shape=known)
        chain = inputs == 1 and wires == [(index,) for index in range(len(layers))]
        plain = chain and numbers == [len(layers)] and wired.takes_integers == layers[0].takes_integers
        if plain and values_are_small(layers, known):
            return Sequential(*layers, input_shape=known)
        return wired

    def _source(self, number: int) -> int:
        """The value that one has its numbers from, in the dtype that these have."""
        inputs = len(self.content.inputs)
        kinds = Permute, Reverse, Select
        while number >= inputs and isinstance(self.steps[number - inputs][0], kinds):
            (number,) = self.steps[number - inputs][1]
        return number

    def _input_shape(self) -> Any:
        """The shape of one sample, if all sizes are known, and are not too many numbers to try."""
        shapes = [item.sizes[1:] for item in self.content.inputs.values()]
        if not input_is_small(shapes) or any(None in shape for shape in shapes):
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
