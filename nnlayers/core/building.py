"""Layers that are built for values of a file: nothing is drawn, tried, or larger than the file."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


@dataclass
class _Room:
    """How many numbers the states may still have, and the zeros that were made last."""

    left: int
    zeros: Any = None


_room: ContextVar[_Room | None] = ContextVar("_room", default=None)


@contextmanager
def building_for(numbers: int) -> Iterator[None]:
    """A with-block that builds layers for so many numbers, which will take the place of theirs.

    Initializers return zeros, containers do not try their layers, and states that together would have
    more numbers raise a ValueError.
    """
    token = _room.set(_Room(numbers))
    try:
        yield
    finally:
        _room.reset(token)


def is_building() -> bool:
    """True in a block of `building_for`."""
    return _room.get() is not None


def check_room(shape: int | tuple[int, ...], *, keep: bool = False) -> None:
    """Refuse an array that would have more numbers than are left; with ``keep``, it takes them.

    Raises
    ------
    ValueError
        In a block of `building_for`, there are not so many.
    """
    room = _room.get()
    if room is None:
        return
    size = math.prod(shape) if isinstance(shape, tuple) else shape
    if size > room.left:
        raise ValueError(f"it needs more numbers than the file holds ({size:,}, of {room.left:,} left)")
    if keep:
        room.left -= size


def constant(value: float, shape: int | tuple[int, ...]) -> Any:
    """An array of one value, as the first value of a state."""
    check_room(shape)
    return np.full(shape, value)


def blank(shape: tuple[int, ...], dtype: DTypeLike) -> Any:
    """Zeros in place of what an initializer would draw."""
    check_room(shape)
    array = np.zeros(shape, dtype)
    if room := _room.get():
        room.zeros = array
    return array


def is_blank(array: object) -> bool:
    """True for zeros that `blank` has just made, in a block of `building_for`: they need no copy."""
    room = _room.get()
    return room is not None and room.zeros is array
