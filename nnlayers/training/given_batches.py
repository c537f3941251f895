"""What users give as batches: how it is told from arrays, and ended early."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from nnlayers.core.protocols import is_array_like


@contextmanager
def closing(batches: Any, call: Callable[..., None] = lambda function: function()) -> Iterator[None]:
    """A with-block after which an iterator holds nothing, such as a thread that reads ahead.

    ``call`` calls what ends it, which may be a user's.
    """
    try:
        yield
    finally:
        if isinstance(batches, Generator):
            call(batches.close)


def is_batches(data: Any) -> bool:
    """True for what gives batches, not for arrays, tables, or tuples of arrays."""
    if isinstance(data, (tuple, str, np.ndarray)) or is_array_like(data) or hasattr(data, "columns"):
        return False
    if isinstance(data, list):
        return bool(data) and is_batch(data[0])
    return callable(data) or hasattr(data, "__iter__")


def is_batch(item: Any) -> bool:
    """True for a tuple, or a list of arrays: a nested list of numbers is an array."""
    if isinstance(item, list):
        return any(is_array_like(part) and np.ndim(part) for part in item)
    return isinstance(item, tuple)
