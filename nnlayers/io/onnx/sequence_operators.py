"""ONNX's operators for sequences as layers."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.io.onnx.axes import Reverse, Select
from nnlayers.io.onnx.graph import Node
from nnlayers.io.onnx.network import Import, Wire
from nnlayers.io.onnx.operators import axis_of, expect, reads
from nnlayers.io.onnx.sequence_nodes import GATES
from nnlayers.layers.bidirectional import Bidirectional

ACTIVATIONS = {"RNN": ["Tanh"], "LSTM": ["Sigmoid", "Tanh", "Tanh"], "GRU": ["Sigmoid", "Tanh"]}


@reads("Gather")
def _gather(net: Import, node: Node, axis: int = 0) -> None:
    if node.inputs[0] in net.values:
        wire, index = net.wire(node), net.array(node, 1, 0)
        axis = axis_of(net, node, axis)
        others = [other for other in range(len(wire.axes)) if other != axis]
        rest = sorted(others, key=lambda other: wire.axes[other] != 0)  # the samples first
        number = net.step(Select(int(index)), net.view(wire, rest[0], axis, *rest[1:]))
        net.values[node.outputs[0]] = Wire(number, tuple(map(rest.index, others)), "f")
        return
    wire, weight = net.wire(node, 1, kind="i"), net.array(node, 0, 2)
    expect(axis == 0 and weight.dtype.kind == "f", node, "expected rows of a matrix")
    number = net.step(net.embedding(node.inputs[0]), wire.number)
    net.values[node.outputs[0]] = Wire(number, (*wire.axes, len(wire.axes)), "f")


@reads("Slice")
def _slice(net: Import, node: Node) -> None:
    wire = net.wire(node, kind="")
    numbers = [net.numbers(node, index) for index in range(1, 5)]
    whole = all(len(found) == 1 for found in numbers) and numbers[1][0] < -(1 << 30)
    along = whole and numbers[0] == numbers[3] == [-1] and numbers[2][0] in (1, 1 - len(wire.axes))
    reverse = along and len(wire.axes) > 1
    expect(reverse, node, "only a sequence from its end to its beginning is supported")
    number = net.step(Reverse(), net.view(wire))
    net.values[node.outputs[0]] = Wire(number, tuple(range(len(wire.axes))), wire.kind)


@reads("RNN", "LSTM", "GRU")
def _recurrent(
    net: Import,
    node: Node,
    hidden_size: int,
    direction: str = "forward",
    activations: list[str] | None = None,
    layout: int = 0,
    linear_before_reset: int = 0,
    input_forget: int = 0,
) -> None:
    wire, directions = net.wire(node), 2 if direction == "bidirectional" else 1
    usual = activations in (None, ACTIVATIONS[node.operator] * directions)
    known = direction in ("forward", "reverse", "bidirectional")
    plain = usual and known and not layout and not input_forget and len(wire.axes) == 3
    expect(plain, node, "only sequences, and the usual activations, are supported")
    after = node.operator != "GRU" or linear_before_reset
    expect(after, node, "GRU takes the reset gate after the product, linear_before_reset=1")
    for index in range(4, len(node.inputs)):
        absent = not net.has(node, index) or (index in (5, 6) and net.is_zero(node.inputs[index]))
        expect(absent, node, "only a state that begins with zeros is supported, and no peepholes")
    every, follower = _follower(net, node, directions)
    layers = [_layer(net, node, hidden_size, directions, part, every) for part in range(directions)]
    number = net.view(wire, 1, 0, 2)
    if direction == "reverse":
        number = net.step(layers[0], net.step(Reverse(), number))
        number = net.step(Reverse(), number) if every else number
    else:
        layer = layers[0] if directions == 1 else Bidirectional(*layers)
        number = net.step(layer, number)
    net.done.add(id(follower))
    wire = Wire(number, (1, 0, 2) if every else (0, 1), "f")
    if follower.operator != "Transpose":
        net.values[follower.outputs[0]] = wire
    else:
        net.unjoined[follower.outputs[0]] = wire, (directions, hidden_size)


def _follower(net: Import, node: Node, directions: int) -> tuple[bool, Node]:
    """Whether all steps are taken, and the node that does away with the axis of directions.

    It is a Squeeze, or a Gather of the only direction, or a Transpose to ``(T, N, directions, units)``,
    before a Reshape.
    """
    outputs = enumerate(node.outputs)
    used = [at for at, name in outputs if name in net.consumers or name in net.content.outputs]
    every = used == [0]
    operators = "Squeeze", "Gather", "Transpose"
    one = net.only_consumer(node.outputs[used[0]], *operators) if len(used) == 1 else None
    if one and one.operator != "Transpose" and used[0] < 2 and directions == 1:
        axes = one.attributes.get("axes") or net.numbers(one, 1)
        if one.operator == "Gather":
            first = one.inputs[0] == node.outputs[used[0]] and net.array(one, 1, 0) in (0, -1)
            axes = [one.attributes.get("axis", 0)] if first else []
        expect(axes == [int(every)], one, "expected it to drop the axis of directions")
        return every, one
    joins = one and every and one.attributes.get("perm") == [0, 2, 1, 3]
    expect(joins, node, "expected that all steps are taken, or the last one, of one direction")
    assert one is not None
    return every, one


def _layer(net: Import, node: Node, units: int, directions: int, part: int, every: bool) -> Layer:
    """The layer for one of the directions."""
    kind, order = GATES[node.operator]
    weight, recurrent, rows = net.array(node, 1, 3), net.array(node, 2, 3), len(order) * units
    biases = np.zeros((directions, 2 * rows), weight.dtype)
    biases = net.array(node, 3, 2) if net.has(node, 3) else biases
    shapes = weight.shape[:2], recurrent.shape, biases.shape
    fits = shapes == ((directions, rows), (directions, rows, units), (directions, 2 * rows))
    expect(fits and weight.size, node, "its weights do not fit hidden_size")

    def ours(rows: Array) -> Array:
        gates = np.split(rows, len(order))
        return np.concatenate([gates[order.index(gate)] for gate in range(len(order))]).T

    bias, other = map(ours, np.split(biases[part], 2))
    values: dict[str, Any] = {"weight": ours(weight[part]), "recurrent_weight": ours(recurrent[part])}
    values |= (
        {"bias": bias, "recurrent_bias": other} if node.operator == "GRU" else {"bias": bias + other}
    )
    return net.layer(
        (node.operator, part, every, *node.inputs[1:4]),
        lambda: kind(weight.shape[2], units, return_sequences=every),
        **values,
    )
