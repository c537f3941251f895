"""The checks of predict: what is wrong is found, what is meant is not flagged."""

import re
from collections import deque

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing import ContractError, check_layer
from tests.catalogue.weights import SpectralDense
from tests.testing.contract.predictions import (
    CHECKS,
    CORRECT,
    WRONG,
    moving,
    predicting,
    running,
    shape_of,
)
from tests.testing.messages import assert_it_fits, in_one_line


@pytest.mark.parametrize("kind", CORRECT, ids=[kind.__name__ for kind in CORRECT])
def test_correct_layers_pass_all_checks(kind):
    assert check_layer(kind, shape_of(kind)).checks > 0


@pytest.mark.parametrize("kind", CORRECT, ids=[kind.__name__ for kind in CORRECT])
def test_correct_layers_pass_with_other_values(kind):
    for seed in (7, 8):
        check_layer(kind, shape_of(kind), checks=CHECKS, seed=seed)


@pytest.mark.parametrize("bug", WRONG)
def test_a_wrong_predict_is_found(bug):
    kind, check = WRONG[bug]
    for seed in range(3):
        with pytest.raises(ContractError) as caught:
            check_layer(kind, "N D", checks=CHECKS, seed=seed)
        assert caught.value.check == check
        assert_it_fits(caught.value)


@pytest.mark.parametrize(
    ("bug", "message"),
    [
        ("dropout: predict halves", r"the mean of 3,200 forwards is (2|1\.99|2\.01) x predict"),
        (
            "dropout: one feature is halved",
            r"the mean of 3,200 forwards is .* x predict in some features",
        ),
        (
            "noise: its mean is 1",
            r"the noise that forward adds has a mean of (1\.|0\.9)\d*, which predict",
        ),
        ("noise: predict doubles", "even without it, predict is another function than forward"),
        (
            "dropout before a product: halved",
            "for an input of zeros, predict differs from forward, whatever the noise",
        ),
        (
            "random depth: predict scales the branch",
            "a weight of 0.938 in predict, but is returned by 0.7",
        ),
        (
            "random depth: predict forgets x",
            r"the mean of 3,200 forwards is predict \+ (1|1\.0\d*|0\.9\d*) x the input",
        ),
        ("random relu: predict is relu", "predict is outside of the range of 400 forwards, at "),
        (
            "gated: predict leaves the body out",
            "forward is linear in its noise, and with the mean of the noise in place of the noise, it ",
        ),
        (
            "batch norm: the statistics of the first batch",
            "no State follows another one, as if it were",
        ),
        ("batch norm: never updated", "no pass changes its States: are its statistics never updated"),
        (
            "batch norm: the variance is forgotten",
            r"after many forwards of one batch, when its States have settled, forward returns .* at \[",
        ),
        (
            "residual: predict forgets x",
            "predict is another formula than forward: with predict in place of forward in its layers, ",
        ),
    ],
)
def test_the_message_says_what_was_seen(bug, message):
    with pytest.raises(ContractError) as caught:
        check_layer(WRONG[bug][0], "N D", checks=CHECKS)
    assert re.search(message, in_one_line(caught.value))


def test_a_wrong_layer_deep_inside_is_found_with_its_path():
    class Wrong(running.BatchNorm):
        def predict(self, x):
            return x - self.mean.value

    def make(D, K):
        return nn.Sequential(nn.Dense(D, K, rng=0), nn.Sequential(nn.ReLU(), Wrong(K)))

    with pytest.raises(ContractError, match="when its States have settled") as caught:
        check_layer(make, "N D", checks=CHECKS)
    assert "(in 'layers.1.layers.1')" in in_one_line(caught.value)

    halves = WRONG["dropout: predict halves"][0]
    with pytest.raises(ContractError, match=r"one of two values at random.*\s.*\(in 'layers.0'\)"):
        check_layer(lambda: nn.Sequential(halves()), "N D", checks=CHECKS)


def test_a_wrong_predict_of_tuples_is_found():
    check_layer(moving.Sampled, "N D, N D")
    wrong = predicting(moving.Sampled, lambda self, x: 2 * x[0])
    with pytest.raises(ContractError, match="noise is added in forward, and even"):
        check_layer(wrong, "N D, N D", checks=CHECKS)

    class Two(nn.Layer):
        def __init__(self, D):
            self.drop, self.scale = nn.Dropout(0.5, rng=0), nn.Dense(D, D, rng=1)

        def forward(self, x):
            return self.drop.forward(x), self.scale.forward(x)

        def predict(self, x):
            return self.drop.predict(x), self.scale.predict(x)

        def backward(self, grad):
            return self.drop.backward(grad[0]) + self.scale.backward(grad[1])

    check_layer(Two, "N D", checks=CHECKS)
    swapped = predicting(Two, lambda self, x: (self.scale.predict(x), self.drop.predict(x)))
    with pytest.raises(ContractError, match=r"at \[[01]\]\[\d, \d\], predict"):
        check_layer(swapped, "N D", checks=CHECKS)


def test_integers_are_not_multiplied():
    def values(rng, shape):
        return rng.integers(0, 5, shape)

    check_layer(moving.WordDropout, "N T", values=values)
    wrong = predicting(moving.WordDropout, lambda self, x: self.weight.value[x] / 2)
    with pytest.raises(ContractError, match="each output of forward is one of two values at random"):
        check_layer(wrong, "N T", values=values, checks=CHECKS)


def test_a_norm_that_happens_to_be_near_one_hides_nothing():
    wrong = predicting(SpectralDense, lambda self, x: x @ self.weight.value)
    with pytest.raises(ContractError, match=r"with its parameters times 1\.25, after many"):
        check_layer(wrong, "N D", seed=12)


def test_another_eps_in_predict_is_not_taken_for_n_minus_1_in_place_of_n():
    def values(rng, shape):
        return rng.permuted(np.arange(np.prod(shape), dtype=float)).reshape(shape)

    class OtherEps(running.BatchNorm):
        def predict(self, x):
            root = np.sqrt(self.var.value + 0.05)
            return self.gain.value * (x - self.mean.value) / root

    check_layer(running.UnbiasedBatchNorm, "N D", values=values, checks="settles")
    with pytest.raises(ContractError) as caught:
        check_layer(OtherEps, "N D", values=values, checks="settles")
    assert "four times the rows do not make the difference smaller" in in_one_line(caught.value)
    assert_it_fits(caught.value)


class Plain:
    """A plain object with slots"""

    __slots__ = ("calls",)

    def __init__(self):
        self.calls = [0]


@pytest.mark.parametrize(
    ("make", "calls_in"),
    [
        (lambda: {"calls": [0]}, lambda held: held["calls"]),
        (lambda: deque([[0]]), lambda held: held[0]),
        (Plain, lambda held: held.calls),
    ],
)
def test_a_predict_that_counts_in_an_object_changes_the_layer(make, calls_in):
    class Counting(nn.Layer):
        def __init__(self):
            self.kept = make()

        def forward(self, x):
            return 2 * x

        def predict(self, x):
            calls_in(self.kept)[0] += 1
            return 2 * x

        def backward(self, grad):
            return 2 * grad

    with pytest.raises(ContractError, match="predict changes the layer"):
        check_layer(Counting, "N D", checks="predict")
