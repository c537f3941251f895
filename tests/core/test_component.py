"""Copies, dtype conversions and state dictionaries of layers."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Center, Residual


def test_astype_returns_a_converted_copy_without_gradients():
    model = nn.Sequential(nn.Dense(2, 2), Center(2))
    model.backward(model.forward(np.ones((1, 2))))
    twin = model.astype(np.float64)
    assert {array.dtype for array in twin.state_dict().values()} == {np.dtype(np.float64)}
    assert {array.dtype for array in model.state_dict().values()} == {np.dtype(np.float32)}
    assert all(parameter.grad is None for parameter in twin.parameters())
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert twin.predict(np.ones((1, 2), np.float32)).dtype == np.float64


def test_astype_rejects_a_non_floating_dtype():
    with pytest.raises(TypeError, match="expected a floating dtype, got int64"):
        nn.Dense(2, 2).astype(np.int64)


def test_astype_leaves_integer_state_alone():
    class Counting(nn.Layer):
        def __init__(self):
            self.count = nn.State(0)

    assert Counting().astype(np.float64).count.value.dtype == np.asarray(0).dtype


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_a_copy_is_independent_and_preserves_sharing(twin):
    shared = nn.Dense(2, 2)
    model = nn.Sequential(shared, nn.ReLU(), shared)
    other = twin(model)
    assert other[0] is other[2]
    assert not np.shares_memory(other[0].weight.value, shared.weight.value)
    np.testing.assert_array_equal(model.predict(np.ones((1, 2))), other.predict(np.ones((1, 2))))


def test_state_dict_is_a_copy_that_load_state_dict_restores():
    model = nn.Sequential(nn.Dense(2, 2, rng=0), Center(2))
    weights = model[0].weight.value.copy()
    state = model.state_dict()
    assert not any(
        np.shares_memory(value, s.value)
        for (_, s), value in zip(model.named_states(), state.values(), strict=True)
    )
    model[0].weight.value[...] = 0
    model[1].mean.value = [5, 5]
    model.load_state_dict(state)
    np.testing.assert_array_equal(model[0].weight.value, weights)
    np.testing.assert_array_equal(model[1].mean.value, [0, 0])
    state["layers.0.weight"][...] = 7
    np.testing.assert_array_equal(model[0].weight.value, weights)


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        (lambda s: s.pop("weight"), ValueError, r"no value for \['weight'\]"),
        (lambda s: s.update(gain=np.ones(1)), ValueError, r"Dense has no \['gain'\]"),
        (
            lambda s: s.update(bias=np.ones((1, 2))),
            ValueError,
            r"expected a value for 'bias' of shape \(2,\), got \(1, 2\)",
        ),
        (
            lambda s: s.update(bias=np.ones(2, complex)),
            TypeError,
            "expected a value for 'bias' like float32",
        ),
        (lambda s: s.update(bias=["a", "b"]), TypeError, "expected a value for 'bias' like float32"),
    ],
)
def test_load_state_dict_is_strict_and_changes_nothing_on_failure(change, error, match):
    layer = nn.Dense(2, 2, rng=0)
    before = layer.state_dict()
    other = nn.Dense(2, 2, rng=1).state_dict()
    change(other)
    with pytest.raises(error, match=match):
        layer.load_state_dict(other)
    np.testing.assert_array_equal(layer.weight.value, before["weight"])


def test_weights_survive_saving_and_loading(tmp_path):
    model = nn.Sequential(nn.Dense(2, 3, rng=0), Center(3))
    model.forward(np.ones((2, 2)))
    model.save_weights(tmp_path / "weights.npz")
    other = nn.Sequential(nn.Dense(2, 3, rng=1), Center(3))
    other.load_weights(tmp_path / "weights.npz")
    assert other.state_dict().keys() == model.state_dict().keys()
    for path, value in model.state_dict().items():
        np.testing.assert_array_equal(value, other.state_dict()[path])


class WithTable(nn.Layer):
    """Shares a table between copies, and counts what pickle restores."""

    def __init__(self):
        self.table = np.arange(3.0)

    def forward(self, x):
        return x

    def __deepcopy__(self, memo):
        twin = type(self)()
        twin.table = self.table
        return twin


class Restored(nn.Layer):
    """Has a way of its own to be made again."""

    def __init__(self, number):
        self.number = number

    def forward(self, x):
        return x

    def __reduce__(self):
        return type(self), (10 * self.number,)


class Updated(Residual):
    """Restores its attributes by itself."""

    def __setstate__(self, state):
        self.__dict__.update(state)


def test_a_layers_own_way_of_copying_is_kept_in_a_container():
    layer = WithTable()
    assert copy.deepcopy(nn.Sequential(layer))[0].table is layer.table
    for twin in (copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))):
        assert twin(Restored(1)).number == 10
        assert twin(nn.Sequential(Restored(1)))[0].number == 10


def test_deep_layers_that_restore_themselves_keep_their_paths():
    model = nn.Dense(2, 2)
    for _ in range(100):
        model = Updated(model)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.state_dict().keys() == model.state_dict().keys()
        assert vars(other).keys() == vars(model).keys()


def test_copies_have_no_saved_values_even_with_a_getstate_of_their_own():
    class Own(nn.ReLU):
        def __getstate__(self):
            return self.__dict__.copy()

    layer = Own()
    layer.forward(np.ones(2))
    assert nn.Sequential(layer).astype(np.float64)[0].pending == 0
    assert layer.pending == 1


def test_load_state_dict_names_missing_and_unknown_names_together():
    values = {"wght": np.zeros((2, 2)), "bias": np.zeros(2)}
    with pytest.raises(ValueError, match=r"no value for \['weight'\]; Dense has no \['wght'\]"):
        nn.Dense(2, 2).load_state_dict(values)


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ("w.npz", r"expected a state_dict, got 'w.npz': use load_weights\(path\) for a file"),
        (Path("w.npz"), r"use load_weights\(path\) for a file"),
        ([np.zeros(2)], "expected a state_dict, got a list of 1$"),
    ],
)
def test_load_state_dict_takes_no_file_and_no_list(values, match):
    with pytest.raises(TypeError, match=f"Dense.load_state_dict: .*{match}"):
        nn.Dense(2, 2).load_state_dict(values)
