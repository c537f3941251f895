"""Files that released versions wrote can still be read."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import nnlayers as nn
from nnlayers.core.weights import read_file
from tests.io.damaged_networks import a_network
from tests.io.gradient_networks import SUFFIXES
from tests.io.write_version import VERSIONS, X, images, write

FOLDERS = sorted(path for path in VERSIONS.iterdir() if path.name != "0.1.0")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_files_of_each_version_can_be_read(folder, suffix):
    with np.load(folder / "expected.npz") as file:
        expected = dict(file)
    model = nn.load(folder / f"network.{suffix}")
    assert_allclose(model.predict(X), expected["network"], rtol=1e-5, atol=1e-6)
    assert model.class_names == ("no", "yes")
    assert model.known_column_names() == ("a", "b", 3, "d")
    assert not model[1].trainable
    weights = a_network()
    weights[6].weight.value[...] = 0
    weights.load_weights(folder / f"weights.{suffix}")
    assert_array_equal(weights[6].weight.value, model[6].weight.value)
    of_images = nn.load(folder / f"images.{suffix}")
    x = np.resize(X, (2, 4, 4, 1))
    assert_allclose(of_images.predict(x), expected["images"], rtol=1e-5, atol=1e-6)
    assert of_images.input_shape == images().input_shape


def of_the_first_version():
    """The network whose weights, and whose SGD with momentum, version 0.1.0 wrote; no other files."""
    return nn.Sequential(nn.Standardize(4), nn.Dense(4, 6), nn.ReLU(), nn.Dropout(0.5), nn.Dense(6, 3))


def test_weights_of_the_first_version_can_be_read():
    model = of_the_first_version()
    model.load_weights(VERSIONS / "0.1.0/weights.npz")
    with np.load(VERSIONS / "0.1.0/expected.npz") as expected:
        assert_allclose(model.predict(X), expected["weights"], rtol=1e-5, atol=1e-6)


def test_the_state_of_an_optimizer_of_the_first_version_is_completed():
    """As the page of upgrades says: 0.1.0 did not count steps, and did not clip."""
    optimizer = nn.SGD(of_the_first_version().parameters(), lr=1.0)
    with np.load(VERSIONS / "0.1.0/optimizer.npz") as file:
        old = dict(file)
    with pytest.raises(ValueError, match=r"no value for .*'steps'"):
        optimizer.load_state_dict(old)
    optimizer.load_state_dict({**optimizer.state_dict(), **old, "steps": 9})
    assert (optimizer.lr, optimizer.momentum, optimizer.steps) == (0.1, 0.9, 9)
    assert_array_equal(optimizer.state_dict()["3.velocity"], old["3.velocity"])


@pytest.mark.parametrize("name", ["network.npz", "images.safetensors"])
def test_this_version_writes_what_is_kept_of_it(name, tmp_path):
    """Otherwise the format has changed: raise FORMAT after a release, write them again before it."""
    write(tmp_path)
    arrays, note = read_file(tmp_path / name)
    kept, kept_note = read_file(VERSIONS / nn.__version__ / name)
    assert note == kept_note
    assert {path: array.dtype for path, array in arrays.items()} == {
        path: array.dtype for path, array in kept.items()
    }
