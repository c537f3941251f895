"""Tables in Parquet and Arrow files, which are read a row group at a time."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from nnlayers.core.frames import Columns, check_rounding
from nnlayers.core.structures import arrays_in, each
from nnlayers.data.streaming.files import Version, naming, version
from nnlayers.data.streaming.reader import Read, Reader, row_layout
from nnlayers.data.streaming.table_files import dtype_of, opened, values_of


class TableReader(Reader):
    """Rows of tables.

    Parameters
    ----------
    paths : list of str
        Parquet files, or Arrow files.
    arrays : tuple
        The columns of each array of a batch: a list of names, or the name of a column whose values are
        the rows of the array. None for the first one takes all other columns.

    Raises
    ------
    ImportError
        pyarrow is not installed.
    OSError, ValueError, TypeError
        A file cannot be read, or lacks a column, or one does not hold numbers.
    """

    def __init__(self, paths: Sequence[str], arrays: tuple[Any, ...]) -> None:
        self.groups: list[tuple[Version, int, int]] = []
        """The file of each unit, the number of its row group, and that of its first row."""
        self.units: list[int] = []
        self.dtypes: dict[str, np.dtype[Any]] = {}
        for path in paths:
            file = version(path)
            with naming(path), opened(file) as table:
                if arrays[0] is None:
                    arrays = (_others(table.schema, arrays[1:], path), *arrays[1:])
                for name in column_names(arrays):
                    dtype = dtype_of(table.schema, name, path)
                    if (first := self.dtypes.setdefault(name, dtype)) != dtype:
                        raise ValueError(
                            f"{path}: column {name!r} holds {dtype}, and in {paths[0]} {first}: write "
                            "all files with the same types"
                        )
                first_row = 0
                for group, rows in enumerate(table.sizes()):
                    self.groups.append((file, group, first_row))
                    self.units.append(rows)
                    first_row += rows
        self.arrays = arrays
        self.layout = each(self._row, arrays)
        names = each(lambda chosen: tuple(chosen) if isinstance(chosen, list) else None, arrays[0])
        self.columns = names if names is not None and any(names) else None

    def _row(self, chosen: Any) -> np.dtype[Any]:
        """What a row of an array consists of."""
        path = self.groups[0][0].path if self.groups else "nn.stream"
        if not isinstance(chosen, list):
            dtype = self.dtypes[chosen]
            return row_layout((1, *dtype.shape), dtype.base, path)
        for name in chosen:
            if self.dtypes[name].shape:
                raise TypeError(
                    f"{path}: the values of column {name!r} are rows of numbers: name it alone, "
                    f"{name!r} instead of [{name!r}]"
                )
        return row_layout((1, len(chosen)), np.result_type(*map(self.dtypes.get, chosen)), path)

    def block_rows(self, unit: int) -> None:
        """None: a row group is read whole."""

    @contextmanager
    def reading(self, unit: int) -> Iterator[Read]:
        """A with-block that gives the function that reads some rows of a row group."""
        file, group, first_row = self.groups[unit]
        names = column_names(self.arrays)
        with opened(file) as table:
            rows = table.read(group, names)

        def read(start: int, stop: int, into: Any) -> None:
            some = rows.slice(start, stop - start)
            values = {name: values_of(some.column(name), name, first_row + start) for name in names}
            for (_, chosen), (_, array) in zip(arrays_in(self.arrays), arrays_in(into), strict=True):
                if isinstance(chosen, list):
                    columns = [values[name] for name in chosen]
                    check_rounding(chosen, columns, array.dtype, "")
                    np.stack(columns, axis=1, out=array, casting="same_kind")
                else:
                    array[...] = values[chosen].reshape(array.shape)

        yield read

    def name(self, unit: int) -> str:
        """The path of the file."""
        return self.groups[unit][0].path

    def first_row(self, unit: int) -> int:
        """The number of the first row of the group in its file."""
        return self.groups[unit][2]

    def in_columns(self, columns: Columns, who: str) -> "Reader":
        """The same rows with the columns of the inputs in this order."""
        given = list(columns or ())
        if not isinstance(self.arrays[0], list) or sorted(map(str, given)) != sorted(self.arrays[0]):
            raise ValueError(
                f"{who}: trained on the columns {given}, but the stream has {self.arrays[0]}: give "
                "nn.stream(path, inputs=list(model.column_names), ...)"
            )
        twin = copy.copy(self)
        twin.arrays, twin.columns = (given, *self.arrays[1:]), tuple(given)
        return twin


def column_names(arrays: tuple[Any, ...]) -> list[str]:
    """The names of all columns of some arrays, each once."""
    found: dict[str, None] = {}
    for _, chosen in arrays_in(arrays):
        found |= dict.fromkeys(chosen if isinstance(chosen, list) else [chosen])
    return list(found)


def _others(schema: Any, arrays: tuple[Any, ...], path: str) -> list[str]:
    """All columns but those of the other arrays, and the index of a table of pandas."""
    index = (schema.pandas_metadata or {}).get("index_columns", [])
    taken = {*column_names(arrays), *map(str, index)}
    if others := [name for name in schema.names if name not in taken]:
        return others
    raise ValueError(f"{path}: expected columns for the inputs, found only {schema.names}")
