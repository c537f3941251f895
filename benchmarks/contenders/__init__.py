"""The contenders of the speed benchmark, one module each, and the task that they are all given.

A contender has some of these functions; each returns ways to do the thing, of which the fastest counts:

``step(case)``     one training step on one batch, the same batch every time, made beforehand
``epoch(case)``    one epoch over the data set: shuffled, in batches, with the accuracy reported
``predict(case)``  the outputs for ``case.batch`` rows, as they are wanted: computed when it returns

The network is Dense, ReLU, Dropout, ..., Dense; the loss is softmax cross-entropy; the update is
gradient descent with L2 decay of the weights.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

MODULES = {
    "floor": "floor",
    "numpy": "by_hand",
    "nnlayers": "with_nnlayers",
    "nnlayers Trainer.step": "with_trainer",
    "torch": "with_torch",
    "torch DataLoader": "with_torch_loader",
    "torch.compile": "with_torch_compile",
    "jax": "with_jax",
    "keras": "with_keras",
    "scikit-learn": "with_sklearn",
    "thinc": "with_thinc",
}


class Case(NamedTuple):
    """A network, and what it is trained on."""

    sizes: tuple[int, ...]
    batch: int
    dropout: float = 0.0
    lr: float = 0.01
    decay: float = 1e-4
    data: str = ""  # the folder with x.npy and y.npy

    def weights(self):
        """The initial weights and biases, (in, out) and (out,), the same for everyone."""
        rng = np.random.default_rng(1)
        pairs = zip(self.sizes, self.sizes[1:], strict=False)
        return [(he_normal(rng, *pair), np.zeros(pair[1], np.float32)) for pair in pairs]

    def rows(self):
        """One batch: normal inputs and random labels."""
        rng = np.random.default_rng(2)
        x = rng.standard_normal((self.batch, self.sizes[0]), dtype=np.float32)
        return x, rng.integers(0, self.sizes[-1], self.batch)

    def dataset(self):
        """The whole data set."""
        return np.load(f"{self.data}/x.npy"), np.load(f"{self.data}/y.npy")


class Way(NamedTuple):
    """One way to do it: what to call, and where to look up the weights (by the check)."""

    call: Callable[[], Any]
    weights: Callable[[], list] | None = None
    name: str = ""


def he_normal(rng, inputs, outputs):
    """He's initial weights."""
    scale = np.float32((2 / inputs) ** 0.5)
    return rng.standard_normal((inputs, outputs), dtype=np.float32) * scale


def threads():
    """How many threads this process may use."""
    return int(os.environ["OMP_NUM_THREADS"])
