"""The example with which a network is written: rows of an input, and which sizes are free."""

from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in, as_arrays, each
from nnlayers.io.samples import predicted, sample_inputs, sample_shape_of

SIZES = 32, 16
"""What free sizes are tried with: multiples of the first one, plus multiples of the second."""


class Example(NamedTuple):
    """Three rows, and one row in which each free size is half as large; the outputs for them."""

    rows: Any
    row: Any
    y: Any
    y_of_row: Any
    free: list[dict[int, str]]
    """For each array of the input its free axes, with their names."""


def example_for(model: Layer, input_shape: Any, example: Any) -> Example:
    """An example, of numbers that are drawn if none is given.

    Raises
    ------
    TypeError, ValueError
        The shape is not known, or `predict` refuses it.
    """
    shape, shapes, free = _free_sizes(input_shape)
    if example is None:
        x = sample_inputs(model, sample_shape_of(model, shape, "to_onnx"))
    else:
        x = each(lambda array: np.resize(array, (3, *array.shape[1:])), as_arrays(example, "to_onnx"))
        _check_sizes(x, shapes, free)
    x = each(_int64, model.convert_input(x))
    free = free or [{} for _ in arrays_in(x)]
    names = iter(free)
    row = each(lambda array: _half(array, next(names)), x)
    predict = model.predict if example is not None else lambda rows: predicted(model, rows, "to_onnx")
    try:
        y, y_of_row = (as_arrays(predict(rows)) for rows in (x, row))
        return Example(x, row, y, y_of_row, free)
    except Exception as error:
        if example is None:
            error.add_note("to_onnx tried numbers that it drew: example=x tries rows of a real input")
        raise


def _free_sizes(shape: Any) -> tuple[Any, list[Any], list[dict[int, str]]]:
    """The shape with numbers for all sizes; that of each array, and its axes whose size may be any."""
    shapes: list[Any] = []
    free: list[dict[int, str]] = []
    sizes: dict[str, int] = {}

    def fixed(shape: Any) -> Any:
        if not isinstance(shape, (tuple, list)):
            return shape
        if any(isinstance(item, (tuple, list)) for item in shape):
            return tuple(map(fixed, shape))
        numbered = [*enumerate(shape, 1)]
        names = {
            at: size or f"size_{at}" for at, size in numbered if size is None or isinstance(size, str)
        }
        for name in names.values():
            sizes.setdefault(name, SIZES[0] + SIZES[1] * len(sizes))
        free.append(names)
        shapes.append(tuple(sizes[names[at]] if at in names else size for at, size in numbered))
        return shapes[-1]

    return fixed(shape), shapes, free


def _check_sizes(x: Any, shapes: list[Any], free: list[dict[int, str]]) -> None:
    """Refuse an example that does not have the shapes that are given.

    Raises
    ------
    ValueError
        It has others.
    """
    arrays = [array for _, array in arrays_in(x)]
    if shapes and len(arrays) != len(shapes):
        raise ValueError(f"to_onnx: expected an example of {len(shapes)} arrays, got {len(arrays)}")
    for array, sizes, names in zip(arrays, shapes, free, strict=False):
        fits = len(sizes) == array.ndim - 1 and all(
            at in names or size == array.shape[at] for at, size in enumerate(sizes, 1)
        )
        if not fits:
            raise ValueError(
                f"to_onnx: the example has samples of shape {array.shape[1:]}, not {sizes}"
            )


def _int64(array: Array) -> Array:
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def _half(array: Array, names: dict[int, str]) -> Array:
    """The first row, with half of what may have any size."""
    ends = (-(-size // 2) if at in names else size for at, size in enumerate(array.shape))
    return array[:1, *[slice(end) for end in [*ends][1:]]]
