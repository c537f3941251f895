"""Tables of pandas and polars as arrays: recognised by what they offer, so that neither is imported."""

import numbers
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnlayers.core.frame_advice import (
    advice_for_column,
    advice_for_columns,
    advice_for_others,
    array_of,
    is_polars,
    listed,
)

Array: TypeAlias = NDArray[Any]
Columns: TypeAlias = tuple[Any, ...] | None
"""The names of a table's columns; a tuple of these for a tuple of tables; None without names."""


def is_frame(x: object) -> bool:
    """True for a table with named columns."""
    return hasattr(x, "__array__") and hasattr(x, "columns") and hasattr(x, "dtypes")


def is_column(x: object) -> bool:
    """True for a Series, or an array that knows which of its values are missing."""
    return hasattr(x, "__array__") and (hasattr(x, "isna") or hasattr(x, "is_null"))


def plain_numbers(x: Any, who: object) -> Any:
    """A table or a column as an array of numbers; other things that NumPy understands as they are.

    If ``who`` is a layer that knows the names of its columns, the table is put in that order.

    Raises
    ------
    TypeError
        A column holds something other than numbers, or ``x`` only looks like an array.
    ValueError
        A value is missing, or a column.
    """
    if isinstance(x, (list, tuple, np.ndarray)):
        return x
    start = f"{who}: " if who else ""
    if is_frame(x):
        x = in_order(x, getattr(who, "column_names", None), who)
        dtypes = set(x.dtypes)
        if not dtypes:
            return np.zeros(x.shape)
        if all(isinstance(dtype, np.dtype) and dtype.kind in "fiub" for dtype in dtypes):
            array = x.to_numpy(np.result_type(*dtypes))
            if array.dtype.kind != "f" or not np.isnan(array).any():
                if array.dtype.kind == "f" and any(map(_is_large_integer, dtypes)):
                    check_rounding(x.columns, map(np.asarray, _columns(x)), array.dtype, start)
                return array
        columns = list(zip(x.columns, _columns(x), strict=True))
        arrays = _numbers(columns, start, x)
        check_rounding(x.columns, arrays, np.result_type(*arrays), start)
        return np.stack(arrays, axis=1)
    if is_column(x):
        return _numbers([(getattr(x, "name", None) or None, x)], start, x)[0]
    if advice := advice_for_others(x):
        raise TypeError(f"{start}expected an array, got {type(x).__name__}: {advice}")
    return x


def names_of(x: Any) -> Columns:
    """The names of a table's columns; None for an array."""
    if isinstance(x, tuple):
        inner = tuple(map(names_of, x))
        return inner if any(inner) else None
    return tuple(x.columns) if is_frame(x) else None


def in_order(x: Any, columns: Columns, who: object, known_as: str = "model.column_names") -> Any:
    """A table with its columns in this order; arrays are returned as they are.

    So are tables whose columns are numbered 0, 1, 2, ... if the others have names, or the reverse.
    In messages the order is ``known_as``; that of targets has no name, ``""``.

    Raises
    ------
    ValueError
        A column is missing, or there is another one; or a table came for a tuple, or the reverse.
    """
    names = None if columns is None else names_of(x)
    if columns is None or names is None or names == columns:
        return x
    of_tuple = columns != () and all(part is None or isinstance(part, tuple) for part in columns)
    if isinstance(x, tuple) and not of_tuple:
        raise ValueError(f"{who}: expected one table, as in training, got a tuple of {len(x)}")
    if isinstance(x, tuple):
        if len(x) != len(columns):
            return x
        places = [known_as and f"{known_as}[{place}]" for place in range(len(x))]
        parts = zip(x, columns, places, strict=True)
        return tuple(in_order(part, order, who, place) for part, order, place in parts)
    if of_tuple and not any(isinstance(name, tuple) for name in names):
        raise ValueError(f"{who}: expected a tuple of {len(columns)}, as in training, got one table")
    if any(map(_is_numbered, (names, columns))) and not all(map(_are_integers, (names, columns))):
        return x
    if len(set(names)) == len(names) == len(columns) and set(names) == set(columns):
        return x[list(columns)]
    raise ValueError(
        f"{who}: trained on {listed(list(columns), 20)}, but this table "
        f"{advice_for_columns(x, names, columns, known_as)}"
    )


def check_same_rows(data: Iterable[Any], who: object) -> None:
    """Refuse tables of pandas whose indices hold the same rows in different orders.

    Raises
    ------
    ValueError
        Rows would be paired that do not belong together.
    """
    indices = [x.index for x in data if (is_frame(x) or is_column(x)) and hasattr(x, "index")]
    for index in indices[1:]:
        other = indices[0]
        if len(index) == len(other) and not index.equals(other) and set(index) == set(other):
            raise ValueError(
                f"{who}: the tables have the same rows in different orders, by their index: give "
                "y.loc[x.index], or y.to_numpy() to pair the rows by their places"
            )


def _is_numbered(names: tuple[Any, ...]) -> bool:
    return names == tuple(range(len(names)))


def _are_integers(names: tuple[Any, ...]) -> bool:
    return all(isinstance(name, numbers.Integral) for name in names)


def _numbers(columns: list[tuple[Any, Any]], start: str, table: Any) -> list[Array]:
    """The columns as arrays of numbers."""
    arrays, wrong, gaps = [], {}, {}
    for name, column in columns:
        array = array_of(column)
        if array is None:
            wrong[name] = column
            continue
        if array.dtype.kind == "f":
            missing = np.isnan(array)
        else:
            missing = np.asarray(column.isna() if hasattr(column, "isna") else column.is_null(), bool)
        found = _as_numbers(array[~missing] if missing.any() else array)
        if found is None or (found.ndim > 1 and is_frame(table)):
            wrong[name] = column
        elif missing.any():
            gaps[name] = int(np.argwhere(missing)[0, 0])
        else:
            arrays.append(found)
    if wrong:
        dtypes = {name: str(getattr(column, "dtype", "")) for name, column in wrong.items()}
        shown = listed(list(wrong), note=lambda name: f" ({dtypes[name]})")
        advice = " ".join(dict.fromkeys(advice_for_column(column, table) for column in wrong.values()))
        raise TypeError(f"{start}expected numbers, got {shown}. {advice}")
    if gaps:
        shown = listed(list(gaps), note=lambda name: f" (row {gaps[name]}, counted from 0)")
        fill, drop = ("fill_null", "drop_nulls") if is_polars(table) else ("fillna", "dropna")
        if is_polars(table) and not any(dict(columns)[name].null_count() for name in gaps):
            fill, drop = "fill_nan", "drop_nans"
        raise ValueError(
            f"{start}a value is missing in {shown}: fill it with .{fill}(...), or leave its row out "
            f"with .{drop}()"
        )
    return arrays


def _is_large_integer(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "iu" and dtype.itemsize == 8


def check_rounding(
    names: Iterable[Any], arrays: Iterable[Array], dtype: np.dtype[Any], start: str
) -> None:
    """Refuse integers that a floating dtype, which other columns call for, would round."""
    for name, array in zip(names, arrays, strict=True):
        if dtype.kind == "f" and _is_large_integer(array.dtype):
            with np.errstate(invalid="ignore"):
                rounded = array.astype(dtype).astype(array.dtype) != array
            if rounded.any():
                row = int(rounded.argmax())
                raise ValueError(
                    f"{start}{dtype} would round {array[row]} in column {name!r} (row {row}, counted "
                    "from 0): subtract an offset before, or leave the column out"
                )


def _as_numbers(array: Array) -> Array | None:
    """An array of numbers, those of Python among them; None if something else is in it."""
    if array.dtype.kind in "fiub":
        return array
    kinds = set(map(type, array.flat)) if array.dtype.kind == "O" else {object}
    if not all(
        issubclass(kind, numbers.Real | np.bool_) or kind.__name__ == "Decimal" for kind in kinds
    ):
        return None
    found = np.array(array.tolist())
    return found if found.dtype.kind in "fiub" else array.astype(np.float64)


def _columns(frame: Any) -> list[Any]:
    return [column for _, column in frame.items()] if hasattr(frame, "items") else frame.get_columns()
