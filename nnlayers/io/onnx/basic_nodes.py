"""The nodes of sums and joins, of functions of each element, of dense and normalizing layers."""

from typing import Any

import numpy as np

from nnlayers.io.containers import register_containers
from nnlayers.io.onnx.graph import Graph, Value, onnx_nodes
from nnlayers.layers.activations import ReLU
from nnlayers.layers.channel_norms import BatchNorm, FixedBatchNorm, GroupNorm
from nnlayers.layers.dense import Dense
from nnlayers.layers.joining import Add, Concatenate
from nnlayers.layers.normalization import LayerNorm, RMSNorm
from nnlayers.layers.rectifiers import ELU, LeakyReLU, PReLU
from nnlayers.layers.shape import Flatten, Reshape
from nnlayers.layers.smooth import GELU, Sigmoid, SiLU, Softmax, Softplus, Tanh
from nnlayers.layers.standardize import Standardize

register_containers(onnx_nodes)


@onnx_nodes.register(Add)
def _(layer: Add, graph: Graph, x: Any) -> Any:
    return graph.node("Add" if len(x) == 2 else "Sum", *_of_one_kind(graph, x))


@onnx_nodes.register(Concatenate)
def _(layer: Concatenate, graph: Graph, x: Any) -> Any:
    return graph.node("Concat", *_of_one_kind(graph, x), axis=layer.axis)


def _of_one_kind(graph: Graph, x: tuple[Value, ...]) -> list[Value]:
    """The arrays as `Add` and `Concatenate` convert them."""
    floating = [item.dtype for item in x if item.dtype.kind == "f"]
    dtype = np.result_type(*floating) if floating else np.float32
    return [graph.cast(item, dtype) for item in x]


# Functions of each element, and of each position


OPERATORS = {
    Flatten: "Flatten",
    ReLU: "Relu",
    Sigmoid: "Sigmoid",
    Softplus: "Softplus",
    Tanh: "Tanh",
}
for _kind, _operator in OPERATORS.items():
    onnx_nodes.register(_kind, lambda layer, graph, x, name=_operator: graph.node(name, x))


@onnx_nodes.register(LeakyReLU)
def _(layer: LeakyReLU, graph: Graph, x: Value) -> Any:
    return graph.node("LeakyRelu", x, alpha=layer.slope)


@onnx_nodes.register(PReLU)
def _(layer: PReLU, graph: Graph, x: Value) -> Any:
    return graph.node("PRelu", x, graph.constant(layer.slope.value))


@onnx_nodes.register(ELU)
def _(layer: ELU, graph: Graph, x: Value) -> Any:
    return graph.node("Elu", x, alpha=layer.alpha)


@onnx_nodes.register(SiLU)
def _(layer: SiLU, graph: Graph, x: Value) -> Any:
    return graph.node("Mul", x, graph.node("Sigmoid", x))


@onnx_nodes.register(GELU)
def _(layer: GELU, graph: Graph, x: Value) -> Any:
    y = graph.node("Erf", graph.node("Div", x, graph.constant(2**0.5)))
    y = graph.node("Mul", x, graph.node("Add", y, graph.constant(1.0)))
    return graph.node("Mul", y, graph.constant(0.5))


@onnx_nodes.register(Softmax)
def _(layer: Softmax, graph: Graph, x: Value) -> Any:
    return graph.node("Softmax", x, axis=-1)


@onnx_nodes.register(Standardize)
def _(layer: Standardize, graph: Graph, x: Value) -> Any:
    y = graph.node("Sub", x, graph.constant(layer.mean.value))
    return graph.node("Div", y, graph.constant(layer.std.value))


@onnx_nodes.register(Dense)
def _(layer: Dense, graph: Graph, x: Value) -> Any:
    return affine(graph, x, graph.constant(layer.weight.value), layer.bias)


def affine(graph: Graph, x: str, weight: str, bias: Any) -> Any:
    """``x @ weight + bias``, where the bias is a parameter, an array or None."""
    y = graph.node("MatMul", x, weight)
    return y if bias is None else graph.node("Add", y, graph.constant(getattr(bias, "value", bias)))


@onnx_nodes.register(Reshape)
def _(layer: Reshape, graph: Graph, x: Value) -> Any:
    return graph.node("Reshape", x, graph.constant([0, *layer.shape]))


# Normalization


@onnx_nodes.register(LayerNorm)
def _(layer: LayerNorm, graph: Graph, x: Value) -> Any:
    gain, offset = graph.constant(layer.gain.value), graph.constant(layer.offset.value)
    axis = -layer.gain.value.ndim
    return graph.node("LayerNormalization", x, gain, offset, axis=axis, epsilon=layer.epsilon)


@onnx_nodes.register(RMSNorm)
def _(layer: RMSNorm, graph: Graph, x: Value) -> Any:
    axes = [*range(-layer.gain.value.ndim, 0)]
    square = graph.node("ReduceMean", graph.node("Mul", x, x), axes=axes)
    scale = graph.node("Sqrt", graph.node("Add", square, graph.constant(layer.epsilon)))
    return graph.node("Mul", graph.node("Div", x, scale), graph.constant(layer.gain.value))


@onnx_nodes.register(BatchNorm)
@onnx_nodes.register(FixedBatchNorm)
def _(layer: BatchNorm, graph: Graph, x: Value) -> Any:
    states = layer.gain, layer.offset, layer.mean, layer.variance
    values = [graph.constant(state.value) for state in states]
    return graph.channels_first(
        x, lambda y: graph.node("BatchNormalization", y, *values, epsilon=layer.epsilon)
    )


@onnx_nodes.register(GroupNorm)
def _(layer: GroupNorm, graph: Graph, x: Value) -> Any:
    ones = np.ones(layer.groups, x.dtype)
    neutral = [graph.constant(ones), graph.constant(0 * ones)]
    groups, shape = graph.constant([0, layer.groups, -1]), (-1, *[1] * (len(x.shape) - 2))
    gain, offset = (
        graph.constant(parameter.value.reshape(shape)) for parameter in (layer.gain, layer.offset)
    )

    def nodes(x: str) -> Any:
        y = graph.node("Reshape", x, groups)
        y = graph.node("InstanceNormalization", y, *neutral, epsilon=layer.epsilon)
        y = graph.node("Mul", graph.node("Reshape", y, graph.node("Shape", x)), gain)
        return graph.node("Add", y, offset)

    return graph.channels_first(x, nodes)
