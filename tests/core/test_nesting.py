"""Depth costs in proportion, and no recursion."""

import copy
import pickle
import sys

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Residual, pending

DEPTH = 2 * sys.getrecursionlimit()
X = np.ones((2, 3), np.float32)


@pytest.fixture(params=["inside", "first", "last"])
def deep(request):
    model = nn.Sequential(nn.Dense(3, 3, rng=0))
    for _ in range(DEPTH):
        if request.param == "inside":
            model = nn.Sequential(model)
        elif request.param == "first":
            model = nn.Sequential(model, nn.ReLU())
        else:
            model = nn.Sequential(nn.ReLU(), model)
    return model


def test_a_deep_sequential_runs_forward_and_back(deep):
    y = deep.forward(X)
    np.testing.assert_array_equal(y, deep.predict(X))
    assert deep.backward(np.ones_like(y)).shape == X.shape
    deep.forward(X)
    deep.backward_parameters(np.ones_like(y))
    assert not any(pending(deep))
    assert all(parameter.grad is not None for parameter in deep.parameters())


def test_an_error_deep_inside_names_the_whole_path(deep):
    with pytest.raises(ValueError, match="expected input of shape") as info:
        deep.forward(np.ones((2, 4)))
    (note,) = info.value.__notes__
    path = deep.named_parameters()[0][0].removesuffix(".weight")
    assert note == f"in {path}, Dense"
    assert not any(pending(deep))


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_a_deep_sequential_is_copied_and_pickled(deep, twin):
    other = twin(deep)
    np.testing.assert_array_equal(other.predict(X), deep.predict(X))
    assert other.state_dict().keys() == deep.state_dict().keys()
    assert other.attributes_to_walk().keys() == deep.attributes_to_walk().keys()


def test_a_deep_layer_of_a_user_is_copied_and_pickled():
    model = nn.Dense(3, 3)
    for _ in range(DEPTH):
        model = Residual(model)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert [path for path, _ in other.named_parameters()] == [
            path for path, _ in model.named_parameters()
        ]


def test_what_was_shared_deep_inside_stays_shared():
    shared = nn.Dense(3, 3)
    model = nn.Sequential(shared)
    for _ in range(200):
        model = nn.Sequential(model)
    model = nn.Sequential(model, shared)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert len(other.parameters()) == 2
        assert other[1].weight is other.parameters()[0]


def test_a_mismatch_deep_inside_is_found_when_it_is_built():
    model = nn.Sequential(nn.Dense(3, 4))
    for _ in range(50):
        model = nn.Sequential(model)
    with pytest.raises(ValueError, match=r"Dense\(5, 2\), cannot follow .* whose output is \(N, 4\)"):
        nn.Sequential(model, nn.Dense(5, 2))
