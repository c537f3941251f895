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
    """Sizes of axes, from 1 to ``most``."""
    return st.integers(1, most)


def seeds() -> st.SearchStrategy[int]:
    """Seeds, from which a test fills large arrays faster than by drawing every element."""
    return st.integers(0, 2**32 - 1)


@st.composite
def arrays(draw: Callable[..., Any], shape: Any, regimes: tuple[str, ...] = tuple(REGIMES)) -> Any:
    """Arrays of a given shape, or of drawn shapes, in one of the checker's regimes of values."""
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else shape
    return REGIMES[draw(st.sampled_from(regimes))](np.random.default_rng(draw(seeds())), shape)


@st.composite
def layers(draw: Callable[..., Any], features: int) -> Layer:
    """Layers of nnlayers for input of shape ``(N, features)``."""
    rng = np.random.default_rng(draw(seeds()))
    kind = draw(st.sampled_from(["dense", "relu", "dropout"]))
    if kind == "dense":
        return families.Dense(features, draw(sizes()), bias=draw(st.booleans()), rng=rng)
    return families.ReLU() if kind == "relu" else families.Dropout(draw(st.floats(0, 0.9)), rng=rng)


@st.composite
def networks(draw: Callable[..., Any], features: int, most: int = 5) -> Sequential:
    """Sequentials of up to ``most`` layers for input of shape ``(N, features)``.

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
