"""Values that forward saves for backward."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Residual, Scale


def test_saved_returns_a_single_value_a_tuple_or_a_list():
    layer = nn.ReLU()
    layer.save_for_backward(1)
    layer.save_for_backward(1, 2)
    layer.save_for_backward([1, 2, 3])
    assert layer.saved() == [1, 2, 3]
    assert layer.saved() == (1, 2)
    assert layer.saved() == 1


def test_backward_uses_the_most_recent_forward_first(rng):
    layer = Scale(2)
    first, second = rng.standard_normal((2, 3, 2))
    layer.forward(first)
    layer.forward(second)
    layer.backward(np.ones((3, 2)))
    np.testing.assert_allclose(layer.gain.grad, second.sum(axis=0), rtol=1e-6)
    layer.backward(np.ones((3, 2)))
    np.testing.assert_allclose(layer.gain.grad, (first + second).sum(axis=0), rtol=1e-6)


def test_clear_saved_clears_every_layer_of_the_network():
    model = nn.Sequential(Residual(nn.Dense(2, 2)), nn.ReLU())
    model.forward(np.ones((1, 2)))
    model.clear_saved()
    for layer in (model, model[0].body, model[1]):
        with pytest.raises(RuntimeError, match="nothing is saved"):
            layer.backward(np.ones((1, 2)))


def test_more_than_a_thousand_pending_forwards_warn_once():
    layer = nn.ReLU()
    x = np.ones((1, 1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(1_000):
            layer.forward(x)
        assert not caught
        for _ in range(500):
            layer.forward(x)
    assert [warning.category for warning in caught] == [RuntimeWarning]
    assert "call predict" in str(caught[0].message)


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_copies_and_pickles_have_no_saved_values(twin):
    layer, loss = nn.ReLU(), nn.MeanSquaredError()
    layer.forward(np.ones((1, 1)))
    loss.forward(np.ones((1, 1)), np.ones((1, 1)))
    with pytest.raises(RuntimeError):
        twin(layer).backward(np.ones((1, 1)))
    with pytest.raises(RuntimeError):
        twin(loss).backward()
    layer.backward(np.ones((1, 1)))
    loss.backward()
