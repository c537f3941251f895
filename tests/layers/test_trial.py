"""The trial of layers for sequences when a network is built, without a given shape."""

import numpy as np
import pytest

import nnlayers as nn


class MeanOverSteps(nn.Layer):
    """Works along the axis of the steps; for vectors, that is the one of the features."""

    def forward(self, x):
        return x.mean(axis=1, keepdims=True)


class EachRow(nn.Dense):
    """A Dense that flattens its input, and inherits what its base says of it."""

    def forward(self, x):
        return super().forward(x.reshape(len(x), -1))

    def predict(self, x):
        return super().predict(x.reshape(len(x), -1))


class Grey(nn.Layer):
    takes_integers = True

    def forward(self, x):
        return x.mean(axis=-1, dtype=np.float32)


class Repeat(nn.Layer):
    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        return x.repeat(self.factor, axis=1)


class ChannelsFirst(nn.Conv1D):
    def forward(self, x):
        return super().forward(x.swapaxes(1, 2)).swapaxes(1, 2)

    def predict(self, x):
        return super().predict(x.swapaxes(1, 2)).swapaxes(1, 2)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (lambda: [nn.LSTM(3, 4), nn.Dense(5, 1)], r"layer 1, Dense\(5, 1\), .* \(N, 16, 4\)"),
        (lambda: [nn.Embedding(9, 4), nn.GRU(5, 1)], r"expected input of shape \(N, T, 5\), got"),
        (lambda: [nn.Embedding(9, 4), nn.Conv1D(5, 2, 3)], r"layer 1, Conv1D\(5, 2, 3\), cannot"),
        (lambda: [nn.Embedding(9, 4), nn.ReLU(), nn.RMSNorm(3)], r"layer 2, RMSNorm\(3\), cannot"),
        (lambda: [nn.Dropout(0.1), nn.MultiHeadAttention(8, 2), nn.Dense(9, 1)], r"got \(1, 16, 8\)"),
        (lambda: [nn.LayerNorm(8), nn.MultiHeadAttention(6, 2)], r"shape \(N, T, 6\)"),
        (lambda: [nn.LSTM(3, 4, return_sequences=False), nn.GRU(4, 2)], r"whose output is \(N, 4\)"),
        (lambda: [nn.Bidirectional(nn.GRU(3, 4), nn.GRU(3, 4)), nn.Dense(4, 1)], r"\(N, 16, 8\)"),
        (lambda: [nn.transformer_block(8, 2), nn.transformer_block(4, 2)], r"\(N, ..., 4\), got"),
        (lambda: [nn.Fork(nn.GRU(3, 4), nn.GRU(3, 5)), nn.Concatenate(), nn.Dense(8, 1)], "16, 9"),
    ],
)
def test_layers_for_sequences_that_do_not_fit_are_refused_when_the_network_is_built(layers, message):
    with pytest.raises(ValueError, match=f"^Sequential: .*{message}"):
        nn.Sequential(*layers())


def test_a_shortcut_around_layers_that_change_the_shape_is_refused_when_it_is_built():
    with pytest.raises(ValueError, match=r"shape of their input, \(N, 16, 3\), got \(N, 16, 4\)"):
        nn.Residual(nn.LSTM(3, 4))
    with pytest.raises(ValueError, match=r"shape of their input, \(N, 16, 3\), got \(N, 14, 3\)"):
        nn.Residual(nn.Conv1D(3, 3, 3))
    with pytest.raises(ValueError, match=r"Residual: .* got \(\(N, 16, 4\), \(N, 16, 5\)\)"):
        nn.Residual(nn.Fork(nn.LSTM(3, 4), nn.LSTM(3, 5)))


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [nn.Embedding(9, 4), nn.Flatten(), nn.Dense(20, 1)],
        lambda: [nn.Embedding(9, 4), nn.Conv1D(4, 2, 40), nn.Flatten(), nn.Dense(8, 1)],
        lambda: [nn.LayerNorm(16), MeanOverSteps(), nn.Dense(1, 2)],
        lambda: [nn.LayerNorm(9), nn.Reshape(3, 3, 1), nn.Conv2D(1, 2, 3)],
        lambda: [nn.LSTM(3, 4), nn.Dense(4, 1)],
    ],
)
def test_what_fits_for_some_length_or_for_vectors_is_not_refused(layers):
    assert nn.Sequential(*layers()).input_shape is None


STRIDES = [nn.Conv1D(c, 4, 9, stride=4, padding="same") for c in (1, 4, 4, 4)]


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        (
            lambda: [nn.Embedding(9, 4), nn.Conv1D(4, 8, 3, stride=3), nn.Flatten(), nn.Dense(80, 1)],
            (30,),
        ),
        (lambda: [*STRIDES, nn.Flatten(), nn.Dense(32, 1)], (2000, 1)),
        (lambda: [nn.Embedding(9, 4), EachRow(20, 1)], (5,)),
        (lambda: [nn.Embedding(9, 4), nn.Fork(nn.Sequential(EachRow(20, 1)), EachRow(20, 2))], (5,)),
        (lambda: [Grey(), nn.Flatten(), nn.Dense(784, 1)], (28, 28, 3)),
        (lambda: [nn.Residual(nn.Conv1D(4, 4, 3, stride=6, padding="same"), Repeat(6))], (60, 4)),
        (lambda: [nn.Residual(nn.LayerNorm(4), nn.Flatten())], (4,)),
        (lambda: [nn.Fork(ChannelsFirst(8, 2, 3), nn.LSTM(3, 4))], (8, 3)),
    ],
)
def test_what_fits_for_the_users_sizes_is_not_refused(layers, shape):
    model = nn.Sequential(*layers())
    y = model.predict(np.zeros((2, *shape), np.intp if model.takes_integers else np.float32))
    for output in y if isinstance(y, tuple) else (y,):
        assert len(output) == 2


def test_an_error_of_a_users_layer_in_the_trial_of_sequences_refuses_nothing():
    class Picky(nn.Layer):
        def forward(self, x):
            raise RuntimeError("not with zeros" if (x == 0).all() else "")

    assert len(nn.Sequential(nn.LSTM(3, 4), Picky(), nn.Dense(9, 1)).layers) == 3


def test_a_trial_of_sequences_is_not_repeated_by_the_sequential_around_it():
    calls = []

    class Counting(nn.Layer):
        last_axis = 3

        def forward(self, x):
            calls.append(x.shape)
            return x

    nn.Sequential(nn.Sequential(nn.Sequential(Counting())), nn.Dense(3, 2))
    assert calls == [(1, 16, 3)]
    np.testing.assert_array_equal(nn.Sequential(Counting()).predict(np.ones((2, 3))), 1)
