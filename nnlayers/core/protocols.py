"""Arrays of other libraries, recognised by the protocols they speak, so that none is imported."""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

OF_NUMPY = ("__array__", "__array_interface__", "__array_struct__")
CPU = 1  # the type of device in DLPack

Look: TypeAlias = Callable[[Any], object]
STATES: tuple[tuple[Look, str, str], ...] = (
    (lambda x: x.is_meta, "has no values", ""),
    (lambda x: x.requires_grad, "requires a gradient", "detach()"),
    (lambda x: x.__dlpack_device__()[0] != CPU, "is not in the memory of the CPU", "cpu()"),
    (lambda x: x.is_nested, "has rows of different lengths", "to_padded_tensor(0)"),
    (lambda x: "sparse" in str(x.layout), "is sparse", "to_dense()"),
    (lambda x: "mkldnn" in str(x.layout), "has a layout that NumPy lacks", "to_dense()"),
    (lambda x: x.is_quantized, "is quantized", "dequantize()"),
    (lambda x: x.is_conj(), "is a conjugated view", "resolve_conj()"),
    (lambda x: x.is_neg(), "is a negated view", "resolve_neg()"),
    (
        lambda x: re.search(r"bfloat16|float[48]_", str(x.dtype)),
        "has a dtype that NumPy lacks",
        "float()",
    ),
)
"""What may be true of a tensor that NumPy cannot read, in words, and the call that helps."""


def is_array_like(x: object) -> bool:
    """True for an array, for what hands out its numbers as one, and for NumPy's scalars."""
    others = "__array_interface__", "__array_struct__", "__dlpack__", "shape"
    return hasattr(x, "__array__") or any(hasattr(x, name) for name in others)


def numpy_array(x: Any, who: object) -> NDArray[Any]:
    """``x`` as an array of NumPy, which shares the memory of ``x`` if that is possible.

    Raises
    ------
    TypeError
        ``x``, or an item of a list, is a tensor that NumPy cannot read.
    ValueError
        ``x`` is a list of rows that differ in length, or something else of that kind.
    """
    try:
        if hasattr(x, "__dlpack__") and not any(hasattr(x, name) for name in OF_NUMPY):
            return np.from_dlpack(x)
        return np.asarray(x)  # of a memmap this is a view: nothing is loaded
    except (TypeError, RuntimeError, BufferError) as error:
        reason = f"cannot become one: {str(error).partition(chr(10))[0]}"
        item, found = next(((i, words) for i in _items(x) if (words := _complaint(i))), (x, reason))
        where = f"a {type(x).__name__} with " if item is not x else ""
        of_each = " of each" if item is not x else ""
        raise _refusal(who, f"{where}a {type(item).__name__} that {found}{of_each}") from error


def check_readable(x: Any, who: object) -> None:
    """Refuse an array that NumPy cannot read, because it is on a GPU, say.

    Raises
    ------
    TypeError
        It says what to do.
    """
    if complaint := _complaint(x):
        raise _refusal(who, f"a {type(x).__name__} that {complaint}")


def _refusal(who: object, words: str) -> TypeError:
    return TypeError(f"{f'{who}: ' if who else ''}expected an array, got {words}")


def _items(x: Any) -> Iterator[Any]:
    """The object itself, or the items of a list or tuple, at any depth."""
    if isinstance(x, (list, tuple)):
        for item in x:
            yield from _items(item)
    else:
        yield x


def _complaint(x: Any) -> str:
    """What is true of a tensor that NumPy cannot read, and the way out; empty if nothing is known."""
    found = [(words, call) for look, words, call in STATES if _is_true(look, x)]
    calls = [call for _, call in found]
    if not hasattr(x, "cpu"):
        calls = ["get()" if call == "cpu()" else call for call in calls]
    way_out = f": give x.{'.'.join(calls)}" if calls and all(calls) else ""
    return " and ".join(words for words, _ in found) + way_out


def _is_true(look: Look, x: Any) -> bool:
    try:
        return bool(look(x))
    except Exception:  # most objects lack the attribute, and a tensor may not know it
        return False
