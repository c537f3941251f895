"""Networks on a device are written to files of other formats, and read from them."""

import numpy as np
import pytest

import nnlayers as nn
from tests.devices.rows import on_device


def network():
    return nn.Sequential(nn.Dense(3, 4, rng=0), nn.LayerNorm(4), nn.Dense(4, 2, rng=2))


def read(path):
    return path.read_bytes()


@pytest.mark.parametrize(("name", "suffix"), [("numpy", "py"), ("c", "h"), ("onnx", "onnx")])
def test_files_are_those_of_the_host(name, suffix, cupy, tmp_path):
    if name == "onnx":
        pytest.importorskip("onnx")
    write, model = getattr(nn.io, f"to_{name}"), network()
    for folder in ("host", "device"):
        (tmp_path / folder).mkdir()
        write(model, tmp_path / folder / f"net.{suffix}")
        model.to("cupy")
    assert read(tmp_path / "host" / f"net.{suffix}") == read(tmp_path / "device" / f"net.{suffix}")
    assert type(model[0].weight.value).__module__ == "cupy"


@pytest.mark.parametrize("library", ["torch", "keras"])
def test_weights_of_other_libraries_come_and_go(library, cupy):
    give, take = getattr(nn.io, f"to_{library}"), getattr(nn.io, f"load_{library}")
    model = network()
    weights = give(model)
    other = nn.Sequential(nn.Dense(3, 4), nn.LayerNorm(4), nn.Dense(4, 2)).to("cupy")
    take(other, weights)
    x = np.ones((2, 3), np.float32)
    assert np.allclose(other.predict(on_device(x)).get(), model.predict(x))
    again = give(other)
    pairs = zip(weights, again, strict=True)
    if library == "torch":
        pairs = ((weights[name], again[name]) for name in weights)
    assert all(np.array_equal(one, two) for one, two in pairs)
