"""Inputs to try a network with, and the comparison of what two programs computed for them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in, as_shape, each, length, zeros
from nnlayers.core.tree import walk
from nnlayers.layers.embedding import Embedding
from nnlayers.layers.standardize import Standardize

TOLERANCE = 1e-4
EXAMPLES = (
    "input_shape=(28, 28, 1) for images, or input_shape=(20, 3) for 20 steps of 3 features",
    "input_shape=(20,) for 20 integers",
)


def sample_shape_of(model: Layer, input_shape: int | Sequence[Any] | None, who: str) -> tuple[Any, ...]:
    """The shape of one sample: the one that is given, or the one that the model knows.

    Raises
    ------
    ValueError
        There is none.
    """
    if input_shape is not None:
        return as_shape(input_shape, who)
    if model.input_shape is None:
        raise ValueError(
            f"{who}: the model does not know the shape of its input: give that of one sample, as in "
            f"{EXAMPLES[model.takes_integers is True]}"
        )
    return model.input_shape


def sample_inputs(model: Layer, shape: tuple[Any, ...], rows: int = 3) -> Any:
    """Rows of an input: normal numbers, integers that each Embedding knows, the same at every call.

    If there is a Standardize for features of this shape, the numbers have its mean and deviation.
    """
    rng = np.random.default_rng(0)
    parts = [part for _, part in [("", model), *walk(model)]]
    count = min((part.count for part in parts if isinstance(part, Embedding)), default=2)
    scale: Any = next((part for part in parts if isinstance(part, Standardize)), None)

    def draw(blank: Array) -> Array:
        size = (rows, *blank.shape[1:])
        if blank.dtype.kind not in "f":
            return rng.integers(0, count, size).astype(blank.dtype)
        x: Array = rng.standard_normal(size)
        if scale is not None and size[-1] == scale.features:
            x = x * scale.std.value + scale.mean.value
        return x.astype(blank.dtype)

    return each(draw, zeros(shape, model.takes_integers, model.dtype or np.dtype(np.float32)))


def predicted(model: Layer, rows: Any, who: str) -> Any:
    """What the model predicts for rows of `sample_inputs`.

    Raises
    ------
    ValueError
        The model does not take their shape.
    """
    try:
        with np.errstate(all="ignore"):
            return model.predict(rows)
    except ValueError as error:
        shape = each(lambda array: array.shape[1:], rows)
        text, got, end = str(error).partition(", got (")
        if not got:
            raise
        # Without advice on x, which the caller does not have.
        fault = f"{text}{got}{end.partition(')')[0]}) for {length(rows)} samples"
        raise ValueError(f"{who}: input_shape={shape} does not fit the model: {fault}") from error


def check_agreement(found: Any, expected: Any, who: str) -> None:
    """Refuse outputs of another program that differ from the model's by more than rounding.

    Raises
    ------
    ValueError
        Their count or a shape differs, or a number by more than 1e-4 of the largest of its array.
    """
    ones, others = list(arrays_in(found)), list(arrays_in(expected))
    if len(ones) != len(others):
        raise ValueError(f"{who}: there are {len(ones)} outputs, and {len(others)} by predict")
    for (name, one), (_, other) in zip(ones, others, strict=True):
        place = f"{who}: {name or 'the output'}"
        if one.shape != other.shape:
            raise ValueError(f"{place} has shape {one.shape}, and {other.shape} by predict")
        scale = float(np.abs(other[np.isfinite(other)]).max(initial=1e-30))
        close = np.isclose(one, other, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True)
        if not close.all():
            worst = float(np.abs(one[~close] - other[~close]).max())
            raise ValueError(f"{place} differs from that of predict by up to {worst:.3g}")
