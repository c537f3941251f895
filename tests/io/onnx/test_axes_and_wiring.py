"""The layers that graphs need beside those of the library."""

import copy

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import check_layer, check_network


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.io.Permute(2, 3, 1), (2, 3, 5)),
        (nn.io.Permute(1), (4,)),
        (nn.io.Reverse(), (5,)),
        (nn.io.Reverse(), (3, 4)),
        (nn.io.Select(-1), (3, 4)),
        (nn.io.Select(0), (3,)),
    ],
)
def test_axes_have_right_gradients(layer, shape):
    check_layer(layer, shape)


def test_they_compute_what_they_say(rng):
    x = rng.standard_normal((2, 3, 4, 5))
    np.testing.assert_array_equal(nn.io.Permute(2, 3, 1).predict(x), x.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(nn.io.Reverse().predict(x), x[:, ::-1])
    np.testing.assert_array_equal(nn.io.Select(-2).predict(x), x[:, -2])
    assert repr(nn.io.Permute(2, 1)) == "Permute(2, 1)"
    assert repr(nn.io.Select(-1)) == "Select(-1)"


@pytest.mark.parametrize(
    ("layer", "shape", "match"),
    [
        (nn.io.Permute(2, 1), (4, 3), r"expected input of 3 axes, \(N, ...\), got shape \(4, 3\)"),
        (nn.io.Reverse(), (4,), r"expected input of shape \(N, T, ...\), got \(4,\)"),
        (
            nn.io.Select(3),
            (4, 3),
            r"expected input of shape \(N, T, ...\) with this step, got \(4, 3\)",
        ),
    ],
)
def test_other_inputs_are_refused(layer, shape, match):
    with pytest.raises(ValueError, match=match):
        layer.predict(np.ones(shape))


def test_an_order_that_is_none_is_refused():
    for order in ((0, 1), (1, 1), (2,)):
        with pytest.raises(ValueError, match="Permute: expected the numbers of all axes, from 1"):
            nn.io.Permute(*order)


def branched():
    shared = nn.Dense(3, 3, rng=0)
    layers = shared, nn.Tanh(), nn.Add(), shared, nn.Concatenate()
    return nn.io.Wired(*layers, wires=((0,), (1,), (0, 2, 2), (3,), (4, 1)), outputs=(5,))


def test_a_graph_with_branches_and_a_shared_layer_has_right_gradients(rng):
    check_network(
        branched(), nn.MeanSquaredError(), rng.standard_normal((4, 3)), rng.standard_normal((4, 6))
    )
    model = branched()
    x = rng.standard_normal((4, 3)).astype(np.float32)
    dense = model.layers[0]
    one = dense.predict(x)
    expected = np.hstack([dense.predict(x + 2 * np.tanh(one)), one])
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-5)
    assert model.pending == 0


def test_several_inputs_and_outputs_and_integers(rng):
    layers = nn.Embedding(5, 3, rng=0), nn.Add(), nn.ReLU()
    model = nn.io.Wired(*layers, wires=((0,), (2, 1), (3,)), outputs=(4, 1, 3), inputs=2)
    x = np.array([0, 4]), rng.standard_normal((2, 3)).astype(np.float32)
    y = model.forward(x)
    assert [array.shape for array in y] == [(2, 3)] * 3
    assert model.takes_integers == (True, False)
    grads = model.backward(tuple(np.ones_like(array) for array in y))
    assert grads[0] is None
    np.testing.assert_allclose(grads[1], 2 + (y[2] > 0))
    predicted = model.predict(x)
    assert not np.shares_memory(predicted[1], x[1])
    with pytest.raises(ValueError, match="Wired"):
        model.predict((x[0],))


def test_values_that_no_gradient_reaches_are_dropped():
    layers = nn.Flatten(), nn.io.Permute(1), nn.Embedding(5, 3)
    model = nn.io.Wired(*layers, wires=((0,), (0,), (2,)), outputs=(1, 3))
    x = np.array([[0, 4]])
    y = model.forward(x)
    model.backward((None, np.ones_like(y[1])))
    assert [layer.pending for layer in (model, *layers)] == [0] * 4


def test_repr_copies_and_errors():
    model = branched()
    assert repr(copy.deepcopy(model)) == repr(model)
    assert repr(model).endswith("wires=((0,), (1,), (0, 2, 2), (3,), (4, 1)), outputs=(5,))")
    with pytest.raises(ValueError, match="expected input of shape") as caught:
        model.predict(np.ones((2, 4)))
    assert caught.value.__notes__ == ["in layers.0, Dense"]


def test_networks_that_were_read_are_saved_and_loaded(tmp_path):
    layers = nn.io.Permute(2, 1), nn.io.Reverse(), nn.io.Select(-1), nn.Dense(3, 2), nn.Identity()
    model = nn.io.Wired(*layers, wires=((0,), (1,), (2,), (3,), (3,)), outputs=(4, 5))
    nn.save(model, tmp_path / "model.npz")
    read = nn.load(tmp_path / "model.npz")
    assert repr(read) == repr(model)
    x = np.ones((2, 3, 4), np.float32)
    np.testing.assert_array_equal(read.predict(x)[0], model.predict(x)[0])


def test_so_many_inputs_are_refused():
    with pytest.raises(ValueError, match="expected at most 1000 inputs, got 1000000000000"):
        nn.io.Wired(nn.ReLU(), wires=((0,),), outputs=(1,), inputs=10**12)


@pytest.mark.parametrize(
    ("layers", "wires", "outputs", "match"),
    [
        ((nn.ReLU(),), ((1,),), (1,), r"expected numbers in 0 \.\.\. 0, got \(1,\)"),
        ((nn.ReLU(),), ((),), (1,), r"expected numbers in 0 \.\.\. 0, got \(\)"),
        ((nn.ReLU(),), ((0,),), (2,), r"expected numbers in 0 \.\.\. 1, got \(2,\)"),
        ((nn.ReLU(),), ((0,), (1,)), (1,), "expected wires for 1 layers"),
        ((nn.ReLU(),), ((0,),), (), "expected wires for 1 layers, and outputs"),
        ((), (), (0,), "expected layers"),
        ((3,), ((0,),), (1,), "expected layers"),
    ],
)
def test_wires_that_lead_nowhere_are_refused(layers, wires, outputs, match):
    with pytest.raises((ValueError, TypeError), match=match):
        nn.io.Wired(*layers, wires=wires, outputs=outputs)
