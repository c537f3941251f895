"""ONNX's operators as layers: a function for each, which takes a node and its attributes by name."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.io.onnx.content import where
from nnlayers.io.onnx.graph import Node
from nnlayers.io.onnx.network import Import, Wire
from nnlayers.layers.activations import ReLU
from nnlayers.layers.joining import Add, Concatenate
from nnlayers.layers.rectifiers import ELU, LeakyReLU, PReLU
from nnlayers.layers.shape import Flatten, Reshape
from nnlayers.layers.smooth import GELU, Sigmoid, SiLU, Softmax, Softplus, Tanh

Reader = Callable[..., None]
READERS: dict[str, Reader] = {}


def reads(*operators: str) -> Callable[[Reader], Reader]:
    """Let a function read the nodes of these operators."""

    def keep(function: Reader) -> Reader:
        READERS.update(dict.fromkeys(operators, function))
        return function

    return keep


def expect(holds: Any, node: Node, what: str) -> None:
    """Refuse a node if something does not hold.

    Raises
    ------
    ValueError
        It does not.
    """
    if not holds:
        raise ValueError(f"{where(node)}: {what}")


def last(axis: int, rank: int) -> list[int]:
    """The order that brings an axis to the end."""
    return [*(other for other in range(rank) if other != axis), axis]


# Functions of each element


@reads("Relu", "Sigmoid", "Tanh", "Softplus")
def _elementwise(net: Import, node: Node) -> None:
    kinds = {"Relu": ReLU, "Sigmoid": Sigmoid, "Tanh": Tanh, "Softplus": Softplus}
    net.elementwise(node, kinds[node.operator]())


@reads("LeakyRelu")
def _leaky_relu(net: Import, node: Node, alpha: float = 0.01) -> None:
    net.elementwise(node, LeakyReLU(alpha))


@reads("Elu")
def _elu(net: Import, node: Node, alpha: float = 1.0) -> None:
    net.elementwise(node, ELU(alpha))


@reads("Gelu")
def _gelu(net: Import, node: Node, approximate: str = "none") -> None:
    expect(approximate == "none", node, "the approximation by tanh is not what GELU computes")
    net.elementwise(node, GELU())


@reads("Swish")
def _swish(net: Import, node: Node, alpha: float = 1.0) -> None:
    expect(alpha == 1, node, f"expected x * sigmoid(x), got alpha={alpha}")
    net.elementwise(node, SiLU())


@reads("PRelu")
def _prelu(net: Import, node: Node) -> None:
    slope, rank = net.array(node, 1), len(net.wire(node).axes)
    key, count = ("PRelu", node.inputs[1]), slope.size
    layer = net.layer(key, lambda: PReLU(count), slope=slope.reshape(-1))
    if count == 1:
        net.elementwise(node, layer)
        return
    axis = rank - slope.ndim + int(np.argmax(slope.shape))
    expect(0 < axis < rank and max(slope.shape) == count, node, "expected a slope for each channel")
    net.along(node, layer, *last(axis, rank))


@reads("Softmax")
def _softmax(net: Import, node: Node, axis: int = -1) -> None:
    net.along(node, Softmax(), *last(axis_of(net, node, axis), len(net.wire(node).axes)))


def axis_of(net: Import, node: Node, axis: int) -> int:
    """The axis, counted from the first one."""
    axes = net.wire(node, kind="").axes
    fits = -len(axes) <= axis < len(axes) and axes[axis] != 0
    expect(fits, node, "its axis must not be that of the samples")
    return axis % len(axes)


# Sums, and what changes nothing


@reads("Identity", "Dropout")
def _identity(net: Import, node: Node, ratio: float = 0.5, seed: int = 0) -> None:
    if net.has(node, 2):
        expect(not net.array(node, 2).any(), node, "dropout while a network is used is not supported")
    if node.inputs[0] in net.arrays:
        net.arrays[node.outputs[0]] = net.arrays[node.inputs[0]]
    else:
        net.values[node.outputs[0]] = net.wire(node, kind="")


@reads("Cast")
def _cast(net: Import, node: Node, to: int, saturate: int = 1, round_mode: str = "up") -> None:
    wire = net.wire(node, kind="")
    if wire.kind == "i" and to in (6, 7):
        net.values[node.outputs[0]] = wire
        return
    same = {1: np.float32, 11: np.float64}.get(to) == net.dtype
    expect(same, node, f"only casts to {net.dtype}, that of the network, are supported")
    exact = wire.kind == "f" or to == 1
    expect(exact, node, "integers become float32 in layers, where this makes them float64")
    net.values[node.outputs[0]] = wire._replace(kind="f")


@reads("Add", "Sum")
def _add(net: Import, node: Node) -> None:
    _join(net, node, lambda _: Add())


@reads("Concat")
def _concat(net: Import, node: Node, axis: int) -> None:
    axis, rank = axis_of(net, node, axis), len(net.wire(node, kind="").axes)
    _join(net, node, lambda axes: Concatenate(-1 if axes[axis] == rank - 1 else axes[axis]))


def _join(net: Import, node: Node, layer: Callable[[tuple[int, ...]], Any]) -> None:
    """Let a layer take all inputs, as they are if they have the same order of axes."""
    wires = [net.wire(node, index, kind="") for index in range(len(node.inputs))]
    rank = len(wires[0].axes)
    expect(len(wires) > 1, node, "expected several inputs")
    expect(all(len(wire.axes) == rank for wire in wires), node, "its inputs must have as many axes")
    expect(any(wire.kind == "f" for wire in wires), node, "integers alone are not supported")
    if any(wire.axes != wires[0].axes for wire in wires):
        wires = [Wire(net.view(wire), tuple(range(rank)), "f") for wire in wires]
    number = net.step(layer(wires[0].axes), *[wire.number for wire in wires])
    net.values[node.outputs[0]] = Wire(number, wires[0].axes, "f")


# Shapes


@reads("Transpose")
def _transpose(net: Import, node: Node, perm: list[int] | None = None) -> None:
    name, output = node.inputs[0], node.outputs[0]
    rank = net.arrays[name].ndim if name in net.arrays else len(net.wire(node, kind="").axes)
    order = [*range(rank)][::-1] if perm is None else perm
    expect(sorted(order) == [*range(rank)], node, f"perm={order} does not name each axis once")
    if name in net.arrays:
        net.arrays[output] = net.arrays[name].transpose(order)
        if order == [1, 0]:
            net.transposes[output] = name
    else:
        wire = net.wire(node, kind="")
        net.values[output] = wire._replace(axes=tuple(wire.axes[axis] for axis in order))


@reads("Squeeze", "Unsqueeze")
def _axes_of_one(net: Import, node: Node, axes: list[int] | None = None) -> None:
    """Axes of size 1 dropped or added, where one size of a sample is left, or none."""
    rank, given = len(net.wire(node).axes), net.numbers(node, 1) if net.has(node, 1) else axes or []
    more = node.operator == "Unsqueeze"
    end = rank + len(given) if more else rank
    places = {axis % end for axis in given if -end <= axis < end}
    known = given and len(places) == len(given) and 0 not in places
    fits = known and end - len(given) <= 2
    expect(fits, node, "only axes of size 1 are supported, where samples have one other axis, or none")
    sizes = [1 if axis in places else -1 for axis in range(1, end)]
    rest = sizes if more else [size for size in sizes if size < 0]
    net.put(node, Reshape(*rest), axes=1 + len(rest))


@reads("Flatten")
def _flatten(net: Import, node: Node, axis: int = 1) -> None:
    expect(axis == 1, node, "only axis=1 is supported, which keeps the samples apart")
    net.put(node, Flatten(), axes=2)


@reads("Reshape")
def _reshape(net: Import, node: Node, allowzero: int = 0) -> None:
    if node.inputs[0] in net.unjoined:
        wire, sizes = net.unjoined[node.inputs[0]]
        target = net.sizes_of(node, 1)
        joined = target[:2] in ([0, 0], ["T", "N"]) and target[2:] == [-1]
        same = target[2:] == [math.prod(sizes)] and target[1] in (0, "N", net.samples)
        kept = joined or (same and not (allowzero and 0 in target))
        expect(kept, node, "expected it to join the directions of a recurrent node")
        net.values[node.outputs[0]] = wire
        return
    first, *rest = net.sizes_of(node, 1) or [1]
    samples = first in ("N", -1, net.samples) or (first == 0 and not allowzero)
    whole = all(isinstance(size, int) and size > 0 for size in rest if size != -1)
    plain = whole and rest.count(-1) <= (first != -1) and len(rest) < 32
    expect(samples and plain, node, "expected a known shape that keeps the samples apart")
    net.put(node, Flatten() if rest == [-1] else Reshape(*rest), axes=1 + len(rest))
