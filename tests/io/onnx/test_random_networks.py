"""Random networks of all layers, written and read back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlayers as nn
from tests.io.onnx.networks import randomized
from tests.io.onnx.test_round_trips import run

pytest.importorskip("onnx")
SEEDS = st.integers(0, 2**32 - 1)
SIMPLE = [
    nn.ReLU, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.SiLU, nn.GELU, nn.ELU, nn.LeakyReLU, nn.Softmax,
    nn.PReLU, nn.Identity,
]  # fmt: skip


def of_any_rank(width):
    """Layers that keep the shape, the last size of which is the width."""
    groups = st.sampled_from([number for number in (1, 2, 3) if width % number == 0])
    return st.one_of(
        st.sampled_from(SIMPLE).map(lambda kind: kind()),
        st.sampled_from([nn.LayerNorm, nn.RMSNorm, nn.BatchNorm, nn.PReLU, nn.Standardize]).map(
            lambda kind: kind(width)
        ),
        groups.map(lambda number: nn.GroupNorm(number, width)),
        st.builds(lambda seed: nn.Dense(width, width, rng=seed), SEEDS),
        st.just(nn.Dropout(0.2)),
    )


def of_sequences(width):
    recurrent = st.sampled_from([nn.SimpleRNN, nn.LSTM, nn.GRU])
    heads = st.sampled_from([number for number in (1, 2, 3) if width % number == 0])
    return st.one_of(
        of_any_rank(width),
        st.builds(lambda kind, seed: kind(width, width, rng=seed), recurrent, SEEDS),
        st.builds(
            lambda number, causal, bias, seed: nn.MultiHeadAttention(
                width, number, causal=causal, bias=bias, rng=seed
            ),
            heads, st.booleans(), st.booleans(), SEEDS,
        ),
        st.builds(
            lambda gap, seed: nn.Conv1D(width, width, 3, padding="same", dilation=gap, rng=seed),
            st.integers(1, 2), SEEDS,
        ),
        st.just(nn.PositionalEncoding()),
    )  # fmt: skip


def of_images(width):
    even = st.sampled_from([True, False])
    return st.one_of(
        of_any_rank(width),
        st.builds(
            lambda size, seed: nn.Conv2D(width, width, size, padding="same", rng=seed),
            st.sampled_from([1, 3, (1, 3)]), SEEDS,
        ),
        st.builds(
            lambda depthwise, seed: nn.ConvTranspose2D(
                width, width, 3, padding=1, groups=width if depthwise else 1, rng=seed
            ),
            even, SEEDS,
        ),
        st.sampled_from([nn.MaxPool2D, nn.AveragePool2D]).map(
            lambda kind: kind(3, stride=1, padding="same")
        ),
    )  # fmt: skip


def nested(layers, depth):
    """Chains of these layers, some of them in containers that keep the shape."""
    part = layers if depth == 0 else st.one_of(layers, nested(layers, depth - 1).flatmap(in_container))
    return st.lists(part, min_size=1, max_size=4)


def in_container(layers):
    return st.sampled_from([
        nn.Residual(*layers),
        nn.Sequential(*layers),
        nn.Sequential(nn.Fork(nn.Sequential(*layers), nn.Identity()), nn.Add()),
        nn.Sequential(nn.Fork(*layers, layers[0]), nn.Add()),  # one of them twice
    ])  # fmt: skip


@settings(max_examples=8)
@given(data=st.data(), seed=SEEDS)
@pytest.mark.parametrize(
    ("layers", "shape", "written"),
    [
        (of_any_rank, (6,), (6,)),
        (of_sequences, (5, 6), (None, 6)),
        (of_images, (6, 5, 4), (None, None, 4)),
    ],
)
def test_a_random_network_is_the_same_after_a_round_trip(
    layers, shape, written, data, seed, tmp_path_factory
):
    chain = data.draw(nested(layers(shape[-1]), 2))
    model = nn.Sequential(*chain)
    if seed % 2:
        randomized(model, seed)
    path = tmp_path_factory.mktemp("onnx") / "a.onnx"
    nn.io.to_onnx(model, path, input_shape=written)
    x = np.random.default_rng(seed).normal(size=(2, *shape)).astype(np.float32)
    expected = model.predict(x)
    read = nn.io.from_onnx(path)
    for found in (run(path, x), read.predict(x)):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max())
    exact = read.astype(np.float64).predict(x)  # where rounding is not made large by a normalization
    np.testing.assert_allclose(exact, model.astype(np.float64).predict(x), rtol=1e-7, atol=1e-7)
