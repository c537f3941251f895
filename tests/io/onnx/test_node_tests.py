"""ONNX's own tests of each operator: what `from_onnx` reads computes what ONNX expects."""

from collections import Counter

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.io.onnx.operators import READERS
from tests.onnx.node_tests import node_tests
from tests.onnx.test_node_tests import COUNTED_IN, OPERATORS

onnx = pytest.importorskip("onnx")

READ = {
    "Add": 1, "BatchNormalization": 2, "Concat": 6, "Conv": 5, "ConvTranspose": 6,
    "Dropout": 6, "Elu": 3, "Flatten": 2, "Gelu": 2, "Gemm": 8, "GlobalAveragePool": 2,
    "GroupNormalization": 2, "Identity": 1, "InstanceNormalization": 2, "LSTM": 3,
    "LayerNormalization": 13, "LeakyRelu": 3, "MatMul": 1, "PRelu": 1,
    "RMSNormalization": 13, "RNN": 4, "Relu": 1, "Reshape": 4, "Resize": 1, "Sigmoid": 2,
    "Softmax": 6, "Softplus": 2, "Sum": 2, "Swish": 1, "Tanh": 2,
}  # fmt: skip
"""How many tests of each operator are read; the others contain what no layer expresses."""

SLOW = {"AveragePool", "MaxPool"}
"""Their tests compute volumes with loops, which takes longer than all others."""

JOINING = "Add", "Sum", "Concat"


def as_model(test):
    """The node with constants, but for the first input, or for all that are joined."""
    helper = onnx.helper
    names = [f"x{at}" if array is not None else "" for at, array in enumerate(test.inputs)]
    ends = [f"y{at}" if array is not None else "" for at, array in enumerate(test.outputs)]
    computed = range(len(names)) if test.operator in JOINING else [int(test.operator == "Gather")]
    inputs = {names[at]: test.inputs[at] for at in computed}
    constants = {
        name: array
        for name, array in zip(names, test.inputs, strict=True)
        if name and name not in inputs
    }
    nodes = [helper.make_node(test.operator, names, ends, "node", **test.attributes)]
    used = next(at for at, name in enumerate(ends) if name)
    output, expected = ends[used], test.outputs[used]
    if test.operator in ("RNN", "LSTM", "GRU") and not test.attributes.get("layout"):
        axis = 1 - used
        constants["axes"], output = np.array([axis]), "z"
        inputs = {"samples first": inputs["x0"].transpose(1, 0, 2)}
        nodes.insert(0, helper.make_node("Transpose", [*inputs], ["x0"], perm=[1, 0, 2]))
        nodes.append(helper.make_node("Squeeze", [ends[used], "axes"], ["z"]))
        expected = expected.squeeze(axis) if expected.shape[axis] == 1 else expected
    tensor = helper.make_tensor_value_info
    kind = helper.np_dtype_to_tensor_dtype
    graph = helper.make_graph(
        nodes,
        test.name,
        [tensor(name, kind(array.dtype), array.shape) for name, array in inputs.items()],
        [tensor(output, kind(expected.dtype), None)],
        [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 22)])
    x = tuple(inputs.values())
    return model, x if len(x) > 1 else x[0], expected


@pytest.mark.skipif(
    not onnx.__version__.startswith(f"{COUNTED_IN}."),
    reason=f"the tests of ONNX {COUNTED_IN} are counted",
)
def test_what_is_read_computes_what_onnx_expects(tmp_path):
    path, read = tmp_path / "a.onnx", Counter()
    nn.io.from_onnx  # noqa: B018 (it registers all readers)
    for name in sorted((OPERATORS.keys() & READERS.keys()) - SLOW):
        for test in node_tests(OPERATORS[name].module):
            if test.operator != name or not isinstance(test.inputs[0], np.ndarray):
                continue
            model, x, expected = as_model(test)
            path.write_bytes(model.SerializeToString())
            try:
                network = nn.io.from_onnx(path)
            except ValueError:
                continue
            y = network.predict(x)
            assert (y.dtype, y.shape) == (expected.dtype, expected.shape), test.name
            np.testing.assert_allclose(y, expected, rtol=1e-3, atol=1e-6, err_msg=test.name)
            read[name] += 1
    assert read == READ  # others are refused
