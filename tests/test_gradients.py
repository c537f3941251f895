"""The gradient table: one line for every public layer and loss. A missing one fails a test."""

import inspect
import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlayers as nn
from nnlayers.testing import NotVerifiedWarning, check_layer, check_loss
from nnlayers.testing.shapes import size_names
from tests.gradient_rows import ROWS
from tests.gradient_rows.attention import NETWORKS, OF_TUPLES
from tests.gradient_rows.sequences import OF_INTEGERS
from tests.layers_for_tests import Center, Scale
from tests.layers_for_tests import Residual as UsersResidual


class Sine(nn.Elementwise):
    def value(self, x):
        return np.sin(x)

    def slope(self, x, y):
        return np.cos(x)


class FourthPower(nn.Pointwise):
    def value(self, y, t):
        return (y - t) ** 4

    def slope(self, y, t):
        return 4 * (y - t) ** 3


class ClassWeighted(nn.SoftmaxCrossEntropy):
    """Class weights 0, 1, 2, 0, 1, ..."""

    def forward(self, prediction, target):
        return super().forward(prediction, target, (target % 3).astype(float))


class Padded(nn.SoftmaxCrossEntropy):
    """The time steps from the third on are padding."""

    def forward(self, prediction, target):
        weights = np.ones_like(target, float, shape=target.shape[:2])
        weights[:, 2:] = 0
        return super().forward(prediction, target, weights)


class Known(nn.SigmoidBinaryCrossEntropy):
    """Some labels of a sample are not known: here those of 0.5 and less."""

    def forward(self, prediction, target):
        return super().forward(prediction, target > 0.75, target > 0.5)


class ByDistance(nn.MeanSquaredError):
    """Targets far from zero weigh more."""

    def forward(self, prediction, target):
        return super().forward(prediction, target, np.abs(target))


def spread_out(features):
    """Data of another mean and deviation in each column."""
    x = np.random.default_rng(features).standard_normal((20, features))
    return x * 2.0 ** np.arange(features) - np.arange(features)


def labels(rng, N, C):
    return rng.integers(0, C, N)


def distributions(rng, N, C):
    return nn.softmax(rng.standard_normal((N, C)))


def labels_of_steps(rng, N, T, C):
    return rng.integers(0, C, (N, T))


def distributions_of_steps(rng, N, T, C):
    return nn.softmax(rng.standard_normal((N, T, C)))


def numbers(rng, N, D):
    return rng.standard_normal((N, D))


def shares(rng, N, D):
    return rng.random((N, D))


def yes_or_no(rng, N, T, D):
    return rng.integers(0, 2, (N, T, D))


def label_and_numbers(rng, N, C, D):
    return labels(rng, N, C), numbers(rng, N, D)


def nested(rng, N, C, D):
    return label_and_numbers(rng, N, C, D), shares(rng, N, D)


# What takes or gives a tuple stands in a Sequential: the checker feeds one array.
LAYERS = [
    (lambda D, K: nn.Dense(D, K), "N D"),
    (lambda D, K: nn.Dense(D, K, bias=False), "N T D"),
    (nn.ReLU, "N D"),
    (nn.ReLU, "N H W C"),
    (Sine, "N D"),
    (lambda: nn.Dropout(0.3), "N D"),
    (lambda: nn.Dropout(keep_prob=0.5), "N T D"),
    (lambda: nn.GaussianNoise(0.3), "N D"),
    (lambda: nn.SpatialDropout(0.3), "N T C"),
    (lambda: nn.SpatialDropout(0.5), "N H W C"),
    (lambda D: nn.Standardize(D), "N D"),
    (lambda D: nn.Standardize(D).fit(spread_out(D)), "N T D"),
    (nn.Identity, "N D"),
    (lambda D, K: nn.Sequential(nn.Dense(D, K), nn.ReLU(), nn.Dense(K, D)), "N D"),
    (lambda D: nn.Sequential(*[nn.Dense(D, D), nn.Dropout(0.5)] * 2), "N D"),
    (lambda D: nn.Sequential(nn.Sequential(nn.ReLU()), nn.Dense(D, 2)), "N D"),
    (lambda D, K: nn.Residual(nn.Dense(D, K), nn.ReLU(), nn.Dense(K, D)), "N D"),
    (lambda D: nn.Residual(nn.Residual(nn.Dense(D, D), nn.Dropout(0.5))), "N T D"),
    (lambda D, K: nn.Sequential(nn.Fork(nn.Dense(D, K), nn.Identity()), nn.Concatenate()), "N D"),
    (lambda D, K: nn.Sequential(nn.Fork(nn.Dense(D, K), nn.Dense(D, K)), nn.Add()), "N T D"),
    (lambda: nn.Sequential(nn.Fork(nn.ReLU(), nn.Identity()), nn.Concatenate(axis=1)), "N T D"),
    (
        lambda D, K: nn.Sequential(
            nn.Fork(nn.Identity(), Sine()), nn.Parallel(nn.Dense(D, K), nn.Dense(D, K)), nn.Add()
        ),
        "N D",
    ),
    *ROWS,
]
HEADS = nn.Losses([nn.SoftmaxCrossEntropy(), nn.MeanSquaredError()], factors=[1.0, 0.5])
LOSSES = [
    (nn.SoftmaxCrossEntropy(), "N C", labels),
    (nn.SoftmaxCrossEntropy(), "N C", distributions),
    (nn.SoftmaxCrossEntropy(), "N T C", labels_of_steps),
    (nn.SoftmaxCrossEntropy(), "N T C", distributions_of_steps),
    (nn.MeanSquaredError(), "N D", numbers),
    (nn.MeanSquaredError(), "N", lambda rng, N: rng.standard_normal(N)),
    (nn.MeanAbsoluteError(), "N D", numbers),
    (nn.Huber(), "N D", numbers),
    (nn.Huber(delta=0.4), "N D", numbers),
    (nn.SigmoidBinaryCrossEntropy(), "N D", shares),
    (nn.SigmoidBinaryCrossEntropy(), "N T D", yes_or_no),
    (HEADS, "N C, N D", label_and_numbers),
    (
        nn.Losses([HEADS, nn.SigmoidBinaryCrossEntropy()], factors=[2.0, 0.5]),
        (("N C", "N D"), "N D"),
        nested,
    ),
    (FourthPower(), "N D", numbers),
    (ClassWeighted(), "N C", labels),
    (Padded(), "N T C", labels_of_steps),
    (Padded(), "N T C", distributions_of_steps),
    (ByDistance(), "N D", numbers),
    (Known(), "N D", shares),
]
USERS_LAYERS = [
    (lambda D: Scale(D), "N D"),
    (
        lambda D, K: UsersResidual(nn.Sequential(nn.Dense(D, K), nn.ReLU(), nn.Dense(K, D))),
        "N D",
    ),
    (lambda D: Center(D), "N D"),
]
seeds = st.integers(0, 10_000)
few = settings(max_examples=2)  # each runs the whole plan of sizes, and only the seed differs


def lines(rows):
    """Parametrize a test with lines of the table."""
    ids = [f"{name(row[0])}-{row[1]}" for row in rows]
    return pytest.mark.parametrize(("layer", "shape", "values"), rows, ids=ids)


def make(layer):
    return layer(**dict.fromkeys(size_names(layer), 2))


def public(kind):
    found = {value for value in vars(nn).values() if inspect.isclass(value) and issubclass(value, kind)}
    return found - {kind}


def present(kind, entries):
    """The classes of the entries and of their parts: for each, the nearest one that is public."""
    parts = [part for entry in entries for part in (entry, *dict(entry.named_parts()).values())]
    ancestors = ([base for base in type(part).__mro__ if base in public(kind)] for part in parts)
    return {bases[0] for bases in ancestors if bases}


def test_every_public_layer_and_loss_stands_in_the_table():
    layers = [make(layer) for layer, *_ in LAYERS + OF_INTEGERS]
    assert public(nn.Layer) == present(nn.Layer, layers)
    assert public(nn.Loss) == present(nn.Loss, [loss for loss, _, _ in LOSSES])


def test_a_layer_stands_in_the_table_neither_by_its_base_class_nor_by_a_public_subclass():
    assert present(nn.Layer, [nn.Residual(Sine())]) == {nn.Residual, nn.Elementwise}
    assert present(nn.Loss, [FourthPower()]) == {nn.Pointwise}
    assert present(nn.Loss, [nn.MeanSquaredError()]) == {nn.MeanSquaredError}


def name(entry):
    return type(entry if isinstance(entry, nn.Loss) else make(entry)).__name__


@lines([*[(*line, None) for line in LAYERS + USERS_LAYERS], *OF_INTEGERS, *OF_TUPLES])
@few
@given(seed=seeds)
def test_backward_is_the_gradient_of_forward(layer, shape, values, seed):
    check_layer(layer, shape, values=values, seed=seed)


@lines(NETWORKS)
def test_networks_of_layers_that_have_lines_of_their_own(layer, shape, values):
    check_layer(layer, shape, values=values)


@pytest.mark.parametrize(
    ("loss", "prediction", "target"),
    [pytest.param(*line, id=f"{name(line[0])}-{line[1]}") for line in LOSSES],
)
@few
@given(seed=seeds)
def test_backward_is_the_gradient_of_the_loss(loss, prediction, target, seed):
    check_loss(loss, prediction=prediction, target=target, seed=seed)


@few
@given(st.lists(st.integers(1, 6), min_size=2, max_size=5), st.booleans(), st.floats(0, 0.9), seeds)
def test_networks_of_any_size(sizes, bias, rate, seed):
    rng = np.random.default_rng(seed)
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Dense(fan_in, fan_out, bias=bias, rng=rng), nn.ReLU(), nn.Dropout(rate, rng=rng)]
    with warnings.catch_warnings():  # a network of few units may be dead
        warnings.simplefilter("ignore", NotVerifiedWarning)
        check_layer(nn.Sequential(*layers), (sizes[0],), seed=seed)
