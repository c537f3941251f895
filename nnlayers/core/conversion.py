"""Conversions of numbers: to a dtype that holds them, or refused, with the place and the way out."""

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnlayers.core.devices import on_device

UNIQUE = '"{0}, {1} = np.unique({1}, return_inverse=True)"; {0}[{1}] turns them back'
WORDS_OF = {  # by the name of the array, and the dtype that is wanted
    ("y", "float"): "words become labels with " + UNIQUE.format("classes", "y"),
    ("x", "int"): "words become integers with " + UNIQUE.format("words", "x"),
    ("x", "float"): "words become columns of 0 and 1 with pandas.get_dummies",
}
WAYS_OUT = {
    "c": "take {x}.real, {x}.imag or np.abs({x})",
    "M": "{x}.astype('datetime64[s]').astype(np.int64) gives seconds",
    "m": "{x} / np.timedelta64(1, 's') gives seconds",
    "V": "give one plain array, np.lib.recfunctions.structured_to_unstructured({x})",
}


def where(place: Sequence[Any]) -> str:
    """An index in words: ``at row 3, column 2 (counted from 0)``."""
    row, *column = map(int, place)
    at = f", column {', '.join(map(str, column))}" if column else ""
    return f"at row {row}{at} (counted from 0)"


def way_out(array: NDArray[Any], dtype: str = "", name: str = "x") -> str:
    """The way out for an array that does not consist of real numbers, for messages.

    Without a dtype, whole numbers that are called y, which may be labels, become integers.
    """
    kind = array.dtype.kind
    dtype = dtype or ("int" if name == "y" and kind in "USTO" and _are_whole(array) else "float")
    if kind in "UST":
        return f": {_way_out_of_texts(array, dtype, name)}"
    if kind == "O":
        for place, item in np.ndenumerate(array):
            if not isinstance(item, numbers.Number):
                words = f"; {_way_out_of_texts(array, dtype, name)}" if isinstance(item, str) else ""
                return f": it holds {item!r}{' ' + where(place) if place else ''}{words}"
        return f": convert it with {name}.astype({dtype})"
    if kind == "V" and array.dtype.type is not np.void:  # bfloat16, and others of an extension
        return f": give {name}.astype(np.float32)"
    return f": {WAYS_OUT[kind].format(x=name)}" if kind in WAYS_OUT else ""


def _are_whole(array: NDArray[Any]) -> bool:
    """True for whole numbers in texts, or in an array of objects."""
    try:
        return bool((array.astype(np.int64) == array.astype(np.float64)).all())
    except (TypeError, ValueError, OverflowError):
        return False


def _way_out_of_texts(array: NDArray[Any], dtype: str, name: str) -> str:
    try:
        array.astype(np.float64)
    except (TypeError, ValueError):
        return WORDS_OF[name, dtype]
    return f"texts of numbers become numbers with {name}.astype({dtype})"


def check_real(array: NDArray[Any], who: object, name: str = "an array") -> None:
    """Refuse an array that does not consist of real numbers.

    Raises
    ------
    TypeError
        It says what it is made of, and what to do.
    """
    if array.dtype.kind not in "fiub":
        way = way_out(array, name="y" if name in ("y", "a target") else "x")
        raise TypeError(f"{who}: expected {name} of real numbers, got dtype {array.dtype}{way}")


def real_dtype(dtype: DTypeLike, who: object) -> np.dtype[Any]:
    """``dtype`` as one of real numbers.

    Raises
    ------
    TypeError
        It is another one.
    """
    found = np.dtype(dtype)
    if found.kind not in "fiub":
        raise TypeError(f"{who}: expected a dtype of real numbers, got {found}")
    return found


def floating_dtype(dtype: DTypeLike, who: object) -> np.dtype[Any]:
    """``dtype`` as a floating dtype, in the machine's byte order.

    Raises
    ------
    TypeError
        It is another one.
    """
    found = np.dtype(dtype)
    if found.kind != "f":
        raise TypeError(f"{who}: expected a floating dtype, got {found}: take np.float32, say")
    return found.newbyteorder("=")


def convert(array: NDArray[Any], dtype: DTypeLike, who: object) -> NDArray[Any]:
    """A copy of an array of real numbers in another real dtype.

    Floating numbers are rounded; NaN and infinities stay what they are. On a GPU, a number that is too
    large for a floating dtype becomes infinite: to refuse it there would mean to wait for the GPU.

    Raises
    ------
    ValueError
        A finite number would become infinite; an integer dtype does not hold a number exactly.
    """
    dtype = np.dtype(dtype)
    if array.dtype == dtype or (on_device(array) and dtype.kind == "f"):
        return array.astype(dtype)
    try:
        with np.errstate(over="raise", invalid="ignore"):
            new = array.astype(dtype)
        if dtype.kind == "f" or (new == array).all():
            return new
    except FloatingPointError:
        pass
    with np.errstate(over="ignore", invalid="ignore"):
        new = array.astype(dtype)
        wrong = new != array if dtype.kind != "f" else np.isinf(new) & np.isfinite(array)
    place = np.unravel_index(int(wrong.argmax()), wrong.shape)
    at = f" {where(place)}" if place else ""
    if dtype.kind == "f":
        raise ValueError(f"{who}: {array[place]}{at} is too large for {dtype}: scale it first")
    raise ValueError(f"{who}: {array[place]}{at} does not fit {dtype}: it would become another number")


def widest(*arrays: NDArray[Any]) -> np.dtype[Any]:
    """The floating dtype in which numbers of several arrays are compared and summed.

    It is at least float32; float64 for float16 and integers; longdouble for integers that float64
    does not hold, where that is wider.
    """
    dtype = np.result_type(*arrays)
    if dtype.kind != "f" or dtype.itemsize < 4:
        dtype = np.dtype(np.float64)
    for array in arrays:
        large = array.dtype.kind in "iu" and array.itemsize == 8 and array.size
        if large and not on_device(array) and (array.max() > 1 << 53 or array.min() < -(1 << 53)):
            return np.dtype(np.longdouble)
    return dtype


def check_not_text(array: NDArray[Any], who: object) -> None:
    """Refuse a text, which NumPy takes for a single thing.

    Raises
    ------
    TypeError
        It says how its characters become integers.
    """
    if array.ndim == 0 and array.dtype.kind in "UST":
        raise TypeError(
            f"{who}: expected numbers, got a text: its characters become integers with "
            '"characters, codes = np.unique(list(text), return_inverse=True)"; '
            '"".join(characters[codes]) turns them back'
        )
