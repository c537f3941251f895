"""Files that PyTorch wrote, with its inputs and outputs.

They are from torch 2.13: those named "dynamo" by its new exporter, the others by the old one, with a
batch size that is free or one that is fixed.
"""

from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn
from tests.io.c.programs import SANITIZED, assert_same, needs_c, outputs

pytest.importorskip("onnx")
FOLDER = Path(__file__).parent / "files"
EXPECTED = {
    "mlp_dyn": "Dense ReLU Dense GELU LayerNorm SiLU Dense Softmax",
    "mlp_dynamo": "Dense ReLU Dense GELU LayerNorm SiLU Dense Softmax",
    "cnn_dyn": "Permute Conv2D ReLU MaxPool2D Conv2D PReLU Permute Flatten Dense",
    "cnn_dynamo": "Permute Conv2D ReLU MaxPool2D Conv2D PReLU Permute Reshape Dense",
    "rescnn_static": (
        "Permute Conv2D Conv2D ReLU Conv2D Add ReLU AveragePool2D Conv2D ReLU Conv2D Add ReLU "
        "GlobalAveragePool Reshape Flatten Dense"
    ),
    "unet_static": (
        "Permute Conv2D GroupNorm LeakyReLU Upsample2D ConvTranspose2D Tanh GroupNorm ELU Permute"
    ),
    "view_dyn": "Permute Conv2D ReLU Permute Flatten Dense",
    "lstm_dyn": "LSTM Dense",
    "last_dyn": "LSTM Select Dense",
    "last_dynamo": "LSTM Select Dense",
    "gru_static": "GRU Dense",
    "bilstm_static": "Bidirectional Dense",
    "bilstm_dynamo": "Bidirectional Dense",
    "emb_dynamo": "Embedding GlobalAveragePool Dense",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_of_pytorch_gives_layers_with_the_same_outputs(name):
    model = nn.io.from_onnx(FOLDER / f"{name}.onnx")
    assert [type(layer).__name__ for layer in model.layers] == EXPECTED[name].split()
    with np.load(FOLDER / f"{name}.npz") as arrays:
        y = model.predict(arrays["x"])
        assert y.dtype == arrays["y"].dtype
        np.testing.assert_allclose(y, arrays["y"], rtol=1e-5, atol=1e-5)


def arrays_of(name):
    with np.load(FOLDER / f"{name}.npz") as arrays:
        return arrays["x"], arrays["y"]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_network_from_a_file_of_pytorch_becomes_a_python_file(name, tmp_path):
    model, path = nn.io.from_onnx(FOLDER / f"{name}.onnx"), tmp_path / "net.py"
    x, y = arrays_of(name)
    nn.io.to_numpy(model, path, input_shape=x.shape[1:])
    names = {}
    exec(path.read_text(encoding="utf-8"), names)
    np.testing.assert_allclose(names["predict"](x), y, rtol=1e-5, atol=1e-5)


@needs_c
def test_networks_from_files_of_pytorch_become_c_programs(tmp_path):
    recurrent = {"LSTM", "GRU", "Bidirectional"}
    names = [name for name, layers in EXPECTED.items() if recurrent.isdisjoint(layers.split())]
    models = [
        (nn.io.from_onnx(FOLDER / f"{name}.onnx"), arrays_of(name)[0].shape[1:]) for name in names
    ]
    for one, other in outputs(tmp_path, models, options=SANITIZED):
        assert_same(one, other)


def test_the_files_are_those_that_are_tested():
    assert {path.stem for path in FOLDER.glob("*.onnx")} == EXPECTED.keys()


def test_without_the_first_layer_images_have_their_channels_last():
    model = nn.io.from_onnx(FOLDER / "cnn_dyn.onnx")
    with np.load(FOLDER / "cnn_dyn.npz") as arrays:
        y = model[1:].predict(arrays["x"].transpose(0, 2, 3, 1))
        np.testing.assert_allclose(y, arrays["y"], rtol=1e-5, atol=1e-5)


def test_what_was_read_can_be_trained():
    model = nn.io.from_onnx(FOLDER / "rescnn_static.onnx")
    x = np.random.default_rng(0).normal(size=(8, 3, 8, 8)).astype(np.float32)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.Adam(model.parameters(), lr=0.01))
    losses = [trainer.step(x, np.arange(8) % 5) for _ in range(20)]
    assert losses[-1] < 0.8 * losses[0]
