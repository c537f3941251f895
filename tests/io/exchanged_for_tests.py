"""Networks that other libraries have too: benchmarks/exchange.py writes the files that tests read."""

from pathlib import Path

import numpy as np

import nnlayers as nn

REFERENCES = Path(__file__).parent / "references"


def residual(epsilon=1e-5):
    return nn.Sequential(
        nn.Conv2D(3, 4, 3, padding="same"),
        nn.BatchNorm(4, epsilon=epsilon),
        nn.ReLU(),
        nn.Residual(
            nn.Conv2D(4, 4, 3, padding="same", bias=False),
            nn.BatchNorm(4, epsilon=epsilon),
            nn.Tanh(),
            nn.Conv2D(4, 4, 3, padding="same"),
        ),
        nn.MaxPool2D(2),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.BatchNorm(4 * 3 * 2, epsilon=epsilon),
        nn.ReLU(),
        nn.Dense(4 * 3 * 2, 3),
        input_shape=(6, 4, 3),
    )


def tied():
    embedding = nn.Embedding(9, 4)
    return nn.Sequential(embedding, nn.LSTM(4, 4), nn.TiedDense(embedding))


def transformer(norm_first=True):
    if norm_first:
        blocks = [nn.transformer_block(8, 2, hidden=12) for _ in range(2)]
    else:
        blocks = [
            layer
            for _ in range(2)
            for layer in (
                nn.Residual(nn.MultiHeadAttention(8, 2)),
                nn.LayerNorm(8),
                nn.Residual(nn.Dense(8, 12), nn.ReLU(), nn.Dense(12, 8)),
                nn.LayerNorm(8),
            )
        ]
    return nn.Sequential(nn.Dense(5, 8), *blocks, nn.LayerNorm(8))


def both(layer, features, units, **options):
    return nn.Bidirectional(layer(features, units, **options), layer(features, units, **options))


def generator():
    return nn.Sequential(
        nn.ConvTranspose2D(4, 6, 3, stride=2, groups=2),
        nn.PReLU(6),
        nn.Conv2D(6, 12, 3, groups=6, stride=2),
        nn.GroupNorm(3, 12),
        nn.ConvTranspose2D(12, 2, 2, stride=2, bias=False),
    )


def branches():
    return nn.Sequential(
        nn.Fork(
            nn.Sequential(nn.Conv2D(2, 3, 2), nn.ReLU(), nn.Flatten()),
            nn.Sequential(nn.Conv2D(2, 2, 3), nn.Flatten()),
            nn.Sequential(nn.GlobalAveragePool(), nn.Dense(2, 2)),
        ),
        nn.Concatenate(),
        nn.LayerNorm(37),
        nn.PReLU(37),
        nn.Dense(37, 2),
        input_shape=(4, 4, 2),
    )


def mlp(epsilon=1e-5):
    return nn.Sequential(
        nn.Dense(5, 5),
        nn.ReLU(),
        nn.BatchNorm(5, epsilon=epsilon),
        nn.Dense(5, 5),
        nn.LayerNorm(5, epsilon=epsilon),
        nn.PReLU(5),
        nn.Dense(5, 3),
    )


NETWORKS = {  # of PyTorch: the model here, and the shape of inputs, or the largest integers
    "mlp": (mlp, (4, 5)),
    "residual": (residual, (2, 6, 4, 3)),
    "generator": (generator, (2, 3, 3, 4)),
    "branches": (branches, (2, 4, 4, 2)),
    "decoder": (
        lambda: nn.Sequential(
            nn.Dense(4, 12),
            nn.BatchNorm(12),
            nn.ReLU(),
            nn.Reshape(2, 2, 3),
            nn.ConvTranspose2D(3, 2, 2),
            nn.Flatten(),
            nn.Dense(18, 12, bias=False),
            nn.Reshape(2, 2, 3),
        ),
        (3, 4),
    ),
    "norms": (
        lambda: nn.Sequential(
            nn.Conv2D(2, 3, 2),
            nn.LayerNorm((3, 2, 3)),
            nn.Flatten(),
            nn.RMSNorm(18),
            nn.Dense(18, 2, bias=False),
            input_shape=(4, 3, 2),
        ),
        (2, 4, 3, 2),
    ),
    "sequence": (
        lambda: nn.Sequential(
            nn.Conv1D(3, 4, 2), nn.GELU(), nn.Flatten(), nn.Dense(16, 3), input_shape=(5, 3)
        ),
        (2, 5, 3),
    ),
    "lstm": (
        lambda: nn.Sequential(both(nn.LSTM, 4, 3), both(nn.LSTM, 6, 3)),
        (2, 5, 4),
    ),
    "gru": (lambda: nn.Sequential(nn.GRU(4, 3), nn.GRU(3, 3)), (2, 5, 4)),
    "rnn": (lambda: nn.SimpleRNN(4, 4), (2, 5, 4)),
    "tied": (tied, (2, 5, 9)),
    "embedding": (
        lambda: nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Dense(20, 3)),
        (2, 5, 9),
    ),
    "encoder": (transformer, (2, 4, 5)),
    "post_norm_encoder": (lambda: transformer(norm_first=False), (2, 4, 5)),
}

MAPPINGS = {  # for files of safetensors, in which names are sorted
    "branches": {
        "wide": "layers.0.layers.0.layers.0",
        "deep": "layers.0.layers.1.layers.0",
        "pooled": "layers.0.layers.2.layers.1",
        "norm": "layers.2",
        "slope": "layers.3",
        "head": "layers.4",
    },
    "tied": {"embedding": "layers.0", "lstm": "layers.1", "head": "layers.2"},
}

KERAS_NETWORKS = {
    "mlp": (lambda: mlp(1e-3), (4, 5)),
    "residual": (lambda: residual(1e-3), (2, 6, 4, 3)),
    "generator": (
        lambda: nn.Sequential(
            nn.ConvTranspose2D(4, 6, 3, stride=2),
            nn.PReLU(6),
            nn.Conv2D(6, 12, 3, groups=6, stride=2),
            nn.GroupNorm(3, 12, epsilon=1e-3),
            nn.ConvTranspose2D(12, 2, 2, stride=2, bias=False),
        ),
        (2, 3, 3, 4),
    ),
    "separable": (
        lambda: nn.Sequential(
            nn.Conv2D(3, 6, 3, groups=3, bias=False), nn.Conv2D(6, 4, 1), nn.GlobalAveragePool()
        ),
        (2, 4, 4, 3),
    ),
    "nested": (
        lambda: nn.Sequential(
            nn.Dense(4, 4),
            nn.Sequential(nn.RMSNorm(4, epsilon=1e-6), nn.Dense(4, 4)),
            nn.Dense(4, 4),
        ),
        (3, 4),
    ),
    "sequence": (
        lambda: nn.Sequential(nn.Conv1D(3, 4, 2), nn.Flatten(), nn.Dense(16, 3), input_shape=(5, 3)),
        (2, 5, 3),
    ),
    "recurrent": (
        lambda: nn.Sequential(
            nn.Embedding(9, 4),
            both(nn.LSTM, 4, 3),
            nn.LSTM(6, 3),
            both(nn.GRU, 3, 2),
            nn.GRU(4, 3),
            nn.SimpleRNN(3, 3, return_sequences=False),
            nn.Dense(3, 3),
        ),
        (2, 5, 9),
    ),
    "transformer": (
        lambda: nn.Sequential(
            nn.Dense(5, 8), *[nn.transformer_block(8, 2, hidden=12) for _ in range(2)], nn.LayerNorm(8)
        ),
        (2, 4, 5),
    ),
}


def inputs(model, shape):
    """Normal numbers of a shape; integers below its last size for a model that takes them."""
    rng = np.random.default_rng(1)
    if model.takes_integers:
        return rng.integers(0, shape[-1], shape[:-1])
    return rng.standard_normal(shape)
