"""Checks of data: equal lengths, finite real numbers."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array, check_mask, is_tuple_of_arrays
from nnlayers.core.conversion import check_not_text, check_real, where
from nnlayers.core.devices import to_host
from nnlayers.core.frames import Columns, names_of
from nnlayers.core.structures import arrays_in, length

CHUNK = 1 << 18  # elements looked at in one go: few megabytes, also where they have to be copied
STEPS = 128  # of a dtype, in which the numbers of a column have to differ


def check_lengths(data: Any, who: str) -> int:
    """The number of samples that all arrays (of a tuple, or of a tuple of tuples) have, at least 1.

    Raises
    ------
    ValueError
        There are no samples, or the lengths differ.
    """
    shapes = [array.shape for _, array in arrays_in(data)]
    if not shapes or any(shape == () or shape[0] == 0 for shape in shapes):
        raise ValueError(f"{who}: expected arrays of at least one sample, got shapes {shapes}")
    if len({shape[0] for shape in shapes}) > 1:
        raise ValueError(f"{who}: expected arrays of equal length, got shapes {shapes}")
    return length(data)


def check_data(data: Any, name: str, who: str, dtype: np.dtype[Any] | None = None) -> Any:
    """An array, or a tuple of arrays, of finite real numbers; see `check_numbers`.

    In a tuple, integers are not looked at in ``dtype``, for they will not be converted.
    """
    if not is_tuple_of_arrays(data):
        return check_numbers(data, name, who, dtype)
    kinds = [getattr(getattr(item, "dtype", None), "kind", "f") for item in data]
    return tuple(
        check_data(item, f"{name}[{index}]", who, dtype if kind == "f" else None)
        for index, (item, kind) in enumerate(zip(data, kinds, strict=True))
    )


def check_numbers(
    array: Any,
    name: str,
    who: str,
    dtype: np.dtype[Any] | None = None,
    *,
    first_row: int = 0,
    columns: Columns = None,
) -> Array:
    """The data as an array of real numbers that are finite, in ``dtype`` too; it is read in chunks.

    Errors count its rows from ``first_row``, and call its columns by their names.

    Raises
    ------
    TypeError, ValueError
        They are something else, or there are none.
    """
    check_mask(array, who, name)
    columns = columns or names_of(array)
    array = as_array(array, f"{who}: {name}")
    check_not_text(array, f"{who}: {name}")
    check_real(array, who, name)
    if array.size == 0 or array.ndim == 0:
        expected = f"{name} with at least one sample of at least one number"
        raise ValueError(f"{who}: expected {expected}, got shape {array.shape}")
    limit = np.inf if dtype is None else float(np.finfo(dtype).max)
    is_floating = array.dtype.kind == "f"
    if not is_floating and limit > 1 << 64:
        return array
    for start, chunk in chunks(array):
        with np.errstate(over="ignore", invalid="ignore"):
            flat = chunk.ravel("K")  # a view, or a copy in the order of the memory
            # The fastest look, but large squares overflow.
            if is_floating and np.vdot(flat, flat) < limit * limit:
                continue
            finite = np.isfinite(chunk if dtype is None else chunk.astype(dtype))
        if not finite.all():
            row, *column = map(int, np.unravel_index(int(finite.argmin()), finite.shape))
            place = (row + start, *column)
            value = array[place]
            hint = f", too large for {dtype}: scale {name} first" if np.isfinite(value) else ""
            at = where((place[0] + first_row, *column))
            if columns:
                at = f"at row {place[0] + first_row} (counted from 0), column {columns[place[1]]!r}"
            raise ValueError(f"{who}: {name} holds {value} {at}{hint}")
    return array


def check_spread(
    array: Array, name: str, who: str, dtype: np.dtype[Any], columns: Columns = None
) -> None:
    """Refuse a column of large numbers whose differences are lost in ``dtype``.

    In float32, those are numbers beyond 2²⁴ within less than 128 of its steps there.

    Raises
    ------
    ValueError
        It names the column.
    """
    eps, kind = float(np.finfo(dtype).eps), array.dtype.kind
    if kind == "b" or (kind == "f" and np.finfo(array.dtype).eps >= eps):
        return  # nothing will be rounded
    if all(_is_exact(chunk, 2 / eps) for _, chunk in chunks(array)):
        return
    low = np.min([chunk.min(axis=0) for _, chunk in chunks(array)], axis=0)
    high = np.max([chunk.max(axis=0) for _, chunk in chunks(array)], axis=0)
    size = np.maximum(np.abs(low.astype(np.float64)), np.abs(high.astype(np.float64)))
    with np.errstate(over="ignore"):  # what is so far apart is no trouble
        spread = high - low
    lost = (size * eps > 2) & (spread > 0) & (spread < STEPS * eps * size)
    if lost.any():
        place = np.unravel_index(int(lost.argmax()), lost.shape)
        column = f", column {', '.join(map(str, place))} (counted from 0)," if place else ""
        if columns:
            column = f", column {columns[place[0]]!r},"
        raise ValueError(
            f"{who}: {name}{column} is from {low[place]} to {high[place]}, where numbers of {dtype} "
            f"are {np.spacing(dtype.type(size[place]))} apart: subtract an offset first, as in "
            f"{name} - {name}.min(axis=0)"
        )


def _is_exact(chunk: Array, limit: float) -> bool:
    """True if all numbers are so small that rounding them loses no difference of 1."""
    if chunk.dtype.kind != "f":
        return -limit <= int(chunk.min()) <= int(chunk.max()) <= limit
    flat = chunk.ravel("K")
    with np.errstate(over="ignore"):
        return bool(np.vdot(flat, flat) < limit * limit)


def chunks(array: Array) -> Iterator[tuple[int, Array]]:
    """Some rows at a time, as views (or copies from a device), with the number of the first row."""
    rows = max(1, CHUNK // max(1, array[0].size))
    return ((start, to_host(array[start : start + rows])) for start in range(0, len(array), rows))
