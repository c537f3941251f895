"""Copies of what is checked: with other parameters, with seeded generators, as they were before."""

import copy
import pickle
from collections.abc import Callable, Collection
from typing import Generic, TypeVar

import numpy as np

from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State

T = TypeVar("T", bound=Component)


class Snapshot(Generic[T]):
    """Makes copies of an object as it was at first; from a pickle if possible, which is faster."""

    def __init__(self, thing: T) -> None:
        # In one copy with its parameters, so that these need not be looked for in every copy.
        self.pair = copy.deepcopy((thing, dict(thing.named_parameters())))
        try:
            self.pickled = pickle.dumps(self.pair)
            pickle.loads(self.pickled)
        except Exception:  # such as a class defined in a function: use deepcopy
            self.pickled = b""

        self.change: Callable[[T], None] | None = None
        """What is done to every copy, while it is set."""

    def __call__(self) -> T:
        return self.with_parameters()[0]

    def with_parameters(self) -> tuple[T, dict[str, Parameter]]:
        """A copy, and its parameters by their paths."""
        pair = pickle.loads(self.pickled) if self.pickled else copy.deepcopy(self.pair)
        if self.change is not None:
            self.change(pair[0])
        return pair


def perturb_parameters(layer: Component, rng: np.random.Generator, redraw: Collection[str]) -> None:
    """Change every parameter a little, so that a gain of one or a bias of zero hides no bug.

    The parameters in ``redraw`` differ between two calls of the factory. They are drawn again from the
    seed, with the standard deviation of Glorot's initializer, so that a check can be repeated.
    """
    for path, parameter in layer.named_parameters():
        shape = parameter.value.shape
        if path in redraw:
            fans = max(1, sum(shape[-2:]))
            parameter.value[...] = rng.standard_normal(shape) * np.sqrt(2 / fans)
        factor, offset = rng.uniform(-0.25, 0.25, (2, *parameter.value.shape))
        parameter.value[...] = parameter.value * (1 + factor) + offset


def reseed(layer: Layer, seed: int) -> None:
    """Seed every generator, so that a check can be repeated."""
    for index, part in enumerate(part for _, part in layer.named_parts()):
        if isinstance(part, np.random.Generator):
            kind = type(part.bit_generator)
            part.bit_generator.state = kind([seed, index]).state


def restore_states(layer: Layer, like: Layer) -> None:
    """Set the states and generators, which passes may change, to those of another copy."""
    for (_, part), (_, other) in zip(layer.named_parts(), like.named_parts(), strict=True):
        if isinstance(part, np.random.Generator):
            part.bit_generator.state = other.bit_generator.state
        elif isinstance(part, State) and not np.array_equal(part.value, other.value):
            part.value[...] = other.value
