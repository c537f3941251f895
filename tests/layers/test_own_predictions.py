"""A prediction is the caller's own array."""

import copy

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.core.structures import arrays_in


class Same(nn.Layer):
    """Returns its input, as a user's layer may."""

    def forward(self, x):
        return x

    def backward(self, grad):
        return grad


class FlatView(Same):
    def forward(self, x):
        return x.reshape(len(x), -1)


class Linear(nn.Elementwise):
    def value(self, x):
        return x

    def slope(self, x, y):
        return np.ones_like(x)


X = np.arange(12, dtype=np.float32).reshape(4, 3)

SINGLE = [
    nn.Sequential(nn.Dropout(0.5, rng=0)),
    nn.Sequential(nn.Dropout(0.5, rng=0), nn.Identity()),
    nn.Sequential(nn.Sequential(Same())),
    nn.Sequential(FlatView()),
    nn.Sequential(Linear()),
    nn.Residual(Same()),
    nn.Fork(Same()),
    nn.Fork(nn.Identity(), Same(), nn.Dropout(0.5, rng=0)),
    nn.Sequential(nn.Fork(Same(), FlatView())),
    nn.Sequential(nn.Fork(nn.Identity()), nn.Add()),
    nn.Sequential(nn.Standardize(3)),
    nn.Sequential(nn.ReLU()),
    nn.Sequential(nn.Dense(3, 2, rng=0), nn.Fork(nn.Identity(), nn.Identity())),
]


def check_owned(model, predict, x):
    before = copy.deepcopy(x)
    arrays = [array for _, array in arrays_in(predict(x))]
    for index, array in enumerate(arrays):
        others = [other.copy() for other in arrays[index + 1 :]]
        array *= 0
        for other, kept in zip(arrays[index + 1 :], others, strict=True):
            np.testing.assert_array_equal(other, kept)
    for (_, array), (_, kept) in zip(arrays_in(x), arrays_in(before), strict=True):
        np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize("batch_size", [None, 2, 4, 100])
@pytest.mark.parametrize("model", SINGLE, ids=repr)
def test_a_changed_prediction_changes_no_input_and_no_other_output(model, batch_size):
    check_owned(model, predictor(model, batch_size), X.copy())


@pytest.mark.parametrize("batch_size", [None, 2, 4, 100])
@pytest.mark.parametrize(
    "model",
    [
        nn.Parallel(nn.Identity(), Same()),
        nn.Sequential(nn.Parallel(nn.Identity(), nn.Dropout(0.5, rng=0))),
        nn.Sequential(Same()),
    ],
    ids=repr,
)
def test_tuples_of_predictions_are_owned_too(model, batch_size):
    check_owned(model, predictor(model, batch_size), (X.copy(), X.copy()))
    same = X.copy()
    check_owned(model, predictor(model, batch_size), (same, same))


@pytest.mark.parametrize("model", [nn.Dropout(0.5, rng=0), Same(), nn.Identity(), Linear()], ids=repr)
def test_a_trainer_returns_own_arrays_of_a_bare_layer(model):
    check_owned(model, predictor(model, 100), X.copy())


def predictor(model, batch_size):
    """The model's own predict, or that of a Trainer."""
    if batch_size is None:
        return model.predict
    loss = Offset()
    trainer = nn.Trainer(model, loss, nn.SGD([*model.parameters(), *loss.parameters()], lr=0.1))
    return lambda x: trainer.predict(x, batch_size=batch_size)


class Offset(nn.Loss):
    """Holds a parameter, so that there is something to train."""

    def __init__(self):
        self.offset = nn.Parameter(np.zeros(1))


def test_masks_and_integers_of_a_tuple_are_passed_on():
    mask = np.ones(4, bool)
    assert nn.Parallel(nn.Dense(3, 2), nn.Identity()).predict((X, mask))[1] is mask
    indices = np.arange(4)
    assert nn.Sequential(nn.Identity()).predict(indices) is not indices
