"""Two trainers that are alike, on NumPy and on the device, and what the tests ask of them."""

import numpy as np

import nnlayers as nn
from nnlayers.core.devices import to_host
from tests.devices.log import watched

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 6)).astype(np.float32)
Y = RNG.integers(0, 4, 50)
Z = RNG.normal(size=(50, 4)).astype(np.float32)
WEIGHTS = np.linspace(0, 2, len(X))


def network():
    return nn.Sequential(
        nn.Dense(6, 8, bias=False, rng=0),
        nn.BatchNorm(8),
        nn.ReLU(),
        nn.Dropout(0.2, rng=1),
        nn.Dense(8, 4, rng=2),
    )


def trainer(device, optimizer=nn.SGD, loss=nn.SoftmaxCrossEntropy, metrics=None, model=None, **options):
    model = (model or network()).to(device)
    options = {"lr": 0.1} | options
    return nn.Trainer(model, loss(), optimizer(model.parameters(), **options), metrics=metrics)


def both(*args, **options):
    """A trainer on NumPy, and one on the device."""
    return trainer("numpy", *args, **options), trainer("cupy", *args, **options)


def fit(trained, x=X, y=Y, **options):
    options = {"epochs": 2, "batch_size": 10, "rng": 0, "progress": False, "health": False} | options
    return trained.fit(x, y, **options)


def on_device(*arrays):
    import cupy

    moved = tuple(map(cupy.asarray, arrays))
    return moved if len(moved) > 1 else moved[0]


def assert_same_weights(one, other, rtol=1e-5, atol=1e-6):
    for (path, a), (_, b) in zip(one.model.named_states(), other.model.named_states(), strict=True):
        np.testing.assert_allclose(to_host(b.value), to_host(a.value), rtol, atol, err_msg=path)


def assert_equal_weights(one, other):
    assert_same_weights(one, other, 0, 0)


def assert_same_figures(one, other, rtol=1e-5):
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_allclose(other[name], one[name], rtol, err_msg=name)


class Waits(nn.Callback):
    """The waits for the device in each step of a fit: from the end of the step before to its own."""

    is_last = True

    def __init__(self):
        self.of_steps = []

    def start(self, trainer):
        self.context = watched()
        self.log = self.context.__enter__()

    def after_step(self, trainer):
        self.of_steps.append(list(self.log.waits))
        self.log.waits.clear()

    def after_epoch(self, trainer, figures):
        self.log.waits.clear()

    def finish(self, trainer):
        self.context.__exit__(None, None, None)
