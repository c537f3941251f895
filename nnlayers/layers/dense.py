"""The fully connected layer."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from nnlayers.core.checks import (
    Array,
    RandomSource,
    as_array,
    check_features,
    check_gradient,
    real_array_like,
    whole_number,
)
from nnlayers.core.conversion import floating_dtype
from nnlayers.core.kernels import affine, product, sum_rows
from nnlayers.core.layer import Layer
from nnlayers.layers.initial_parameters import initial_bias, initial_weight
from nnlayers.layers.initializers import he_normal

__all__ = ["Dense"]


class Dense(Layer):
    """A fully connected layer: ``y = x @ weight + bias``.

    Parameters
    ----------
    in_features, out_features : int
        The sizes of the last axis of the input and of the output.
    bias : bool
        Whether there is a bias.
    initializer : function of (shape, rng, dtype)
        Draws the weights; biases begin at zero.
    rng : int, Generator or None
        The source of the weights.
    dtype : dtype
        Floating type of the parameters, to which the input is converted.

    Raises
    ------
    ValueError, TypeError
        A size is not a whole number of at least 1; later, an input with another number of features,
        or not of real numbers.

    Notes
    -----
    ``x`` has shape ``(N, ..., in_features)``, ``weight`` ``(in_features, out_features)``, ``bias``
    ``(out_features,)`` and ``y`` ``(N, ..., out_features)``. With ``g = dL/dy``, summed over all axes
    but the last: ``dL/dweight = x.T @ g``, ``dL/dbias = sum g``, ``dL/dx = g @ weight.T``.
    Weight decay applies to the weight, not to the bias.

    Examples
    --------
    >>> layer = nn.Dense(3, 2, rng=0)
    >>> layer.weight.value.shape, layer.bias.value.shape
    ((3, 2), (2,))
    >>> layer.predict(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        bias: bool = True,
        initializer: Callable[..., Array] = he_normal,
        rng: RandomSource = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.in_features = whole_number(in_features, "in_features", "Dense")
        self.out_features = whole_number(out_features, "out_features", "Dense")
        shape, dtype = (self.in_features, self.out_features), floating_dtype(dtype, "Dense")
        self.weight = initial_weight(initializer, shape, rng, "Dense", dtype)
        self.bias = initial_bias(self.out_features, bias, "Dense", dtype)
        self.input_shape = (self.in_features,)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the weight, which every pass asks for."""
        return self.weight.value.dtype

    def forward(self, x: Array) -> Array:
        x = self._checked(x)
        y = self._affine(x)
        self.save_for_backward(x)
        return y

    def predict(self, x: Array) -> Array:
        return self._affine(self._checked(x))

    def _checked(self, x: Array) -> Array:
        x = real_array_like(x, self.weight.value, self)
        check_features(x, self.in_features, self)
        return x

    def _affine(self, x: Array) -> Array:
        bias = None if self.bias is None else self.bias.value
        return affine(x, self.weight.value, bias)

    def own_multiplications(self, *input_shape: int) -> int:
        return math.prod(input_shape) * self.out_features

    def backward(self, grad: Array) -> Array:
        # Not self.backward_parameters: in a subclass that replaces backward, it calls backward.
        Dense.backward_parameters(self, grad)
        return product(as_array(grad), self.weight.value.T)

    def backward_parameters(self, grad: Array) -> None:
        x = self.saved()
        grad = check_gradient(grad, (*x.shape[:-1], self.out_features), self)
        if x.ndim > 2:
            x, grad = x.reshape(-1, self.in_features), grad.reshape(-1, self.out_features)
        self.weight.add_grad(product(x.T, grad))
        if self.bias is not None:
            self.bias.add_grad(sum_rows(grad))
