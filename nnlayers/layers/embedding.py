"""Sequences of integers: their vectors, scores for each of them, and positions."""

import functools
import math

import numpy as np

from nnlayers.core.building import blank, is_building
from nnlayers.core.checks import (
    Array,
    RandomSource,
    as_array,
    check_features,
    check_gradient,
    floating_array,
    generator,
    real_array_like,
    whole_number,
)
from nnlayers.core.conversion import check_not_text, way_out, where
from nnlayers.core.devices import beside, check_same_device, nan_unless, on_device
from nnlayers.core.kernels import affine, product, sum_rows
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.core.sums import sum_by_index
from nnlayers.layers.initial_parameters import initial_bias

__all__ = ["Embedding", "PositionalEncoding", "TiedDense"]


def _way_to_indices(x: Array, count: int) -> str:
    """The way out for an array that is not of integers."""
    may_be_one_hot = x.dtype.kind in "fb" and x.shape[1:][-1:] == (count,)
    if may_be_one_hot and (np.count_nonzero(x, axis=-1) == 1).all():
        return ": for one-hot rows, take np.argmax(x, axis=-1)"
    return way_out(x, integers=True)


class Embedding(Layer):
    """A learned vector for each integer: ``y = weight[x]``.

    Parameters
    ----------
    count : int
        The number of different integers: they are ``0 ... count - 1``.
    features : int
        The size of the vectors.
    rng : int, Generator or None
        The source of the weights, which are standard normal at first.

    Raises
    ------
    ValueError, TypeError
        A size is not a whole number of at least 1; later, an input that is not integers, or has one
        that is negative or too large.

    Notes
    -----
    ``x`` has shape ``(N, ...)``, ``weight`` ``(count, features)`` and ``y`` ``(N, ..., features)``.
    ``dL/dweight[i]`` is the sum of ``dL/dy`` over all places where ``x`` is ``i``; ``x`` has no
    gradient, so ``backward`` returns None.

    A category of a table is an integer, too: ``Parallel(Embedding(7, 3), Identity())`` and then
    `Concatenate` put its vector beside numbers. `TiedDense` uses the same weight for the output.

    Examples
    --------
    >>> layer = nn.Embedding(5, 3, rng=0)
    >>> layer.predict(np.array([[0, 4], [4, 4]])).shape
    (2, 2, 3)
    >>> layer.predict(np.array([5]))
    Traceback (most recent call last):
    ValueError: Embedding(5, 3): expected integers in 0 ... 4, got 5 at row 0 (counted from 0)
    """

    takes_integers = True

    def __init__(self, count: int, features: int, *, rng: RandomSource = None) -> None:
        self.count = whole_number(count, "count", "Embedding")
        self.features = whole_number(features, "features", "Embedding")
        rng, shape = generator(rng, "Embedding"), (self.count, self.features)
        self.weight = Parameter(blank(shape, float) if is_building() else rng.standard_normal(shape))

    def forward(self, x: Array) -> Array:
        x = self._indices(x)
        self.save_for_backward(x)
        return self._vectors(x)

    def predict(self, x: Array) -> Array:
        return self._vectors(self._indices(x))

    def _vectors(self, x: Array) -> Array:
        y = self.weight.value.take(x, axis=0)
        if not on_device(x):
            return y
        return nan_unless(((x >= 0) & (x < self.count))[..., np.newaxis], y)

    def own_multiplications(self, *input_shape: int) -> int:
        return 0

    def _indices(self, x: Array) -> Array:
        x = as_array(x, self)
        expected = f"{self!r}: expected integers in 0 ... {self.count - 1}"
        if x.dtype.kind not in "iu":
            check_not_text(x, self)
            raise TypeError(f"{expected}, got {x.dtype}{_way_to_indices(x, self.count)}")
        if x.ndim == 0:
            raise ValueError(f"{expected}, of shape (N, ...), got {x}: make a batch with [x]")
        check_same_device(x, self.weight.value, self, "the input", "the model")
        if x.size and not on_device(x) and (x.min() < 0 or x.max() >= self.count):
            wrong = (x < 0) | (x >= self.count)
            place = np.unravel_index(int(wrong.argmax()), x.shape)
            raise ValueError(f"{expected}, got {x[place]} {where(place)}")
        return x.astype(np.intp, copy=False)

    def backward(self, grad: Array) -> None:
        x = self.saved()
        grad = check_gradient(grad, (*x.shape, self.features), self)
        rows = grad.reshape(-1, self.features)
        self.weight.add_grad(sum_by_index(rows, x.ravel(), self.count))


class TiedDense(Layer):
    """A Dense layer that shares the weight of an Embedding: ``y = x @ embedding.weight.T + bias``.

    At the end of a language model, it scores each word with the vector that embeds it: the model has
    one matrix instead of two, and often learns better.

    Parameters
    ----------
    embedding : Embedding
        The layer at the beginning of the same network.
    bias : bool
        Whether there is a bias, which begins at zero.

    Raises
    ------
    TypeError, ValueError
        ``embedding`` is not an Embedding; later, an input with another number of features.

    Notes
    -----
    ``x`` has shape ``(N, ..., features)`` and ``y`` ``(N, ..., count)``. With ``g = dL/dy``, summed
    over all axes but the last: ``dL/dweight = g.T @ x``, ``dL/dbias = sum g``, ``dL/dx = g @ weight``.
    The gradient of the weight is the sum of those from both layers. Copies, pickles and files of the
    network have one weight; the ``repr`` does not show that it is shared.

    The weight begins with variance 1. If ``x`` has variance 1 as well, after a LayerNorm say, begin
    with a gain of ``1 / sqrt(features)`` there, or scores are large at first.

    Source: Press, Wolf, "Using the Output Embedding to Improve Language Models", EACL 2017.

    Examples
    --------
    >>> embedding = nn.Embedding(65, 16)
    >>> model = nn.Sequential(embedding, nn.LSTM(16, 16), nn.TiedDense(embedding))
    >>> model.predict(np.array([[3, 1, 4, 1, 5]])).shape
    (1, 5, 65)
    >>> [path for path, parameter in model.named_parameters()][::4]
    ['layers.0.weight', 'layers.2.bias']
    """

    def __init__(self, embedding: Embedding, *, bias: bool = True) -> None:
        given: object = embedding
        if not isinstance(given, Embedding):
            raise TypeError(f"TiedDense: expected an Embedding, got {given!r}")
        self.embedding = embedding
        self.bias = initial_bias(embedding.count, bias, "TiedDense")
        self.input_shape = (embedding.features,)

    def forward(self, x: Array) -> Array:
        x, y = self._scores(x)
        self.save_for_backward(x)
        return y

    def predict(self, x: Array) -> Array:
        return self._scores(x)[1]

    def own_multiplications(self, *input_shape: int) -> int:
        return math.prod(input_shape) * self.embedding.count

    def _scores(self, x: Array) -> tuple[Array, Array]:
        """The input in the weight's dtype, and the output."""
        weight = self.embedding.weight.value
        x = real_array_like(x, weight, self)
        check_features(x, self.embedding.features, self)
        bias = None if self.bias is None else self.bias.value
        return x, affine(x, weight.T, bias)

    def backward(self, grad: Array) -> Array:
        x, weight = self.saved(), self.embedding.weight
        grad = check_gradient(grad, (*x.shape[:-1], self.embedding.count), self)
        x_rows, rows = x.reshape(-1, x.shape[-1]), grad.reshape(-1, self.embedding.count)
        weight.add_grad(product(rows.T, x_rows))
        if self.bias is not None:
            self.bias.add_grad(sum_rows(rows))
        return product(grad, weight.value)


class PositionalEncoding(Layer):
    """Sines and cosines of the position, added to a sequence: ``y = x + p``.

    ``p[t, 2i] = sin(t / 10000^(2i / features))`` and ``p[t, 2i + 1]`` is the cosine of the same: waves
    with periods from 2π to nearly 10,000 * 2π steps. Attention then knows the order of the steps.

    Raises
    ------
    ValueError, TypeError
        Later, an input that is not ``(N, ..., T, features)``, or not of real numbers.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, ..., T, features)``, of any length; the steps count from 0.
    ``dL/dx = dL/dy``. Learned positions are a second `Embedding`:
    ``Parallel(Embedding(65, 16), Embedding(128, 16))`` and then `Add`, on the tuple
    ``(x, np.broadcast_to(np.arange(T), x.shape))``, for sequences of up to 128 steps.

    Source: Vaswani et al., "Attention Is All You Need", NeurIPS 2017, section 3.5.

    Examples
    --------
    >>> nn.PositionalEncoding().predict(np.zeros((1, 2, 4))).round(3)
    array([[[0.   , 1.   , 0.   , 1.   ],
            [0.841, 0.54 , 0.01 , 1.   ]]])
    """

    def forward(self, x: Array) -> Array:
        y = self.predict(x)
        self.save_for_backward(y.shape)
        return y

    def predict(self, x: Array) -> Array:
        x = floating_array(x, self)
        if x.ndim < 3:
            raise ValueError(f"{self!r}: expected input of shape (N, ..., T, features), got {x.shape}")
        return x + beside(_waves(*x.shape[-2:]).astype(x.dtype), x)

    def backward(self, grad: Array) -> Array:
        return check_gradient(grad, self.saved(), self)


@functools.lru_cache(maxsize=8)
def _waves(steps: int, features: int) -> Array:
    """The sines and cosines, ``(steps, features)``, in float64."""
    rates = 10_000.0 ** (-2 * (np.arange(features) // 2) / features)
    angles = np.arange(steps)[:, np.newaxis] * rates
    waves = np.where(np.arange(features) % 2, np.cos(angles), np.sin(angles))
    waves.flags.writeable = False
    return waves
