"""Networks as ONNX files, which onnxruntime and many other programs run."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.extras import needed
from nnlayers.core.files import FilePath, check_writable, file_name, write_whole
from nnlayers.core.layer import Layer
from nnlayers.core.notices import notice
from nnlayers.core.placement import on_host
from nnlayers.core.state import State
from nnlayers.core.structures import arrays_in, as_arrays, each
from nnlayers.io.onnx import basic_nodes as basic_nodes
from nnlayers.io.onnx import image_nodes as image_nodes
from nnlayers.io.onnx import sequence_nodes as sequence_nodes
from nnlayers.io.onnx.example import Example, example_for
from nnlayers.io.onnx.graph import Graph, Node, Value
from nnlayers.io.samples import check_agreement

__all__ = ["to_onnx"]

OPERATOR_SET, FORMAT_VERSION = 17, 8
LIMIT = 2**31 - 2**16
"""Protocol buffers hold less than 2 GB."""


def to_onnx(
    model: Layer,
    path: FilePath,
    *,
    input_shape: int | Sequence[Any] | None = None,
    example: Any = None,
) -> None:
    """Write what ``predict`` computes as an ONNX file, for batches of any size.

    The file is checked and run before it takes its place, with 3 rows and with 1: by onnxruntime if it
    is installed, otherwise by the reference implementation in ``onnx``. Both must agree with
    ``predict``.

    Parameters
    ----------
    model : Layer
        A network or a layer of float32 or float64.
    path : path
        The file; an older one is replaced.
    input_shape : tuple, optional
        The shape of one sample, by default the one that the model knows; a tuple of shapes for an input
        that is a tuple. A size may be None, for any size: ``(None, 16)`` is a sequence of any length.
        None at the same place of two inputs is the same size; names tell sizes apart, as in
        ``(("T", 16), ("S", 16))``.
    example : array_like or tuple, optional
        Rows of an input, by default numbers that are drawn. Needed for masks, and for sizes that the
        drawn ones, 32 and 16, do not stand for.

    Raises
    ------
    TypeError
        A layer has no function in `onnx_nodes`, or changes what its base computes.
    ValueError
        The shape is not known, or does not fit; a parameter is neither float32 nor float64; the file
        would be larger than 2 GB; or its outputs differ from those of ``predict``.
    ImportError
        ``onnx`` is not installed.
    OSError
        The path cannot be written.

    Notes
    -----
    Operator set 17, format version 8. Arrays have the shapes and the layout that ``predict`` has:
    ``(N, H, W, C)`` for images. The inputs are called ``input``, or ``input_0``, ``input_1`` ..., the
    outputs accordingly; integers are int64. Dropout and noise are left out. Names of columns stand in
    the metadata, as ``column_names``. Integers that an `nnlayers.Embedding` refuses are not refused
    there.

    Source: https://onnx.ai/onnx/repo-docs/IR.html

    Examples
    --------
    >>> model = nn.Sequential(nn.LSTM(3, 8, rng=0), nn.Dense(8, 2, rng=1))
    >>> nn.io.to_onnx(model, "model.onnx", input_shape=(None, 3))
    >>> nn.io.from_onnx("model.onnx")
    Sequential(LSTM(3, 8), Dense(8, 2))
    """
    who = "to_onnx"
    onnx = needed("onnx", "onnx", who)
    check_writable(file_name(path, who))
    model = on_host(model)
    graph = Graph(model)
    for name, part in model.named_parts():
        if isinstance(part, State) and part.value.dtype not in (np.float32, np.float64):
            raise ValueError(
                f"{who}: {name} is {part.value.dtype}: expected float32 or float64, as in "
                "model.astype(np.float32)"
            )
    graph.check_layers(model)
    tried = example_for(model, input_shape, example)
    names, ends = _names(tried.rows, "input"), _names(tried.y, "output")
    graph.reserve((names, ends))
    found = graph.run(model, each(Value, names, each(lambda array: array[:1], tried.rows)))
    for (_, name), (_, end) in zip(arrays_in(found), arrays_in(ends), strict=True):
        graph.nodes.append(Node("Identity", (name,), (end,), {}))
    proto = _model_proto(onnx, graph, tried, names, ends)
    columns = model.known_column_names()
    if columns and all(isinstance(name, str) for name in columns):
        onnx.helper.set_model_props(proto, {"column_names": json.dumps(columns)})
    try:
        onnx.checker.check_model(proto, full_check=True)
    except Exception as error:
        raise ValueError(
            f"{who}: a function for a layer added nodes that are not valid: {error}"
        ) from error
    inputs = tried.rows, tried.row
    for x, y, outputs in zip(
        inputs, (tried.y, tried.y_of_row), _runs(onnx, proto, inputs), strict=True
    ):
        try:
            check_agreement(outputs[0] if len(outputs) == 1 else tuple(outputs), y, who)
        except ValueError:
            if not _differ_by_rounding(model, x, outputs, y):
                raise
    with write_whole(path) as file:
        file.write(proto.SerializeToString())


def _names(x: Any, word: str) -> Any:
    """A name for each array."""
    numbers = iter(range(sum(1 for _ in arrays_in(x))))
    return each(lambda _: f"{word}_{next(numbers)}", x) if isinstance(x, tuple) else word


def _model_proto(onnx: Any, graph: Graph, tried: Example, names: Any, ends: Any) -> Any:
    """The graph as a protocol buffer.

    Raises
    ------
    ValueError
        It is too large for one.
    """
    helper = onnx.helper
    nodes = graph.needed_nodes([name for _, name in arrays_in(ends)])
    used = {name for node in nodes for name in node.inputs}
    arrays = {name: array for name, array in graph.arrays.items() if name in used}
    if sum(array.nbytes for array in arrays.values()) > LIMIT:
        raise ValueError("to_onnx: the parameters take more than 2 GB, which one ONNX file cannot hold")

    def described(names: Any, arrays: Any, others: Any, free: list[dict[int, str]]) -> list[Any]:
        """Names, dtypes and sizes; sizes that are others for half the input have a name, or none."""
        flat = zip(arrays_in(names), arrays_in(arrays), arrays_in(others), free, strict=True)
        tensors = []
        for (_, name), (_, one), (_, other), named in flat:
            sizes = [size if size == other.shape[at] else None for at, size in enumerate(one.shape)]
            sizes[0], kind = "N", helper.np_dtype_to_tensor_dtype(one.dtype)
            sizes = [named.get(at, size) for at, size in enumerate(sizes)]
            tensors.append(helper.make_tensor_value_info(name, kind, sizes))
        return tensors

    proto = helper.make_graph(
        [
            helper.make_node(
                node.operator, node.inputs, node.outputs, node.outputs[0], **node.attributes
            )
            for node in nodes
        ],
        type(graph.model).__name__,
        described(names, tried.rows, tried.row, tried.free),
        described(ends, tried.y, tried.y_of_row, [{} for _ in arrays_in(ends)]),
        [onnx.numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    operators = [helper.make_opsetid("", OPERATOR_SET)]
    return helper.make_model(
        proto, opset_imports=operators, ir_version=FORMAT_VERSION, producer_name="nnlayers"
    )


def _differ_by_rounding(model: Layer, x: Any, outputs: list[Array], y: Any) -> bool:
    """True if a network makes so much of rounding that its own outputs are as far from exact ones."""
    exact = arrays_in(as_arrays(model.astype(np.float64).predict(x)))
    for found, (_, own), (_, right) in zip(outputs, arrays_in(y), exact, strict=True):
        if (
            found.shape != own.shape
            or not np.abs(found - right).max() <= 10 * np.abs(own - right).max()
        ):
            return False
    return True


def _runs(onnx: Any, proto: Any, inputs: Sequence[Any]) -> list[list[Array]]:
    """What another program computes for each input."""
    names = [item.name for item in proto.graph.input]
    feeds = [dict(zip(names, (array for _, array in arrays_in(x)), strict=True)) for x in inputs]
    try:
        return _run_by_onnxruntime(proto.SerializeToString(), feeds)
    except ImportError:
        pass
    except Exception as error:
        ends = [*proto.graph.input, *proto.graph.output]
        if all(end.type.tensor_type.elem_type != onnx.TensorProto.DOUBLE for end in ends):
            raise ValueError(f"to_onnx: onnxruntime does not run the network: {error}") from error
        notice(
            f"to_onnx: onnxruntime does not run this network of float64 on CPUs ({error}): the file is "
            "checked by the reference implementation; model.astype(np.float32) runs everywhere"
        )
    try:
        session = needed("onnx.reference", "onnx", "to_onnx").ReferenceEvaluator(proto)
        return [session.run(None, feed) for feed in feeds]
    except Exception as error:
        raise ValueError(
            f"to_onnx: the reference implementation does not run the network ({error}): install "
            "onnxruntime, and use float32"
        ) from error


def _run_by_onnxruntime(data: bytes, feeds: list[dict[str, Array]]) -> list[list[Array]]:
    runtime = needed("onnxruntime", "onnx", "to_onnx")
    options = runtime.SessionOptions()
    options.log_severity_level = 4  # what it cannot do is raised
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return [session.run(None, feed) for feed in feeds]
