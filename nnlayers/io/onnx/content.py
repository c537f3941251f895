"""The content of an ONNX file, checked: nodes, constants, inputs, outputs."""

import math
import os
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.extras import needed
from nnlayers.core.file_kinds import kind_of_file
from nnlayers.core.files import FilePath, read_regular
from nnlayers.io.onnx.graph import Node

OLDEST = 13
LARGEST = 2**31 - 1
FLOATS, INTEGERS = {1: np.float32, 11: np.float64}, {6: np.int32, 7: np.int64, 9: np.bool_}
DTYPES: dict[int, Any] = FLOATS | INTEGERS
FIELDS = {1: "float_data", 11: "double_data", 6: "int32_data", 7: "int64_data", 9: "int32_data"}


class Input(NamedTuple):
    """An input of the graph: its dtype, and the sizes of its axes, None for any."""

    dtype: np.dtype[Any]
    sizes: tuple[int | None, ...]


class Content(NamedTuple):
    """What a file contains. Nodes come after those whose outputs they take."""

    nodes: list[Node]
    arrays: dict[str, Array]
    inputs: dict[str, Input]
    outputs: list[str]
    dtype: np.dtype[Any]
    """The floating dtype of the inputs, or of the outputs."""
    metadata: dict[str, str]


def read_content(path: FilePath) -> Content:
    """Read a file.

    Raises
    ------
    ValueError
        It is not an ONNX file, is damaged, or contains what is refused.
    """
    onnx = needed("onnx", "onnx", "from_onnx")
    with read_regular(path) as file:
        if os.fstat(file.fileno()).st_size > LARGEST:
            raise ValueError("it is larger than 2 GB, which an ONNX file cannot be")
        data = file.read()
    try:
        model = onnx.load_model_from_string(data)
    except MemoryError:
        raise
    except Exception:
        kind = kind_of_file(data[:512])
        words = f" (it is {kind})" if kind and "ONNX" not in kind else ""
        raise ValueError(f"it is not an ONNX file, or it is damaged{words}") from None
    graph = model.graph
    if not graph.output or not model.opset_import:
        raise ValueError("it is not an ONNX file, or it is damaged: there is no graph with outputs")
    newest = onnx.defs.onnx_opset_version()
    for item in model.opset_import:
        if item.domain in ("", "ai.onnx") and not OLDEST <= item.version <= newest:
            raise ValueError(
                f"expected operator set {OLDEST} to {newest}, got {item.version}: export it for one of "
                "these, or convert it with onnx.version_converter"
            )
    if any(function.domain in ("", "ai.onnx") for function in model.functions):
        raise ValueError("it defines operators of ONNX's own domain anew")
    if graph.sparse_initializer:
        raise ValueError("sparse constants are not supported")
    arrays: dict[str, Array] = {}
    for tensor in graph.initializer:
        _define(arrays, tensor.name, _array(tensor))
    inputs: dict[str, Input] = {}
    for item in graph.input:
        if item.name not in arrays:
            _define(inputs, item.name, _input(item))
    nodes = []
    for proto in graph.node:
        node = _node(onnx, proto)
        if node.operator == "Constant":
            _define(arrays, _only(node.outputs), _value_of(node))
        else:
            nodes.append(node)
    _check_order(nodes, {*arrays, *inputs})
    metadata = {item.key: item.value for item in model.metadata_props}
    kinds = [item.type.tensor_type.elem_type for item in [*graph.input, *graph.output]]
    dtype = np.dtype(next((FLOATS[kind] for kind in kinds if kind in FLOATS), np.float32))
    outputs = [item.name for item in graph.output]
    return Content(_needed(nodes, outputs), arrays, inputs, outputs, dtype, metadata)


def where(node: Node) -> str:
    """A node in errors: its operator and its name, or that of its output."""
    return f"{node.operator} {node.name or ', '.join(node.outputs)!r}"


def _define(names: dict[str, Any], name: str, value: Any) -> None:
    if name in names or not name:
        raise ValueError(f"two values are called {name!r}" if name else "a value has no name")
    names[name] = value


def _only(names: tuple[str, ...]) -> str:
    if len(names) != 1:
        raise ValueError("a Constant must have one output")
    return names[0]


def _array(tensor: Any) -> Array:
    """The array of a tensor, whose sizes must be those of its data."""
    dtype, name = DTYPES.get(tensor.data_type), tensor.name
    if dtype is None:
        raise ValueError(f"constant {name!r}: expected float32, float64, int32, int64 or bool")
    if tensor.data_location or tensor.external_data:
        raise ValueError(f"constant {name!r} is in another file: save the model as one file")
    sizes, raw = tuple(tensor.dims), tensor.raw_data if tensor.HasField("raw_data") else None
    stored: Any = np.dtype(dtype).newbyteorder("<")
    found = getattr(tensor, FIELDS[tensor.data_type])
    count = len(found) if raw is None else len(raw) / stored.itemsize
    if len(sizes) > 32 or min(sizes, default=0) < 0 or count != math.prod(sizes):
        raise ValueError(f"constant {name!r}: its data do not fit its sizes {sizes}")
    return np.array(found if raw is None else np.frombuffer(raw, stored), dtype).reshape(sizes)


def _input(item: Any) -> Input:
    tensor = item.type.tensor_type
    if tensor.elem_type not in DTYPES or not tensor.HasField("shape") or not tensor.shape.dim:
        raise ValueError(
            f"input {item.name!r}: expected a tensor of float32, float64, int32, int64 or bool, whose "
            "number of axes is known"
        )
    if len(tensor.shape.dim) > 32:
        raise ValueError(f"input {item.name!r} has more than 32 axes")
    sizes = (dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim)
    return Input(
        np.dtype(DTYPES[tensor.elem_type]), tuple(size if size and size > 0 else None for size in sizes)
    )


def _node(onnx: Any, proto: Any) -> Node:
    if proto.domain not in ("", "ai.onnx"):
        raise ValueError(
            f"operator {proto.domain}.{proto.op_type} ({proto.name!r}) is not one of ONNX's own"
        )
    attributes: dict[str, Any] = {}
    for item in proto.attribute:
        if item.type in (item.GRAPH, item.GRAPHS):
            raise ValueError(
                f"{proto.op_type} {proto.name!r} contains another graph, which is not supported"
            )
        if item.ref_attr_name:
            raise ValueError(f"{proto.op_type} {proto.name!r}: attribute {item.name!r} has no value")
        if item.type == item.TENSOR:
            value: Any = _array(item.t)
        elif item.type == item.FLOAT:
            value = float(str(np.float32(item.f)))  # 0.01, not 0.009999999776
        elif item.type == item.STRING:
            value = item.s.decode("utf-8", "replace")
        elif item.type == item.INT:
            value = item.i
        elif item.type in (item.INTS, item.FLOATS):
            value = [*(item.ints if item.type == item.INTS else item.floats)]
        elif item.type == item.STRINGS:
            value = [text.decode("utf-8", "replace") for text in item.strings]
        else:
            raise ValueError(
                f"{proto.op_type} {proto.name!r}: attribute {item.name!r} is not supported"
            )
        _define(attributes, item.name, value)
    return Node(proto.op_type, tuple(proto.input), tuple(proto.output), attributes, proto.name)


def _value_of(node: Node) -> Array:
    """The array of a Constant."""
    ((name, value),) = node.attributes.items() if len(node.attributes) == 1 else (("", None),)
    dtypes: dict[str, Any] = {"value": None, "value_float": np.float32, "value_floats": np.float32}
    dtypes |= {"value_int": np.int64, "value_ints": np.int64}
    if name not in dtypes or isinstance(value, str):
        raise ValueError(f"{where(node)}: expected one number, or one array of numbers")
    return np.asarray(value, dtypes[name])


def _needed(nodes: list[Node], outputs: list[str]) -> list[Node]:
    """The nodes that the outputs depend on."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if not wanted.isdisjoint(filter(None, node.outputs)):
            kept.append(node)
            wanted.update(node.inputs)
    return kept[::-1]


def _check_order(nodes: list[Node], known: set[str]) -> None:
    """Refuse inputs that no earlier node has made, so cycles too, and outputs that two have."""
    for node in nodes:
        for name in node.inputs:
            if name and name not in known:
                raise ValueError(f"{where(node)}: its input {name!r} comes from no node before it")
        for name in node.outputs:
            if name and name in known:
                raise ValueError(f"two values are called {name!r}")
            known.add(name)
