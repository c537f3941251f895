"""Conversions of numbers: to a dtype that holds them, or refused, with the place and the way out."""

import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnlayers.core.devices import on_device

LABELS = (
    'with "{0}, {1} = np.unique({1}, return_inverse=True)", those of other data, all among the {0}, '
    'with "{1} = np.searchsorted({0}, {1})"; {0}[{1}] turns them back'
)
WAYS_OUT = {
    "c": "take np.real({x}), np.imag({x}) or np.abs({x})",
    "M": (
        "({x} - first) / np.timedelta64(1, 's') gives seconds, where first is one date for all data, "
        "such as np.datetime64('2020-01-01')"
    ),
    "m": "{x} / np.timedelta64(1, '{unit}') gives {units}",
    "V": (
        'give one plain array, with "from numpy.lib import recfunctions" and '
        "recfunctions.structured_to_unstructured({x})"
    ),
}


def where(place: Sequence[Any]) -> str:
    """An index in words: ``at row 3, column 2 (counted from 0)``."""
    row, *column = map(int, place)
    at = f", column {', '.join(map(str, column))}" if column else ""
    return f"at row {row}{at} (counted from 0)"


def way_out(array: NDArray[Any], name: str = "x", *, integers: bool = False) -> str:
    """The way out for an array that does not consist of real numbers, or of integers, for messages.

    Whole numbers become integers if these are wanted, or if they are called y: they may be labels.
    """
    kind = array.dtype.kind
    if integers and kind in "mM":
        return ""  # seconds are not of use either
    integers = integers or name == "y"
    if integers and kind in "fb":
        found = not_whole(array) if kind == "f" else ""
        return f": {found} is not an integer" if found else f": take {integers_of(name, array)}"
    if kind in "UST":
        return f": {_way_out_of_texts(array, name, integers)}"
    if kind == "O":
        for place, item in np.ndenumerate(array):
            if not isinstance(item, numbers.Number) or isinstance(item, complex | np.complexfloating):
                words = f"; {_way_out_of_texts(array, name, integers)}" if isinstance(item, str) else ""
                return f": it holds {item!r}{' ' + where(place) if place else ''}{words}"
        return f": convert it with {_as_numbers(array, name, integers)}"
    if kind == "V" and array.dtype.type is not np.void:  # bfloat16, and others of an extension
        return f": give {name}.astype(np.float32)"
    unit, units = "s", "seconds"
    if kind == "m" and np.datetime_data(array.dtype)[0] in "YM":
        unit, units = "M", "months"
    return f": {WAYS_OUT[kind].format(x=name, unit=unit, units=units)}" if kind in WAYS_OUT else ""


def _as_numbers(array: NDArray[Any], name: str, integers: bool) -> str:
    """The call that makes numbers of texts or objects; a list has no ``astype``."""
    return f"np.array({name}, {'int' if integers and _are_whole(array) else 'float'})"


def _are_whole(array: NDArray[Any]) -> bool:
    """True for whole numbers in texts, or in an array of objects."""
    try:
        return bool((array.astype(np.int64) == array.astype(np.float64)).all())
    except (TypeError, ValueError, OverflowError):
        return False


def _way_out_of_texts(array: NDArray[Any], name: str, integers: bool) -> str:
    try:
        array.astype(np.float64)
    except (TypeError, ValueError):
        if not integers:
            x = f"np.array({name}, str)" if array.dtype.kind == "S" else name
            table = f"pandas.DataFrame({x}).infer_objects()"
            return f"words become columns of 0 and 1 with pandas.get_dummies({table})"
        return labels_of_words(array, name)
    return f"texts of numbers become numbers with {_as_numbers(array, name, integers)}"


def integers_of(name: str, array: NDArray[Any]) -> str:
    """The call that makes integers of this array, on a device too, or of a list of its numbers."""
    return f"{name}.astype(int)" if on_device(array) else f"np.array({name}, int)"


def labels_of_words(array: NDArray[Any], name: str = "y") -> str:
    """How words become labels, or integers; or what to do first if other things are among them."""
    for item in array.flat:
        if not isinstance(item, str | bytes):
            texts = f"turn everything into texts with np.array({name}, str)"
            return f"leave out {item!r}, which is not a text, or {texts}"
    classes, labels = ("classes", "labels") if name == "y" else ("words", "integers")
    return f"words become {labels} {LABELS.format(classes, name)}"


def not_whole(array: NDArray[Any]) -> str:
    """The first number that is not an integer, with its place; empty if there is none."""
    wrong = (array != np.floor(array)) | np.isinf(array)
    if not wrong.any():
        return ""
    place = np.unravel_index(int(wrong.argmax()), array.shape)
    return f"{array[place]}{' ' + where(place) if place else ''}"


def check_real(array: NDArray[Any], who: object, name: str = "an array") -> None:
    """Refuse an array that does not consist of real numbers.

    Raises
    ------
    TypeError
        It says what it is made of, and what to do.
    """
    if array.dtype.kind not in "fiub":
        check_not_text(array, who)
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
        if array.dtype.kind == "S":
            raise TypeError(f"{who}: expected numbers, got bytes: text.decode() makes a text of them")
        raise TypeError(
            f"{who}: expected numbers, got a text: its characters become integers with "
            '"characters, codes = np.unique(list(text), return_inverse=True)", those of other texts, '
            'of the same characters, with "np.searchsorted(characters, list(text))"; '
            '"".join(characters[codes]) turns them back'
        )
