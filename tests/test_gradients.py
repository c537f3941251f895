"""The gradient table: one line for every public layer and loss. A missing one fails a test."""

import inspect
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.testing import check_layer, check_loss
from tests.layers_for_tests import Center, Embedding, Residual, Scale


def spread_out(features):
    """Data of another mean and deviation in each column."""
    x = np.random.default_rng(features).standard_normal((20, features))
    return x * 2.0 ** np.arange(features) - np.arange(features)


LAYERS = [
    (nn.Dense, lambda D, K: nn.Dense(D, K), "N D"),
    (nn.Dense, lambda D, K: nn.Dense(D, K, bias=False), "N T D"),
    (nn.ReLU, nn.ReLU, "N D"),
    (nn.ReLU, nn.ReLU, "N H W C"),
    (nn.Dropout, lambda: nn.Dropout(0.3), "N D"),
    (nn.Dropout, lambda: nn.Dropout(keep_prob=0.5), "N T D"),
    (nn.Standardize, lambda D: nn.Standardize(D), "N D"),
    (nn.Standardize, lambda D: nn.Standardize(D).fit(spread_out(D)), "N T D"),
    (nn.Sequential, lambda D, K: nn.Sequential(nn.Dense(D, K), nn.ReLU(), nn.Dense(K, D)), "N D"),
    (nn.Sequential, lambda D: nn.Sequential(*[nn.Dense(D, D), nn.Dropout(0.5)] * 2), "N D"),
    (nn.Sequential, lambda D: nn.Sequential(nn.Sequential(nn.ReLU()), nn.Dense(D, 2)), "N D"),
]
LOSSES = [
    (nn.SoftmaxCrossEntropy(), "N C", lambda rng, N, C: rng.integers(0, C, N)),
    (nn.SoftmaxCrossEntropy(), "N C", lambda rng, N, C: nn.softmax(rng.standard_normal((N, C)))),
    (nn.MeanSquaredError(), "N D", lambda rng, N, D: rng.standard_normal((N, D))),
    (nn.MeanSquaredError(), "N", lambda rng, N: rng.standard_normal(N)),
]
USERS_LAYERS = [
    (Scale, lambda D: Scale(D), "N D"),
    (Residual, lambda D, K: Residual(nn.Sequential(nn.Dense(D, K), nn.ReLU(), nn.Dense(K, D))), "N D"),
    (Center, lambda D: Center(D), "N D"),
]
seeds = st.integers(0, 10_000)
few = settings(max_examples=10)  # each runs the checker's whole plan of sizes


def public(kind):
    found = {value for value in vars(nn).values() if inspect.isclass(value) and issubclass(value, kind)}
    return found - {kind}


def test_every_public_layer_and_loss_stands_in_the_table():
    assert public(nn.Layer) == {kind for kind, _, _ in LAYERS}
    assert public(nn.Loss) == {type(loss) for loss, _, _ in LOSSES}


@pytest.mark.parametrize(("kind", "layer", "shape"), LAYERS + USERS_LAYERS)
@few
@given(seed=seeds)
def test_backward_is_the_gradient_of_forward(kind, layer, shape, seed):
    check_layer(layer, shape, seed=seed)


@pytest.mark.parametrize(("loss", "prediction", "target"), LOSSES)
@few
@given(seed=seeds)
def test_backward_is_the_gradient_of_the_loss(loss, prediction, target, seed):
    check_loss(loss, prediction=prediction, target=target, seed=seed)


@few
@given(seed=seeds)
def test_a_layer_of_integers(seed):
    def values(rng, shape):
        return rng.integers(0, 4, shape)

    check_layer(lambda K: Embedding(4, K), "N", values=values, seed=seed)


@few
@given(st.lists(st.integers(1, 6), min_size=2, max_size=5), st.booleans(), st.floats(0, 0.9), seeds)
def test_networks_of_any_size(sizes, bias, rate, seed):
    rng = np.random.default_rng(seed)
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Dense(fan_in, fan_out, bias=bias, rng=rng), nn.ReLU(), nn.Dropout(rate, rng=rng)]
    check_layer(nn.Sequential(*layers), (sizes[0],), seed=seed)
