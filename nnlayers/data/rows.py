"""Some rows of an array, in the time and the memory of these rows, whatever its order in memory."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nnlayers.core.devices import beside, on_device


def rows_by_index(array: Any) -> Callable[[Any], Any]:
    """The function that copies the rows of an index, and nothing else of the array.

    ``take`` is the fastest, but it first copies an array whole that is not contiguous or not aligned.
    """
    if on_device(array):
        return lambda rows: array.take(beside(rows, array), axis=0)
    if type(array) is not np.ndarray:
        return partial(array.take, axis=0)
    flags = array.flags
    if flags.aligned and flags.f_contiguous and not flags.c_contiguous:
        columns = array.T  # each is contiguous
        return lambda rows: columns.take(rows, axis=-1).T
    return partial(array.take, axis=0) if flags.aligned and flags.c_contiguous else array.__getitem__


def rows_by_slice(array: Any) -> Callable[[slice], Any]:
    """The function that gives the rows of a slice: a view, or a copy of rows in Fortran order.

    A view of those is spread over the memory of the whole array, so a product with it takes long.
    """
    if type(array) is np.ndarray and array.flags.f_contiguous and not array.flags.c_contiguous:
        return lambda rows: array[rows].copy(order="F")
    read: Callable[[slice], Any] = array.__getitem__
    return read
