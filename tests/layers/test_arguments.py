"""Arguments of constructors: NumPy's numbers are taken as Python's, and switches are True or False."""

import numpy as np
import pytest

import nnlayers as nn


@pytest.mark.parametrize(
    "make",
    [
        lambda n: nn.Dense(n(100), n(200), rng=0),
        lambda n: nn.MultiHeadAttention(n(100), n(2), rng=0),
        lambda n: nn.transformer_block(n(100), n(2), rng=0),
        lambda n: nn.Embedding(n(200), n(3), rng=0),
        lambda n: nn.SimpleRNN(n(3), n(200), rng=0),
        lambda n: nn.LSTM(n(3), n(100), rng=0),
        lambda n: nn.GRU(n(3), n(100), rng=0),
        lambda n: nn.Conv1D(n(3), n(200), n(3), padding=((n(200), n(100)),), rng=0),
        lambda n: nn.Conv2D(n(4), n(200), (n(3), n(2)), stride=n(2), groups=n(2), rng=0),
        lambda n: nn.ConvTranspose2D(n(4), n(2), n(3), stride=n(2), output_padding=n(1), rng=0),
        lambda n: nn.BatchNorm(n(200)),
        lambda n: nn.GroupNorm(n(2), n(200)),
        lambda n: nn.LayerNorm((n(200), n(2))),
        lambda n: nn.RMSNorm(n(200)),
        lambda n: nn.Standardize(n(200)),
        lambda n: nn.PReLU(n(200)),
        lambda n: nn.Reshape(n(2), n(200)),
        lambda n: nn.Upsample2D((n(2), n(200))),
        lambda n: nn.Concatenate(n(1)),
    ],
)
def test_small_integers_of_numpy_do_not_overflow(make):
    layer, expected = make(np.uint8), make(int)
    assert repr(layer) == repr(expected)
    assert not any(isinstance(value, np.generic) for value in vars(layer).values())
    for (path, state), (_, other) in zip(layer.named_states(), expected.named_states(), strict=True):
        np.testing.assert_array_equal(state.value, other.value, path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: nn.Dense(3, 2, bias="no"), "Dense: bias must be True or False, got 'no'"),
        (lambda: nn.TiedDense(nn.Embedding(3, 2), bias=0), "TiedDense: bias must be True or False"),
        (lambda: nn.Conv2D(3, 2, 3, bias=1), "Conv2D: bias must be True or False, got 1"),
        (lambda: nn.ConvTranspose2D(3, 2, 3, bias=None), "ConvTranspose2D: bias must be True or False"),
        (
            lambda: nn.MultiHeadAttention(8, 2, causal="False"),
            "MultiHeadAttention: causal must be True or False, got 'False'",
        ),
        (
            lambda: nn.MultiHeadAttention(8, 2, bias=[]),
            "MultiHeadAttention: bias must be True or False",
        ),
        (
            lambda: nn.transformer_block(8, 2, causal="False"),
            "transformer_block: causal must be True or False",
        ),
        (
            lambda: nn.LSTM(3, 4, return_sequences="no"),
            "LSTM: return_sequences must be True or False, got 'no'",
        ),
        (lambda: nn.EarlyStopping(restore_best="no"), "EarlyStopping: restore_best must be True or"),
        (lambda: nn.batches(np.ones(3), shuffle="no"), "batches: shuffle must be True or False"),
    ],
)
def test_switches_are_true_or_false(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_the_truth_values_of_numpy_are_taken():
    assert repr(nn.LSTM(3, 4, return_sequences=np.False_)) == "LSTM(3, 4, return_sequences=False)"
