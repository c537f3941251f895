"""Mistakes with devices: each is refused in words that say what to do, before anything is changed."""

import sys

import numpy as np
import pytest

import nnlayers as nn
from tests.devices.real import needs_stand_in
from tests.devices.trainers_for_tests import X, Y, fit, on_device, trainer

pytestmark = pytest.mark.usefixtures("cupy")

TO_DEVICE = r'batches\(\.\.\., device="cupy"\), or cupy\.asarray\(x\)'
TO_MODEL = r'move the model, model\.to\("cupy"\), or give an array of the host, x\.get\(\)'


@pytest.mark.parametrize("places", [(X, Y), (X, None), (None, Y)], ids=["both", "x", "y"])
def test_a_step_refuses_data_of_the_host(places):
    made = trainer("cupy")
    before = made.model.state_dict()
    x, y = (
        there if given is None else given for given, there in zip(places, on_device(X, Y), strict=True)
    )
    with pytest.raises(TypeError, match=TO_DEVICE):
        made.step(x, y)
    np.testing.assert_equal(made.model.state_dict(), before)
    assert made.model.pending == 0


def test_a_model_of_the_host_refuses_data_of_the_device():
    made, (x, y) = trainer("numpy"), on_device(X, Y)
    for call in (
        lambda: made.step(x, y),
        lambda: fit(made, x, y),
        lambda: made.evaluate(x, y),
        lambda: made.predict(x),
        lambda: fit(made, nn.batches(X, Y, device="cupy"), None, batch_size=None, rng=None),
    ):
        with pytest.raises(TypeError, match=TO_MODEL):
            call()


def test_a_network_of_which_a_part_was_moved_is_refused():
    made = trainer("cupy")
    made.model.layers[4].to("numpy")
    words = (
        r"model\.layers\.0\.weight is on cupy, and model\.layers\.4\.weight on numpy: move all of it"
    )
    for call in (lambda: fit(made), lambda: made.step(*on_device(X, Y))):
        with pytest.raises(ValueError, match=words):
            call()


def test_a_loss_that_was_not_moved_is_refused():
    class Scaled(nn.MeanSquaredError):
        def __init__(self):
            self.scale = nn.State([1.0])

    made = trainer("cupy", loss=Scaled)
    with pytest.raises(ValueError, match=r"loss\.scale on numpy.*loss\.to\('cupy'\)"):
        fit(made, X, X[:, :4])


@pytest.mark.parametrize("name", ["cuda", "gpu", "cuda:0", "cpu", "torch"])
def test_a_device_that_does_not_exist_is_refused(name):
    for call in (lambda: nn.batches(X, device=name), lambda: trainer(name)):
        with pytest.raises(ValueError, match='expected "numpy" or "cupy"'):
            call()


@needs_stand_in
def test_without_cupy_the_way_to_install_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    for call in (lambda: nn.batches(X, device="cupy"), lambda: trainer("cupy")):
        with pytest.raises(ImportError, match=r"needs cupy: pip install 'nnlayers\[cupy\]'"):
            call()


@needs_stand_in
def test_without_a_gpu_that_is_said(cupy, monkeypatch):
    monkeypatch.setattr(cupy, "is_available", lambda: False)
    for call in (lambda: nn.batches(X, device="cupy"), lambda: trainer("cupy")):
        with pytest.raises(RuntimeError, match="CuPy finds no GPU"):
            call()


def test_data_are_checked_on_the_host_before_the_first_step():
    made = trainer("cupy")
    bad, labels = X.copy(), Y.copy()
    bad[3, 2], labels[4] = np.nan, 9
    for x, y, words in (
        (bad, Y, "x holds nan at row 3, column 2"),
        (X, labels, "expected labels in 0"),
    ):
        for arrays in ((x, y), on_device(x, y)):
            with pytest.raises(ValueError, match=words):
                fit(made, *arrays)
    assert made.optimizer.steps == 0
