"""transformer_block."""

import numpy as np
import pytest

import nnlayers as nn


def test_it_is_a_composition_of_layers():
    block = nn.transformer_block(8, 2, hidden=5, dropout=0.1, causal=True, rng=0)
    attention = nn.MultiHeadAttention(8, 2, causal=True)
    assert repr(block) == repr(
        nn.Sequential(
            nn.Residual(nn.LayerNorm(8), attention, nn.Dropout(0.1)),
            nn.Residual(nn.LayerNorm(8), nn.Dense(8, 5), nn.GELU(), nn.Dense(5, 8), nn.Dropout(0.1)),
        )
    )
    assert [repr(layer) for layer in nn.transformer_block(8, 4)[1]][1:] == [
        "Dense(8, 32)",
        "GELU()",
        "Dense(32, 8)",
    ]


def test_the_weights_come_from_rng():
    one, same, other = (nn.transformer_block(4, 2, dropout=0.5, rng=seed) for seed in (0, 0, 1))
    x = np.random.default_rng(0).standard_normal((3, 5, 4))
    np.testing.assert_array_equal(one.forward(x), same.forward(x))
    assert (one.predict(x) != other.predict(x)).any()
    assert (one[0][1].weight.value[:, :4] != one[0][1].weight.value[:, 4:8]).any()


def test_a_causal_block_does_not_see_the_future(rng):
    block = nn.transformer_block(6, 3, causal=True, rng=0).astype(np.float64)
    x = rng.standard_normal((2, 5, 6))
    later = np.concatenate([x[:, :3], rng.standard_normal((2, 4, 6))], axis=1)
    np.testing.assert_allclose(block.predict(later)[:, :3], block.predict(x)[:, :3], atol=1e-12)


def test_a_network_learns_what_only_attention_can_find():
    """The token that follows the mark, wherever that is; the end of the network has no positions."""
    rng = np.random.default_rng(0)
    tokens, place = rng.integers(1, 5, (700, 4)), rng.integers(0, 3, 700)
    rows = np.arange(700)
    tokens[rows, place] = 0
    answer = tokens[rows, place + 1] - 1
    model = nn.Sequential(
        nn.Embedding(5, 16, rng=rng),
        nn.PositionalEncoding(),
        *[nn.transformer_block(16, 2, rng=rng) for _ in range(2)],
        nn.LayerNorm(16),
        nn.GlobalAveragePool(),
        nn.Dense(16, 4, rng=rng),
    )
    optimizer = nn.Adam(model.parameters(), lr=0.01)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer)
    trainer.fit(tokens[:500], answer[:500], epochs=12, progress=False, rng=rng)
    accuracy = trainer.evaluate(tokens[500:], answer[500:])["accuracy"]
    assert accuracy > 0.8  # about 0.6 without the blocks


def test_it_follows_a_layer_of_features():
    assert nn.Sequential(nn.Dense(3, 8), nn.transformer_block(8, 2)).output_shape(5, 3) == (5, 8)
    with pytest.raises(ValueError, match=r"layer 1, .*cannot follow layer 0, Dense\(3, 6\)"):
        nn.Sequential(nn.Dense(3, 6), nn.transformer_block(8, 2))


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"features": 8.5}, TypeError, r"transformer_block: features must be a whole number, got 8\.5"),
        ({"hidden": 0}, ValueError, "transformer_block: hidden must be at least 1, got 0"),
        ({"heads": 3}, ValueError, "heads must divide the features, got 3 for 8"),
        ({"dropout": 1}, ValueError, r"transformer_block: dropout must be in \[0, 1\), got 1"),
        ({"dropout": None}, TypeError, "transformer_block: dropout must be a real number, got None"),
        ({"d_model": 8}, TypeError, "transformer_block has no argument 'd_model': use features"),
        (
            {"norm_first": True},
            TypeError,
            "'norm_first': both parts always normalize their input",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, kind, message):
    with pytest.raises(kind, match=message):
        nn.transformer_block(**{"features": 8, "heads": 2} | arguments)
