"""The nodes of convolutions and pools."""

from typing import Any

import numpy as np

from nnlayers.io.onnx.graph import Graph, Value, onnx_nodes
from nnlayers.layers.convolution import Conv1D, Conv2D
from nnlayers.layers.pooling import AveragePool2D, GlobalAveragePool, MaxPool2D
from nnlayers.layers.shape import Upsample2D
from nnlayers.layers.transposed_convolution import ConvTranspose2D
from nnlayers.layers.window_arguments import padding_of_each, per_axis


@onnx_nodes.register(Conv1D)
@onnx_nodes.register(Conv2D)
def _(layer: Any, graph: Graph, x: Value) -> Any:
    padding, over = (
        layer.padding,
        _over(layer.kernel_size, layer.stride, layer.dilation, len(layer.axes)),
    )
    if padding == "same" and {*per_axis(layer.stride, len(over))} == {1}:
        padding = tuple(number // 2 for number in over)  # for images of any size
    return _convolution("Conv", layer, graph, x, **_padding(layer, padding, over))


@onnx_nodes.register(ConvTranspose2D)
def _(layer: ConvTranspose2D, graph: Graph, x: Value) -> Any:
    padding, more = layer.padding, per_axis(layer.output_padding, 2)
    over = _over(layer.kernel_size, layer.stride, layer.dilation, 2)
    if padding == "same":
        cut = [max(number, 0) for number in over]
        padding = tuple((number // 2, number - number // 2) for number in cut)
        more = tuple(max(-number, 0) for number in over)
    options = {"output_padding": more, **_padding(layer, padding, over)}
    return _convolution("ConvTranspose", layer, graph, x, **options)


def _over(size: Any, stride: Any, dilation: Any, axes: int) -> list[int]:
    """By how much a window covers more than a stride, along each axis."""
    each = zip(*(per_axis(value, axes) for value in (size, stride, dilation)), strict=True)
    return [gap * (size - 1) + 1 - step for size, step, gap in each]


def _convolution(operator: str, layer: Any, graph: Graph, x: Value, **options: Any) -> Any:
    axes = len(layer.axes)
    options["strides"], options["dilations"] = (
        per_axis(layer.stride, axes),
        per_axis(layer.dilation, axes),
    )
    values = [graph.constant(layer.weight.value.transpose(axes + 1, axes, *range(axes)))]
    values += [] if layer.bias is None else [graph.constant(layer.bias.value)]
    return graph.channels_first(
        x, lambda y: graph.node(operator, y, *values, group=layer.groups, **options)
    )


@onnx_nodes.register(MaxPool2D)
@onnx_nodes.register(AveragePool2D)
def _(layer: MaxPool2D | AveragePool2D, graph: Graph, x: Value) -> Any:
    operator = "MaxPool" if isinstance(layer, MaxPool2D) else "AveragePool"
    size = per_axis(layer.size, 2)
    options: dict[str, Any] = {"kernel_shape": size, "strides": per_axis(layer.stride or size, 2)}
    options |= _padding(layer, layer.padding, _over(size, options["strides"], 1, 2))
    return graph.channels_first(x, lambda y: graph.node(operator, y, **options))


def _padding(layer: Any, padding: Any, over: list[int]) -> dict[str, Any]:
    """The attribute for it: the numbers before along all axes, then those after.

    Raises
    ------
    ValueError
        Programs differ in what they make of it.
    """
    if padding == "same":
        if min(over) < -1:
            raise ValueError(
                f"to_onnx: {layer!r}: programs differ in padding='same' with strides so much larger "
                "than the window: give numbers"
            )
        return {"auto_pad": "SAME_UPPER"}
    pairs: Any = [(0, 0) if pair == "valid" else pair for pair in padding_of_each(padding, len(over))]
    return {"pads": [number for numbers in zip(*pairs, strict=True) for number in numbers]}


@onnx_nodes.register(GlobalAveragePool)
def _(layer: GlobalAveragePool, graph: Graph, x: Value) -> Any:
    return graph.node("ReduceMean", x, axes=[*range(1, len(x.shape) - 1)], keepdims=0)


@onnx_nodes.register(Upsample2D)
def _(layer: Upsample2D, graph: Graph, x: Value) -> Any:
    scales = graph.constant(np.array([1, *per_axis(layer.factor, 2), 1], np.float32))
    modes: dict[str, Any] = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return graph.node("Resize", x, "", scales, mode="nearest", **modes)
