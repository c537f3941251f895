"""Arrays that are read slice by slice: memory maps, HDF5 datasets, Zarr arrays."""

import math
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from nnlayers.core.checks import as_array, check_mask, is_tuple_of_arrays
from nnlayers.core.frame_advice import is_in_file
from nnlayers.core.frames import is_column, is_frame
from nnlayers.core.structures import arrays_in, each
from nnlayers.data.streaming.maps import map_of
from nnlayers.data.streaming.reader import Read, Reader, row_layout


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
        self.layout = each(
            lambda a, name: row_layout(a.shape or (), a.dtype, name), self.arrays, self.names
        )
        shapes = [tuple(array.shape) for _, array in arrays_in(self.arrays)]
        if len({shape[0] for shape in shapes}) > 1:
            raise ValueError(f"{who}: expected arrays of equal length, got shapes {shapes}")
        self.units = [int(shapes[0][0])]

    def block_rows(self, unit: int) -> int:
        """The rows to read in one go: whole chunks, where an array is stored in chunks."""
        largest = max(
            zip(arrays_in(self.arrays), arrays_in(self.layout), strict=True),
            key=lambda pair: pair[1][1].itemsize,
        )[0][1]
        chunks = getattr(largest, "chunks", None)
        chunk = chunks[0] if chunks and isinstance(chunks[0], int) else 1
        return chunk * math.ceil((super().block_rows(unit) or 1) / chunk)

    def reading(self, unit: int) -> AbstractContextManager[Read]:
        """A with-block that gives the function that reads some rows of all arrays."""
        return nullcontext(self._read)

    def _read(self, start: int, stop: int, into: Any) -> None:
        for (_, array), (_, rows) in zip(arrays_in(self.arrays), arrays_in(into), strict=True):
            found = array[start:stop]
            check_mask(found, "a slice")
            with nullcontext() if (mapped := map_of(found)) is None else mapped.reading(found):
                found = np.asarray(found)
                if found.shape != rows.shape:
                    raise ValueError(f"expected a slice of shape {rows.shape}, got {found.shape}")
                np.copyto(rows, found, casting="equiv")

    def __getstate__(self) -> dict[str, Any]:
        """What pickles keep: a memory map would be read whole.

        Raises
        ------
        TypeError
            There is one.
        """
        for (_, array), (_, name) in zip(arrays_in(self.arrays), arrays_in(self.names), strict=True):
            if map_of(array):
                raise TypeError(
                    f"nn.stream: {name} is a memory map, and would be copied whole: call nn.stream in "
                    "the process that reads it"
                )
        return vars(self)

    def name(self, unit: int) -> str:
        """The name of the first array."""
        names = [name for _, name in arrays_in(self.names)]
        return f"nn.stream({', '.join(names)})"


def _sliced(array: Any, who: str) -> Any:
    """An array that gives its rows as slices; anything else as a plain array."""
    if is_tuple_of_arrays(array):
        return tuple(_sliced(item, who) for item in array)
    if is_frame(array):
        raise TypeError(
            f"{who}: expected arrays, got a table, {type(array).__name__}, whose rows are in memory: "
            "give it to fit as it is, or its numbers with frame.to_numpy()"
        )
    if hasattr(array, "keys") and not is_column(array):
        raise TypeError(
            f"{who}: expected arrays, got {type(array).__name__} with {list(array.keys())}: give them "
            "one by one, nn.stream(file['x'], file['y'])"
        )
    if is_in_file(array) and not getattr(array, "id", True):  # h5py: its shape would raise an error
        raise ValueError(f"{who}: expected a dataset of an open file, got {array!r}: open it again")
    known = all(hasattr(array, name) for name in ("shape", "dtype", "__getitem__"))
    is_sparse = hasattr(array, "toarray")  # of SciPy, whose rows are not arrays
    if not known or is_sparse or is_column(array) or not isinstance(array.dtype, np.dtype):
        array = as_array(array, who)
    if array.dtype == object and not array.shape:
        raise TypeError(f"{who}: expected arrays, or paths of files, got {array[()]!r}")
    return array


def name_of_array(array: Any) -> str:
    """An array in words: its file and its name there, if it has any."""
    file = getattr(array, "filename", None) or getattr(getattr(array, "file", None), "filename", None)
    file = file or getattr(array, "store_path", None)
    own = getattr(array, "name", None) if not hasattr(array, "store_path") else None
    words = ", ".join(str(part) for part in (file, own) if part)
    return words or f"an array of shape {tuple(array.shape)}"
