from functools import partial

import pytest

import nnlayers as nn
from tests.io.networks import new_layer

WRITERS = {
    "to_c": (partial(nn.io.to_c, compiler=None), nn.io.c_code),
    "to_numpy": (nn.io.to_numpy, nn.io.numpy_code),
    "to_onnx": (nn.io.to_onnx, nn.io.onnx_nodes),
}


@pytest.fixture(params=WRITERS)
def writer(request):
    if request.param == "to_onnx":
        pytest.importorskip("onnx")
    return request.param, *WRITERS[request.param]


def test_a_function_that_fails_is_named_by_format_path_and_class(tmp_path, writer):
    who, write, functions = writer
    Scale = new_layer()
    functions.register(Scale, lambda layer, writer, x: {}["gain"])
    model = nn.Sequential(nn.Dense(4, 3, rng=0), nn.Residual(Scale(3)))
    match = rf"^{who}: layers\.1\.layers\.0, Scale: its function failed: KeyError: 'gain'$"
    with pytest.raises(ValueError, match=match) as caught:
        write(model, tmp_path / "net")
    assert isinstance(caught.value.__cause__, KeyError)
    assert not [*tmp_path.iterdir()]


def test_a_layer_of_a_function_is_named_by_the_layer_around_it(tmp_path, writer):
    who, write, functions = writer
    Scale, Inner = new_layer(), type("Inner", (new_layer(),), {})
    functions.register(Scale, lambda layer, writer, x: writer.run(Inner(3), x))
    with pytest.raises(TypeError, match=rf"^{who}: layers\.1, Inner: this format has no function"):
        write(nn.Sequential(nn.Dense(4, 3, rng=0), Scale(3)), tmp_path / "net")


def test_a_function_may_run_a_layer_that_is_not_part_of_the_network(tmp_path, writer):
    _, write, functions = writer
    Scale = new_layer()
    layer = Scale(3)
    layer.gain.value[...] = 1
    functions.register(
        Scale, lambda layer, writer, x: writer.run(nn.Identity(), writer.run(nn.Reshape(3), x))
    )
    write(nn.Sequential(nn.Dense(4, 3, rng=0), layer), tmp_path / "net")
    assert (tmp_path / "net").stat().st_size


def test_a_layer_that_cannot_be_written_is_refused_before_a_shape_is_asked_for(tmp_path, writer):
    class Unknown(nn.Identity):
        def predict(self, x):
            return x

    model = nn.Sequential(nn.Conv1D(2, 3, 2, rng=0), nn.Sequential(Unknown()))
    with pytest.raises(TypeError, match=r"layers\.1\.layers\.0, Unknown"):
        writer[1](model, tmp_path / "net")


def test_the_shape_that_is_missing_comes_with_an_example_for_the_model(tmp_path, writer):
    _, write, _ = writer
    with pytest.raises(ValueError, match=r"as in input_shape=\(28, 28, 1\) for images, or .* steps"):
        write(nn.Conv1D(2, 3, 2, rng=0), tmp_path / "net")
    with pytest.raises(ValueError, match=r"as in input_shape=\(20,\) for 20 integers"):
        write(nn.Embedding(3, 2, rng=0), tmp_path / "net")


def test_a_shape_that_does_not_fit_is_named(tmp_path, writer):
    model = nn.Sequential(nn.Conv2D(1, 2, 3, rng=0), nn.Flatten())
    message = (
        rf"{writer[0]}: input_shape=\(3, 4\) does not fit the model: Conv2D\(1, 2, 3\): "
        r"expected input of shape \(N, H, W, 1\), got \(3, 3, 4\) for 3 samples"
    )
    with pytest.raises(ValueError, match=message):
        writer[1](model, tmp_path / "net", input_shape=(3, 4))
