"""Files of a run, and of a network, that is on a device: they are those of NumPy."""

import copy
import pickle

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.devices import device_of
from tests.devices.trainers_for_tests import (
    X,
    Y,
    assert_equal_weights,
    assert_same_figures,
    assert_same_weights,
    both,
    fit,
    on_device,
    trainer,
)

pytestmark = pytest.mark.usefixtures("cupy")

OPTIMIZERS = [nn.SGD, nn.Adam, nn.RMSProp]


def callbacks():
    return [nn.MovingAverage(0.9), nn.EarlyStopping("val_loss", patience=9)]


class StopAt(nn.Callback):
    """Ends a fit after some steps, and saves the run."""

    def __init__(self, steps, path):
        self.steps, self.path = steps, path

    def after_step(self, trainer):
        if trainer.optimizer.steps == self.steps:
            trainer.save(self.path)
            trainer.stop()


@pytest.mark.parametrize("metrics", [["accuracy"], ["accuracy", "f1"]], ids=["means", "all"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_that_goes_on_is_the_one_that_was_never_stopped(optimizer, metrics, tmp_path):
    options = {"epochs": 3, "validation_data": (X[:20], Y[:20])}
    whole, part, rest = (trainer("cupy", optimizer, metrics=metrics) for _ in range(3))
    fit(whole, **options, callbacks=callbacks())
    fit(part, **options, callbacks=[*callbacks(), StopAt(8, tmp_path / "run.npz")])
    rest.load(tmp_path / "run.npz")
    fit(rest, **options | {"epochs": 2}, callbacks=callbacks())
    assert_equal_weights(whole, rest)
    assert dict(whole.history) == dict(rest.history)
    np.testing.assert_equal(whole.optimizer.state_dict(), rest.optimizer.state_dict())


@pytest.mark.parametrize(("there", "here"), [("cupy", "numpy"), ("numpy", "cupy")])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_goes_on_on_another_device(optimizer, there, here, tmp_path):
    path = tmp_path / "run.npz"
    options = {"validation_data": (X[:20], Y[:20])}
    one, other, whole = (trainer(device, optimizer, lr=0.01) for device in (there, here, here))
    fit(one, epochs=2, checkpoint=path, callbacks=callbacks(), **options)
    fit(other, epochs=4, checkpoint=path, callbacks=callbacks(), **options)
    fit(whole, epochs=4, callbacks=callbacks(), **options)
    assert {device_of(state.value) for _, state in other.model.named_states()} == {here}
    assert_same_figures(whole.history, other.history, 1e-3)


def test_a_run_that_does_not_fit_changes_nothing(tmp_path):
    one, other = trainer("cupy"), trainer("cupy", nn.Adam)
    one.save(tmp_path / "run.npz")
    before = other.model.state_dict()
    with pytest.raises(ValueError, match="it is a run of another optimizer"):
        other.load(tmp_path / "run.npz")
    np.testing.assert_equal(other.model.state_dict(), before)
    assert device_of(other.model.layers[0].weight.value) == "cupy"


@pytest.mark.parametrize(("there", "here"), [("cupy", "numpy"), ("numpy", "cupy"), ("cupy", "cupy")])
def test_weights_and_networks_in_files_are_of_no_device(there, here, tmp_path):
    one, other = trainer(there), trainer(here)
    fit(one)
    one.model.save_weights(tmp_path / "weights.npz")
    other.model.load_weights(tmp_path / "weights.npz")
    assert_equal_weights(one, other)
    assert {device_of(state.value) for _, state in other.model.named_states()} == {here}
    nn.save(one.model, tmp_path / "network.npz")
    read = nn.load(tmp_path / "network.npz")
    assert device_of(read.layers[0].weight.value) == "numpy"
    np.testing.assert_allclose(read.predict(X), one.predict(X), 1e-4, 1e-5)


def test_a_state_dict_is_of_the_host():
    made = trainer("cupy", nn.Adam)
    fit(made)
    for state in (made.model.state_dict(), made.optimizer.state_dict()):
        assert {type(value).__module__ for value in state.values()} <= {"numpy", "builtins"}
    twin = trainer("cupy", nn.Adam)
    twin.model.layers[3].rng.bit_generator.state = made.model.layers[3].rng.bit_generator.state
    twin.model.load_state_dict(made.model.state_dict())
    twin.optimizer.load_state_dict(made.optimizer.state_dict())
    fit(made)
    fit(twin)
    assert_equal_weights(made, twin)


def test_copies_and_pickles_stay_on_the_device_and_go_on_alike():
    made = trainer("cupy", nn.Adam)
    fit(made, epochs=1)
    twins = copy.deepcopy(made), pickle.loads(pickle.dumps(made))
    for one in (made, *twins):
        assert device_of(one.model.layers[0].weight.value) == "cupy"
        fit(one, epochs=1)
    for twin in twins:
        assert_equal_weights(made, twin)


def test_what_a_callback_remembers_may_be_on_the_device(tmp_path):
    class Last(nn.Callback):
        bias = None

        def after_epoch(self, trainer, figures):
            self.bias = trainer.model.layers[4].bias.value.copy()

        def state_dict(self):
            return {"bias": self.bias}

        def load_state_dict(self, state):
            self.bias = state["bias"]

    path, last = tmp_path / "run.npz", Last()
    made, callback = trainer("cupy"), Last()
    fit(made, checkpoint=path, callbacks=[callback])
    fit(trainer("cupy"), checkpoint=path, callbacks=[last])
    np.testing.assert_array_equal(last.bias, callback.bias.get())


def test_early_stopping_and_the_average_put_weights_back():
    found = []
    for made in both(lr=0.5):
        fit(made, epochs=6, validation_data=(X[:20], Y[:20]), callbacks=callbacks())
        found.append(made)
    assert_same_weights(*found, 1e-4, 1e-5)


def test_weights_of_the_device_are_loaded_into_a_network_of_the_host():
    made = trainer("numpy")
    values = {path: on_device(value) for path, value in made.model.state_dict().items()}
    made.model.load_state_dict(values)
    assert {device_of(state.value) for _, state in made.model.named_states()} == {"numpy"}
