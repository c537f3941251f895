"""ONNX's operators for images as layers."""

from typing import Any

from nnlayers.io.onnx.graph import Node
from nnlayers.io.onnx.network import Import, Wire
from nnlayers.io.onnx.operators import expect, last, reads
from nnlayers.layers.convolution import Conv1D, Conv2D
from nnlayers.layers.initializers import zeros
from nnlayers.layers.pooling import AveragePool2D, GlobalAveragePool, MaxPool2D
from nnlayers.layers.shape import Reshape, Upsample2D
from nnlayers.layers.transposed_convolution import ConvTranspose2D

Numbers = list[int] | None


@reads("Conv", "ConvTranspose")
def _convolution(
    net: Import,
    node: Node,
    auto_pad: str = "NOTSET",
    dilations: Numbers = None,
    group: int = 1,
    kernel_shape: Numbers = None,
    pads: Numbers = None,
    strides: Numbers = None,
    output_padding: Numbers = None,
) -> None:
    weight, rank = net.array(node, 1), len(net.wire(node).axes)
    axes = weight.ndim - 2
    known = axes in (1, 2) and rank == weight.ndim and kernel_shape in (None, [*weight.shape[2:]])
    expect(known and weight.size and group > 0, node, "expected a kernel for sequences or images")
    options: dict[str, Any] = {
        "stride": tuple(strides or [1] * axes),
        "dilation": tuple(dilations or [1] * axes),
        "padding": _padding(node, axes, auto_pad, pads, weight.shape[2:], strides, dilations),
        "groups": group,
        "bias": net.has(node, 2),
        "initializer": zeros,
    }
    out, into = weight.shape[0], weight.shape[1] * group
    kind: Any = Conv2D if axes == 2 else Conv1D
    if node.operator == "ConvTranspose":
        plain = axes == 2 and options["padding"] != "same"
        expect(plain, node, "only images are supported, with numbers of pads")
        kind, into, out = ConvTranspose2D, out, into
        options["output_padding"] = tuple(output_padding or (0, 0))
    layer = net.layer(
        (node.operator, repr(sorted(node.attributes.items())), *node.inputs[1:]),
        lambda: kind(into, out, weight.shape[2:], **options),
        weight=weight.transpose(*range(2, rank), 1, 0),
        bias=net.array(node, 2, 1) if options["bias"] else None,
    )
    net.channels_last(node, layer)


@reads("MaxPool", "AveragePool")
def _pool(
    net: Import,
    node: Node,
    kernel_shape: list[int],
    auto_pad: str = "NOTSET",
    ceil_mode: int = 0,
    count_include_pad: int = 0,
    dilations: Numbers = None,
    pads: Numbers = None,
    storage_order: int = 0,
    strides: Numbers = None,
) -> None:
    plain = not ceil_mode and not storage_order and set(dilations or [1]) == {1}
    images = len(net.wire(node).axes) == 4
    expect(images and plain, node, "only windows of images, without dilation and ceil_mode")
    padding = _padding(node, 2, auto_pad, pads, kernel_shape, strides)
    counted = count_include_pad and padding != "valid"
    expect(not counted, node, "AveragePool2D does not count the padding, as this one does")
    kind = MaxPool2D if node.operator == "MaxPool" else AveragePool2D
    stride = None if strides == kernel_shape else tuple(strides or (1, 1))
    net.channels_last(node, kind(tuple(kernel_shape), stride=stride, padding=padding))


def _padding(
    node: Node,
    axes: int,
    auto_pad: str,
    pads: Numbers,
    window: Any,
    strides: Numbers,
    dilations: Numbers = None,
) -> Any:
    """The argument for it."""
    if auto_pad.startswith("SAME"):
        each = zip(window, strides or [1] * axes, dilations or [1] * axes, strict=True)
        over = [gap * (size - 1) + 1 - step for size, step, gap in each]
        expect(min(over) > -2, node, f"programs differ in {auto_pad} with strides so large")
        if {*(strides or [1])} == {1} and any(number % 2 for number in over):
            lower = auto_pad == "SAME_LOWER"
            return tuple(((number + lower) // 2, (number + 1 - lower) // 2) for number in over)
        if auto_pad == "SAME_UPPER" or {*(strides or [1])} == {1}:
            return "same"
    expect(auto_pad in ("NOTSET", "VALID"), node, f"auto_pad={auto_pad} is not supported")
    if auto_pad == "VALID" or not pads or not any(pads):
        return "valid"
    expect(len(pads) == 2 * axes, node, "expected two pads for each axis")
    return pads[0] if len(set(pads)) == 1 else tuple(zip(pads[:axes], pads[axes:], strict=True))


@reads("GlobalAveragePool")
def _global_average(net: Import, node: Node) -> None:
    _average(net, node, [*range(2, len(net.wire(node).axes))], 1)


@reads("ReduceMean")
def _reduce_mean(
    net: Import, node: Node, axes: Numbers = None, keepdims: int = 1, noop_with_empty_axes: int = 0
) -> None:
    given = net.numbers(node, 1) if net.has(node, 1) else axes or []
    _average(net, node, given, keepdims)


def _average(net: Import, node: Node, axes: list[int], keep: int) -> None:
    wire = net.wire(node)
    rank = len(wire.axes)
    rest = {*range(1, rank)} - {axis % rank for axis in axes}
    single = len(rest) == 1 and len(axes) == rank - 2 > 0
    expect(single, node, "only means over all positions are supported")
    channel = rest.pop()
    number = net.step(GlobalAveragePool(), net.view(wire, *last(channel, rank)))
    if keep:
        number = net.step(Reshape(*(-1 if axis == channel else 1 for axis in range(1, rank))), number)
    net.values[node.outputs[0]] = Wire(number, tuple(range(rank if keep else 2)), "f")


@reads("Resize")
def _resize(
    net: Import,
    node: Node,
    mode: str = "nearest",
    coordinate_transformation_mode: str = "half_pixel",
    nearest_mode: str = "round_prefer_floor",
    antialias: int = 0,
    keep_aspect_ratio_policy: str = "stretch",
    cubic_coeff_a: float = -0.75,
    exclude_outside: int = 0,
    extrapolation_value: float = 0.0,
) -> None:
    modes = ("asymmetric", "floor"), ("half_pixel", "round_prefer_floor")
    same = mode == "nearest" and (coordinate_transformation_mode, nearest_mode) in modes
    images = len(net.wire(node).axes) == 4 and not net.has(node, 3)
    expect(same and images, node, "only repetitions of positions are supported, by scales")
    scales = net.array(node, 2, 1).tolist()
    whole = len(scales) == 4 and all(1 <= scale < 2**31 and scale == int(scale) for scale in scales)
    order = [0, 1, 2, 3] if scales[3:] == [1] else [0, 2, 3, 1]
    expect(whole and scales[0] == scales[order[3]] == 1, node, f"expected whole scales, got {scales}")
    net.along(node, Upsample2D((int(scales[order[1]]), int(scales[order[2]]))), *order)
