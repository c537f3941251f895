"""Every layer as an ONNX file, run by another program, and read back."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.structures import arrays_in
from tests.io.onnx.networks import networks, some_inputs

onnx = pytest.importorskip("onnx")
NETWORKS = {name: (model, options) for name, model, options in networks()}


def assert_equal(got, expected):
    """Outputs of one structure that differ by rounding."""
    pairs = zip(arrays_in(got), arrays_in(expected), strict=True)
    for (_, one), (_, other) in pairs:
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        scale = np.abs(other).max(initial=1.0)
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5 * scale)


def flat(x):
    """One array, or a tuple that is not nested."""
    found = tuple(array for _, array in arrays_in(x))
    return found if len(found) > 1 else found[0]


def run(path, x):
    """What onnxruntime computes, or the reference implementation if it is not installed."""
    try:
        from onnxruntime import InferenceSession
    except ImportError:
        from onnx.reference import ReferenceEvaluator as InferenceSession
    names = [item.name for item in onnx.load(path).graph.input]
    feed = {name: array for name, (_, array) in zip(names, arrays_in(x), strict=True)}
    outputs = InferenceSession(str(path)).run(None, feed)
    return tuple(outputs) if len(outputs) > 1 else outputs[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_written_run_and_read_back(name, tmp_path):
    model, options = NETWORKS[name]
    path, again = tmp_path / "a.onnx", tmp_path / "b.onnx"
    nn.io.to_onnx(model, path, **options)
    read = nn.io.from_onnx(path)
    nn.io.to_onnx(read, again, **options)
    for rows, length in ((1, 6), (4, 9)):
        x = some_inputs(model, options, rows, length=length)
        x = x if "example" not in options else tuple(
            array.astype(np.int64 if array.dtype.kind == "i" else array.dtype) for array in x
        )  # fmt: skip
        expected = flat(model.predict(x))
        assert_equal(run(path, x), expected)
        assert_equal(flat(read.predict(x)), expected)
        assert_equal(run(again, x), expected)
    assert count(read) == count(model)


def count(model):
    """The numbers in parameters and states, each once."""
    return sum(state.value.size for _, state in model.named_states())


def test_every_layer_of_the_library_is_in_one_of_the_networks():
    layers = [getattr(nn, name) for name in nn.__all__]
    kinds = {kind for kind in layers if isinstance(kind, type) and issubclass(kind, nn.Layer)}
    parts = [part for model, _ in NETWORKS.values() for _, part in [("", model), *model.named_parts()]]
    assert kinds - {nn.Layer, nn.Elementwise} - {type(part) for part in parts} == set()


def test_every_layer_of_the_library_has_a_function():
    nn.io.to_onnx  # noqa: B018 (it registers them)
    layers = [getattr(nn, name) for name in nn.__all__]
    kinds = {kind for kind in layers if isinstance(kind, type) and issubclass(kind, nn.Layer)}
    assert kinds - {nn.Layer, nn.Elementwise} - nn.io.onnx_nodes.registry.keys() == set()


@pytest.mark.parametrize("name", ["ReLU", "LayerNorm", "attention, causal", "Dense of sequences"])
def test_networks_of_float64_stay_what_they_are(name, tmp_path):
    model, options = NETWORKS[name]
    model = model.astype(np.float64)
    nn.io.to_onnx(model, tmp_path / "a.onnx", **options)
    read = nn.io.from_onnx(tmp_path / "a.onnx")
    x = some_inputs(model, options, 3)
    y = read.predict(x)
    assert y.dtype == np.float64
    np.testing.assert_allclose(y, model.predict(x), rtol=1e-12, atol=1e-12)


def test_the_gradients_of_a_network_that_was_read_are_those_of_the_network(tmp_path):
    for name in ("Residual", "Bidirectional", "attention, memory", "Flatten", "Parallel"):
        model, options = NETWORKS[name]
        model = model.for_inference()
        nn.io.to_onnx(model, tmp_path / "a.onnx", **options)
        read = nn.io.from_onnx(tmp_path / "a.onnx").for_inference()
        x = some_inputs(model, options, 3)
        grads = [network.backward(np.ones_like(network.forward(x))) for network in (model, read)]
        for (_, one), (_, other) in zip(arrays_in(grads[0]), arrays_in(grads[1]), strict=True):
            assert (one is None) == (other is None)
            if one is not None:
                np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
        sums = [
            sorted(float(np.abs(parameter.grad).sum()) for parameter in network.parameters())
            for network in (model, read)
        ]
        np.testing.assert_allclose(*sums, rtol=1e-4)
        model.clear_gradients()
