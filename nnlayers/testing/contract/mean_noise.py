"""A layer with the mean of its noise in the place of the noise, if its forward is linear in the noise.

Then the mean of its forwards is known exactly, without any sampling. The Generators of a copy are
replaced by objects whose draws are moved towards the mean of their distribution. What tells a random
mask, a comparison with ``random(...)``, is replaced by the probability that it is true.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in
from nnlayers.testing.contract.comparison import is_float, nearly_equal, plus, times
from nnlayers.testing.trial import copied

SEEDS = range(6)
MEANS: dict[str, Callable[..., Any]] = {
    "random": lambda size=None: 0.5,
    "uniform": lambda low=0.0, high=1.0, size=None: (np.asarray(low) + high) / 2,
    "standard_normal": lambda size=None: 0.0,
    "normal": lambda loc=0.0, scale=1.0, size=None: loc,
    "laplace": lambda loc=0.0, scale=1.0, size=None: loc,
    "logistic": lambda loc=0.0, scale=1.0, size=None: loc,
    "gumbel": lambda loc=0.0, scale=1.0, size=None: loc + np.euler_gamma * np.asarray(scale),
    "exponential": lambda scale=1.0, size=None: scale,
    "standard_exponential": lambda size=None: 1.0,
    "gamma": lambda shape, scale=1.0, size=None: np.asarray(shape) * scale,
    "standard_gamma": lambda shape, size=None: shape,
    "beta": lambda a, b, size=None: a / (np.asarray(a) + b),
    "binomial": lambda n, p, size=None: np.asarray(n) * p,
}
"""The means of distributions, of the arguments of the Generator's methods of these names."""


def with_mean_noise(layer: Layer, x: Any) -> Layer | None:
    """A copy of a layer that is not random any more: its output is the mean of forwards.

    None if that is not known: forward is not linear in its noise, or draws in other ways.
    """

    def output(share: float, seed: int = 0) -> Any:
        return _moved(layer, share, seed).forward(copied(x))

    try:
        mean = output(0.0)
        for seed in SEEDS:
            drawn = output(1.0, seed)
            if not nearly_equal(plus(mean, drawn), times(2.0, output(0.5, seed))):
                return None
    except Exception:  # a draw that is not replaced, or a mask that is used as an index
        return None
    floating = all(is_float(array) for _, array in arrays_in(mean))
    return _moved(layer, 0.0) if floating and not nearly_equal(mean, drawn) else None


def changes_with_its_draws(layer: Layer, x: Any) -> bool:
    """True if forward changes with the values it draws, and not only with masks made of them.

    If it is not linear in them, something bends the noise: the mean of forwards is nothing to expect.
    """
    try:
        drawn, near = (_moved(layer, share, masks=False).forward(copied(x)) for share in (1.0, 0.999))
        return not nearly_equal(drawn, near, 1e-7)
    except Exception:  # a draw that is not replaced
        return False


def _moved(layer: Layer, share: float, seed: int = 0, masks: bool = True) -> Layer:
    """A copy of a layer whose draws are moved to their mean, but for a share of the distance."""
    parts = [part for _, part in Component.named_parts(layer)]
    sources = [part for part in parts if isinstance(part, np.random.Generator)]
    memo = {id(g): _Moved(share, [seed, index], masks) for index, g in enumerate(sources)}
    return copy.deepcopy(layer, memo)


class _Moved:
    """In the place of a Generator: draws are moved to their mean, but for a share of the distance."""

    def __init__(self, share: float, seed: Sequence[int], masks: bool) -> None:
        self.share, self.rng, self.masks = share, np.random.default_rng(seed), masks

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in MEANS:
            raise AttributeError(name)

        def draw(*args: Any, dtype: Any = None, **options: Any) -> Any:
            mean, drawn = MEANS[name](*args, **options), getattr(self.rng, name)(*args, **options)
            moved = np.asarray(mean + self.share * (drawn - mean), dtype)
            is_standard = name == "random" or (name == "uniform" and _is_standard(*args, **options))
            return _Uniform.of(moved, self.share) if is_standard and self.masks else moved

        return draw


def _is_standard(low: Any = 0, high: Any = 1, size: Any = None) -> bool:
    return np.ndim(low) == np.ndim(high) == 0 and (low, high) == (0, 1)


class _Uniform(np.ndarray):
    """Moved uniform draws from 0 to 1. ``draws < p`` is p, but for a share of the distance."""

    share: float

    @classmethod
    def of(cls, moved: Array, share: float) -> "_Uniform":
        self = moved.view(cls)
        self.share = share
        return self

    def __array_finalize__(self, other: Any) -> None:
        self.share = getattr(other, "share", 0.0)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        arrays = [i.view(np.ndarray) if isinstance(i, _Uniform) else i for i in inputs]
        if method != "__call__" or ufunc not in (np.less, np.less_equal, np.greater, np.greater_equal):
            return getattr(ufunc, method)(*arrays, **options)
        first = isinstance(inputs[0], _Uniform)
        moved, threshold = arrays if first else arrays[::-1]
        chance = np.clip(np.asarray(threshold, float), 0, 1)
        if first != (ufunc in (np.less, np.less_equal)):
            chance = 1 - chance
        if not self.share:
            return np.broadcast_to(chance, np.broadcast_shapes(moved.shape, chance.shape)).copy()
        arrays[0 if first else 1] = 0.5 + (moved - 0.5) / self.share
        return chance + self.share * (ufunc(*arrays) - chance)
