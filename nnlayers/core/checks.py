"""Checks of arguments that all modules share. Each takes the value, its name, and who asks."""

import math
import numbers
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnlayers.core.conversion import check_real, convert
from nnlayers.core.devices import check_same_device, on_device, to_host
from nnlayers.core.frames import plain_numbers
from nnlayers.core.protocols import check_readable, is_array_like, numpy_array

Array: TypeAlias = NDArray[Any]
RandomSource: TypeAlias = "np.random.Generator | int | None"  # quoted: importing it takes time


def is_tuple_of_arrays(x: Any) -> bool:
    """True for a tuple that holds an array, at any depth; other tuples are array-like, as lists are."""
    return isinstance(x, tuple) and any(
        (is_array_like(item) and not isinstance(item, np.generic)) or is_tuple_of_arrays(item)
        for item in x
    )


def describe(x: Any) -> str:
    """Arrays in words, for messages: ``an array of shape (5, 3)``, ``a tuple of 2 (...)``."""
    if is_tuple_of_arrays(x):
        return f"a tuple of {len(x)} ({', '.join(map(describe, x))})"
    if isinstance(x, list) and any(hasattr(item, "shape") or isinstance(item, dict) for item in x):
        return f"a list of {len(x)}"
    if isinstance(x, dict):
        return f"a dict with the keys {list(x)}"
    return f"an array of shape {tuple(np.shape(x))}" if hasattr(x, "shape") else repr(x)


def is_masked(x: Any) -> bool:
    """True for a masked array, and for a list or tuple that holds one, at any depth."""
    if isinstance(x, (list, tuple)):
        return any(isinstance(item, (list, tuple, np.ndarray)) and is_masked(item) for item in x)
    return isinstance(x, np.ma.MaskedArray)


def check_mask(x: Any, who: object, name: str = "an array") -> None:
    """Refuse a masked array, whose mask would be lost.

    Raises
    ------
    TypeError
        ``x`` is a masked array, or holds one.
    """
    if is_masked(x):
        raise TypeError(
            f"{f'{who}: ' if who else ''}expected {name} without a mask, got a masked array: leave out "
            "what is missing, or fill it in with x.filled(0)"
        )


def as_array(x: Any, who: object = "") -> Array:
    """``x`` as a plain array, or as that of another library whose functions NumPy calls.

    Memory is shared if that is possible; see `numpy_array`.
    """
    if type(x) is np.ndarray:
        return x
    if on_device(x):
        return x
    if hasattr(x, "__array_function__") and not isinstance(x, np.ndarray):
        check_readable(x, who)
        return x
    x = plain_numbers(x, who)
    check_mask(x, who)
    start = f"{who}: " if who else ""
    if is_tuple_of_arrays(x):  # NumPy would stack them, if their shapes are equal
        raise TypeError(f"{start}expected one array, got {describe(x)}")
    try:
        return numpy_array(x, who)
    except ValueError as error:
        raise ValueError(
            f"{start}expected an array, got something that cannot become one: {error} (several inputs "
            "are a tuple of arrays)"
        ) from error


def host_array(x: Any, who: object = "") -> Array:
    """``x`` as `as_array` has it, in the memory of the host: a copy of an array on a device."""
    array: Array = to_host(as_array(x, who))
    return array


def real_array(x: Any, dtype: DTypeLike, who: object) -> Array:
    """``x`` as an array of real numbers of ``dtype``; it is copied only to convert it.

    Raises
    ------
    TypeError, ValueError
        It does not consist of real numbers, or a finite one is too large for ``dtype``.
    """
    if type(x) is not np.ndarray:
        x = as_array(x, who)
    if x.dtype == dtype:
        return x
    check_real(x, who)
    return convert(x, dtype, who)


def real_array_like(x: Any, value: Array, who: object) -> Array:
    """``x`` as an array of real numbers in the dtype of a parameter's value, which is where it is.

    Raises
    ------
    TypeError, ValueError
        As `real_array`; or one of the two is on a GPU, and the other is not.
    """
    if type(x) is type(value) and x.dtype == value.dtype:
        return x
    x = as_array(x, who)
    check_same_device(x, value, who, "the input", "the model")
    return real_array(x, value.dtype, who)


def floating_array(x: Any, who: object) -> Array:
    """``x`` as an array of floating numbers: in its own dtype, or in float32 if it has none.

    The byte order is that of the machine.
    """
    if type(x) is not np.ndarray:
        x = as_array(x, who)
    if x.dtype.kind == "f" and x.dtype.isnative:
        return x
    return real_array(x, gradient_dtype(x), who)


def gradient_dtype(x: Array) -> np.dtype[Any]:
    """The dtype of a gradient with respect to ``x``: its own floating one, or float32."""
    return x.dtype.newbyteorder("=") if x.dtype.kind == "f" else np.dtype(np.float32)


def writable(array: Array) -> Array:
    """The array, or a copy that can be written into, of this machine's byte order."""
    if type(array) is np.ndarray and array.flags.behaved and array.dtype.isnative:
        return array
    if on_device(array):
        return array
    if not array.dtype.isnative:
        array = array.astype(array.dtype.newbyteorder("="))
    return np.require(array, requirements=["ALIGNED", "WRITEABLE", "ENSUREARRAY"])


def check_features(x: Array, features: int, who: object) -> None:
    """Refuse an input that is not ``(N, ..., features)``."""
    if x.ndim < 2 or x.shape[-1] != features:
        expected = f"(N, ..., {features})" if x.ndim > 2 else f"(N, {features})"
        hint = ""
        if x.ndim == 1:
            column = features == 1 and len(x) > 1
            call = f"np.expand_dims(x, {-1 if column else 0})"
            hint = f": make {'a column of samples' if column else 'one sample a batch'} with {call}"
        elif x.ndim > 2 and math.prod(x.shape[1:]) == features:
            hint = ": make a row of each sample with nn.Flatten(), or np.reshape(x, (len(x), -1))"
        elif x.ndim == 4 and x.shape[1] == features:
            hint = ": the channels come last, np.transpose(x, (0, 2, 3, 1))"
        raise ValueError(f"{who}: expected input of shape {expected}, got {x.shape}{hint}")


def check_steps(x: Array, features: int, who: object) -> None:
    """Refuse an input that is not ``(N, T, features)``, with at least one step."""
    if x.ndim != 3 or x.shape[2] != features:
        hint = ""
        if x.ndim == 2 and x.shape[1] == features:
            hint = ": make one sequence a batch with np.expand_dims(x, 0)"
        elif x.ndim == 2 and features == 1:
            hint = ": make an array of each step's number with np.expand_dims(x, -1)"
        raise ValueError(f"{who}: expected input of shape (N, T, {features}), got {x.shape}{hint}")
    if x.shape[1] == 0:
        raise ValueError(f"{who}: expected sequences of at least one step, got shape {x.shape}")


def check_gradient(grad: Any, shape: tuple[int, ...], who: object) -> Array:
    """The upstream gradient as a floating array of the output's shape, for nothing is broadcast."""
    if grad is None:
        raise TypeError(f"{who}.backward: expected a gradient of shape {shape}, got None")
    if type(grad) is not np.ndarray:
        grad = as_array(grad, f"{who}.backward")
    if grad.shape != shape:
        raise ValueError(
            f"{who}.backward: expected a gradient of the output's shape {shape}, got {grad.shape}"
        )
    return grad if grad.dtype.kind == "f" else floating_array(grad, f"{who}.backward")


def check_tuple(x: Any, who: str, count: int | None = None) -> None:
    """Refuse what is not a tuple of ``count`` arrays (of some, for None)."""
    words = "a tuple of arrays" if count is None else f"a tuple of {count}"
    if not isinstance(x, tuple) or not x:
        hint = ": write (x_1, x_2), not [x_1, x_2]" * isinstance(x, list)
        raise TypeError(f"{who}: expected {words}, got {describe(x)}{hint}")
    if count is not None and len(x) != count:
        raise ValueError(f"{who}: expected {words}, one for each layer, got {describe(x)}")


def whole_number(value: object, name: str, who: object, *, least: int = 1) -> int:
    """``value`` as an int; it must be a whole number of at least ``least``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{who}: {name} must be a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"{who}: {name} must be at least {least}, got {value!r}")
    return int(value)


def divisor(value: object, name: str, who: object, of: str, *sizes: int) -> int:
    """``value`` as an int; it must be a whole number of at least 1 that divides the sizes."""
    number = whole_number(value, name, who)
    if any(size % number for size in sizes):
        given = " and ".join(map(str, sizes))
        raise ValueError(f"{who}: {name} must divide the {of}, got {number} for {given}")
    return number


def real_number(
    value: Any, name: str, who: object, *, least: float = 0.0, below: float = math.inf
) -> float:
    """``value`` as a Python float (a NumPy one would upcast float32), in ``[least, below)``."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{who}: {name} must be a real number, got {value!r}")
    number = float(value)
    if not least <= number < below:  # NaN fails every comparison
        raise ValueError(f"{who}: {name} must be in [{least:g}, {below:g}), got {value!r}")
    return number


def true_or_false(value: object, name: str, who: object) -> bool:
    """``value`` as a bool; anything else, such as a mask or the text "no", is refused."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{who}: {name} must be True or False, got {value!r}")
    return bool(value)


def generator(rng: object, who: object) -> "np.random.Generator":
    """The Generator itself, or a new one from a seed; from fresh entropy for None."""
    if rng is None or isinstance(rng, np.random.Generator):
        return np.random.default_rng(rng)
    if isinstance(rng, (bool, np.bool_)) or not isinstance(rng, numbers.Integral):
        raise TypeError(f"{who}: rng must be a seed (an int), a numpy Generator or None, got {rng!r}")
    if rng < 0:
        raise ValueError(f"{who}: rng as a seed must be at least 0, got {rng!r}")
    return np.random.default_rng(int(rng))
