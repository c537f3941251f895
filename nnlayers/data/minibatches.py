"""Mini-batches."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import RandomSource, generator, true_or_false, whole_number
from nnlayers.core.devices import mover
from nnlayers.core.frames import check_same_rows
from nnlayers.core.placement import moved
from nnlayers.core.structures import as_arrays, each, length
from nnlayers.data.checks import check_lengths
from nnlayers.data.rows import rows_by_index, rows_by_slice

__all__ = ["batches"]


class Batches:
    """The batches of some arrays: they can be iterated again and again, and ``len`` counts them."""

    def __init__(
        self,
        arrays: tuple[Any, ...],
        batch_size: int,
        shuffle: bool,
        rng: Any,
        device: str | None = None,
    ) -> None:
        self.arrays = arrays
        self.device = device
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.rng = rng

    def __len__(self) -> int:
        return -(-length(self.arrays) // self.batch_size)

    def __repr__(self) -> str:
        samples = length(self.arrays)
        return f"<{len(self):,} batches of {self.batch_size:,}, from {samples:,} samples>"

    def __iter__(self) -> Iterator[Any]:
        return self.part(0, 1)

    def part(self, index: int, count: int, first: int = 0) -> Iterator[Any]:
        """One of so many parts of an iteration, without the first rows.

        The batches of all parts together are as large as ``count`` batches; what is left in the end is
        divided as well, so that a part may end with a batch of no rows.
        """
        samples = length(self.arrays)
        order = self.rng.permutation(samples) if self.shuffle else None
        readers = each(rows_by_slice if order is None else rows_by_index, self.arrays)
        for start in range(first, samples, count * self.batch_size):
            size = min(count * self.batch_size, samples - start)
            begin, end = (start - (-size * part // count) for part in (index, index + 1))
            rows = slice(begin, end)
            chosen = rows if order is None else order[rows]
            batch = each(lambda read, chosen=chosen: read(chosen), readers)
            if self.device is not None:
                batch = moved(batch, self.device, "batches")
            yield batch if len(batch) > 1 else batch[0]


@answers_other_arguments()
def batches(
    *arrays: Any,
    batch_size: int = 32,
    shuffle: bool = True,
    rng: RandomSource = None,
    device: str | None = None,
) -> Batches:
    """Mini-batches of one or more arrays of equal length.

    Parameters
    ----------
    *arrays : array_like, or tuple of arrays
        Of equal length, one row a sample. A batch takes the memory of its own rows, whatever the order
        and the strides of the array; a ``numpy.memmap`` is read batch by batch. A tuple of arrays, such
        as the inputs of a network with several, comes out as a tuple.
    batch_size : int
        Samples in a batch; the last one is shorter if they do not divide.
    shuffle : bool
        Whether the samples are drawn in a fresh random order, new in every iteration. If not, the
        batches are views, in the order of the data (copies of arrays in Fortran order).
    rng : int, Generator or None
        The source of the order.
    device : str, optional
        "cupy" to copy each batch to the GPU, "numpy" to the host; by default it stays where it is.

    Returns
    -------
    Batches
        Iterating gives tuples, one array for each one given (the array itself if there is one).

    Raises
    ------
    ValueError, TypeError
        There are no samples, the lengths differ, or ``batch_size`` is not a whole number of at least 1;
        or there is no such device.
    ImportError
        CuPy is not installed.

    Examples
    --------
    >>> x, y = np.arange(5.0), np.arange(5)
    >>> for xb, yb in nn.batches(x, y, batch_size=2, shuffle=False):
    ...     print(xb, yb)
    [0. 1.] [0 1]
    [2. 3.] [2 3]
    [4.] [4]
    >>> len(nn.batches(x, batch_size=2))
    3
    """
    if arrays and isinstance(arrays[-1], (int, np.integer)):
        raise TypeError(f"batches: expected arrays, got {arrays[-1]!r}: write batch_size={arrays[-1]}")
    check_same_rows(arrays, "batches")
    checked = tuple(as_arrays(array, "batches") for array in arrays)
    check_lengths(checked, "batches")
    batch_size = whole_number(batch_size, "batch_size", "batches")
    shuffle = true_or_false(shuffle, "shuffle", "batches")
    if device is not None:
        mover(device, "batches")  # refuses what is not one, here
    return Batches(checked, batch_size, shuffle, generator(rng, "batches"), device)
