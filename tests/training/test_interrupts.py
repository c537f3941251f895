"""Ctrl-C during training."""

import os
import signal
import threading

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import pending
from tests.training.trainers_for_tests import X, Y, trainer, weights


@pytest.fixture(autouse=True)
def _default_handler():
    """Install Python's own handler: a shell may have started the tests with Ctrl-C ignored."""
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, old)


class Interrupting(nn.Layer):
    """Presses Ctrl-C in its forward pass number `at`."""

    def __init__(self, at):
        self.left = [at]

    def forward(self, x):
        self.left[0] -= 1
        if self.left[0] == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return x

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad


def test_ctrl_c_ends_training_and_keeps_the_history():
    model = nn.Sequential(nn.Dense(4, 3, rng=0), Interrupting(at=12))
    trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    handler = signal.getsignal(signal.SIGINT)
    history = trained.fit(X, Y, epochs=100, batch_size=10, rng=0, progress=False)
    assert trained.interrupted
    assert history.epochs == 2
    assert signal.getsignal(signal.SIGINT) is handler
    assert not any(pending(model))
    assert trained.fit(X, Y, epochs=1, rng=0, progress=False).epochs == 3
    assert not trained.interrupted


def test_ctrl_c_never_interrupts_an_update():
    class Interrupted(nn.SGD):
        def update(self, value, grad, lr, velocity):
            super().update(value, grad, lr, velocity)
            os.kill(os.getpid(), signal.SIGINT)

    trained, other = (trainer(optimizer=kind, momentum=0.9) for kind in (Interrupted, nn.SGD))
    trained.fit(X, Y, epochs=1, batch_size=25, rng=0, progress=False)
    other.step(*next(iter(nn.batches(X, Y, batch_size=25, rng=np.random.default_rng([0, 1])))))
    assert trained.interrupted
    np.testing.assert_array_equal(weights(trained), weights(other))


def test_a_custom_signal_handler_is_left_alone():
    heard = []
    old = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        model = nn.Sequential(nn.Dense(4, 3, rng=0), Interrupting(at=2))
        trained = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
        assert trained.fit(X, Y, epochs=3, rng=0, progress=False).epochs == 3
    finally:
        signal.signal(signal.SIGINT, old)
    assert heard == [signal.SIGINT]


def test_fit_works_outside_the_main_thread():
    trained = trainer()
    thread = threading.Thread(target=lambda: trained.fit(X, Y, epochs=2, rng=0, progress=False))
    thread.start()
    thread.join()
    assert trained.history.epochs == 2
