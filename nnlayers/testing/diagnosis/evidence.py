"""The evidence of a wrong gradient: the Jacobian of forward, and both gradients in all elements."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import arrays_in
from nnlayers.testing.numeric import EPS, extrapolate
from nnlayers.testing.trial import Trial

STEPS = [4.0**-k / 16 for k in range(9)]  # of the differences; the first that are accurate are taken
ACCURATE = 1e-9  # the relative error at which no smaller step is tried


class Evidence:
    """Both gradients of a block at one trial, and the Jacobian that the right one comes from.

    ``jacobian`` has one row for each number in the output, and one column for each in the block.
    """

    def __init__(self, trial: Trial, block: str) -> None:
        self.trial, self.block = trial, block
        self.z = trial.blocks[block]
        found = trial.gradients()[block]
        self.is_missing = found is None
        self.wrong = np.zeros_like(self.z) if found is None else np.asarray(found, np.float64)

    @cached_property
    def _numeric(self) -> tuple[Array, Array]:
        return self.differentiate(self.output)

    @property
    def jacobian(self) -> Array:
        """The derivative of every number in the output by every number in the block."""
        return self._numeric[0]

    @cached_property
    def upstream(self) -> Array:
        """The upstream gradient of every number in the output; 0 for integers."""
        pairs = zip(arrays_in(self.trial.upstream), arrays_in(self.trial.output), strict=True)
        parts = [np.zeros(np.size(y)) if u is None else np.ravel(u) for (_, u), (_, y) in pairs]
        return np.concatenate(parts)

    @cached_property
    def right(self) -> Array:
        """The numeric gradient."""
        return self.gradient_for(self.upstream)

    @cached_property
    def error(self) -> Array:
        """The estimated error of each element of the numeric gradient."""
        error = np.abs(self.upstream) @ self._numeric[1]
        return np.asarray(error.reshape(self.z.shape))

    def gradient_for(self, upstream: Array) -> Array:
        """The right gradient for another upstream gradient."""
        return np.asarray((upstream @ self.jacobian).reshape(self.z.shape))

    def gradient_if(self, change: Callable[[Any], None]) -> Array:
        """The right gradient if every copy of the subject were changed first."""
        jacobian, _ = self.differentiate(lambda z: self.output(z, change))
        return np.asarray((self.upstream @ jacobian).reshape(self.z.shape))

    def output(self, z: Array, change: Callable[[Any], None] = lambda thing: None) -> Array:
        """All numbers of the output, in a row, with ``z`` in place of the block."""
        (thing, parameters), x = self.trial.fresh.with_parameters(), self.trial.x
        change(thing)
        if self.block in self.trial.inputs:
            x = self.trial.with_input(x, self.block, z.copy())
        else:
            parameters[self.block].value[...] = z
        return flat(self.trial.forward(thing, x))

    def differentiate(self, f: Callable[[Array], Array], z: Array | None = None) -> tuple[Array, Array]:
        """The Jacobian of a function of the block, and the estimated error of each entry."""
        z = self.z if z is None else z
        columns = [_derivative(f, z, _unit(z, place)) for place in range(z.size)]
        values, errors = zip(*columns, strict=True)
        return np.stack(values, axis=1), np.stack(errors, axis=1)

    def sample(self, most: int) -> tuple[Array, Array, Array]:
        """The gradient by backward, the numeric one, and its error; NaN for all but a few elements."""
        if self.z.size <= most:
            return self.wrong, self.right, self.error
        right, error = np.full((2, self.z.size), np.nan)
        for place in np.random.default_rng(0).choice(self.z.size, most, replace=False):
            slopes, errors = _derivative(self.output, self.z, _unit(self.z, place))
            right[place] = self.upstream @ slopes
            error[place] = np.abs(self.upstream) @ errors
        return self.wrong, right.reshape(self.z.shape), error.reshape(self.z.shape)

    def equal(self, one: Array, other: Array) -> bool:
        """True if two gradients agree as far as a numeric gradient can show."""
        size = max(float(np.abs(self.right).max(initial=0)), float(np.abs(self.wrong).max(initial=0)))
        if one.shape != other.shape or not size or not np.isfinite(other).all():
            return False
        slack = 1e-7 * size + 10 * self.error
        return bool((np.abs(one - other) <= slack + 1e-6 * np.abs(other)).all())

    @cached_property
    def is_blurred(self) -> bool:
        """True if the numeric gradient is too inaccurate to be compared in detail."""
        size = max(float(np.abs(self.right).max(initial=0)), float(np.abs(self.wrong).max(initial=0)))
        return not bool(np.median(self.error) <= 1e-4 * size)

    def wrong_elements(self) -> Array:
        """Which elements are wrong."""
        size = float(np.abs(self.right).max()) or 1.0
        slack = 1e-8 * size + 1e-6 * np.abs(self.right) + 10 * self.error
        return np.asarray(~(np.abs(self.wrong - self.right) <= slack))


def _unit(z: Array, place: int) -> Array:
    return (np.arange(z.size) == place).astype(np.float64).reshape(z.shape)


def _derivative(f: Callable[[Array], Array], z: Array, direction: Array) -> tuple[Array, Array]:
    """The derivative of an array-valued function along a direction, each entry from its best step."""
    size = np.abs(f(z))
    scale = max(float(np.abs(z[direction != 0]).max()), 0.25)
    best, least = np.zeros_like(size), np.full_like(size, np.inf)
    central: list[Array] = []
    with np.errstate(all="ignore"):
        for step in STEPS:
            h = step * scale
            central.append((f(z + h * direction) - f(z - h * direction)) / (2 * h))
            if len(central) < 3:
                continue
            value, change = extrapolate(*central[-3:])
            error = change + 16 * EPS * (size + np.abs(z).max() * np.abs(value)) / h
            better = error < least
            best, least = np.where(better, value, best), np.where(better, error, least)
            if (least <= ACCURATE * (np.abs(best).max() + EPS)).all():
                break
    return best, least


def flat(y: Any) -> Array:
    """All numbers of an output, in a row."""
    return np.concatenate([np.ravel(np.asarray(array, np.float64)) for _, array in arrays_in(y)])


class SlopeEvidence(Evidence):
    """Evidence where each element of the output depends on the same one of the input only.

    One derivative, along a direction of ones, then gives all elements.
    """

    @cached_property
    def _slopes(self) -> tuple[Array, Array]:
        slopes, errors = _derivative(self.output, self.z, np.ones_like(self.z))
        return slopes.reshape(self.z.shape), errors.reshape(self.z.shape)

    @cached_property
    def right(self) -> Array:
        return self.upstream.reshape(self.z.shape) * self._slopes[0]

    @cached_property
    def error(self) -> Array:
        return np.abs(self.upstream).reshape(self.z.shape) * self._slopes[1]
