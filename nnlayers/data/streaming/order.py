"""The order of blocks in an epoch: drawn, shared out among processes, and put into groups to mix."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Blocks = NDArray[np.int64]
"""``(blocks, 3)``: the unit, the first row, and the end of each."""


def lengths(blocks: Blocks) -> NDArray[np.int64]:
    """The rows in each block."""
    return blocks[:, 2] - blocks[:, 1]


def some_rows(blocks: Blocks, begin: int, end: int) -> Blocks:
    """The rows from ``begin`` to ``end``, counted through all blocks in their order."""
    sizes = lengths(blocks)
    ends = np.cumsum(sizes)
    starts = ends - sizes
    cut = blocks.copy()
    cut[:, 1] += np.clip(begin - starts, 0, sizes)
    cut[:, 2] -= np.clip(ends - end, 0, sizes)
    return cut[cut[:, 1] < cut[:, 2]]


def part_of_rows(rows: int, index: int, count: int) -> tuple[int, int]:
    """The first row, and the end, of one of ``count`` equal parts."""
    return rows * index // count, rows * (index + 1) // count


def groups(blocks: Blocks, rows: int) -> Iterator[Blocks]:
    """Consecutive blocks that have at least so many rows together, and as few as possible."""
    ends = np.cumsum(lengths(blocks))
    begin = before = 0
    while begin < len(blocks):
        end = int(np.searchsorted(ends, before + rows)) + 1
        yield blocks[begin:end]
        begin, before = end, int(ends[min(end, len(ends)) - 1])
