"""The nodes of layers for sequences: embedding, recurrence, attention."""

from functools import partial
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.io.onnx.axes import Reverse
from nnlayers.io.onnx.basic_nodes import affine
from nnlayers.io.onnx.graph import Graph, Value, onnx_nodes
from nnlayers.layers.attention import MultiHeadAttention
from nnlayers.layers.bidirectional import Bidirectional
from nnlayers.layers.embedding import Embedding, PositionalEncoding, TiedDense
from nnlayers.layers.gated import GRU, LSTM
from nnlayers.layers.recurrent import SimpleRNN

GATES: dict[str, tuple[type, list[int]]] = {
    "RNN": (SimpleRNN, [0]),
    "LSTM": (LSTM, [0, 3, 1, 2]),  # input, output, forget, cell
    "GRU": (GRU, [1, 0, 2]),  # update, reset, hidden
}
"""The layer of each recurrent operator, and the order in which that has the layer's gates."""


@onnx_nodes.register(Embedding)
def _(layer: Embedding, graph: Graph, x: Value) -> Any:
    return graph.node("Gather", graph.constant(layer.weight.value), x)


@onnx_nodes.register(TiedDense)
def _(layer: TiedDense, graph: Graph, x: Value) -> Any:
    weight = graph.constant(layer.embedding.weight.value)
    return affine(graph, x, graph.node("Transpose", weight, perm=[1, 0]), layer.bias)


@onnx_nodes.register(PositionalEncoding)
def _(layer: PositionalEncoding, graph: Graph, x: Value) -> Any:
    features = np.arange(x.shape[-1])
    rates = 10_000.0 ** (-2 * (features // 2) / x.shape[-1])
    step = graph.node("Cast", _count(graph, x, len(x.shape) - 2), to=11)  # in float64, as predict
    step = graph.node("Unsqueeze", step, graph.constant([1]))
    angles = graph.node("Mul", step, graph.constant(rates))
    sine = graph.constant(features % 2 == 0)
    waves = graph.node("Where", sine, graph.node("Sin", angles), graph.node("Cos", angles))
    return graph.node("Add", x, graph.node("CastLike", waves, x))


def _count(graph: Graph, x: str, axis: int) -> Any:
    """The numbers from 0 to the size of an axis."""
    size = graph.node("Gather", graph.node("Shape", x), graph.constant(axis))
    return graph.node("Range", graph.constant(0), size, graph.constant(1))


# Recurrence


def _recurrent(operator: str, layer: Any, graph: Graph, x: Value) -> Any:
    def theirs(value: Array) -> Array:
        gates = np.split(value, len(layer.biases), axis=-1)
        return np.concatenate([gates[gate] for gate in GATES[operator][1]], axis=-1).T

    bias = theirs(layer.bias.value)
    other = layer.recurrent_bias
    biases = bias, np.zeros_like(bias) if other is None else theirs(other.value)
    arrays = theirs(layer.weight.value), theirs(layer.recurrent_weight.value), np.concatenate(biases)
    values = [graph.constant(array[np.newaxis]) for array in arrays]
    options = {"linear_before_reset": 1} if operator == "GRU" else {}
    steps = graph.transposed(x, 1, 0, 2)
    y, last = graph.node(operator, steps, *values, outputs=2, hidden_size=layer.units, **options)
    if not layer.return_sequences:
        return graph.node("Squeeze", last, graph.constant([0]))
    return graph.transposed(graph.node("Squeeze", y, graph.constant([1])), 1, 0, 2)


for _operator, _row in GATES.items():
    onnx_nodes.register(_row[0], partial(_recurrent, _operator))


@onnx_nodes.register(Bidirectional)
def _(layer: Bidirectional, graph: Graph, x: Value) -> Any:
    ahead, back = graph.run(layer.ahead, x), graph.run(layer.back, graph.run(Reverse(), x))
    if len(back.shape) > 2:
        back = graph.run(Reverse(), back)
    return graph.node("Concat", ahead, back, axis=-1)


# Attention


@onnx_nodes.register(MultiHeadAttention)
def _(layer: MultiHeadAttention, graph: Graph, x: Any) -> Any:
    x, *others = x if isinstance(x, tuple) else (x,)
    masked = len(others) == 2 or (len(others) == 1 and _is_mask(others[0], layer))
    memory = x if len(others) == masked else others[0]
    size = layer.features // layer.heads

    def heads(source: str, part: int, *order: int) -> Any:
        columns = slice(part * layer.features, (part + 1) * layer.features)
        weight = graph.constant(layer.weight.value[:, columns])
        y = affine(graph, source, weight, layer.bias and layer.bias.value[columns])
        y = graph.node("Reshape", y, graph.constant([0, 0, layer.heads, size]))
        return graph.node("Transpose", y, perm=order)

    q, k, v = heads(x, 0, 0, 2, 1, 3), heads(memory, 1, 0, 2, 3, 1), heads(memory, 2, 0, 2, 1, 3)
    p = graph.node("MatMul", graph.node("Mul", q, graph.constant(size**-0.5)), k)
    visible = []
    if layer.causal:
        query = graph.node("Unsqueeze", _count(graph, x, 1), graph.constant([1]))
        visible.append(graph.node("GreaterOrEqual", query, _count(graph, memory, 1)))
    if masked:
        mask = graph.cast(others[-1], np.bool_)
        axes = [1, 2] if len(mask.shape) == 2 else [1]
        visible.append(graph.node("Unsqueeze", mask, graph.constant(axes)))
    if visible:
        seen = visible[0] if len(visible) == 1 else graph.node("And", *visible)
        lowest = float(np.finfo(x.dtype).min)
        p = graph.node("Softmax", graph.node("Where", seen, p, graph.constant(lowest)), axis=-1)
        p = graph.node("Where", seen, p, graph.constant(0.0))  # where nothing is visible, too
    else:
        p = graph.node("Softmax", p, axis=-1)
    y = graph.node("Transpose", graph.node("MatMul", p, v), perm=[0, 2, 1, 3])
    y = graph.node("Reshape", y, graph.constant([0, 0, layer.features]))
    return affine(graph, y, graph.constant(layer.output_weight.value), layer.output_bias)


def _is_mask(other: Value, layer: MultiHeadAttention) -> bool:
    """True for the second of a pair if it is not the sequence that is attended to."""
    return len(other.shape) != 3 or other.dtype.kind != "f" or other.shape[-1] != layer.features
