"""Hypothesis strategies for your own tests: sizes, arrays, layers, small networks."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers import layers as families
from nnlayers.core.layer import Layer
from nnlayers.layers.sequential import Sequential
from nnlayers.testing.plan import REGIMES

try:
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError(
        "nnlayers.testing.strategies needs Hypothesis: pip install 'nnlayers[test]'"
    ) from error

__all__ = ["arrays", "layers", "networks", "seeds", "sizes"]


def sizes(most: int = 6) -> st.SearchStrategy[int]:
    """Sizes of axes, from 1 to ``most``.

    Parameters
    ----------
    most : int
        The largest size.

    Returns
    -------
    strategy of int

    Examples
    --------
    >>> from hypothesis import given
    >>> from nnlayers.testing import strategies
    >>> @given(strategies.sizes(), strategies.sizes(most=3))
    ... def test_flatten_keeps_all_values(height, channels):
    ...     assert nn.Flatten().output_shape(height, channels) == (height * channels,)
    >>> test_flatten_keeps_all_values()
    """
    return st.integers(1, most)


def seeds() -> st.SearchStrategy[int]:
    """Seeds, from which a test fills large arrays faster than by drawing every element.

    Returns
    -------
    strategy of int

    Examples
    --------
    >>> from hypothesis import given
    >>> from nnlayers.testing import strategies
    >>> @given(strategies.seeds())
    ... def test_probabilities_sum_to_one(seed):
    ...     logits = np.random.default_rng(seed).normal(0, 100, (50, 10))
    ...     assert np.allclose(nn.softmax(logits).sum(axis=1), 1)
    >>> test_probabilities_sum_to_one()
    """
    return st.integers(0, 2**32 - 1)


@st.composite
def arrays(draw: Callable[..., Any], shape: Any, regimes: tuple[str, ...] = tuple(REGIMES)) -> Any:
    """Arrays of a given shape, or of drawn shapes, in one of the checker's regimes of values.

    Parameters
    ----------
    shape : tuple of int, or strategy of these
        The shape.
    regimes : tuple of str
        Which values to draw: ``"normal"``, ``"with ties"``, ``"all zero"``, ``"wide"``, ``"spread"``.

    Returns
    -------
    strategy of array
        In float64.

    Examples
    --------
    >>> from hypothesis import given
    >>> from nnlayers.testing import strategies
    >>> @given(strategies.arrays((4, 3), regimes=("normal", "with ties")))
    ... def test_relu_is_not_negative(x):
    ...     assert (nn.ReLU().predict(x) >= 0).all()
    >>> test_relu_is_not_negative()
    """
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else shape
    return REGIMES[draw(st.sampled_from(regimes))](np.random.default_rng(draw(seeds())), shape)


@st.composite
def layers(draw: Callable[..., Any], features: int) -> Layer:
    """Layers of nnlayers for input of shape ``(N, features)``: Dense, ReLU and Dropout.

    Parameters
    ----------
    features : int
        The size of the last axis of the input.

    Returns
    -------
    strategy of Layer

    Examples
    --------
    >>> from hypothesis import given
    >>> from nnlayers.testing import strategies
    >>> @given(strategies.layers(3))
    ... def test_predict_saves_nothing(layer):
    ...     layer.predict(np.ones((4, 3)))
    ...     assert layer.pending == 0
    >>> test_predict_saves_nothing()
    """
    rng = np.random.default_rng(draw(seeds()))
    kind = draw(st.sampled_from(["dense", "relu", "dropout"]))
    if kind == "dense":
        return families.Dense(features, draw(sizes()), bias=draw(st.booleans()), rng=rng)
    return families.ReLU() if kind == "relu" else families.Dropout(draw(st.floats(0, 0.9)), rng=rng)


@st.composite
def networks(draw: Callable[..., Any], features: int, most: int = 5) -> Sequential:
    """Sequentials of up to ``most`` layers for input of shape ``(N, features)``.

    Parameters
    ----------
    features : int
        The size of the last axis of the input.
    most : int
        The largest number of layers.

    Returns
    -------
    strategy of Sequential

    Examples
    --------
    >>> from hypothesis import given
    >>> from nnlayers.testing import strategies
    >>> @given(strategies.networks(3), strategies.arrays((4, 3)))
    ... def test_one_row_for_each_sample(model, x):
    ...     assert len(model.predict(x)) == 4
    >>> test_one_row_for_each_sample()
    """
    chosen: list[Layer] = []
    for _ in range(draw(st.integers(1, most))):
        layer = draw(layers(features))
        chosen.append(layer)
        features = layer.out_features if isinstance(layer, families.Dense) else features
    return Sequential(*chosen)
