"""What `from_onnx` assert_refused: each with the path, and what it was."""

import json
import random
import tracemalloc

import numpy as np
import pytest

import nnlayers as nn

onnx = pytest.importorskip("onnx")
helper, numpy_helper = onnx.helper, onnx.numpy_helper
FLOAT = 1


def model_of(nodes, arrays=(), shape=("N", 4), operators=17, dtype=FLOAT):
    """A model of these nodes, from "x" to "y"."""
    tensors = [numpy_helper.from_array(np.asarray(array), name) for name, array in dict(arrays).items()]
    ends = [
        helper.make_tensor_value_info(name, dtype, sizes) for name, sizes in (("x", shape), ("y", None))
    ]
    graph = helper.make_graph(nodes, "graph", ends[:1], ends[1:], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", operators)], ir_version=8)


def node(operator, *inputs, output="y", **attributes):
    return helper.make_node(operator, inputs, [output], f"the {operator}", **attributes)


def read(model, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
    return nn.io.from_onnx(path)


def assert_refused(model, tmp_path, match):
    with pytest.raises(ValueError, match=match) as caught:
        read(model, tmp_path)
    assert str(tmp_path / "model.onnx") in str(caught.value)


EYE = np.eye(4, dtype=np.float32)
ROW = np.ones(4, np.float32)
DOUBLE = np.eye(4)
CYCLE = [node("Relu", "b", output="a"), node("Relu", "a", output="b")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"garbage" * 99,
        b"\x80\x04K\x01.",
        b"<html><body>404</body></html>",
        b"PK\x03\x04" + bytes(99),
    ],
    ids=["empty", "garbage", "pickle", "html", "zip"],
)
def test_other_files_are_refused(content, tmp_path):
    assert_refused(content, tmp_path, "it is not an ONNX file, or it is damaged")


def test_missing_files_are_an_oserror(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        nn.io.from_onnx(tmp_path / "model.onnx")
    with pytest.raises(IsADirectoryError):
        nn.io.from_onnx(tmp_path)


@pytest.mark.parametrize(
    ("nodes", "arrays", "match"),
    [
        ([node("Sinh", "x")], {}, r"Sinh 'the Sinh': no layer expresses this operator"),
        ([node("Mul", "x", "x")], {}, r"Mul 'the Mul': no layer expresses this operator"),
        ([node("Relu", "z")], {}, r"Relu 'the Relu': its input 'z' comes from no node before it"),
        (CYCLE, {}, "comes from no node before it"),
        ([node("Relu", "x", output="x")], {}, "two values are called 'x'"),
        ([node("Relu", "x", output="z")], {}, "the output 'y' is not computed from an input"),
        ([node("Relu", "w")], {"w": ROW}, "expected floating numbers that are computed"),
        ([node("MatMul", "x", "x")], {}, "MatMul 'the MatMul': expected a constant as input 1"),
        ([node("MatMul", "x", "w")], {"w": ROW}, "expected a constant of 2 axes"),
        ([node("MatMul", "x", "w")], {"w": DOUBLE}, "expected float32 for weight, got float64"),
        ([node("MatMul", "x", "w")], {"w": EYE.astype(np.float16)}, "constant 'w': expected float32"),
        ([node("Gemm", "x", "w", transA=1)], {"w": EYE}, r"only x @ weight \+ bias is supported"),
        ([node("Gemm", "x", "w", other=1)], {"w": EYE}, "attribute 'other' is not supported"),
        ([node("Add", "x", "w")], {"w": ROW}, "expected numbers that are computed, as input 1"),
        ([node("Softmax", "x", axis=0)], {}, "its axis must not be that of the samples"),
        ([node("Concat", "x", "x", axis=0)], {}, "its axis must not be that of the samples"),
        ([node("Transpose", "x", perm=[1, 0])], {}, "the axis of samples must be the first"),
        ([node("Transpose", "x", perm=[0, 0])], {}, "does not name each axis once"),
        ([node("Flatten", "x", axis=0)], {}, "only axis=1 is supported"),
        ([node("Reshape", "x", "w")], {"w": np.array([2, -1])}, "keeps the samples apart"),
        ([node("Reshape", "x", "w")], {"w": np.array([-1])}, "expected samples of 1 values"),
        ([node("Reshape", "x", "w")], {"w": np.array([0, 0])}, "keeps the samples apart"),
        ([node("Cast", "x", to=11)], {}, "only casts to float32"),
        ([node("Cast", "x")], {}, "attribute 'to' is missing"),
        ([node("LeakyRelu", "x", alpha=2.0)], {}, r"slope must be in \[0, 1\)"),
        ([node("Gelu", "x", approximate="tanh")], {}, "the approximation by tanh"),
        ([node("LSTM", "x", "w", "w", hidden_size=1)], {"w": EYE}, "only sequences"),
        ([node("ReduceMean", "x", axes=[1])], {}, "only means over all positions"),
    ],
)
def test_what_no_layer_expresses_is_refused_by_its_name(nodes, arrays, match, tmp_path):
    assert_refused(model_of(nodes, arrays), tmp_path, match)


IMAGES = ("N", 3, 8, 8)
KERNEL = np.ones((2, 3, 3, 3), np.float32)
POOL = {"kernel_shape": [2, 2]}


@pytest.mark.parametrize(
    ("one", "match"),
    [
        (node("MaxPool", "x", **POOL, ceil_mode=1), "without dilation and ceil_mode"),
        (node("MaxPool", "x", **POOL, dilations=[2, 2]), "without dilation and ceil_mode"),
        (
            node("MaxPool", "x", **POOL, auto_pad="SAME_LOWER", strides=[2, 2]),
            "auto_pad=SAME_LOWER is not supported",
        ),
        (
            node("MaxPool", "x", **POOL, auto_pad="SAME_UPPER", strides=[2, 4]),
            "programs differ in SAME_UPPER",
        ),
        (node("MaxPool", "x"), "attribute 'kernel_shape' is missing"),
        (
            node("AveragePool", "x", **POOL, pads=[1] * 4, count_include_pad=1),
            "does not count the padding",
        ),
        (node("Conv", "x", "w", kernel_shape=[5, 5]), "expected a kernel for sequences or images"),
        (node("Conv", "x", "w", group=3), "Conv 'the Conv': Conv2D: groups"),
        (node("Conv", "x", "w", pads=[1, 1]), "expected two pads for each axis"),
        (node("Conv", "x", "w", pads=[-1] * 4), "padding must be"),
        (node("Resize", "x", "", "s", mode="linear"), "only repetitions of positions"),
        (node("Resize", "x", "", "s"), "expected whole scales"),
        (node("BatchNormalization", "x", *["s"] * 4, training_mode=1), "in training is not supported"),
    ],
)
def test_images_are_refused_by_what_is_different(one, match, tmp_path):
    arrays = {"w": KERNEL, "s": np.array([1, 1, 1.5, 2], np.float32)}
    assert_refused(model_of([one], arrays, IMAGES), tmp_path, match)


def test_other_operator_sets_domains_and_graphs_in_graphs_are_refused(tmp_path):
    relu = [node("Relu", "x")]
    assert_refused(model_of(relu, operators=9), tmp_path, r"expected operator set 13 to \d+, got 9")
    assert_refused(model_of(relu, operators=99), tmp_path, r"expected operator set 13 to \d+, got 99")
    relu[0].domain = "com.example"
    assert_refused(model_of(relu), tmp_path, r"com\.example\.Relu .* is not one of ONNX's own")
    body = helper.make_graph([], "body", [], [])
    assert_refused(model_of([node("If", "x", then_branch=body)]), tmp_path, "contains another graph")


def test_operators_that_are_defined_anew_are_refused(tmp_path):
    model = model_of([node("Relu", "x")])
    opset = helper.make_opsetid("", 17)
    model.functions.append(helper.make_function("", "Relu", ["a"], ["b"], [node("Neg", "a")], [opset]))
    assert_refused(model, tmp_path, "defines operators of ONNX's own domain anew")


def test_data_in_other_files_are_refused(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(EYE.tobytes())
    model = model_of([node("MatMul", "x", "w")], {"w": EYE})
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for place in ("secret", str(secret), "../secret"):
        del tensor.external_data[:]
        tensor.external_data.add(key="location", value=place)
        assert_refused(model, tmp_path, "constant 'w' is in another file")


@pytest.mark.parametrize("dims", [(4, 5), (4,), (-4, -4), (1 << 40, 1 << 40), (0, 4)])
def test_sizes_that_do_not_fit_their_data_are_refused(dims, tmp_path):
    model = model_of([node("MatMul", "x", "w")], {"w": EYE})
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend(dims)
    assert_refused(model, tmp_path, "its data do not fit its sizes")


def test_claims_of_a_large_input_or_padding_take_no_memory(tmp_path):
    read(model_of([node("Relu", "x")]), tmp_path)  # imports what it needs
    tracemalloc.start()
    arrays = {"w": KERNEL}
    model = read(model_of([node("Conv", "x", "w")], arrays, ("N", 3, 1 << 30, 1 << 30)), tmp_path)
    assert repr(model[1]) == "Conv2D(3, 2, 3, bias=False)"
    huge = node("Conv", "x", "w", pads=[1 << 40] * 4)
    assert isinstance(read(model_of([huge], arrays, IMAGES), tmp_path), nn.io.Wired)
    pool = node("MaxPool", "x", kernel_shape=[1 << 30] * 2, auto_pad="SAME_UPPER")
    assert isinstance(read(model_of([pool], {}, IMAGES), tmp_path), nn.io.Wired)
    scales = {"s": np.array([1, 1, 1 << 20, 1 << 20], np.float32)}
    assert isinstance(
        read(model_of([node("Resize", "x", "", "s")], scales, IMAGES), tmp_path), nn.io.Wired
    )
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_inputs_must_be_tensors_of_known_rank(tmp_path):
    model = model_of([node("Relu", "x")])
    model.graph.input[0].type.tensor_type.ClearField("shape")
    assert_refused(model, tmp_path, "whose number of axes is known")
    model = model_of([node("Relu", "x")], dtype=8)
    assert_refused(model, tmp_path, "expected a tensor of float32")
    model.graph.ClearField("input")
    assert_refused(model, tmp_path, "comes from no node before it")


def test_two_constants_of_a_name_and_sparse_ones_are_refused(tmp_path):
    model = model_of([node("MatMul", "x", "w")], {"w": EYE})
    model.graph.initializer.append(model.graph.initializer[0])
    assert_refused(model, tmp_path, "two values are called 'w'")
    del model.graph.initializer[1]
    tensor, places = helper.make_tensor("v", 1, (1,), [1.0]), helper.make_tensor("i", 7, (1,), [0])
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(tensor, places, (4,)))
    assert_refused(model, tmp_path, "sparse constants are not supported")


def test_other_names_of_columns_are_left_out(tmp_path):
    for text in ("[" * 100_000, "3", "[1, 2]", "{}"):
        model = model_of([node("MatMul", "x", "w")], {"w": EYE})
        helper.set_model_props(model, {"column_names": text})
        assert read(model, tmp_path).column_names is None
    helper.set_model_props(model, {"column_names": json.dumps(["a", "b"])})
    assert read(model, tmp_path).column_names == ("a", "b")


def test_constants_may_be_nodes_and_numbers_may_be_typed(tmp_path):
    weight = helper.make_tensor("w", FLOAT, (4, 4), EYE.reshape(-1))
    nodes = [
        helper.make_node("Constant", [], ["w"], value=weight),
        node("Identity", "w", output="v"),
        node("MatMul", "x", "v"),
    ]
    model = read(model_of(nodes), tmp_path)
    np.testing.assert_array_equal(model.predict(EYE), EYE)
    nodes[0] = helper.make_node("Constant", [], ["w"], sparse_value=helper.make_sparse_tensor(
        weight, helper.make_tensor("i", 7, (16,), range(16)), (4, 4)))  # fmt: skip
    assert_refused(model_of(nodes), tmp_path, "is not supported")


def test_what_only_looks_like_a_layer_is_refused(tmp_path):
    """GELU with another number, and one whose inner value is used elsewhere."""
    nn.io.to_onnx(nn.Sequential(nn.Dense(4, 4), nn.GELU()), tmp_path / "a.onnx")
    model = onnx.load(tmp_path / "a.onnx")
    half = next(t for t in model.graph.initializer if numpy_helper.to_array(t).tolist() == 0.5)
    half.CopyFrom(numpy_helper.from_array(np.float32(0.25), half.name))
    assert_refused(model, tmp_path, "Div .* no layer expresses this operator")
    model = onnx.load(tmp_path / "a.onnx")
    erf = next(node for node in model.graph.node if node.op_type == "Erf")
    model.graph.node.append(node("Identity", erf.output[0], output="more"))
    model.graph.output.append(helper.make_tensor_value_info("more", FLOAT, None))
    assert_refused(model, tmp_path, "Div .* no layer expresses this operator")


def test_altered_files_are_refused_or_give_a_network(tmp_path):
    layers = nn.Conv2D(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Dense(8, 4), nn.GELU(), nn.LayerNorm(4)
    path = tmp_path / "a.onnx"
    nn.io.to_onnx(nn.Sequential(*layers), path, input_shape=(4, 4, 1))
    content = path.read_bytes()
    for seed in range(150):
        draw = random.Random(seed)
        altered = bytearray(content[: draw.choice([len(content), draw.randrange(len(content))])])
        for _ in range(draw.choice([1, 2, 8])):
            altered[draw.randrange(len(altered))] = draw.randrange(256)
        path.write_bytes(altered)
        with np.errstate(all="ignore"):
            try:
                assert isinstance(nn.io.from_onnx(path), nn.Layer)
            except ValueError as error:
                assert str(path) in str(error)  # noqa: PT017
