"""Arrays and tuples of arrays: what goes into a layer, and what comes out of it."""

import numbers
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnlayers.core.checks import as_array, describe, is_tuple_of_arrays, real_array, whole_number
from nnlayers.core.devices import on_device


def each(function: Callable[..., Any], x: Any, *others: Any) -> Any:
    """Apply a function to an array, or to every array of a (nested) tuple, beside those of others."""
    if not isinstance(x, tuple):
        return function(x, *others)
    return tuple(each(function, *items) for items in zip(x, *others, strict=True))


def as_arrays(x: Any, who: object = "") -> Any:
    """``x`` as an array, or as a (nested) tuple of arrays if it is a tuple that holds one."""
    return tuple(as_arrays(item, who) for item in x) if is_tuple_of_arrays(x) else as_array(x, who)


def arrays_in(x: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The array itself, or those of a (nested) tuple, with their names: ``x[0]``, ``x[1][0]``."""
    if isinstance(x, tuple):
        for index, item in enumerate(x):
            yield from arrays_in(item, f"{name}[{index}]")
    else:
        yield name, x


def convert_floating(x: Any, dtype: np.dtype[Any] | None, who: str) -> Any:
    """The arrays, the floating ones in this dtype (if there is one), integers and masks as they are."""
    if is_tuple_of_arrays(x):
        return tuple(convert_floating(item, dtype, who) for item in x)
    x = as_array(x, who)
    return real_array(x, dtype, who) if dtype is not None and x.dtype.kind == "f" else x


def sample_shape(x: Any) -> Any:
    """The shape of one sample: of an array without its first axis; a tuple of these for a tuple."""
    return each(lambda array: np.shape(array)[1:], x)


def as_shape(shape: Any, who: object) -> tuple[Any, ...]:
    """The shape of one sample as a tuple of sizes, or as a tuple of shapes.

    Beside a shape that is a tuple, a number is a shape, too: ``((2, 3), 4)`` is ``((2, 3), (4,))``.

    Raises
    ------
    TypeError, ValueError
        It is something else.
    """
    if isinstance(shape, numbers.Integral):
        shape = (shape,)
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"{who}: expected a shape such as (28, 28, 1), got {shape!r}")
    several = any(isinstance(item, (tuple, list)) for item in shape)
    return tuple(
        as_shape(item, who) if several else whole_number(item, f"a size in {shape}", who, least=0)
        for item in shape
    )


def zeros(
    shape: tuple[Any, ...],
    integers: bool | tuple[Any, ...],
    dtype: np.dtype[Any] | None,
    samples: int = 1,
) -> Any:
    """Some samples of zeros, for inputs of a shape, or of a tuple of shapes."""
    if any(isinstance(item, tuple) for item in shape):
        kinds = integers if isinstance(integers, tuple) else (integers,) * len(shape)
        if len(kinds) != len(shape):
            raise ValueError(f"expected {len(kinds)} shapes, one for each input, got {shape}")
        pairs = zip(shape, kinds, strict=True)
        return tuple(zeros(item, kind, dtype, samples) for item, kind in pairs)
    return np.zeros((samples, *shape), np.intp if integers else dtype)


def own_arrays(y: Any, x: Any) -> Any:
    """The output ``y`` for ``x``; arrays that share memory with ``x``, or one another, are copied.

    In a tuple, integers and masks are passed on as they are.
    """
    if type(y) is type(x) is np.ndarray and y.base is None and y is not x:  # nearly always
        return y
    taken = [array for _, array in arrays_in(x) if _is_array(array)]

    def own(array: Any) -> Any:
        if not _is_array(array) or (isinstance(y, tuple) and array.dtype.kind != "f"):
            return array
        there = on_device(array)
        if any(on_device(other) == there and np.may_share_memory(array, other) for other in taken):
            array = array.copy()
        taken.append(array)
        return array

    return each(own, y)


def _is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray) or on_device(x)


def length(x: Any) -> int:
    """How many samples there are in an array, or in the first array of a tuple."""
    return len(x if type(x) is np.ndarray else next(array for _, array in arrays_in(x)))


def add(one: Any, other: Any) -> Any:
    """The sum of two gradients of one structure; None (of integers, of masks) adds nothing."""
    if one is None or other is None:
        return other if one is None else one
    tuples = isinstance(one, tuple) and isinstance(other, tuple)
    if tuples and len(one) == len(other):
        return tuple(map(add, one, other))
    if tuples or isinstance(one, tuple | list) or np.shape(one) != np.shape(other):
        raise ValueError(
            f"expected two gradients of one input, of one shape, got {describe(one)} and "
            f"{describe(other)} (nothing is broadcast)"
        )
    return one + other
