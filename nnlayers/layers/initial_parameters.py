"""The parameters that layers begin with: a weight from an initializer, and a bias of zeros."""

from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from nnlayers.core.building import constant
from nnlayers.core.checks import Array, RandomSource, generator, true_or_false
from nnlayers.core.parameter import Parameter


def initial_weight(
    initializer: Callable[..., Array],
    shape: tuple[int, ...],
    rng: RandomSource,
    who: object,
    dtype: DTypeLike = np.float32,
) -> Parameter:
    """The parameter that an initializer draws for a layer.

    Raises
    ------
    TypeError, ValueError
        It is not a function, or what it draws has another shape.
    """
    if not callable(initializer):
        raise TypeError(
            f"{who}: initializer must be a function such as nn.he_normal, got {initializer!r}"
        )
    weight = initializer(shape, generator(rng, who), dtype)
    if np.shape(weight) != shape:
        raise ValueError(f"{who}: expected initial weights of shape {shape}, got {np.shape(weight)}")
    return Parameter(weight, dtype=dtype)


def initial_bias(
    size: int, bias: object, who: object, dtype: DTypeLike = np.float32
) -> Parameter | None:
    """Zeros, which do not decay, if ``bias`` is True; None if it is False."""
    if not true_or_false(bias, "bias", who):
        return None
    return Parameter(constant(0.0, size), decay=False, dtype=dtype)
