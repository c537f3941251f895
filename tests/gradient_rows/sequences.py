"""Rows of the gradient table: layers of sequences, and of integers."""

import nnlayers as nn


def both(kind, D, K, *, every=True):
    """A layer for each direction, of different sizes."""
    return nn.Bidirectional(kind(D, K, return_sequences=every), kind(D, K + 1, return_sequences=every))


def language_model(V, K):
    """Its first and its last layer have one weight."""
    embedding = nn.Embedding(V, K)
    return nn.Sequential(embedding, nn.GRU(K, K), nn.TiedDense(embedding))


def integers(rng, shape, V):
    return rng.integers(0, V, shape)


ROWS = [
    (lambda D, K: nn.SimpleRNN(D, K), "N T D"),
    (lambda D, K: nn.SimpleRNN(D, K, return_sequences=False), "N T D"),
    (lambda D, K: nn.LSTM(D, K), "N T D"),
    (lambda D, K: nn.LSTM(D, K, return_sequences=False), "N T D"),
    (lambda D, K: nn.GRU(D, K), "N T D"),
    (lambda D, K: nn.GRU(D, K, return_sequences=False), "N T D"),
    (lambda D, K: both(nn.LSTM, D, K), "N T D"),
    (lambda D, K: both(nn.GRU, D, K, every=False), "N T D"),
    (lambda D, V: nn.TiedDense(nn.Embedding(V, D)), "N D"),
    (lambda D, V: nn.TiedDense(nn.Embedding(V, D), bias=False), "N T D"),
    (lambda: nn.PositionalEncoding(), "N T D"),
]
OF_INTEGERS = [  # each with the function that draws its input
    (lambda V, K: nn.Embedding(V, K), "N", integers),
    (lambda V, K: nn.Embedding(V, 2 * K), "N T", integers),
    (language_model, "N T", integers),
]
