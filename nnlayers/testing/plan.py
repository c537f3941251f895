"""The plan of cases: sizes with all their coincidences, and regimes of values."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array

Values = Callable[[np.random.Generator, tuple[int, ...]], Array]


class Case(NamedTuple):
    """Sizes by name, the shape of the input, the regime of its values, and a seed."""

    sizes: dict[str, int]
    shape: tuple[int, ...]
    regime: str
    seed: int

    def __str__(self) -> str:
        named = "".join(f"{name}={size}, " for name, size in self.sizes.items())
        return f"{named}input of shape {self.shape}, values {self.regime}, seed={self.seed}"


REGIMES: dict[str, Values] = {
    "normal": lambda rng, shape: rng.standard_normal(shape),
    "with ties": lambda rng, shape: rng.integers(-2, 3, shape) / 2,
    "all zero": lambda rng, shape: np.zeros(shape),
    "wide": lambda rng, shape: _evenly(rng, shape, -20, 20),
    "spread": lambda rng, shape: rng.choice([-1.0, 1.0], shape) * 10 ** _evenly(rng, shape, -4, 1),
}


def _evenly(rng: np.random.Generator, shape: tuple[int, ...], low: float, high: float) -> Array:
    """One value in each of as many equal parts of the range, in random order."""
    size = int(np.prod(shape))
    parts = rng.permutation(size) + rng.random(size)
    return (low + (high - low) * parts / max(size, 1)).reshape(shape)


class Spec:
    """Which sizes a factory wants, and the shape of the input in their names."""

    def __init__(self, shape: str | int | tuple[int, ...], wanted: set[str], who: str) -> None:
        self.axes = shape.split() if isinstance(shape, str) else None
        self.sample = (shape,) if isinstance(shape, int) else shape
        self.wanted = wanted
        if self.axes is None:
            if wanted:
                raise TypeError(
                    f"{who}: expected the shape in the names of the sizes, such as 'N D', since the "
                    f"function takes {sorted(wanted)}; got {shape!r}"
                )
            self.names = ["N"]
            return
        self.names = [axis for axis in dict.fromkeys(self.axes) if not axis.isdecimal()]
        self.names += sorted(wanted - set(self.names))
        if not self.axes or not all(map(str.isidentifier, self.names)):
            raise ValueError(
                f"{who}: expected names of sizes with spaces between, as in 'N D', got {shape!r}"
            )

    def case(self, sizes: dict[str, int], regime: str, seed: int) -> Case:
        """The case of these sizes (all of `names`)."""
        if self.axes is None:
            shape = (sizes["N"], *self.sample)
        else:
            shape = tuple(int(axis) if axis.isdecimal() else sizes[axis] for axis in self.axes)
        return Case(sizes, shape, regime, seed)

    def plan(self, seed: int) -> Iterator[Case]:
        """The fixed plan: coincidences of sizes at normal values, then regimes of values."""
        for index, sizes in enumerate(self._sizes(np.random.default_rng(seed))):
            yield self.case(sizes, "normal", seed + index)
        different = dict(zip(self.names, [4, 6, 3, 2, 5, 2, 2, 2], strict=False))
        for index, regime in enumerate(list(REGIMES)[1:]):
            yield self.case(different, regime, seed + 100 + index)

    def _sizes(self, rng: np.random.Generator) -> list[dict[str, int]]:
        names = self.names
        different = rng.permutation([3, 5, 4, 7, 6, 8, 9, 10][: len(names)]).tolist()
        plans = [different, [3] * len(names), [1] * len(names)]
        # one of them 1 (a single sample, a single feature)
        plans += [[*different[:index], 1, *different[index + 1 :]] for index in range(len(names))]
        for first in range(len(names)):  # two of them equal
            for second in range(first):
                pair = list(different)
                pair[second] = pair[first]
                plans.append(pair)
        if self.axes is None:
            plans = [[4], [1], [3]]
        unique = dict.fromkeys(map(tuple, plans[:9]))
        return [dict(zip(names, plan, strict=True)) for plan in unique]


def size_names(function: Callable[..., Any]) -> set[str]:
    """The names of the parameters that have to be given."""
    parameters = inspect.signature(function).parameters.values()
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {p.name for p in parameters if p.default is p.empty and p.kind not in variable}


def mixed_signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Numbers of size 0.5 to 2, of either sign: upstream gradients and directions."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape)
