"""Parquet and Arrow files: their columns, and their row groups, one at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlayers.core.extras import needed
from nnlayers.data.streaming.files import Version, kind_of


class ParquetTable:
    """A Parquet file that is open."""

    def __init__(self, source: Any) -> None:
        self._file = needed("pyarrow.parquet", "parquet", "nn.stream").ParquetFile(source)
        self.schema = self._file.schema_arrow

    def sizes(self) -> list[int]:
        """The numbers of rows of its row groups."""
        about = self._file.metadata
        return [about.row_group(group).num_rows for group in range(about.num_row_groups)]

    def read(self, group: int, columns: Sequence[str]) -> Any:
        """Some columns of a row group."""
        return self._file.read_row_group(group, columns=list(columns), use_threads=False)


class ArrowTable:
    """An Arrow file that is open; its record batches take the place of row groups."""

    def __init__(self, source: Any) -> None:
        self._ipc, self._source = needed("pyarrow.ipc", "parquet", "nn.stream"), source
        self.schema = self._ipc.open_file(source).schema

    def sizes(self) -> list[int]:
        """The numbers of rows of its record batches, of which one column is read."""
        file = self._open(self.schema.names[:1])
        return [file.get_batch(group).num_rows for group in range(file.num_record_batches)]

    def read(self, group: int, columns: Sequence[str]) -> Any:
        """Some columns of a record batch."""
        return needed("pyarrow", "parquet", "nn.stream").Table.from_batches(
            [self._open(columns).get_batch(group)]
        )

    def _open(self, columns: Sequence[str]) -> Any:
        fields = [self.schema.get_field_index(name) for name in columns]
        options = self._ipc.IpcReadOptions(included_fields=fields, use_threads=False)
        return self._ipc.open_file(self._source, options=options)


@contextmanager
def opened(file: Version) -> Iterator[ParquetTable | ArrowTable]:
    """An open file.

    Raises
    ------
    ImportError
        pyarrow is not installed.
    OSError, ValueError
        It has changed, or is not such a file.
    """
    pyarrow = needed("pyarrow", "parquet", "nn.stream")
    with file.open(), pyarrow.OSFile(file.path) as source:
        yield (ParquetTable if kind_of(file.path) == "Parquet" else ArrowTable)(source)


def dtype_of(schema: Any, name: str, path: str) -> np.dtype[Any]:
    """The dtype of a column, with the shape of its values: those of lists of one size are rows.

    Raises
    ------
    ValueError, TypeError
        There is no such column, or there are two, or it does not hold numbers.
    """
    fields = schema.get_all_field_indices(name)
    if len(fields) != 1:
        found = f"{len(fields)} of that name" if fields else f"the columns {schema.names}"
        raise ValueError(f"{path}: expected one column {name!r}, found {found}")
    kind: Any = schema.field(fields[0]).type
    shape: tuple[int, ...] = ()
    if hasattr(kind, "list_size"):
        kind, shape = kind.value_type, (kind.list_size,)
    try:
        dtype = np.dtype(kind.to_pandas_dtype())
    except (NotImplementedError, TypeError):
        dtype = np.dtype(object)
    if dtype.kind not in "fiub":
        raise TypeError(
            f"{path}: expected numbers, got column {name!r} ({schema.field(fields[0]).type}): leave it "
            "out, by naming the others with inputs=[...], or write it as numbers"
        )
    return np.dtype((dtype, shape))


def values_of(column: Any, name: str, first_row: int) -> NDArray[Any]:
    """The numbers in a column.

    Raises
    ------
    ValueError
        One is missing.
    """
    flat = column
    if hasattr(column.type, "list_size"):
        flat = column.combine_chunks().flatten()
    for part in (column, flat):
        if part.null_count:
            row = int(np.flatnonzero(part.is_null().to_numpy(zero_copy_only=False))[0])
            row = first_row + (row if part is column else row // column.type.list_size)
            raise ValueError(
                f"a value is missing in column {name!r}, row {row} (counted from 0): fill it, or leave "
                "the row out, before the file is written"
            )
    return flat.to_numpy(zero_copy_only=False)
