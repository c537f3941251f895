"""SimpleRNN, LSTM and GRU."""

import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn

KINDS = [nn.SimpleRNN, nn.LSTM, nn.GRU]
GATES = {nn.SimpleRNN: 1, nn.LSTM: 4, nn.GRU: 3}


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def columns(array, gate, units):
    return array[..., gate * units : (gate + 1) * units]


def naive(layer, x):
    """All outputs, by the formulas of the docstrings, one sample and one step at a time."""
    units = layer.units
    y = np.zeros((*x.shape[:2], units))
    for n in range(len(x)):
        h, c = np.zeros(units), np.zeros(units)
        for t in range(x.shape[1]):
            z = x[n, t] @ layer.weight.value + layer.bias.value
            q = h @ layer.recurrent_weight.value
            if isinstance(layer, nn.SimpleRNN):
                h = np.tanh(z + q)
            elif isinstance(layer, nn.LSTM):
                i, f, g, o = (columns(z + q, gate, units) for gate in range(4))
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
            else:
                q = q + layer.recurrent_bias.value
                r, u = (sigmoid(columns(z + q, gate, units)) for gate in range(2))
                candidate = np.tanh(columns(z, 2, units) + r * columns(q, 2, units))
                h = (1 - u) * candidate + u * h
            y[n, t] = h
    return y


def made(kind, *sizes, rng, **options):
    """A layer in float64 with weights, biases too, of some size."""
    layer = kind(*sizes, rng=rng, **options).astype(np.float64)
    for parameter in layer.parameters():
        parameter.value[...] += 0.5 * rng.standard_normal(parameter.value.shape)
    return layer


kinds = st.sampled_from(KINDS)
sizes = st.integers(1, 4)
every_kind = pytest.mark.parametrize("kind", KINDS)


@given(kinds, st.integers(0, 3), st.integers(1, 5), sizes, sizes, st.integers(0, 99))
def test_outputs_are_those_of_the_cell_unrolled(kind, samples, steps, features, units, seed):
    rng = np.random.default_rng(seed)
    layer = made(kind, features, units, rng=rng)
    x = rng.standard_normal((samples, steps, features))
    y = naive(layer, x)
    np.testing.assert_allclose(layer.forward(x), y, atol=1e-13)
    np.testing.assert_allclose(layer.predict(x), y, atol=1e-13)


@given(kinds, st.integers(0, 3), st.integers(1, 5), sizes, sizes, st.integers(0, 99))
def test_the_last_output_is_that_of_the_sequence(kind, samples, steps, features, units, seed):
    layer = made(kind, features, units, rng=np.random.default_rng(seed))
    last = kind(features, units, return_sequences=False).astype(np.float64)
    last.load_state_dict(layer.state_dict())
    rng = np.random.default_rng(seed)
    x, grad = rng.standard_normal((samples, steps, features)), rng.standard_normal((samples, units))
    np.testing.assert_array_equal(last.predict(x), layer.predict(x)[:, -1])
    np.testing.assert_array_equal(last.forward(x), layer.forward(x)[:, -1])
    in_sequence = np.zeros((samples, steps, units))
    in_sequence[:, -1] = grad
    np.testing.assert_allclose(last.backward(grad), layer.backward(in_sequence), atol=1e-14)
    for one, other in zip(last.parameters(), layer.parameters(), strict=True):
        np.testing.assert_allclose(one.grad, other.grad, atol=1e-14)


@given(kinds, st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_outputs_do_not_depend_on_later_steps(kind, steps, more, seed):
    rng = np.random.default_rng(seed)
    layer = made(kind, 3, 2, rng=rng)
    x = rng.standard_normal((2, steps + more, 3))
    np.testing.assert_allclose(layer.predict(x)[:, :steps], layer.predict(x[:, :steps]), atol=1e-14)
    grad = rng.standard_normal((2, steps + more, 2))
    grad[:, steps:] = 0
    layer.forward(x)
    assert not layer.backward(grad)[:, steps:].any()


@every_kind
def test_a_sequence_in_many_pieces_is_predicted_like_a_short_one(kind, rng, monkeypatch):
    layer = made(kind, 3, 2, rng=rng)
    x = rng.standard_normal((4, 10, 3))
    expected = layer.predict(x)
    for block in (1, 60, 100):
        monkeypatch.setattr("nnlayers.layers.recurrent.BLOCK", block)
        np.testing.assert_allclose(layer.predict(x), expected, atol=1e-14)


@every_kind
@pytest.mark.parametrize("every", [True, False])
def test_predict_keeps_no_states(kind, every):
    layer = kind(2, 64, return_sequences=every, rng=0)
    x = np.ones((20, 400, 2), np.float32)
    tracemalloc.start()
    y = layer.predict(x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert y.nbytes == 4 * 20 * 64 * (400 if every else 1)  # one state of all steps: 2 MB
    assert peak < y.nbytes + 1.5e6


@every_kind
def test_forward_leaves_no_traces_in_predict_or_in_a_second_pass(kind, rng):
    layer = made(kind, 3, 2, rng=rng)
    x, other = rng.standard_normal((2, 2, 5, 3))
    grad = rng.standard_normal((2, 5, 2))
    layer.forward(x)
    expected = layer.backward(grad)
    layer.forward(x)
    layer.forward(other)
    layer.predict(other)
    layer.backward(grad)
    np.testing.assert_array_equal(layer.backward(grad), expected)


@every_kind
@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_each_dtype_is_computed_as_well_as_it_can_hold(kind, dtype, rng):
    layer = kind(3, 2, rng=0).astype(dtype)
    x = rng.standard_normal((4, 5, 3)).astype(dtype)
    expected = layer.astype(np.float64).predict(x)
    np.testing.assert_allclose(layer.forward(x), expected, atol=8 * np.finfo(dtype).eps)


@every_kind
def test_large_input_saturates_without_warnings(kind):
    layer = kind(3, 2, rng=0)
    x = np.full((2, 50, 3), 1e4, np.float32)
    x[1] *= -1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = layer.forward(x)
        grad = layer.backward(np.ones_like(y))
    assert np.isfinite(y).all()
    assert np.isfinite(grad).all()
    if kind is not nn.LSTM:
        assert np.abs(y).max() <= 1


@every_kind
def test_weights_begin_as_they_should(kind):
    layer = kind(30, 20, rng=0)
    gates = GATES[kind]
    assert layer.weight.value.shape == (30, gates * 20)
    assert layer.recurrent_weight.value.shape == (20, gates * 20)
    bound = (6 / 50) ** 0.5
    for gate in range(gates):
        weight = columns(layer.weight.value, gate, 20)
        assert 0.9 * bound < np.abs(weight).max() <= bound
        recurrent = columns(layer.recurrent_weight.value, gate, 20)
        np.testing.assert_allclose(recurrent.T @ recurrent, np.eye(20), atol=1e-5)
        assert (columns(layer.bias.value, gate, 20) == (kind is nn.LSTM and gate == 1)).all()
    decaying = {path for path, parameter in layer.named_parameters() if parameter.decay}
    assert decaying == {"weight", "recurrent_weight"}
    assert (layer.recurrent_bias is not None) == (kind is nn.GRU)
    assert {parameter.value.dtype for parameter in layer.parameters()} == {np.dtype(np.float32)}


@every_kind
def test_a_frozen_part_gets_no_gradient_and_the_rest_does(kind, rng):
    layer = kind(3, 2, rng=0)
    layer.recurrent_weight.trainable = False
    y = layer.forward(rng.standard_normal((2, 4, 3)))
    layer.backward(y)
    assert layer.recurrent_weight.grad is None
    assert layer.weight.grad.any()


def test_a_recurrent_network_learns_what_was_three_steps_ago(rng):
    x = rng.integers(0, 2, (200, 8))
    model = nn.Sequential(
        nn.Embedding(2, 4, rng=0), nn.GRU(4, 16, return_sequences=False, rng=0), nn.Dense(16, 2, rng=0)
    )
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.Adam(model.parameters(), lr=0.02))
    trainer.fit(x, x[:, -4], epochs=25, rng=0, progress=False)
    assert trainer.evaluate(x, x[:, -4])["accuracy"] == 1
