"""Memory maps: the system is told which rows are read next, and which are not needed any more."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

READ, DROP = (getattr(mmap, f"MADV_{name}", None) for name in ("WILLNEED", "DONTNEED"))


class Map:
    """The memory map that an array is, or is a view of.

    Without such advice, the process waits for every few pages of a map, and all that was read counts as
    its memory until the system needs that.
    """

    def __init__(self, root: np.memmap[Any, Any]) -> None:
        self._map: Any = root.base
        self._is_private = root.mode == "c"  # what was written into it would be dropped, too
        self._begin = root.ctypes.data - root.offset % mmap.ALLOCATIONGRANULARITY

    @contextmanager
    def reading(self, rows: Any) -> Iterator[None]:
        """A with-block in which some rows, a slice of the array, are read."""
        if READ is None or not rows.flags.c_contiguous or not rows.nbytes:
            yield  # the rows are spread over the whole map, or the system takes no advice
            return
        start = rows.ctypes.data - self._begin
        first = start - start % mmap.PAGESIZE
        pages = first, start + rows.nbytes - first
        self._map.madvise(READ, *pages)
        yield
        if not self._is_private:
            self._map.madvise(DROP, *pages)


def map_of(array: Any) -> Map | None:
    """The memory map of an array; None if it has none."""
    while array is not None:
        base = getattr(array, "base", None)
        if isinstance(array, np.memmap) and isinstance(base, mmap.mmap):
            return Map(array)
        array = base
    return None
