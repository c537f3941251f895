"""Arrays that are read slice by slice: memory maps, HDF5 datasets, Zarr arrays."""

import math
from typing import Any

import numpy as np

from nnlayers.core.checks import as_array, check_mask, is_tuple_of_arrays
from nnlayers.core.frames import is_column, is_frame
from nnlayers.core.structures import arrays_in, each
from nnlayers.data.streaming.reader import Reader, row_layout


class ArrayReader(Reader):
    """Rows of arrays of equal length.

    Parameters
    ----------
    arrays : tuple
        Arrays, or tuples of arrays: what has a shape, a dtype and slices is read by slices.
    who : str
        Who asks, for errors.

    Raises
    ------
    TypeError, ValueError
        One is not such an array, or their lengths differ.
    """

    def __init__(self, arrays: tuple[Any, ...], who: str) -> None:
        check_mask(arrays, who)
        self.arrays = tuple(_sliced(array, who) for array in arrays)
        self.names = each(name_of_array, self.arrays)
        self.layout = each(lambda a, name: row_layout(a.shape, a.dtype, name), self.arrays, self.names)
        shapes = [tuple(array.shape) for _, array in arrays_in(self.arrays)]
        if len({shape[0] for shape in shapes}) > 1:
            raise ValueError(f"{who}: expected arrays of equal length, got shapes {shapes}")
        self.units = [int(shapes[0][0])]

    def block_rows(self, unit: int) -> int:
        """The rows to read in one go: whole chunks, where an array is stored in chunks."""
        chunks = [getattr(array, "chunks", None) for _, array in arrays_in(self.arrays)]
        chunk = max([1, *(rows[0] for rows in chunks if rows and isinstance(rows[0], int))])
        return chunk * math.ceil((super().block_rows(unit) or 1) / chunk)

    def read(self, unit: int, start: int, stop: int, into: Any) -> None:
        """Read some rows of all arrays."""
        for (_, array), (_, rows) in zip(arrays_in(self.arrays), arrays_in(into), strict=True):
            found = array[start:stop]
            check_mask(found, "a slice")
            found = np.asarray(found)
            if found.shape != rows.shape:
                raise ValueError(f"expected a slice of shape {rows.shape}, got {found.shape}")
            np.copyto(rows, found, casting="equiv")

    def name(self, unit: int) -> str:
        """The name of the first array."""
        names = [name for _, name in arrays_in(self.names)]
        return f"nn.stream({', '.join(names)})"


def _sliced(array: Any, who: str) -> Any:
    """An array that gives its rows as slices; a plain array of what is no array yet."""
    if is_tuple_of_arrays(array):
        return tuple(_sliced(item, who) for item in array)
    if is_frame(array):
        raise TypeError(
            f"{who}: expected arrays, got a table, {type(array).__name__}, whose rows are in memory: "
            "give it to fit as it is, or its numbers with frame.to_numpy()"
        )
    known = all(hasattr(array, name) for name in ("shape", "dtype", "__getitem__"))
    if not known or is_column(array) or not isinstance(array.dtype, np.dtype):
        array = as_array(array, who)
    return array


def name_of_array(array: Any) -> str:
    """An array in words: its file and its name there, if it has any."""
    file = getattr(array, "filename", None) or getattr(getattr(array, "file", None), "filename", None)
    file = file or getattr(array, "store_path", None)
    own = getattr(array, "name", None) if not hasattr(array, "store_path") else None
    words = ", ".join(str(part) for part in (file, own) if part)
    return words or f"an array of shape {tuple(array.shape)}"
