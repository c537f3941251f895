"""The mean of noise in place of the noise, and which noise that is possible for."""

import numpy as np
import pytest

import nnlayers as nn
from nnlayers.testing.contract.mean_noise import MEANS, changes_with_its_draws, with_mean_noise

X = np.random.default_rng(1).standard_normal((4, 3))
ARGUMENTS = {
    "uniform": (1, 3),
    "normal": (2, 3),
    "laplace": (2, 3),
    "logistic": (2, 3),
    "gumbel": (2, 3),
    "exponential": (2,),
    "gamma": (2, 3),
    "standard_gamma": (2,),
    "beta": (2, 3),
    "binomial": (4, 0.25),
}


class Drawing(nn.Layer):
    """A layer that computes its output with a function of the input and of a Generator"""

    def __init__(self, function):
        self.function, self.rng = function, np.random.default_rng(0)

    def forward(self, x):
        return self.function(x, self.rng)

    def predict(self, x):
        return x

    def backward(self, grad):
        return grad


@pytest.mark.parametrize("name", MEANS)
def test_draws_have_the_mean_of_many(name):
    arguments = ARGUMENTS.get(name, ())
    draws = getattr(np.random.default_rng(0), name)(*arguments, size=200_000)
    layer = Drawing(lambda x, rng: x + getattr(rng, name)(*arguments, size=x.shape))
    found = with_mean_noise(layer, X).forward(X) - X
    np.testing.assert_allclose(found, draws.mean(), atol=8 * draws.std() / len(draws) ** 0.5)


@pytest.mark.parametrize(
    "mask",
    [
        lambda rng, shape: rng.random(shape) < 0.7,
        lambda rng, shape: 0.3 <= rng.random(shape),  # noqa: SIM300
        lambda rng, shape: np.less(rng.uniform(size=shape), np.full(3, 0.7)),
        lambda rng, shape: rng.uniform(0, 1, shape).astype(np.float32) >= 0.3,
        lambda rng, shape: 0.7 > rng.random(shape, dtype=np.float32),  # noqa: SIM300
    ],
)
def test_masks_become_their_probability(mask):
    layer = Drawing(lambda x, rng: x * mask(rng, x.shape) / 0.7)
    np.testing.assert_allclose(with_mean_noise(layer, X).forward(X), X)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, rng: np.tanh(x + rng.standard_normal(x.shape)),
        lambda x, rng: x * np.exp(rng.standard_normal(x.shape)),
        lambda x, rng: np.maximum(x - rng.exponential(size=x.shape), 0),
    ],
)
def test_what_is_not_linear_in_its_noise_changes_with_its_draws(function):
    assert with_mean_noise(Drawing(function), X) is None
    assert changes_with_its_draws(Drawing(function), X)


@pytest.mark.parametrize(
    "function",
    [
        lambda x, rng: np.where(rng.random(x.shape) < 0.5, x, 1),
        lambda x, rng: x[rng.permutation(len(x))],
        lambda x, rng: np.roll(x, rng.integers(-1, 2), axis=1),
        lambda x, rng: x,
    ],
)
def test_nothing_is_said_of_noise_that_only_chooses(function):
    assert with_mean_noise(Drawing(function), X) is None
    assert not changes_with_its_draws(Drawing(function), X)


def test_the_layer_itself_is_left_as_it_was():
    layer = Drawing(lambda x, rng: x + rng.standard_normal(x.shape))
    before = repr(layer.rng.bit_generator.state)
    assert with_mean_noise(layer, X) is not layer
    assert repr(layer.rng.bit_generator.state) == before
    assert isinstance(layer.rng, np.random.Generator)
