"""Windows: the parts of images and sequences that a kernel sees, and the sum over all of them."""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.devices import on_device, strided

ELEMENTS_AT_ONCE = 1 << 18  # a megabyte of float32
ELEMENTS_AT_ONCE_ON_GPU = 1 << 26


class Axis(NamedTuple):
    """The windows along one axis: tap ``t`` of window ``p`` is at ``stride p + dilation t - before``.

    The padding, ``before`` and ``after``, ends with the last window: if positions are left over,
    ``after`` is negative.
    """

    kernel: int
    stride: int
    dilation: int
    before: int
    after: int
    steps: int
    """How many windows there are."""

    @property
    def reach(self) -> int:
        """How many positions the windows cover, with the padding."""
        return self.stride * (self.steps - 1) + extent(self.kernel, self.dilation)

    @property
    def size(self) -> int:
        """How many positions there are, without the padding."""
        return self.reach - self.before - self.after

    @property
    def flipped(self) -> "Axis":
        """The windows in the gradient of the output that each position is in; for a stride of 1."""
        last = extent(self.kernel, self.dilation) - 1
        before, after = last - self.before, last - self.after
        return self._replace(stride=1, before=before, after=after, steps=self.size)

    @property
    def inside(self) -> tuple[slice, slice]:
        """The positions that windows cover, without the padding and with it."""
        first = max(0, -self.before)
        end = max(first, min(self.size, self.reach - self.before))
        return slice(first, end), slice(first + self.before, end + self.before)

    def part(self, rows: slice) -> "Axis":
        """Some of the windows, along the same axis."""
        before = self.before - self.stride * rows.start
        some = self._replace(before=before, steps=rows.stop - rows.start)
        return some._replace(after=some.reach - before - self.size)

    def places(self, tap: int) -> tuple[slice, slice]:
        """The positions that a tap is at, but for the padding, and the windows in which it is there."""
        at = self.dilation * tap - self.before  # in the first window
        first = max(0, -(at // self.stride))
        end = max(first, min(self.steps, (self.size - 1 - at) // self.stride + 1))
        positions = slice(at + self.stride * first, at + self.stride * end, self.stride)
        return positions, slice(first, end)


def extent(kernel: int, dilation: int) -> int:
    """How many positions a kernel covers, with the gaps between its taps."""
    return dilation * (kernel - 1) + 1


def windows_along(
    size: int, kernel: int, stride: int, dilation: int, padding: str | tuple[int, int]
) -> Axis:
    """The windows along an axis of some size; they are 0 or fewer if the kernel is too large."""
    covered = extent(kernel, dilation)
    before, after = (0, 0) if isinstance(padding, str) else padding
    if padding == "same":  # ceil(size / stride) windows
        total = max((size - 1) // stride * stride + covered - size, 0)
        before, after = total // 2, total - total // 2
    steps, rest = divmod(size + before + after - covered, stride)
    return Axis(kernel, stride, dilation, before, after - rest, steps + 1)


def windows_for_steps(
    steps: int, kernel: int, stride: int, dilation: int, padding: str | tuple[int, int], more: int
) -> Axis:
    """So many windows along an axis, whose size follows; it may have some more positions after."""
    before, after = (0, 0) if isinstance(padding, str) else padding
    if padding == "same":  # a size of stride * steps
        total = extent(kernel, dilation) - stride
        before = max(total, 0) // 2
        after = total - before
    return Axis(kernel, stride, dilation, before, after - more, steps)


def single_positions(size: int) -> Axis:
    """Each position of an axis as a window of its own."""
    return Axis(1, 1, 1, 0, 0, size)


def padded_windows(
    x: Array, axes: Sequence[Axis], channels: int, dtype: np.dtype[Any]
) -> tuple[Array, Array]:
    """Memory for padded samples: the place for what is `covered`, and a view of all windows.

    The windows have the shape ``(N, *steps, *kernel, C)``, where N is that of ``x``.
    """
    padded = np.zeros((len(x), *(axis.reach for axis in axes), channels), dtype, like=x)
    first, *between, last = padded.strides
    strides = [apart * axis.stride for apart, axis in zip(between, axes, strict=True)]
    strides += [apart * axis.dilation for apart, axis in zip(between, axes, strict=True)]
    shape = (len(x), *(axis.steps for axis in axes), *(axis.kernel for axis in axes), channels)
    windows = strided(padded, shape, (first, *strides, last))
    return padded[:, *(axis.inside[1] for axis in axes)], windows


def covered(x: Array, axes: Sequence[Axis]) -> Array:
    """The part of ``x``, ``(N, *sizes, C)``, that the windows cover."""
    return x[:, *(axis.inside[0] for axis in axes)]


def add_windows(values: Array, axes: Sequence[Axis], sums: Array) -> None:
    """Add, in place, what each window has for each tap, where the tap is; in the padding it is lost.

    ``values`` have the shape of windows, ``(N, *steps, *kernel, C)``, and ``sums`` ``(N, *sizes, C)``.
    """
    for tap, positions, seen in taps(axes):
        sums[:, *positions] += values[:, *seen, *tap]


def taps(axes: Sequence[Axis]) -> Iterator[tuple[tuple[Any, ...], ...]]:
    """Each tap, the positions that it is at, but for the padding, and the windows that see them."""
    places = product(*([axis.places(tap) for tap in range(axis.kernel)] for axis in axes))
    numbers = product(*(range(axis.kernel) for axis in axes))
    for tap, found in zip(numbers, places, strict=True):
        positions, seen = zip(*found, strict=True)
        yield tap, positions, seen


def cache_sized_parts(x: Array, axes: Sequence[Axis], elements: int) -> Iterator[tuple[slice, slice]]:
    """Parts of all windows of ``x`` that take about a megabyte, so that they stay in the cache.

    On a GPU they are much larger, since each part is work that has to be started there.

    Each is some samples, and some windows along the first axis: all of them if they are not too many.
    ``elements`` are those of one window.
    """
    at_once = ELEMENTS_AT_ONCE_ON_GPU if on_device(x) else ELEMENTS_AT_ONCE
    steps = axes[0].steps
    row = elements * math.prod(axis.steps for axis in axes[1:])
    height = min(steps, max(1, at_once // row))
    height = -(-steps // -(-steps // height))  # parts of equal height
    for top in range(0, steps, height):
        number = max(1, at_once // (row * height))
        for start in range(0, len(x), number):
            yield slice(start, start + number), slice(top, min(top + height, steps))
