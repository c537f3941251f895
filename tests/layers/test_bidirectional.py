"""Bidirectional."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlayers as nn
from tests.layers_for_tests import pending

KINDS = [nn.SimpleRNN, nn.LSTM, nn.GRU]


def made(kind=nn.LSTM, seed=0, **options):
    return nn.Bidirectional(kind(3, 2, rng=seed, **options), kind(3, 4, rng=seed + 1, **options))


@given(st.sampled_from(KINDS), st.integers(1, 5), st.integers(0, 99))
def test_each_layer_reads_in_its_direction(kind, steps, seed):
    layer = made(kind, seed)
    x = np.random.default_rng(seed).standard_normal((2, steps, 3)).astype(np.float32)
    ahead = layer.ahead.predict(x)
    back = layer.back.predict(x[:, ::-1].copy())[:, ::-1]
    for y in (layer.forward(x), layer.predict(x)):
        np.testing.assert_array_equal(y, np.concatenate([ahead, back], axis=2))
    last = made(kind, seed, return_sequences=False)
    for y in (last.forward(x), last.predict(x)):
        np.testing.assert_array_equal(y, np.concatenate([ahead[:, -1], back[:, 0]], axis=1))


@given(st.sampled_from(KINDS), st.booleans(), st.integers(1, 5), st.integers(0, 99))
def test_it_mirrors_a_reversed_sequence(kind, every, steps, seed):
    layer = made(kind, seed, return_sequences=every)
    mirror = nn.Bidirectional(layer.back, layer.ahead)
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((2, steps, 3)).astype(np.float32)
    y, mirrored = layer.forward(x), mirror.predict(x[:, ::-1])
    if every:
        mirrored = mirrored[:, ::-1]
    np.testing.assert_array_equal(y, np.roll(mirrored, 2, axis=-1))
    grad = rng.standard_normal(y.shape).astype(np.float32)
    grad_x = layer.backward(grad)
    mirror.forward(x[:, ::-1])
    reversed_grad = grad[:, ::-1] if every else grad
    grad_mirrored = mirror.backward(np.roll(reversed_grad, -2, axis=-1))
    np.testing.assert_allclose(grad_mirrored[:, ::-1], grad_x, atol=1e-6)


def test_its_parts_have_the_names_of_their_directions():
    layer = made()
    assert [path for path, _ in layer.named_parameters()] == [
        f"{direction}.{name}"
        for direction in ("ahead", "back")
        for name in ("weight", "recurrent_weight", "bias")
    ]
    assert repr(layer) == "Bidirectional(LSTM(3, 2), LSTM(3, 4))"
    assert "ahead" in layer.summary((7, 3))


def test_layers_of_a_users_own_and_networks_can_stand_in_it():
    layer = nn.Bidirectional(nn.Sequential(nn.Dense(3, 5), nn.GRU(5, 2)), nn.Dense(3, 4))
    assert layer.forward(np.ones((2, 6, 3))).shape == (2, 6, 6)
    assert layer.backward(np.ones((2, 6, 6), np.float32)).shape == (2, 6, 3)


def test_a_failure_names_the_direction_and_leaves_nothing_behind():
    class Broken(nn.LSTM):
        def forward(self, x):
            raise RuntimeError("broken")

        def predict(self, x):
            raise RuntimeError("broken")

    layer = nn.Bidirectional(nn.LSTM(3, 2), Broken(3, 2))
    for verb in ("forward", "predict"):
        with pytest.raises(RuntimeError, match="broken") as caught:
            getattr(layer, verb)(np.ones((2, 4, 3)))
        assert caught.value.__notes__ == ["in back, Broken"]
    assert pending(layer) == [0, 0, 0]


def test_what_does_not_fit_is_found_when_it_is_made():
    with pytest.raises(TypeError, match=r"expected layers for .* \(N, T, D\), got <class .*LSTM'>"):
        nn.Bidirectional(nn.LSTM, nn.LSTM)
    with pytest.raises(TypeError, match=r"for floats \(N, T, D\), got Embedding\(9, 3\)"):
        nn.Bidirectional(nn.Embedding(9, 3), nn.Embedding(9, 3))
    with pytest.raises(
        ValueError,
        match=r"expected two layers with the same in_features, got LSTM\(3, 2\), LSTM\(4, 2\)",
    ):
        nn.Bidirectional(nn.LSTM(3, 2), nn.LSTM(4, 2))
    with pytest.raises(ValueError, match="expected two layers with the same return_sequences"):
        nn.Bidirectional(nn.LSTM(3, 2), nn.LSTM(3, 2, return_sequences=False))


def test_a_sequence_beside_its_mask_is_rejected():
    layer = nn.Bidirectional(nn.MultiHeadAttention(4, 2), nn.MultiHeadAttention(4, 2))
    for verb in ("forward", "predict"):
        with pytest.raises(TypeError, match="Bidirectional: expected one array, got a tuple of 2"):
            getattr(layer, verb)((np.ones((2, 3, 4)), np.ones((2, 3), bool)))


def test_outputs_that_do_not_fit_are_rejected():
    last = nn.Sequential(nn.LSTM(3, 2, return_sequences=False))
    layer = nn.Bidirectional(nn.LSTM(3, 2), last)
    for verb in ("forward", "predict"):
        with pytest.raises(
            ValueError, match=r"differ in the last axis only, got \(2, 4, 2\) and \(2, 2\)"
        ):
            getattr(layer, verb)(np.ones((2, 4, 3)))
    assert pending(layer) == [0, 0, 0, 0]
