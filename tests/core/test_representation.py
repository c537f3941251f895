"""A repr is the call that makes a layer again."""

from itertools import pairwise

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


def test_variable_arguments_that_are_not_kept_cannot_be_shown():
    class Named(nn.Dense):
        def __init__(self, *args, name=""):
            super().__init__(*args)
            self.name = name

    assert repr(Named(2, 3, name="first")) == "Named(...)"


def test_positional_arguments_before_variable_ones_have_no_names():
    class Gated(nn.Layer):
        def __init__(self, factor=1, *layers):
            self.factor, self.layers = factor, layers

    assert repr(Gated(1, nn.ReLU())) == "Gated(1, ReLU())"
    assert repr(Gated()) == "Gated()"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.float64(1.5), "1.5"),
        (np.arange(2000), "..."),
        (lambda x: x, "..."),
        (np.tanh, "tanh"),
        ((1, [np.int64(2)]), "(1, [2])"),
        ((3,), "(3,)"),
        (nn.ReLU(), "ReLU()"),
    ],
)
def test_values_are_plain_or_three_dots(value, text):
    class With(nn.Layer):
        def __init__(self, value):
            self.value = value

    assert repr(With(value)) == f"With({text})"


def test_methods_and_failing_properties_are_no_arguments():
    class Bidirectional(nn.Layer):
        def __init__(self, forward, backward):
            self.ahead, self.back = forward, backward

    class Failing(nn.Layer):
        def __init__(self, size):
            pass

        @property
        def size(self):
            raise ZeroDivisionError

    class Frozen(nn.Layer):
        def __init__(self, trainable=True):
            pass

    assert repr(Bidirectional(nn.ReLU(), nn.ReLU())) == "Bidirectional(...)"
    assert repr(Failing(3)) == "Failing(...)"
    assert repr(Frozen()) == "Frozen()"


def test_a_sequential_with_a_constructor_of_its_own():
    class MLP(nn.Sequential):
        def __init__(self, sizes):
            self.sizes = sizes
            super().__init__(*(nn.Dense(a, b) for a, b in pairwise(sizes)))

    model = MLP([2, 3, 4])
    assert repr(model) == "MLP([2, 3, 4])"
    assert type(model[:1]) is nn.Sequential


def test_optional_flags_are_shown_as_they_are():
    class Causal(nn.Layer):
        def __init__(self, features, causal=False):
            self.features, self.causal = features, causal

    class Hidden(nn.Layer):
        def __init__(self, features, causal=False):
            self.features, self._causal = features, causal

    assert repr(Causal(3, np.bool_(False))) == repr(Causal(3, 0)) == "Causal(3)"
    assert repr(Causal(3, np.bool_(True))) == "Causal(3, causal=True)"
    assert repr(Hidden(3)) == "Hidden(3)"


def test_a_subclass_of_dropout_has_its_own_name():
    class Noise(nn.Dropout):
        pass

    assert repr(Noise(0.2)) == "Noise(0.2)"
