"""The gradients and running statistics of a step, which are added up over all ranks."""

import sys
import zlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State

PACKED_BELOW = 65_536
"""Arrays of so many numbers or more are added up by themselves."""


class Room:
    """Memory for the numbers of a step, which is used again: new memory takes the system longer."""

    def __init__(self) -> None:
        self._array: Array = np.empty(0)
        self._references_when_idle = self._references()

    def take(self, size: int, dtype: np.dtype[Any]) -> Array:
        """An array of so many numbers: another one if somebody has kept a gradient in the last one."""
        is_other = (self._array.size, self._array.dtype) != (size, dtype)
        if is_other or self._references() > self._references_when_idle:
            self._array = np.empty(size, dtype)
            self._references_when_idle = self._references()
        return self._array

    def _references(self) -> int:
        return sys.getrefcount(self._array)


class Gradients:
    """The gradients of all ranks' batches, and the means of running statistics.

    Small arrays travel together, in one. Large ones are added up where they lie: to copy them would
    take longer than to add them up.

    Parameters
    ----------
    parameters : iterable of Parameter
        Those that are trained are taken.
    statistics : iterable of State
        Those of floats that are not frozen are taken.
    room : Room
        Where the small ones are.

    Raises
    ------
    ValueError, TypeError
        A gradient has another shape than its parameter, or is not real.
    """

    def __init__(
        self, parameters: Iterable[Parameter], statistics: Iterable[State], room: Room
    ) -> None:
        self.parameters = [p for p in parameters if p.trainable]
        for parameter in self.parameters:
            if parameter.grad is not None:
                parameter.check(parameter.grad, "a gradient")
        self.statistics = [s for s in statistics if s.trainable and s.value.dtype.kind == "f"]
        values = [state.value for state in (*self.parameters, *self.statistics)]
        small = [value for value in values if value.size < PACKED_BELOW]
        dtype = np.result_type(np.float32, *(value.dtype for value in small))
        ends = np.cumsum([0, len(self.parameters), *(value.size for value in small)])
        packed = room.take(int(ends[-1]), dtype)
        self._counts, *parts = (packed[begin:end] for begin, end in pairwise(ends))
        views = (part.reshape(value.shape) for part, value in zip(parts, small, strict=True))
        self._places = [next(views) if value.size < PACKED_BELOW else None for value in values]
        self._packed = packed
        self._found: list[Array] = []
        self.layout = zlib.crc32(repr([(v.shape, v.dtype.str) for v in values]).encode())
        """A checksum of what is where."""

    def fill(self, share: float, share_of_samples: float) -> list[Array]:
        """Multiply those of this rank by its share of the step: the arrays that have to be added up."""
        places = iter(self._places)
        with np.errstate(all="ignore"):  # an error here would leave the other ranks alone
            self._counts[...] = [parameter.grad is not None for parameter in self.parameters]
            for parameter, place in zip(self.parameters, places, strict=False):
                out = _own_memory(parameter) if place is None else place
                self._found.append(_scaled(parameter.grad, share, out))
            for state, place in zip(self.statistics, places, strict=True):
                out = _new_memory(state) if place is None else place
                self._found.append(_scaled(state.value, share_of_samples, out))
        pairs = zip(self._found, self._places, strict=True)
        return [self._packed, *(array for array, place in pairs if place is None)]

    def hand_out(self, *, has_samples: bool) -> None:
        """Give parameters and statistics what was added up; None where no rank had a gradient."""
        sums = iter(self._found)
        given: Any
        for count, parameter, added in zip(self._counts, self.parameters, sums, strict=False):
            given = added.astype(parameter.value.dtype, copy=False) if count else None
            parameter.grad = given
        for state, added in zip(self.statistics, sums, strict=True):
            if has_samples:
                state.value[...] = added


def _scaled(array: Array | None, share: float, out: Array) -> Array:
    """Write ``array * share`` into ``out``; zeros for None."""
    if array is None:
        out[...] = 0
    else:
        np.multiply(array, share, out=out, dtype=out.dtype, casting="same_kind")
    return out


def _new_memory(state: State) -> Array:
    """Memory for numbers like those of a state, in a type that MPI adds up."""
    return np.empty(state.value.shape, np.result_type(np.float32, state.value.dtype))


def _own_memory(parameter: Parameter) -> Array:
    """The gradient's own memory if nothing else refers to it, otherwise new memory."""
    is_held = _references(parameter) > REFERENCES
    grad, dtype = parameter.grad, np.result_type(np.float32, parameter.value.dtype)
    if is_held or type(grad) is not np.ndarray or grad.dtype != dtype:
        return _new_memory(parameter)
    return grad if grad.flags.owndata and grad.flags.carray else _new_memory(parameter)


def _references(parameter: Parameter) -> int:
    return sys.getrefcount(parameter.grad)


def _references_of_one() -> int:
    """Those to a gradient that only its parameter holds."""
    parameter = Parameter(0.0)
    parameter.grad = np.zeros(())
    return _references(parameter)


REFERENCES = _references_of_one()


def checksum(arrays: Iterable[Array]) -> int:
    """A checksum of the bits of some arrays."""
    total = 0
    for array in arrays:
        total = (
            zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data, total) if array.size else total
        )
    return total
