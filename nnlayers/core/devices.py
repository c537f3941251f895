"""Devices: the memory of the host, where NumPy computes, and that of a GPU, where CuPy does."""

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlayers.core.extras import needed

DEVICES = "numpy", "cupy"


def device_of(array: object) -> str:
    """The name of the device that holds an array."""
    return "cupy" if type(array).__module__.partition(".")[0] == "cupy" else "numpy"


def is_on_device(array: object) -> bool:
    """True for an array that is not in the memory of the host."""
    return device_of(array) != "numpy"


def checked_device(device: object, who: str) -> str:
    """The name of a device.

    Raises
    ------
    ValueError
        There is no such device.
    """
    if device not in DEVICES:
        raise ValueError(f"{who}: expected the device 'numpy' or 'cupy', got {device!r}")
    return str(device)


def to_device(array: Any, device: str, who: str = "to_device") -> Any:
    """An array on a device: a copy, or itself if it is there."""
    if device == device_of(array):
        return array
    return to_host(array) if device == "numpy" else needed(device, device, who).asarray(array)


def to_host(array: Any) -> Any:
    """An array in the memory of the host: a copy of one on a device, and others as they are."""
    return array.get() if is_on_device(array) else array


def beside(other: Any, array: Any) -> Any:
    """An array of the host, where the other one is."""
    return sys.modules["cupy"].asarray(array) if is_on_device(other) else array


def as_floats(numbers: Sequence[Any]) -> list[float]:
    """Numbers as floats; those on a device, arrays of shape ``()``, come in one copy, after one wait."""
    there = [number for number in numbers if is_on_device(number)]
    found = iter(to_host(np.stack(there)).tolist()) if there else iter(())
    return [next(found) if is_on_device(number) else float(number) for number in numbers]


def moved_beside(component: Any, x: Any) -> Any:
    """Arrays of the host where a component is; arrays that are on a device stay there."""
    device = component.device
    return x if device == "numpy" else moved(x, device)


def moved(x: Any, device: str) -> Any:
    """An array, or all those of a (nested) tuple, on a device; None stays None."""
    if isinstance(x, tuple):
        return tuple(moved(item, device) for item in x)
    return x if x is None else to_device(x, device)
