"""layer.trainable: frozen parameters and states."""

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Center


def test_freezing_a_layer_freezes_all_in_it(rng):
    model = nn.Sequential(nn.Sequential(nn.Dense(3, 3), Center(3)), nn.Dense(3, 2))
    model[0].trainable = False
    before = model[0].state_dict()
    optimizer = nn.SGD(model.parameters(), lr=0.1, weight_decay=0.1)
    y = model.forward(rng.standard_normal((4, 3)))
    model.backward_parameters(np.ones_like(y))
    optimizer.step()
    assert not model[0].trainable
    assert model.trainable
    for path, value in model[0].state_dict().items():
        np.testing.assert_array_equal(value, before[path])


def test_a_thawed_layer_is_trained_again(rng):
    layer = Center(3)
    layer.trainable = False
    layer.forward(np.ones((2, 3)))
    assert not layer.mean.value.any()
    layer.trainable = True
    layer.forward(np.ones((2, 3)))
    assert layer.mean.value.all()


def test_values_of_frozen_states_and_parameters_can_still_be_written():
    layer = nn.Sequential(nn.Dense(2, 2), Center(2))
    layer.trainable = False
    layer[1].mean.value[...] = 3
    layer[0].weight.value = np.ones((2, 2))
    layer.load_state_dict({path: value + 1 for path, value in layer.state_dict().items()})
    assert (layer[1].mean.value == 4).all()
    assert (layer[0].weight.value == 2).all()


def test_a_frozen_standardize_can_be_fitted():
    layer = nn.Standardize(2)
    layer.trainable = False
    layer.fit([[1.0, 2.0], [3.0, 6.0]])
    assert layer.mean.value.tolist() == [2, 4]


def test_layers_without_parameters_are_not_trainable():
    assert not nn.ReLU().trainable
    assert not nn.Standardize(3).trainable
    assert nn.Dense(2, 2).trainable


def test_a_frozen_value_still_has_to_fit():
    state = nn.State(np.zeros(3))
    state.trainable = False
    with pytest.raises(ValueError, match=r"expected a value of shape \(3,\)"):
        state.value = np.zeros(2)


@pytest.mark.parametrize("part", [nn.Dense(2, 2), nn.Sequential(nn.ReLU()), nn.MeanSquaredError()])
def test_requires_grad_is_rejected_with_the_right_word(part):
    match = f"{type(part).__name__} has no attribute 'requires_grad': set trainable"
    with pytest.raises(AttributeError, match=match):
        part.requires_grad = False
    with pytest.raises(AttributeError, match=match):
        part.requires_grad  # noqa: B018


def test_a_loss_that_is_called_says_which_verbs_there_are():
    with pytest.raises(TypeError, match=r"MeanSquaredError cannot be called: use forward\(prediction"):
        nn.MeanSquaredError()([1.0], [2.0])
