"""Rows of the gradient table: attention, and what is composed with it."""

import nnlayers as nn


def attention(D, **options):
    """Three heads of D numbers each."""
    return nn.MultiHeadAttention(3 * D, 3, **options)


def encoder(D, K):
    """What a transformer begins and ends with, around a block."""
    block = nn.transformer_block(2 * D, 2, hidden=K, dropout=0.3)
    return nn.Sequential(nn.PositionalEncoding(), block, nn.LayerNorm(2 * D))


def mask(rng, shape):
    """Also with rows that hide everything."""
    return rng.random(shape) < 0.5


ROWS = [
    (lambda D: attention(D), "N T 3*D"),
    (lambda D: attention(D, causal=True, bias=False), "N T 3*D"),
]
OF_TUPLES = [  # each with the functions that draw its inputs
    (lambda D: attention(D), "N T 3*D, N S 3*D", None),
    (lambda D: attention(D, causal=True), "N T 3*D, N S 3*D", None),
    (lambda D: attention(D), "N T 3*D, N T", (None, mask)),
    (lambda D: attention(D, causal=True), "N T 3*D, N T T", (None, mask)),
    (lambda D: attention(D, bias=False), "N T 3*D, N S 3*D, N S", (None, None, mask)),
    (lambda D: attention(D), "N T 3*D, N S 3*D, N T S", (None, None, mask)),
]
NETWORKS = [  # whose layers have rows of their own
    (lambda D: nn.transformer_block(D, D, causal=True), "N T D", None),
    (encoder, "N T 2*D", None),
]
