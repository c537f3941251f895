"""The plan of cases: sizes, equal and different in all combinations, and regimes of values."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array

Values = Callable[[np.random.Generator, tuple[int, ...]], Array]


class Case(NamedTuple):
    """The sizes by name, the shape of the input, the regime of its values, and a seed."""

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
    "wide": lambda rng, shape: _stratified(rng, shape, -20, 20),
    "spread": lambda rng, shape: rng.choice([-1.0, 1.0], shape) * 10 ** _stratified(rng, shape, -4, 1),
}


def _stratified(rng: np.random.Generator, shape: tuple[int, ...], low: float, high: float) -> Array:
    """Values spread evenly over the range: one in each of ``size`` equal parts, in random order."""
    size = int(np.prod(shape))
    parts = rng.permutation(size) + rng.random(size)
    return (low + (high - low) * parts / max(size, 1)).reshape(shape)


class Spec:
    """The sizes that a factory takes, and the shape of the input in terms of their names."""

    def __init__(
        self, shape: str | int | tuple[int, ...], size_arguments: set[str], caller: str
    ) -> None:
        self.axes = shape.split() if isinstance(shape, str) else None
        self.sample = (shape,) if isinstance(shape, int) else shape
        self.size_arguments = size_arguments
        if self.axes is None:
            if size_arguments:
                raise TypeError(
                    f"{caller}: expected a shape of named sizes, such as 'N D', since the "
                    f"function takes {sorted(size_arguments)}; got {shape!r}"
                )
            self.names = ["N"]
            return
        self.names = [axis for axis in dict.fromkeys(self.axes) if not axis.isdecimal()]
        self.names += sorted(size_arguments - set(self.names))
        if not self.axes or not all(map(str.isidentifier, self.names)):
            raise ValueError(
                f"{caller}: expected names of sizes separated by spaces, as in 'N D', got {shape!r}"
            )

    def case(self, sizes: dict[str, int], regime: str, seed: int) -> Case:
        """The case with these sizes, one for each of ``names``."""
        if self.axes is None:
            shape = (sizes["N"], *self.sample)
        else:
            shape = tuple(int(axis) if axis.isdecimal() else sizes[axis] for axis in self.axes)
        return Case(sizes, shape, regime, seed)

    def advice(self, is_instance: bool) -> str:
        """A sentence about sizes that may not be meant."""
        if is_instance and self.axes is not None:
            return ". An instance takes the shape of one sample, such as (3,), instead of names"
        unknown = sorted(self.size_arguments - set(self.axes or self.size_arguments))
        if not unknown:
            return ""
        return (
            f". The argument {', '.join(unknown)} of the function is not an axis of "
            f"{' '.join(self.axes or ())!r}: name its arguments after the axes"
        )

    def plan(self, seed: int) -> Iterator[Case]:
        """The fixed plan: combinations of sizes with normal values, then other regimes of values."""
        for index, sizes in enumerate(self._sizes(np.random.default_rng(seed))):
            yield self.case(sizes, "normal", seed + index)
        different = dict(zip(self.names, [4, 6, 3, 2, 5, 2, 2, 2], strict=False))
        for index, regime in enumerate(list(REGIMES)[1:]):
            yield self.case(different, regime, seed + 100 + index)

    def _sizes(self, rng: np.random.Generator) -> list[dict[str, int]]:
        names = self.names
        different = rng.permutation([3, 5, 4, 7, 6, 8, 9, 10][: len(names)]).tolist()
        plans = [different, [3] * len(names), [1] * len(names)]
        # one size is 1: a single sample, a single feature
        plans += [[*different[:index], 1, *different[index + 1 :]] for index in range(len(names))]
        for first in range(len(names)):  # two sizes are equal
            for second in range(first):
                pair = list(different)
                pair[second] = pair[first]
                plans.append(pair)
        if self.axes is None:
            plans = [[4], [1], [3]]
        unique = dict.fromkeys(map(tuple, plans[:9]))
        return [dict(zip(names, plan, strict=True)) for plan in unique]


def size_names(function: Callable[..., Any]) -> set[str]:
    """The names of the parameters without a default."""
    parameters = inspect.signature(function).parameters.values()
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {p.name for p in parameters if p.default is p.empty and p.kind not in variable}


def mixed_signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Upstream gradients and directions: absolute values from 0.5 to 2, with random signs."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape)
