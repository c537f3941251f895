"""The gradients and running statistics of a step, in one array that is added up over all ranks."""

import sys
import zlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State


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
    """One array with the gradients of all ranks' batches, and with the means of running statistics.

    Parameters
    ----------
    parameters : iterable of Parameter
        Those that are trained are taken.
    statistics : iterable of State
        Those of floats that are not frozen are taken.
    room : Room
        Where the array is.
    """

    def __init__(
        self, parameters: Iterable[Parameter], statistics: Iterable[State], room: Room
    ) -> None:
        self.parameters = [p for p in parameters if p.trainable]
        self.statistics = [s for s in statistics if s.trainable and s.value.dtype.kind == "f"]
        values = [state.value for state in (*self.parameters, *self.statistics)]
        dtype = np.result_type(np.float32, *(value.dtype for value in values))
        ends = np.cumsum([0, len(self.parameters), *(value.size for value in values)])
        self.numbers = room.take(int(ends[-1]), dtype)
        shapes = [(len(self.parameters),), *(value.shape for value in values)]
        views = [
            self.numbers[begin:end].reshape(shape)
            for (begin, end), shape in zip(pairwise(ends), shapes, strict=True)
        ]
        self._counts = views[0]
        self._gradients = views[1 : 1 + len(self.parameters)]
        self._means = views[1 + len(self.parameters) :]
        self.layout = zlib.crc32(repr((shapes, dtype.str)).encode())
        """A checksum of what is where."""

    def fill(self, share: float, share_of_samples: float) -> None:
        """Write those of this rank, times its share of the step."""
        with np.errstate(all="ignore"):  # an error here would leave the other ranks alone
            for number, (parameter, view) in enumerate(
                zip(self.parameters, self._gradients, strict=True)
            ):
                grad = parameter.grad
                self._counts[number] = grad is not None
                if grad is None:
                    view[...] = 0
                else:
                    np.multiply(grad, share, out=view, casting="same_kind")
            for state, view in zip(self.statistics, self._means, strict=True):
                np.multiply(state.value, share_of_samples, out=view, casting="same_kind")

    def hand_out(self, *, has_samples: bool) -> None:
        """Give parameters and statistics what was added up; None where no rank had a gradient."""
        given: Any
        for count, parameter, view in zip(self._counts, self.parameters, self._gradients, strict=True):
            given = view.astype(parameter.value.dtype, copy=False) if count else None
            parameter.grad = given
        for state, view in zip(self.statistics, self._means, strict=True):
            if has_samples:
                state.value[...] = view


def checksum(arrays: Iterable[Array]) -> int:
    """A checksum of the bits of some arrays."""
    total = 0
    for array in arrays:
        total = (
            zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data, total) if array.size else total
        )
    return total
