"""Rows of a sparse matrix, made dense batch by batch."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.data.minibatches import batches


class SparseBatches:
    """Batches ``(x, y)`` or ``(x, y, weights)`` of a sparse ``x``, the same as those of a dense one.

    Parameters
    ----------
    network : Layer
        Converts the rows.
    arrays : tuple
        ``x``, a matrix in CSR format, ``y``, and perhaps weights.
    batch_size : int
        Rows in a batch.
    rng : Generator, optional
        Draws a new order in every iteration; by default it is that of the rows.
    """

    def __init__(
        self, network: Layer, arrays: tuple[Any, ...], batch_size: int, rng: Any = None
    ) -> None:
        self.network, (self.x, *self.others) = network, arrays
        numbers = np.arange(self.x.shape[0])
        self.numbers = batches(numbers, batch_size=batch_size, shuffle=rng is not None, rng=rng)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for rows in self.numbers:
            x = self.network.convert_input(self.x[rows].toarray())
            yield x, *(array[rows] for array in self.others)
