"""ONNX's products and normalizations as layers."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.parameter import Parameter
from nnlayers.io.onnx.graph import Node
from nnlayers.io.onnx.network import Import, Wire
from nnlayers.io.onnx.operators import expect, reads
from nnlayers.layers.channel_norms import BatchNorm, GroupNorm
from nnlayers.layers.dense import Dense
from nnlayers.layers.embedding import Embedding, TiedDense
from nnlayers.layers.initializers import zeros
from nnlayers.layers.normalization import LayerNorm, RMSNorm

# Products


@reads("MatMul")
def _matmul(net: Import, node: Node) -> None:
    wire, weight, name = net.wire(node), net.array(node, 1, 2), node.inputs[1]
    follower = net.only_consumer(node.outputs[0], "Add")
    names = [other for other in (follower.inputs if follower else ()) if other != node.outputs[0]]
    bias, end = net.arrays.get(names[0]) if len(names) == 1 else None, node
    if follower and bias is not None and bias.shape in (weight.shape[1:], (1, *weight.shape[1:])):
        bias, end = bias.reshape(-1), follower
        net.done.add(id(follower))
    else:
        names, bias = [], None
    original = net.transposes.get(name, "")
    users = net.consumers.get(original, ())
    if any(user.operator == "Gather" and user.inputs[0] == original for user in users):
        layer = net.layer(("Tied", name, *names), lambda: _tied(net.embedding(original), bias))
    else:
        layer = _dense(net, ("MatMul", name, *names), weight, bias)
    if wire.axes[-1] < len(wire.axes) - 1:
        wire = Wire(net.view(wire), tuple(range(len(wire.axes))), "f")
    net.values[end.outputs[0]] = wire._replace(number=net.step(layer, wire.number))


def _tied(embedding: Embedding, bias: Array | None) -> TiedDense:
    layer = TiedDense(embedding, bias=bias is not None)
    if bias is not None:
        layer.bias = Parameter(bias, decay=False, dtype=bias.dtype)
    return layer


@reads("Gemm")
def _gemm(
    net: Import,
    node: Node,
    alpha: float = 1.0,
    beta: float = 1.0,
    transA: int = 0,  # noqa: N803 (as it is called in ONNX)
    transB: int = 0,  # noqa: N803
) -> None:
    expect(not transA, node, "only x @ weight + bias is supported")
    weight, bias = net.array(node, 1, 2), None
    weight = weight.dtype.type(alpha) * (weight.T if transB else weight)
    if net.has(node, 2):
        bias = net.array(node, 2)
        units = weight.shape[1:]
        fits = bias.ndim < 2 or len(bias) == 1
        expect(fits and bias.shape[-1:] in ((), (1,), units), node, "expected a bias for each unit")
        bias = bias.dtype.type(beta) * np.broadcast_to(bias.reshape(-1), units)
    layer = _dense(net, ("Gemm", transB, alpha, beta, *node.inputs[1:]), weight, bias)
    net.put(node, layer, axes=2)


def _dense(net: Import, names: Any, weight: Array, bias: Array | None) -> Any:
    options: dict[str, Any] = {"bias": bias is not None, "initializer": zeros}
    return net.layer(names, lambda: Dense(*weight.shape, **options), weight=weight, bias=bias)


# Normalization


@reads("BatchNormalization")
def _batch_norm(
    net: Import, node: Node, epsilon: float = 1e-5, momentum: float = 0.9, training_mode: int = 0
) -> None:
    more = any(node.outputs[1:])  # before operator set 14, these were what said so
    expect(not training_mode and not more, node, "a network in training is not supported")
    names = "gain", "offset", "mean", "variance"
    values = {name: net.array(node, at, 1) for at, name in enumerate(names, 1)}
    layer = net.layer(
        (node.operator, *node.inputs[1:], epsilon, momentum),
        lambda: BatchNorm(values["gain"].size, epsilon=epsilon, momentum=momentum),
        **values,
    )
    net.channels_last(node, layer)


@reads("InstanceNormalization")
def _instance_norm(net: Import, node: Node, epsilon: float = 1e-5) -> None:
    _group_norm(net, node, net.array(node, 1, 1).size, epsilon)


@reads("GroupNormalization")
def _group_norm(
    net: Import, node: Node, num_groups: int, epsilon: float = 1e-5, stash_type: int = 1
) -> None:
    gain, offset = net.array(node, 1, 1), net.array(node, 2, 1)
    layer = net.layer(
        (node.operator, *node.inputs[1:], num_groups, epsilon),
        lambda: GroupNorm(num_groups, gain.size, epsilon=epsilon),
        gain=gain,
        offset=offset,
    )
    net.channels_last(node, layer)


@reads("LayerNormalization")
def _layer_norm(
    net: Import, node: Node, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1
) -> None:
    gain = net.array(node, 1)
    offset = net.array(node, 2) if net.has(node, 2) else np.zeros_like(gain)
    _normalize(net, node, LayerNorm, axis, epsilon, gain=gain, offset=offset)


@reads("RMSNormalization")
def _rms_norm(
    net: Import, node: Node, axis: int = -1, epsilon: float = 1e-5, stash_type: int = 1
) -> None:
    _normalize(net, node, RMSNorm, axis, epsilon, gain=net.array(node, 1))


def _normalize(net: Import, node: Node, kind: Any, axis: int, epsilon: float, **values: Array) -> None:
    gain, rank = values["gain"], len(net.wire(node).axes)
    fits = 0 < gain.ndim == (-axis if axis < 0 else rank - axis) < rank
    expect(fits, node, "expected a scale for each axis but that of the samples")
    key, sizes = (node.operator, *node.inputs[1:], epsilon), gain.shape if gain.ndim > 1 else gain.size
    layer = net.layer(key, lambda: kind(sizes, epsilon=epsilon), **values)
    net.put(node, layer, axes=rank)
