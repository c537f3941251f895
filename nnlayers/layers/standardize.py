"""Features brought to a common scale."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from nnlayers.core.answers.attributes import other_words
from nnlayers.core.building import constant
from nnlayers.core.checks import Array, check_features, check_gradient, real_array_like, whole_number
from nnlayers.core.conversion import floating_dtype
from nnlayers.core.devices import beside, to_host
from nnlayers.core.frames import Columns, names_of
from nnlayers.core.layer import Layer
from nnlayers.core.state import State
from nnlayers.data.checks import STEPS, check_numbers, chunks
from nnlayers.data.streaming.stream import Stream

__all__ = ["Standardize"]

INVERSE = [
    *("inverse", "inverse_transform", "inverse_predict", "invert", "reverse", "undo", "unscale"),
    *("unstandardize", "destandardize", "unnormalize", "denormalize"),
]


@other_words(
    transform="use predict(x)",
    fit_transform="use fit(x), then predict(x)",
    partial_fit="use fit(x), of all data",
    **dict.fromkeys(INVERSE, "use y * std.value + mean.value"),
)
class Standardize(Layer):
    """Features of mean 0 and standard deviation 1: ``y = (x - mean) / std``, feature by feature.

    Until `fit` has seen the training data, the mean is 0 and the deviation 1: the layer changes
    nothing, and a forgotten `fit` raises no error. As the first layer of a network it goes into the
    network's file, so that new data are scaled like those it was trained on.

    Parameters
    ----------
    features : int
        The size of the last axis.
    dtype : dtype
        Floating type of ``mean`` and ``std``, to which the input is converted.

    Raises
    ------
    ValueError, TypeError
        ``features`` is not a whole number of at least 1, or ``dtype`` is not a floating one; later, an
        input of another number of features, or not of real numbers.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, ..., features)``; ``mean`` and ``std`` are a `State` each, of
    shape ``(features,)``. ``dL/dx = dL/dy / std``: both are constants, which no training changes.

    Examples
    --------
    >>> x = np.array([[1.0, 100.0], [3.0, 300.0]])
    >>> layer = nn.Standardize(2).fit(x)
    >>> layer.mean.value, layer.std.value
    (array([  2., 200.], dtype=float32), array([  1., 100.], dtype=float32))
    >>> layer.predict(np.array([[2.0, 400.0]]))
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, features: int, *, dtype: DTypeLike = np.float32) -> None:
        self.features = whole_number(features, "features", "Standardize")
        dtype = floating_dtype(dtype, "Standardize")
        self.mean = State(constant(0.0, self.features), dtype=dtype)
        self.std = State(constant(1.0, self.features), dtype=dtype)
        self.input_shape = (self.features,)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype to which the input is converted."""
        return self.mean.value.dtype

    def fit(self, x: ArrayLike | Stream) -> Self:
        """Take mean and standard deviation from data, and return the layer itself.

        Parameters
        ----------
        x : array_like of shape (N, features)
            At least two rows of finite real numbers: those of the training data, not of the test
            data. A ``numpy.memmap`` is read in chunks, a `stream` in batches. The names of a table's
            columns are kept, in ``column_names``. Sums are in float64; the deviation is
            ``sqrt(mean((x - mean)²))``, and 1 for a feature that has the same value in all rows.

        Returns
        -------
        Standardize
            The layer itself.

        Raises
        ------
        ValueError, TypeError
            The data are something else, or a feature's deviation is less than 128 steps of the layer's
            dtype at its mean, as that of Unix times within one hour is in float32. Nothing was changed.
        """
        if isinstance(x, Stream):
            columns, shape, parts = x.column_names, x.shape_of_inputs, x.inputs
        else:
            columns = names_of(x)
            array = check_numbers(to_host(x), "x", f"{self!r}.fit")
            shape, parts = array.shape, lambda: (chunk for _, chunk in chunks(array))
        if shape[1:] != (self.features,) or shape[0] < 2:
            column = len(shape) == 1 == self.features
            hint = ": make a column of samples with np.expand_dims(x, -1)" if column else ""
            raise ValueError(
                f"{self!r}.fit: expected x of shape (N, {self.features}) with N of at least 2, "
                f"got {shape}{hint}"
            )
        first = next(iter(parts()))[0]
        square, constant = np.zeros(self.features), np.ones(self.features, bool)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = sum(part.astype(np.float64).sum(axis=0) for part in parts()) / shape[0]
            for part in parts():
                square += ((part - mean) ** 2).sum(axis=0)
                constant &= (part == first).all(axis=0)
            mean[constant] = first[constant]
            std = np.where(constant, 1.0, np.sqrt(square / shape[0]))
            self._check(mean, std, constant, columns)
        self.mean.value[...] = beside(mean, self.mean.value)
        self.std.value[...] = beside(std, self.std.value)
        self.column_names = columns
        return self

    def _check(self, mean: Array, std: Array, constant: Array, columns: Columns) -> None:
        """Refuse what would be lost in the layer's dtype, the features with their names or numbers."""
        dtype = self.mean.value.dtype
        # Rounding an input, and the mean, then moves the output by at most 1 / STEPS.
        spread = constant | (std > STEPS * np.finfo(dtype).eps * np.abs(mean))
        large = ~np.isfinite(mean.astype(dtype)) | ~np.isfinite(std.astype(dtype))
        small = std.astype(dtype) == 0
        for bad, fault in (
            (large, f"it is too large for {dtype}: scale x first"),
            (~spread, f"{dtype} would round it: subtract an offset first, as in x - x.min(axis=0)"),
            (small, f"it is too small for {dtype}: scale x first"),
        ):
            if bad.any():
                index = int(bad.argmax())
                feature = repr(columns[index]) if columns else f"{index} (counted from 0)"
                raise ValueError(
                    f"{self!r}.fit: feature {feature} has mean {mean[index]:.6g} and "
                    f"deviation {std[index]:.6g}; {fault}"
                )

    def forward(self, x: Array) -> Array:
        y = self.predict(x)
        self.save_for_backward(y.shape)
        return y

    def predict(self, x: Array) -> Array:
        x = real_array_like(x, self.mean.value, self)
        check_features(x, self.features, self)
        return (x - self.mean.value) / self.std.value

    def for_inference(self) -> Self:
        return self

    def backward(self, grad: Array) -> Array:
        return check_gradient(grad, self.saved(), self) / self.std.value
