"""What a stream reads: rows in units, such as files, each of which is read block by block or whole."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnlayers.core.conversion import check_real
from nnlayers.core.frames import Columns
from nnlayers.core.structures import arrays_in, each, length
from nnlayers.data.checks import check_numbers

Read: TypeAlias = Callable[[int, int, Any], None]
"""Reads the rows from a first one to an end into arrays of that length."""
TargetCheck: TypeAlias = Callable[[Any, Any], None]
"""Refuses ``x`` and ``y`` whose targets are wrong."""

NAMES = "x", "y", "weights"  # of the arrays of a batch
BLOCK_BYTES = 1 << 20  # what is read in one go where any row can be reached: a disk seeks that far


class Reader:
    """Base: rows of arrays that are not in memory."""

    layout: tuple[Any, ...]
    """What a row of each array of a batch consists of: a dtype with a shape, or a tuple of these."""
    units: Sequence[int]
    """The number of rows in each unit."""
    columns: Columns = None
    """The names of the columns of the first array, if they have names."""

    def block_rows(self, unit: int) -> int | None:
        """The rows of this unit to read in one go; None if it can only be read whole."""
        return max(1, BLOCK_BYTES // row_bytes(self.layout))

    def reading(self, unit: int) -> AbstractContextManager[Read]:
        """A with-block that gives a function, which reads some rows of a unit into arrays."""
        raise NotImplementedError

    def name(self, unit: int) -> str:
        """The file, or the array, in words."""
        raise NotImplementedError

    def first_row(self, unit: int) -> int:
        """The number of the unit's first row in the file (or array) that `name` names."""
        return 0

    def in_columns(self, columns: Columns, who: str) -> "Reader":
        """The same rows with the columns of the first array in this order, if they have names.

        Raises
        ------
        ValueError
            They are others.
        """
        return self

    def blocks(self) -> NDArray[np.int64]:
        """All rows in blocks, ``(blocks, 3)``: the unit, the first row, and the end."""
        found = [np.empty((0, 3), np.int64)]
        for unit, rows in enumerate(self.units):
            starts = np.arange(0, rows, self.block_rows(unit) or max(rows, 1))
            stops = np.append(starts[1:], rows)[: len(starts)]
            found.append(np.stack([np.full_like(starts, unit), starts, stops], axis=1))
        return np.concatenate(found)


def row_bytes(layout: Any) -> int:
    """The bytes of a row of all arrays together."""
    return max(1, sum(dtype.itemsize for _, dtype in arrays_in(layout)))


def row_layout(shape: Sequence[int], dtype: Any, who: str) -> np.dtype[Any]:
    """The dtype of one row of an array, which has its shape.

    Raises
    ------
    ValueError, TypeError
        The array has no rows, or they are not real numbers.
    """
    check_real(np.empty(0, dtype), who)
    if not shape or 0 in shape[1:]:
        raise ValueError(f"{who}: expected rows of at least one number, got shape {tuple(shape)}")
    return np.dtype((dtype, tuple(shape[1:])))


def read_blocks(
    reader: Reader,
    blocks: Iterable[Sequence[int]],
    arrays: Any,
    check: TargetCheck | None = None,
) -> Iterator[None]:
    """Read blocks into the first rows of arrays, and refuse numbers that are not finite.

    ``check`` refuses targets that are wrong.

    Blocks of one unit that follow each other are read from one open file. It is an iterator, which can
    be left after each block.

    Raises
    ------
    OSError, ValueError
        Some cannot be read, or are not finite: the error names the file and the rows.
    """
    end = 0
    for unit, its_blocks in groupby(blocks, key=itemgetter(0)):
        with ExitStack() as stack:
            read: Read | None = None
            for _, start, stop in its_blocks:
                begin, end = end, end + stop - start
                rows = slice(begin, end)
                into = each(lambda array, rows=rows: array[rows], arrays)
                with _naming(reader, unit, start, stop):
                    if read is None:
                        read = stack.enter_context(reader.reading(unit))
                    read(start, stop, into)
                _check_finite(reader, unit, start, into)
                if check is not None:
                    _check_targets(check, reader, unit, start, into)
                yield


@contextmanager
def _naming(reader: Reader, unit: int, start: int, stop: int) -> Iterator[None]:
    """Errors of reading name the file and the rows."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        kind, first = OSError if isinstance(error, OSError) else ValueError, reader.first_row(unit)
        raise kind(
            f"{reader.name(unit)}: cannot read rows {first + start} to {first + stop - 1}: {error}"
        ) from error


def _check_finite(reader: Reader, unit: int, start: int, into: Any) -> None:
    """Refuse rows that hold a NaN or an infinity; the error names the file, the row and the column."""
    for part, name in zip(into, NAMES, strict=False):
        columns = reader.columns if name == "x" and not isinstance(part, tuple) else None
        for path, array in arrays_in(part, name):
            if array.dtype.kind == "f":
                who, row = reader.name(unit), reader.first_row(unit) + start
                check_numbers(array, path, who, first_row=row, columns=columns)


def _check_targets(check: TargetCheck, reader: Reader, unit: int, start: int, into: Any) -> None:
    """Refuse targets that a function refuses; the error names the file, and the first wrong row."""
    x, y, *_ = into
    try:
        check(x, y)
    except (TypeError, ValueError) as error:
        wrong = next((row for row in range(length(y)) if _is_refused(check, x, y, row)), 0)
        row = reader.first_row(unit) + start + wrong
        error.add_note(f"in {reader.name(unit)}, row {row} (counted from 0)")
        raise


def _is_refused(check: TargetCheck, x: Any, y: Any, row: int) -> bool:
    try:
        check(*each(lambda array: array[row : row + 1], (x, y)))
    except (TypeError, ValueError):
        return True
    return False


def empty_rows(layout: Any, rows: int) -> Any:
    """Arrays of so many rows, to read into."""
    return each(lambda dtype: np.empty(rows, dtype), layout)
