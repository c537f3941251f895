"""Batches that are read from files, in a shuffled order, while the training step runs."""

import copy
import math
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import RandomSource, generator, whole_number
from nnlayers.core.frames import Columns
from nnlayers.core.structures import each, length
from nnlayers.data.streaming.ahead import Stopped, read_ahead
from nnlayers.data.streaming.order import Blocks, groups, lengths, part_of_rows, some_rows
from nnlayers.data.streaming.reader import Reader, TargetCheck, empty_rows, read_blocks, row_bytes


class Job(NamedTuple):
    """Blocks that are read, and whose rows are mixed."""

    blocks: Blocks
    seeds: Sequence[int] | None
    """Of the order of their rows; None for that of the data."""
    skip: int
    """The rows of that order to leave out."""


class Stream:
    """The batches of data that are read while they are used: what `stream` returns.

    It can be iterated again and again; shuffled, each time in another order. In a fit, the order of an
    epoch depends on the seed and on the steps that the optimizer has taken before it.

    Attributes
    ----------
    samples : int
        The number of rows.
    column_names : tuple of str, or None
        The names of the columns of ``x``, if they have names.
    """

    def __init__(
        self,
        reader: Reader,
        rows: slice,
        batch_size: int,
        shuffle: bool,
        buffer_bytes: int,
        rng: RandomSource,
    ) -> None:
        is_seed = not (rng is None or isinstance(rng, np.random.Generator))
        source = generator(rng, "stream")
        self.reader, self.batch_size, self.shuffle = reader, batch_size, shuffle
        self.seed: int = int(rng if is_seed else source.integers(2**63))  # type: ignore[arg-type]
        self.has_own_seed, self.has_no_source = is_seed, rng is None
        begin, end, _ = rows.indices(sum(reader.units))
        self.blocks = some_rows(reader.blocks(), begin, end)
        self.buffer_bytes = buffer_bytes
        self.share = 0, 1
        self.check: TargetCheck | None = None
        self.iterations = 0

    @property
    def samples(self) -> int:
        """The number of rows."""
        begin, end = self._range()
        return end - begin

    @property
    def has_targets(self) -> bool:
        """Whether a batch is ``(x, y)`` or ``(x, y, weights)``, and not ``x`` alone."""
        return len(self.reader.layout) > 1

    @property
    def column_names(self) -> Columns:
        """The names of the columns of ``x``, if they have names."""
        return self.reader.columns

    def __len__(self) -> int:
        return math.ceil(self.samples / self.batch_size)

    def __repr__(self) -> str:
        return f"<{len(self):,} batches of {self.batch_size:,}, read from {self.samples:,} samples>"

    def __iter__(self) -> Iterator[Any]:
        self.iterations += 1
        return self.epoch(self.iterations - 1)

    def epoch(self, number: int, skip: int = 0, seed: int | None = None) -> Iterator[Any]:
        """The batches in the order of this number, without reading the first ``skip`` of them.

        Parameters
        ----------
        number : int
            Each number has an order of its own.
        skip : int
            How many batches to leave out.
        seed : int, optional
            That of all orders; by default that of the stream.
        """
        seeds = [self.seed if seed is None else seed, number + 1]
        missing, pieces = self.batch_size, []
        spare: list[Any] = []  # arrays to read into again: new ones take the system longer than reading
        jobs = self._jobs(seeds, skip * self.batch_size)
        read = read_ahead(jobs, partial(self._read, spare))
        try:
            for arrays, order in read:
                at = 0
                while at < len(order):
                    rows = order[at : at + missing]
                    pieces.append(each(lambda array, rows=rows: array.take(rows, axis=0), arrays))
                    at, missing = at + len(rows), missing - len(rows)
                    if not missing:
                        yield joined(pieces)
                        missing, pieces = self.batch_size, []
                spare.append(arrays)
            if pieces:
                yield joined(pieces)
        finally:
            read.close()

    @property
    def shape_of_inputs(self) -> tuple[int, ...]:
        """The shape of all of ``x`` together; only the number of rows if that is a tuple of arrays."""
        row = self.reader.layout[0]
        return (self.samples, *(() if isinstance(row, tuple) else row.shape))

    def inputs(self) -> Iterator[Any]:
        """The inputs ``x`` of each batch, in the order of the data."""
        return (batch[0] if self.has_targets else batch for batch in self.in_order())

    def facts(self) -> dict[str, Any]:
        """What the order depends on, beside the seed: plain values."""
        return {
            "samples": self.samples,
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "buffer_bytes": self.buffer_bytes,
            "part": list(self.share),
            "rng": self.seed if self.has_own_seed else "a Generator",
            "blocks": zlib.crc32(self.blocks.tobytes()),
        }

    def in_order(self) -> "Stream":
        """The same rows in the order of the data."""
        return self._changed(shuffle=False)

    def part(self, index: int, count: int) -> "Stream":
        """One of ``count`` parts, which together have each row once in every epoch.

        The parts of streams with one seed, in as many processes, share one order. Their numbers of rows
        differ by at most 1. Each reads only its own rows, but for files that can only be read whole.

        Parameters
        ----------
        index : int
            Which part, from 0.
        count : int
            How many there are.
        """
        count = whole_number(count, "count", "Stream.part")
        index = whole_number(index, "index", "Stream.part", least=0)
        if index >= count:
            raise ValueError(f"Stream.part: expected an index in 0 ... {count - 1}, got {index}")
        if self.has_no_source and self.shuffle:
            raise ValueError(
                "Stream.part: give nn.stream the same seed in all processes, such as rng=0"
            )
        if self.share != (0, 1):
            raise ValueError("Stream.part: this is a part already: take the parts of the whole stream")
        if self.samples < count:
            raise ValueError(f"Stream.part: {self.samples} samples are too few for {count} parts")
        return self._changed(share=(index, count))

    def seeded(self, seed: int) -> "Stream":
        """The same rows in orders of this seed, which all processes have."""
        return self._changed(seed=seed, has_no_source=False)

    def checked_by(self, check: TargetCheck | None) -> "Stream":
        """The same rows, whose targets a function looks at, block by block, as they are read."""
        return self._changed(check=check)

    def in_columns(self, columns: Columns, who: str) -> "Stream":
        """The same rows with the columns of ``x`` in this order, if both have names.

        Raises
        ------
        ValueError
            The columns are others.
        """
        own = self.column_names
        if not columns or own is None or agree(own, columns):
            return self
        return self._changed(reader=self.reader.in_columns(columns, who))

    def _changed(self, **changes: Any) -> "Stream":
        twin = copy.copy(self)
        vars(twin).update(changes)
        return twin

    def _range(self) -> tuple[int, int]:
        return part_of_rows(int(lengths(self.blocks).sum()), *self.share)

    @property
    def _buffer_rows(self) -> int:
        return max(1, self.buffer_bytes // row_bytes(self.reader.layout))

    def _jobs(self, seeds: Sequence[int], skip: int) -> Iterator[Job]:
        """What is read one after another in an epoch, without the first ``skip`` rows."""
        blocks = self.blocks
        if self.shuffle:
            blocks = blocks[np.random.default_rng(seeds).permutation(len(blocks))]
        for number, group in enumerate(groups(some_rows(blocks, *self._range()), self._buffer_rows)):
            size = int(lengths(group).sum())
            if skip < size:
                yield Job(group, [*seeds, number + 1] if self.shuffle else None, skip)
            skip = max(0, skip - size)

    def _read(self, spare: list[Any], job: Job, stopped: Stopped) -> tuple[Any, Any]:
        """Arrays that begin with the rows of a group of blocks, and the order in which to use them."""
        blocks = job.blocks[np.lexsort(job.blocks.T[1::-1])]  # a disk reads that faster
        size = int(lengths(blocks).sum())
        arrays = spare.pop() if spare else None
        if arrays is None or length(arrays) < size:
            usual = min(self.samples, self._buffer_rows * 9 // 8)
            arrays = empty_rows(self.reader.layout, max(size, usual))
        for _ in read_blocks(self.reader, blocks.tolist(), arrays, self.check):
            if stopped():
                break
        order = np.arange(size)
        if job.seeds is not None:
            np.random.default_rng(job.seeds).shuffle(order)
        return arrays, order[job.skip :]


def agree(one: Columns, other: Columns) -> bool:
    """True if columns have the same names, or go by their places: some have none, or numbers."""
    if one is None or other is None or one == other:
        return True
    if any(isinstance(name, tuple) for name in (*one, *other)):
        return len(one) == len(other) and all(map(agree, one, other))
    return not all(isinstance(name, str) for name in (*one, *other))


def joined(pieces: list[Any]) -> Any:
    """A batch from its pieces: a tuple of arrays, or the array itself if there is one."""
    batch = pieces[0] if len(pieces) == 1 else each(lambda *parts: np.concatenate(parts), *pieces)
    return batch if len(batch) > 1 else batch[0]
