"""Layers that are several nodes: recognized by writing them again, which must give the same nodes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.io.onnx.graph import Graph, Node, Value
from nnlayers.io.onnx.network import Import, Wire
from nnlayers.layers.attention import MultiHeadAttention
from nnlayers.layers.channel_norms import GroupNorm
from nnlayers.layers.embedding import PositionalEncoding
from nnlayers.layers.normalization import RMSNorm
from nnlayers.layers.smooth import GELU, SiLU
from nnlayers.layers.standardize import Standardize


class Guess(NamedTuple):
    """A layer, the names of its inputs, and the values of its parameters and states."""

    layer: Layer
    inputs: list[str]
    values: dict[str, Array]
    features: int = 1
    """The last size of the input, if the nodes depend on it."""


def recognize(net: Import, index: int) -> bool:
    """Read the nodes from this one on if together they are one layer.

    A layer is guessed from the first nodes, and its function in `onnx_nodes` writes it again. If that
    gives the same nodes, with the same constants, it computes what they compute.
    """
    nodes = net.content.nodes
    guess = GUESSES.get(nodes[index].operator)
    try:
        guessed = guess(net, index) if guess else None
        if guessed is None:
            return False
        layer = guessed.layer.astype(net.dtype)
        layer.load_state_dict(guessed.values)
        known, graph = _written_again(net, guessed._replace(layer=layer))
    except (ValueError, TypeError, LookupError, StopIteration):
        return False  # they do not fit the layer, so it is not the one
    window = nodes[index : index + len(graph.nodes)]
    if not _same_nodes(graph, window, net, known):
        return False
    if guessed.values:
        constants = [name for node in window for name in node.inputs if name in net.arrays]
        layer = net.layer(("several nodes", type(layer), *constants), lambda: layer)
    _put(net, layer, [net.values[name] for name in guessed.inputs], window[-1].outputs[0])
    net.done.update(map(id, window))
    return True


def _put(net: Import, layer: Layer, wires: list[Wire], output: str) -> None:
    """Let the layer take its inputs, with their axes as it needs them."""
    rank = len(wires[0].axes)
    order = list(range(rank))
    if isinstance(layer, (GELU, SiLU)):
        number, order = net.step(layer, wires[0].number), list(wires[0].axes)
    elif isinstance(layer, GroupNorm):
        number = net.step(layer, net.view(wires[0], 0, *range(2, rank), 1))
        order = [0, rank - 1, *range(1, rank - 1)]
    else:
        number = net.step(layer, *[net.view(wire) for wire in wires])
    net.values[output] = Wire(number, tuple(order), "f")


def _written_again(net: Import, guess: Guess) -> tuple[dict[str, str], Graph]:
    """The nodes of a layer, and which names in them are names in the file."""
    graph, known, examples = Graph(guess.layer), {}, []
    graph.dtype = net.dtype
    dtypes: dict[str, Any] = {"f": net.dtype, "i": np.int64, "b": np.bool_}
    for at, name in enumerate(guess.inputs):
        wire, multiplied = net.values[name], [node.operator for node in net.consumers[name]]
        last = guess.features if at == 0 or "MatMul" in multiplied else 0  # of a mask
        shape = *[1] * (len(wire.axes) - 1), last
        examples.append(Value(f"input {at}", np.zeros(shape, dtypes[wire.kind])))
        known[f"input {at}"] = name
    x = examples[0] if len(examples) == 1 else tuple(examples)
    graph.function(guess.layer)(guess.layer, graph, x)
    if graph.nodes[0].operator == "Transpose":  # of images: in the file they have the channels first
        first, *graph.nodes, _ = graph.nodes
        known[first.outputs[0]] = guess.inputs[0]
    return known, graph


def _same_nodes(graph: Graph, window: list[Node], net: Import, known: dict[str, str]) -> bool:
    """True if nodes differ only in names, and what is inside is used nowhere else."""
    if len(graph.nodes) != len(window):
        return False
    for one, other in zip(graph.nodes, window, strict=True):
        if one.operator != other.operator or _plain(one.attributes) != _plain(other.attributes):
            return False
        if (len(one.inputs), len(one.outputs)) != (len(other.inputs), len(other.outputs)):
            return False
        for name, found in zip(one.inputs, other.inputs, strict=True):
            if name in graph.arrays:
                if found not in net.arrays or not _same_array(graph.arrays[name], net.arrays[found]):
                    return False
            elif known.get(name) != found:
                return False
        known.update(zip(one.outputs, other.outputs, strict=True))
    inside = {name for node in window[:-1] for name in node.outputs}
    users = {id(user) for name in inside for user in net.consumers.get(name, ())}
    return users <= set(map(id, window)) and inside.isdisjoint(net.content.outputs)


def _plain(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes as they are compared: of this precision, and without those that change nothing."""
    plain = {}
    for name, value in attributes.items():
        if (name, value) not in (("keepdims", 1), ("allowzero", 0), ("start", 0)):
            number = float(np.float32(value)) if isinstance(value, float) else value
            plain[name] = list(value) if isinstance(value, tuple) else number
    return plain


def _same_array(one: Array, other: Array) -> bool:
    return (one.dtype, one.shape) == (other.dtype, other.shape) and bool((one == other).all())


# Guesses: the first nodes tell which layer it may be


def _constants(net: Import, nodes: list[Node]) -> list[Array]:
    return [net.arrays[name] for node in nodes for name in node.inputs if name in net.arrays]


def _next_nodes(net: Import, index: int, operators: str) -> list[Node]:
    """The next nodes, if they have these operators."""
    names = operators.split()
    nodes = net.content.nodes[index : index + len(names)]
    return nodes if [node.operator for node in nodes] == names else []


def _guess_silu(net: Import, index: int) -> Guess | None:
    nodes = _next_nodes(net, index, "Sigmoid Mul")
    return Guess(SiLU(), [nodes[0].inputs[0]], {}) if nodes else None


def _guess_gelu(net: Import, index: int) -> Guess | None:
    nodes = _next_nodes(net, index, "Div Erf Add Mul Mul")
    return Guess(GELU(), [nodes[0].inputs[0]], {}) if nodes else None


def _guess_standardize(net: Import, index: int) -> Guess | None:
    nodes = _next_nodes(net, index, "Sub Div")
    if not nodes:
        return None
    mean, std = _constants(net, nodes)
    return Guess(Standardize(mean.size), [nodes[0].inputs[0]], {"mean": mean, "std": std})


def _guess_rms_norm(net: Import, index: int) -> Guess | None:
    nodes = _next_nodes(net, index, "Mul ReduceMean Add Sqrt Div Mul")
    if not nodes:
        return None
    epsilon, gain = _constants(net, nodes)[-2:]
    sizes = gain.shape if gain.ndim > 1 else gain.size
    layer = RMSNorm(sizes, epsilon=float(str(epsilon[()])))
    return Guess(layer, [nodes[0].inputs[0]], {"gain": gain})


def _guess_positions(net: Import, index: int) -> Guess | None:
    nodes = _next_nodes(net, index, "Shape Gather Range Cast Unsqueeze Mul")
    if not nodes:
        return None
    rates = _constants(net, nodes)[-1]
    return Guess(PositionalEncoding(), [nodes[0].inputs[0]], {}, rates.size)


def _guess_group_norm(net: Import, index: int) -> Guess | None:
    nodes = _next_nodes(net, index, "Reshape InstanceNormalization Shape Reshape Mul Add")
    if not nodes:
        return None
    shape, _, _, gain, offset = _constants(net, nodes)
    epsilon = nodes[1].attributes.get("epsilon", 1e-5)
    layer = GroupNorm(int(shape[1]), gain.size, epsilon=epsilon)
    values = {"gain": gain.reshape(-1), "offset": offset.reshape(-1)}
    return Guess(layer, [nodes[0].inputs[0]], values)


def _guess_attention(net: Import, index: int) -> Guess | None:
    biased = bool(_next_nodes(net, index, "MatMul Add Reshape Transpose"))
    if not biased and not _next_nodes(net, index, "MatMul Reshape Transpose"):
        return None
    nodes = net.content.nodes[index : index + 40]
    width = 3 + biased  # nodes for each of query, key and value
    projected, rest = _constants(net, nodes[: 3 * width]), nodes[3 * width :]
    middle = next(at for at, node in enumerate(rest) if node.operator == "Softmax")
    if biased:
        heads, columns, biases = projected[2][2], projected[::3], projected[1::3]
    else:
        heads, columns, biases = projected[1][2], projected[::2], []
    features = len(columns[0])
    squares = [array for array in _constants(net, rest[middle:]) if array.shape == (features, features)]
    if any(array.shape != (features, features) for array in columns):
        return None
    values = {"weight": np.hstack(columns), "output_weight": squares[0]}
    if biased:
        rows = [array for array in _constants(net, rest[middle:]) if array.shape == (features,)]
        values |= {"bias": np.concatenate(biases), "output_bias": rows[0]}
    causal = any(node.operator == "GreaterOrEqual" for node in rest[:middle])
    names = [nodes[0].inputs[0], nodes[width].inputs[0]]
    names += [name for node in rest[:middle] for name in node.inputs if name in net.values]  # a mask
    layer = MultiHeadAttention(features, int(heads), causal=causal, bias=biased)
    return Guess(layer, [*dict.fromkeys(names)], values, features)


GUESSES: dict[str, Callable[[Import, int], Guess | None]] = {
    "Sigmoid": _guess_silu,
    "Div": _guess_gelu,
    "Sub": _guess_standardize,
    "Mul": _guess_rms_norm,
    "Shape": _guess_positions,
    "Reshape": _guess_group_norm,
    "MatMul": _guess_attention,
}
