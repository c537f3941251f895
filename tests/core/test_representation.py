"""A repr is the call that makes a layer again."""

import numpy as np
import pytest

import nnlayers as nn
from tests.layers_for_tests import Scale


class Noise(nn.Layer):
    def __init__(self, deviation, *, cut=3.0, rng=None):
        self.deviation, self.cut = deviation, cut
        self.rng = np.random.default_rng(rng)


@pytest.mark.parametrize(
    "text",
    [
        "Dense(4, 3)",
        "Dense(4, 3, bias=False)",
        "ReLU()",
        "Dropout(0.3)",
        "Dropout(0.123456789)",
        "Dropout(keep_prob=0.8)",
        "Standardize(3)",
        "Concatenate()",
        "Concatenate(axis=1)",
        "Sequential(Dense(4, 3), ReLU())",
        "Sequential(ReLU(), input_shape=(4,))",
        "Residual(Dense(4, 4), Dropout(0.5))",
        "Fork(Dense(4, 3), Identity())",
        "Parallel(Dense(4, 3), Dense(2, 3))",
        "Sequential(Parallel(Dense(4, 3), Dense(2, 3)), Add())",
        "SoftmaxCrossEntropy()",
    ],
)
def test_the_repr_makes_the_layer_again(text):
    made = eval(text, vars(nn))
    assert repr(made) == text
    assert repr(eval(repr(made), vars(nn))) == text


def test_dropout_of_the_same_repr_keeps_the_same_share():
    layer = nn.Dropout(0.123456789)
    assert eval(repr(layer), vars(nn)).keep_prob == layer.keep_prob


def test_random_sources_and_defaults_are_not_shown():
    assert repr(Noise(0.1, rng=3)) == "Noise(0.1)"
    assert repr(Noise(0.1, cut=2.0)) == "Noise(0.1, cut=2.0)"


def test_arguments_that_are_not_kept_cannot_be_shown():
    assert repr(Scale(3)) == "Scale(...)"
