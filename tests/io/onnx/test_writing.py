"""What `to_onnx` writes, and what it refuses before anything is written."""

import json
import sys

import numpy as np
import pytest

import nnlayers as nn
from tests import layers_for_tests
from tests.io.onnx.test_round_trips import run

onnx = pytest.importorskip("onnx")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


def sizes(item):
    return [dim.dim_value or dim.dim_param for dim in item.type.tensor_type.shape.dim]


def test_the_batch_size_is_free_and_other_sizes_as_asked(path):
    model = nn.Sequential(nn.Conv1D(3, 4, 3), nn.ReLU())
    nn.io.to_onnx(model, path, input_shape=(None, 3))
    graph = onnx.load(path).graph
    assert [sizes(graph.input[0]), sizes(graph.output[0])] == [["N", "size_1", 3], ["N", "", 4]]
    nn.io.to_onnx(model, path, input_shape=("steps", 3))
    assert sizes(onnx.load(path).graph.input[0]) == ["N", "steps", 3]
    nn.io.to_onnx(model, path, input_shape=(8, 3))
    assert sizes(onnx.load(path).graph.output[0]) == ["N", 6, 4]


def test_the_file_says_operator_set_producer_and_paths(path):
    model = nn.Sequential(nn.Dense(4, 3, rng=0), nn.Residual(nn.Dense(3, 3, rng=1)))
    nn.io.to_onnx(model, path)
    found = onnx.load(path)
    assert (found.ir_version, found.producer_name) == (8, "nnlayers")
    assert [(item.domain, item.version) for item in found.opset_import] == [("", 17)]
    names = [node.name for node in found.graph.node]
    inner = ["layers.1.layers.0/MatMul", "layers.1.layers.0/Add", "layers.1/Add"]
    assert names == ["layers.0/MatMul", "layers.0/Add", *inner, "output"]
    tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in found.graph.initializer}
    assert tensors.keys() == dict(model.named_parameters()).keys()
    for name, parameter in model.named_parameters():
        np.testing.assert_array_equal(tensors[name], parameter.value)


def test_what_stands_twice_is_written_once(path):
    dense, conv = nn.Dense(4, 4), nn.Conv2D(3, 3, 3, padding="same")
    for model, shape, count in (
        (nn.Sequential(dense, dense, dense), 4, 2),
        (nn.Sequential(conv, conv), (5, 5, 3), 2),
        (nn.Sequential(*[nn.LSTM(4, 4)] * 2), (5, 4), 4),
    ):
        nn.io.to_onnx(model, path, input_shape=shape)
        assert len(onnx.load(path).graph.initializer) == count
    embedding = nn.Embedding(7, 4)
    nn.io.to_onnx(nn.Sequential(embedding, nn.TiedDense(embedding)), path, input_shape=(5,))
    read = nn.io.from_onnx(path)
    assert len(read.parameters()) == 2
    assert read[1].embedding is read[0]


def test_layers_with_equal_values_stay_apart(path):
    model = nn.Sequential(nn.BatchNorm(4), nn.Dense(4, 4), nn.BatchNorm(4))
    nn.io.to_onnx(model, path, input_shape=4)
    read = nn.io.from_onnx(path)
    assert read[0] is not read[2]
    assert len(read.parameters()) == 6


def test_transposes_that_cancel_are_left_out(path):
    layers = nn.Conv2D(1, 4, 3), nn.MaxPool2D(2), nn.BatchNorm(4), nn.Conv2D(4, 4, 3)
    nn.io.to_onnx(nn.Sequential(*layers), path, input_shape=(12, 12, 1))
    operators = [node.op_type for node in onnx.load(path).graph.node]
    inner = ["Conv", "MaxPool", "BatchNormalization", "Conv"]
    assert operators == ["Transpose", *inner, "Transpose", "Identity"]


def test_a_thousand_layers_and_deep_nesting(path):
    model = nn.Sequential(*[layer for _ in range(500) for layer in (nn.Dense(2, 2), nn.Tanh())])
    nn.io.to_onnx(model, path)
    assert len(nn.io.from_onnx(path)) == 1000
    model = nn.Dense(2, 2)
    for _ in range(200):
        model = nn.Sequential(model, nn.Identity())
    nn.io.to_onnx(model, path)
    assert repr(nn.io.from_onnx(path)) == "Sequential(Dense(2, 2))"


def test_names_of_columns_come_back(path):
    model = nn.Sequential(nn.Dense(2, 1))
    model.column_names = ("height", "wéight")
    nn.io.to_onnx(model, path)
    metadata = {item.key: item.value for item in onnx.load(path).metadata_props}
    assert json.loads(metadata["column_names"]) == ["height", "wéight"]
    assert nn.io.from_onnx(path).column_names == ("height", "wéight")


def test_a_users_layer_is_written_by_two_lines(path):
    class Scale(layers_for_tests.Scale):
        pass

    @nn.io.onnx_nodes.register(Scale)
    def _(layer, graph, x):
        return graph.node("Mul", x, graph.constant(layer.gain.value))

    model = nn.Sequential(nn.Dense(3, 2, rng=0), Scale(2), nn.Dense(2, 2, rng=1))
    model[1].gain.value[...] = [2, -1]
    nn.io.to_onnx(model, path)
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    np.testing.assert_allclose(run(path, x), model.predict(x), rtol=1e-5)
    assert "layers.1.gain" in [tensor.name for tensor in onnx.load(path).graph.initializer]


def test_a_layer_without_a_function_is_refused_by_its_path(path):
    class Shift(nn.Layer):
        def forward(self, x):
            return x + 1

        def backward(self, grad):
            return grad

    with pytest.raises(TypeError, match=r"layers\.1, Shift: this format has no function") as caught:
        nn.io.to_onnx(nn.Sequential(nn.Dense(2, 2), Shift()), path)
    assert "@nn.io.onnx_nodes.register(Shift)\n    def _(layer, graph, x): ..." in str(caught.value)

    class Other(nn.ReLU):
        def predict(self, x):
            return x

    with pytest.raises(TypeError, match=r"layers\.1, Other: it changes predict of ReLU"):
        nn.io.to_onnx(nn.Sequential(nn.Dense(2, 2), Other()), path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("function", "match"),
    [
        (lambda layer, graph, x: graph.node("Neg", x), "differs from that of predict by up to"),
        (lambda layer, graph, x: graph.node("Nag", x), "added nodes that are not valid"),
        (lambda layer, graph, x: None, "Same: its function returned None: expected a str, or"),
    ],
)
def test_a_function_that_is_wrong_is_noticed_before_a_file_is_there(path, function, match):
    class Same(nn.Layer):
        def forward(self, x):
            return x * 1

    nn.io.onnx_nodes.register(Same, function)
    path.write_bytes(b"old")
    with pytest.raises((ValueError, TypeError), match=match):
        nn.io.to_onnx(nn.Sequential(nn.Dense(2, 2), Same()), path)
    assert path.read_bytes() == b"old"
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("model", "options", "match"),
    [
        (nn.LSTM(3, 4), {}, "give that of one sample"),
        (nn.LSTM(3, 4), {"input_shape": (None, 5)}, "expected input of shape"),
        (nn.Dense(3, 4).astype(np.float16), {}, "weight is float16: expected float32 or float64"),
        (
            nn.Dense(3, 4),
            {"input_shape": (3,), "example": np.ones((2, 4))},
            r"shape \(4,\), not \(3,\)",
        ),
        (nn.Dense(3, 4), {"example": np.ones((2, 4))}, "expected input of shape"),
        (nn.MultiHeadAttention(4, 2), {"input_shape": ((None, 4), (None,))}, "expected a mask"),
        (
            nn.Conv1D(2, 3, 3, stride=6, padding="same"),
            {"input_shape": (None, 2)},
            "programs differ in padding='same'",
        ),
        (
            nn.MaxPool2D(3, stride=5, padding="same"),
            {"input_shape": (None, None, 16)},
            "programs differ in padding='same'",
        ),
    ],
)
def test_wrong_arguments_are_refused(path, model, options, match):
    with pytest.raises(ValueError, match=match):
        nn.io.to_onnx(model, path, **options)
    assert not path.exists()


def test_other_things_than_models_and_folders_are_refused(tmp_path):
    with pytest.raises(TypeError, match="to_onnx: expected a layer"):
        nn.io.to_onnx(None, tmp_path / "a.onnx")
    with pytest.raises(OSError, match="folder"):
        nn.io.to_onnx(nn.Dense(2, 2), tmp_path)


def test_a_network_that_one_file_cannot_hold_is_refused(path, monkeypatch):
    from nnlayers.io.onnx import writer

    monkeypatch.setattr(writer, "LIMIT", 100)
    with pytest.raises(ValueError, match="more than 2 GB"):
        nn.io.to_onnx(nn.Dense(5, 5), path)


def test_without_onnxruntime_the_reference_implementation_checks(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    layers = nn.Conv2D(1, 2, 3, padding="same", stride=2), nn.SiLU(), nn.Flatten(), nn.Dense(8, 2)
    model = nn.Sequential(*layers)
    nn.io.to_onnx(model, path, input_shape=(4, 4, 1))
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 1))
    np.testing.assert_allclose(nn.io.from_onnx(path).predict(x), model.predict(x), atol=1e-6)


def test_without_onnx_the_extra_is_named(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    for call in (lambda: nn.io.to_onnx(nn.Dense(2, 2), path), lambda: nn.io.from_onnx(path)):
        with pytest.raises(ImportError, match=r"pip install 'nnlayers\[onnx\]'"):
            call()


def test_float64_that_onnxruntime_cannot_run_is_said(path):
    pytest.importorskip("onnxruntime")
    model = nn.Conv2D(1, 1, 3).astype(np.float64)
    with pytest.warns(UserWarning, match=r"onnxruntime does not run this network of float64"):
        nn.io.to_onnx(model, path, input_shape=(5, 5, 1))
    x = np.random.default_rng(0).normal(size=(2, 5, 5, 1))
    np.testing.assert_allclose(nn.io.from_onnx(path).predict(x), model.predict(x), rtol=1e-12)


def test_a_network_that_makes_much_of_rounding_is_written(path):
    model = nn.Sequential(nn.Dense(2, 2, rng=0), nn.Tanh(), nn.LayerNorm(2, epsilon=1e-18))
    model[0].weight.value[...] = [[9, 9], [9, 9]]
    model[0].bias.value[...] = [9, 9.001]
    x = np.ones((3, 2)) * [0.3, -0.9]
    nn.io.to_onnx(model, path, example=x)
    np.testing.assert_array_equal(nn.io.from_onnx(path).predict(x), model.predict(x))
