"""The contenders of the speed benchmark, and the task that they are all given.

The network is Dense, ReLU, Dropout, ..., Dense; the loss is softmax cross-entropy; the update is
gradient descent with L2 decay of the weights. A contender's module has some of these functions, each of
which returns ways to do the thing; the fastest counts:

``step(case)``     one training step on one batch, the same batch every time, made beforehand
``epoch(case)``    one epoch over the data set: shuffled, in batches, with the accuracy reported
``predict(case)``  the outputs for ``case.batch`` rows, computed when it returns

nnlayers runs twice: with its compiled kernels, where they are installed, and with NumPy only.
"""

import itertools
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

NUMPY_ONLY = "nnlayers, NumPy only"
OURS = ("nnlayers", NUMPY_ONLY)
MODULES = {  # and what the names of a contender's functions begin with
    "floor": ("floor", ""),
    "numpy": ("by_hand", ""),
    "nnlayers": ("with_nnlayers", ""),
    "nnlayers Trainer.step": ("with_nnlayers", "trainer_"),
    NUMPY_ONLY: ("with_nnlayers", ""),
    f"{NUMPY_ONLY}, Trainer.step": ("with_nnlayers", "trainer_"),
    "torch": ("with_torch", ""),
    "torch DataLoader": ("with_torch", "loader_"),
    "torch.compile": ("with_torch", "compiled_"),
    "jax": ("with_jax", ""),
    "jax, not awaited": ("with_jax", "unawaited_"),
    "keras": ("with_keras", ""),
    "scikit-learn": ("with_sklearn", ""),
    "thinc": ("with_thinc", ""),
}


def kernels(name):
    """What NNLAYERS_KERNELS is for a contender; with "compiled", it fails if there are none."""
    if NUMPY_ONLY in name:
        return "numpy"
    return "compiled" if "nnlayers" in name else ""


class Case(NamedTuple):
    """A network, and what it is trained on."""

    sizes: tuple[int, ...]
    batch: int
    dropout: float = 0.0
    lr: float = 0.01
    decay: float = 1e-4
    data: str = ""  # the folder with x.npy and y.npy

    @property
    def layers(self):
        """The inputs and outputs of each Dense."""
        return list(itertools.pairwise(self.sizes))

    @property
    def parameters(self):
        return sum((inputs + 1) * outputs for inputs, outputs in self.layers)

    @property
    def flops(self):
        """Operations in the products of a step: three products for each layer, two for the first."""
        weights = [inputs * outputs for inputs, outputs in self.layers]
        return 2 * self.batch * (3 * sum(weights) - weights[0])

    def weights(self):
        """The initial weights, He's, and biases: (in, out) and (out,), the same for everyone."""
        rng = np.random.default_rng(1)
        weights = []
        for inputs, outputs in self.layers:
            weight = rng.standard_normal((inputs, outputs), dtype=np.float32)
            weights.append((weight * np.float32((2 / inputs) ** 0.5), np.zeros(outputs, np.float32)))
        return weights

    def rows(self):
        """One batch: normal inputs and random labels."""
        rng = np.random.default_rng(2)
        x = rng.standard_normal((self.batch, self.sizes[0]), dtype=np.float32)
        return x, rng.integers(0, self.sizes[-1], self.batch)

    def dataset(self):
        """The whole data set."""
        return np.load(f"{self.data}/x.npy"), np.load(f"{self.data}/y.npy")


class Way(NamedTuple):
    """One way to do it: what to call, and how to look up the weights, for the check."""

    call: Callable[[], Any]
    weights: Callable[[], list] | None = None
    name: str = ""


def threads():
    """How many threads this process may use."""
    return int(os.environ["OMP_NUM_THREADS"])
