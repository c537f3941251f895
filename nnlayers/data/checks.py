"""Checks of data: equal lengths, finite real numbers."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array, is_tuple_of_arrays
from nnlayers.core.structures import arrays_in, length

CHUNK = 1 << 18  # elements looked at in one go: few megabytes, also where they have to be copied


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


def check_data(data: Any, name: str, who: str) -> Any:
    """An array, or a tuple of arrays, of finite real numbers; see `check_numbers`."""
    if is_tuple_of_arrays(data):
        return tuple(check_data(item, f"{name}[{i}]", who) for i, item in enumerate(data))
    return check_numbers(data, name, who)


def check_numbers(array: Any, name: str, who: str) -> Array:
    """The data as an array of finite real numbers; it is read in chunks.

    Raises
    ------
    TypeError, ValueError
        They are something else, or there are none.
    """
    if np.ma.isMaskedArray(array):
        raise TypeError(f"{who}: expected {name} without a mask, got a masked array")
    array = as_array(array, f"{who}: {name}")
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{who}: expected {name} of real numbers, got dtype {array.dtype}")
    if array.size == 0 or array.ndim == 0:
        raise ValueError(f"{who}: expected {name} with at least one sample, got shape {array.shape}")
    if array.dtype.kind == "f":
        for start, chunk in chunks(array):
            flat = chunk.ravel("K")  # a view, or a copy in the order of the memory
            with np.errstate(over="ignore", invalid="ignore"):
                if np.isfinite(np.vdot(flat, flat)):  # the fastest look, but large squares overflow
                    continue
            finite = np.isfinite(chunk)
            if not finite.all():
                place = np.unravel_index(int(finite.argmin()), finite.shape)
                row, *column = int(place[0]) + start, *map(int, place[1:])
                value = array[(row, *column)]
                at = f", column {', '.join(map(str, column))}" if column else ""
                raise ValueError(f"{who}: {name} holds {value} at row {row}{at} (counted from 0)")
    return array


def chunks(array: Array) -> Iterator[tuple[int, Array]]:
    """Some rows at a time, as views, each with the number of its first row."""
    rows = max(1, CHUNK // max(1, array[0].size))
    return ((start, array[start : start + rows]) for start in range(0, len(array), rows))


def float64_chunks(array: Array) -> Iterator[Array]:
    """Some rows at a time, as copies in float64."""
    return (chunk.astype(np.float64) for _, chunk in chunks(array))
