"""Trainers, models and optimizers whose arrays come back read-only: buffers, and files in memory."""

import copy
import pickle
import tempfile
from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn
from tests.arrays_for_tests import KINDS

X = np.random.default_rng(0).random((40, 6), dtype=np.float32)
Y = np.arange(40) % 3


def trained():
    layers = [nn.Standardize(6).fit(X), nn.Dense(6, 5, rng=0), nn.ReLU(), nn.Dense(5, 3, rng=1)]
    model = nn.Sequential(*layers)
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.01)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    return go_on(trainer)


def go_on(trainer):
    trainer.fit(X, Y, epochs=1, rng=0, progress=False)
    return trainer


def by_pickle(thing):
    return pickle.loads(pickle.dumps(thing))


def by_buffers(thing):
    buffers = []
    text = pickle.dumps(thing, protocol=5, buffer_callback=buffers.append)
    return pickle.loads(text, buffers=[bytes(buffer) for buffer in buffers])


def by_a_copy_of_buffers(thing):
    return copy.deepcopy(by_buffers(thing))


def by_joblib(thing):
    joblib = pytest.importorskip("joblib")
    with tempfile.TemporaryDirectory() as folder:
        joblib.dump(thing, Path(folder, "thing"))
        return joblib.load(Path(folder, "thing"), mmap_mode="r")


@pytest.mark.parametrize("way", [by_pickle, by_buffers, by_a_copy_of_buffers, by_joblib])
def test_a_trainer_that_comes_back_read_only_trains_on_as_if_it_had_stayed(way):
    trainer = trained()
    again = way(trainer)
    expected = go_on(trainer).model.state_dict()
    found = go_on(again).model.state_dict()
    for path, value in expected.items():
        np.testing.assert_array_equal(found[path], value)
    assert again.history["loss"] == trainer.history["loss"]
    again.model.load_state_dict(expected)
    again.optimizer.load_state_dict(trainer.optimizer.state_dict())
    again.model[0].fit(2 * X)


@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_parameter_can_be_trained_whatever_its_array_was(kind, tmp_path):
    parameter = nn.Parameter(X)
    optimizer = nn.SGD([parameter], lr=0.5, momentum=0.5)
    parameter.add_grad(X)
    optimizer.step()
    attributes, slots = parameter.__getstate__()
    odd = object.__new__(nn.Parameter)
    odd.__setstate__(({**attributes, "value": kind(X.copy(), tmp_path)}, slots))
    state = vars(optimizer) | {
        "parameters": (odd,),
        "_memories": [{"velocity": kind(X.copy(), tmp_path)}],
    }
    again = object.__new__(nn.SGD)
    again.__setstate__(state)
    odd.add_grad(kind(np.ones_like(X), tmp_path))
    again.step()
    np.testing.assert_allclose(odd.value, X - 0.5 * (0.5 * X + 1), rtol=1e-6)
    assert odd.value.dtype.isnative
    again.load_state_dict(again.state_dict())
    odd.value[...] = 0


def test_an_array_that_can_be_written_into_is_kept():
    parameter = nn.Parameter(X)
    assert copy.copy(parameter).value is parameter.value


def test_read_only_gradients_are_added_up():
    gradient = np.frombuffer(np.ones(3, np.float32).tobytes(), np.float32)
    parameter = nn.Parameter(np.zeros(3))
    for _ in range(2):
        parameter.add_grad(gradient)
    optimizer = nn.SGD([parameter], lr=1.0, momentum=0.5, weight_decay=0.1, clip_norm=1.0)
    optimizer.step()
    np.testing.assert_allclose(parameter.value, -np.ones(3) / np.sqrt(3), rtol=1e-6)
    assert gradient.tolist() == [1, 1, 1]
