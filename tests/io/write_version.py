"""Write the files of this version of nnlayers that later versions have to read.

    python tests/io/write_version.py

They go into a folder of the version's name in tests/io/versions, and are never changed after a release.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

import nnlayers as nn
from tests.io.damaged_networks import a_network

VERSIONS = Path(__file__).parent / "versions"
X = np.linspace(-2, 2, 20, dtype=np.float32).reshape(5, 4)


def images():
    rng = np.random.default_rng(1)
    return nn.Sequential(
        nn.Conv2D(1, 2, 3, padding="same", rng=rng),
        nn.ReLU(),
        nn.MaxPool2D(2),
        nn.Flatten(),
        nn.Dense(8, 3, rng=rng),
        input_shape=(4, 4, 1),
    )


def write(folder):
    """Write networks, weights alone, and what the networks predict."""
    folder.mkdir(parents=True, exist_ok=True)
    model = a_network()
    for suffix in ("npz", "safetensors"):
        nn.save(model, folder / f"network.{suffix}")
        nn.save(images(), folder / f"images.{suffix}")
        model.save_weights(folder / f"weights.{suffix}")
    np.savez(
        folder / "expected.npz",
        network=model.predict(X),
        images=images().predict(np.resize(X, (2, 4, 4, 1))),
    )


if __name__ == "__main__":
    write(VERSIONS / nn.__version__)
