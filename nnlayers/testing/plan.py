"""The plan of cases: sizes, regimes of values, and what is tried on each."""

import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.shapes import Shapes

Values = Callable[..., Array]

LARGE = 67  # beyond the sizes at which blocks, tiles and caches begin


class Case(NamedTuple):
    """The sizes by name, the shape of the input, the regime of its values, and a seed."""

    sizes: dict[str, int]
    shape: Any
    """The shape of the input, or a tuple of shapes."""
    regime: str
    seed: int
    exact: bool = False
    """True if the exact checks are tried too."""
    large: bool = False
    """True if the numeric check follows one direction only, to save time."""

    def __str__(self) -> str:
        sizes = {} if self.regime == AS_GIVEN else self.sizes
        named = "".join(f"{name}={size}, " for name, size in sizes.items())
        return f"{named}input of shape {self.shape}, values {self.regime}, seed={self.seed}"


AS_GIVEN = "as given"  # the regime of arrays that are not drawn

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


def plan(shapes: Shapes, seed: int) -> Iterator[Case]:
    """The fixed plan: combinations of sizes with normal values, other regimes of values, large sizes.

    The exact checks are tried where all sizes differ, for a single sample, where two sizes are equal,
    and on values with ties.
    """
    names = shapes.names
    sizes = _fixed_sizes() if shapes.fixed else _small_sizes(names, np.random.default_rng(seed))
    for index, (chosen, exact) in enumerate(sizes):
        yield from one_case(shapes, chosen, "normal", seed + index, exact)
    few = [4, 6] if len(names) < 3 else [3, 4, 2, 2, 3, 2, 2, 2]  # a kink is judged in small arrays
    different = dict(zip(names, _repeated(few, len(names)), strict=True))
    for index, regime in enumerate(list(REGIMES)[1:]):
        yield from one_case(shapes, different, regime, seed + 100 + index, regime == "with ties")
    for index, name in enumerate(names):
        chosen = dict.fromkeys(names, 2) | {name: LARGE}
        yield from one_case(shapes, chosen, "normal", seed + 200 + index, large=True)
    if 0 < len(names) < 3:  # many values, for what depends on each of them alone
        chosen = different | {names[0]: LARGE}
        yield from one_case(shapes, chosen, "wide", seed + 300, large=True)


def one_case(
    shapes: Shapes,
    sizes: dict[str, int],
    regime: str,
    seed: int,
    exact: bool = False,
    large: bool = False,
) -> Iterator[Case]:
    """The case with these sizes; none if an axis would have no elements."""
    case = Case(sizes, shapes.of(sizes), regime, seed, exact, large)
    if all(size > 0 for shape in flat_shapes(case.shape) for size in shape):
        yield case


def flat_shapes(shape: Any) -> list[tuple[int, ...]]:
    """The shapes of all inputs, in a flat list."""
    if any(isinstance(item, tuple) for item in shape):
        return [flat for item in shape for flat in flat_shapes(item)]
    return [shape]


Plans = Iterator[tuple[dict[str, int], bool]]


def _fixed_sizes() -> Plans:
    """Batch sizes for an instance, and whether the exact checks are tried."""
    yield {"N": 4}, True
    yield {"N": 1}, True
    yield {"N": 3}, False


def _small_sizes(names: list[str], rng: np.random.Generator) -> Plans:
    """Sizes with all their coincidences, and whether the exact checks are tried."""
    count = len(names)
    numbers = rng.permutation(_repeated([3, 5, 4, 7, 6, 8, 9, 10], count)).tolist()
    different = dict(zip(names, numbers, strict=True))
    yield different, True
    if count > 1:
        yield dict.fromkeys(names, 3), False
    yield dict.fromkeys(names, 1), count == 1
    for name in names if count > 1 else ():
        yield different | {name: 1}, name == names[0]  # a single sample
    pairs = itertools.combinations(names, 2)
    for place, (one, other) in enumerate(itertools.islice(pairs, max(6 - count, 1))):
        yield different | {one: different[other]}, place == 0  # two sizes are equal


def _repeated(sizes: list[int], count: int) -> list[int]:
    return [sizes[index % len(sizes)] for index in range(count)]


def values_of_inputs(values: Any, shapes: Shapes, who: str) -> Sequence[Values | None]:
    """One function for each input, or None for those that are drawn by the checker; empty if all are.

    Raises
    ------
    TypeError
        It is not a function, nor a tuple with one for each input.
    """
    count = len(shapes.parsed) if isinstance(shapes.parsed, tuple) else 1
    functions = (values,) * count if callable(values) else values
    if functions is None:
        return ()
    if (
        not isinstance(functions, (tuple, list))
        or len(functions) != count
        or not all(function is None or callable(function) for function in functions)
    ):
        raise TypeError(
            f"{who}: expected values to be a function of (rng, shape), or a tuple of {count} such "
            f"functions (or None), one for each input, got {values!r}"
        )
    return functions


def draw(values: Values | None, rng: np.random.Generator, case: Case, shape: tuple[int, ...]) -> Array:
    """An array of this shape from the case's regime, or from a user's function.

    Raises
    ------
    ValuesError
        The function failed, or returned another shape than it was asked for.
    """
    if values is None:
        return np.asarray(REGIMES[case.regime](rng, shape))
    sizes = {name: case.sizes[name] for name in sizes_asked(values, case)}
    try:
        found = np.asarray(values(rng, shape, **sizes))
    except Exception as error:
        raise ValuesError(f"values fails: {type(error).__name__}: {error}") from error
    if found.shape != shape:
        raise ValuesError(
            f"values: expected an array of the shape that was asked for, {shape}, got {found.shape}"
        )
    return found


class ValuesError(ValueError):
    """The function that draws an input failed."""


def sizes_asked(values: Values, case: Case) -> list[str]:
    """The sizes that a function of (rng, shape, ...) takes beside these two."""
    wanted = list(inspect.signature(values).parameters)[2:]
    return [name for name in wanted if name in case.sizes]


def mixed_signs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Upstream gradients and directions: absolute values from 0.5 to 2, with random signs."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1.0, 1.0], shape)
