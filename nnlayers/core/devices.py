"""Devices: the memory of the host, where arrays are NumPy's, or that of a GPU, where they are CuPy's.

NumPy calls the functions of CuPy for its arrays, so layers are written once. What is here moves arrays.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from nnlayers.core.extras import needed

Mover: TypeAlias = Callable[[Any], Any]

MOVES = [0]
"""How often components were moved, so that optimizers notice; a list, to be counted up in place."""

OTHER_CUDA = "for a version of CUDA other than 12, install its package of CuPy, such as cupy-cuda13x"


def device_of(x: Any) -> str:
    """The device of an array: ``"cupy"``, or ``"numpy"`` for everything else."""
    return "cupy" if on_device(x) else "numpy"


def on_device(x: Any) -> bool:
    """True for an array in the memory of a GPU."""
    return type(x) is not np.ndarray and type(x).__module__ == "cupy"


def to_host(x: Any) -> Any:
    """The array in the memory of the host; one of a GPU is copied, which waits for the GPU."""
    return x.get() if on_device(x) else x


def host_copy(x: Any) -> Any:
    """A copy of an array in the memory of the host."""
    return x.get() if on_device(x) else x.copy()


def beside(array: NDArray[Any], x: Any) -> Any:
    """An array of the host, where ``x`` is: itself, or a copy on the GPU, which is not waited for."""
    return np.asarray(array, like=x) if on_device(x) else array


def as_float(x: Any) -> Any:
    """A number as a Python float; that of a GPU stays there, for a float would have to wait for it."""
    return x if on_device(x) else float(x)


def as_floats(numbers: Sequence[Any]) -> list[float]:
    """Numbers as floats; those on a device, arrays of shape ``()``, come in one copy: one wait."""
    there = [number for number in numbers if on_device(number)]
    if not there:
        return list(map(float, numbers))
    found = iter(to_host(np.stack(there)).tolist())
    return [next(found) if on_device(number) else float(number) for number in numbers]


def nan_unless(good: Any, y: Any) -> Any:
    """``y`` where it is good, NaN elsewhere: raising an error would have to wait for the GPU."""
    return np.where(good, y, y.dtype.type(np.nan))


def one_if_zero(x: Any) -> Any:
    """A number, or 1 in place of 0; that of a GPU stays there."""
    return np.where(x == 0, x.dtype.type(1), x) if on_device(x) else x or 1.0


def strided(x: NDArray[Any], shape: tuple[int, ...], strides: tuple[int, ...]) -> NDArray[Any]:
    """A view of an array's memory, to read from, with a shape and strides of its own."""
    if on_device(x):
        return needed("cupy", "cupy", "strided").lib.stride_tricks.as_strided(x, shape, strides)
    return as_strided(x, shape, strides, writeable=False)


def mover(device: Any, who: str) -> Mover:
    """The function that returns an array in the memory of a device, copied if it is not there.

    Raises
    ------
    ValueError, TypeError
        There is no device of this name.
    ImportError, RuntimeError
        CuPy is not installed, or finds no GPU.
    """
    if not isinstance(device, str):
        hint = ": astype converts to another dtype" if _is_dtype(device) else ""
        raise TypeError(f'{who}: expected "numpy" or "cupy", got {device!r}{hint}')
    if device == "numpy":
        return to_host
    if device != "cupy":
        meant = {"cpu": "numpy", "cuda": "cupy", "gpu": "cupy"}.get(device.partition(":")[0])
        advice = f': write "{meant}"' if meant else ""
        raise ValueError(f'{who}: expected "numpy" or "cupy", got {device!r}{advice}')
    try:
        cupy = needed("cupy", "cupy", who)
    except ImportError as error:
        raise ImportError(f"{error}; {OTHER_CUDA}") from error
    if not cupy.is_available():
        raise RuntimeError(f"{who}: CuPy finds no GPU, or no driver for it ({OTHER_CUDA})")
    asarray: Mover = cupy.asarray
    return asarray


def check_same_device(
    x: Any, other: Any, who: object, what: str, whose: str, way_out: str = ""
) -> None:
    """Refuse an array that is not where another one is: nothing is copied in silence.

    Raises
    ------
    TypeError
        It says where both are, and the way out.
    """
    if on_device(x) == on_device(other):
        return
    places = {True: "on the GPU", False: "in the memory of the host"}
    way_out = way_out or (
        'move the model, model.to("cupy"), or give an array of the host, x.get()'
        if on_device(x)
        else 'give batches(..., device="cupy"), or cupy.asarray(x)'
    )
    raise TypeError(
        f"{who}: expected {what} {places[on_device(other)]}, as {whose}, got an array "
        f"{places[on_device(x)]}: {way_out}"
    )


def _is_dtype(thing: object) -> bool:
    """True for what NumPy takes as a dtype, but for None."""
    try:
        np.dtype(thing)  # type: ignore[call-overload]
    except TypeError:
        return False
    return thing is not None
