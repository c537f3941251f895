"""Normalization of channels: over the batch, or in groups within each sample."""

import math
from typing import Any, Self

import numpy as np

from nnlayers.core.answers.attributes import other_words
from nnlayers.core.building import constant
from nnlayers.core.checks import Array, check_gradient, divisor, real_number, whole_number
from nnlayers.core.devices import on_device
from nnlayers.core.layer import Layer
from nnlayers.core.normalization import normalize_groups, normalize_groups_backward
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.core.sums import at_least_float32, column_dots, column_sums
from nnlayers.layers.normalization import as_rows, checked_epsilon, words_for_gain

__all__ = ["BatchNorm", "GroupNorm"]


def _move_statistics(norm: "BatchNorm", mean: Array, variance: Array, count: int) -> None:
    """Move the running statistics towards those of a number of values; frozen ones stay."""
    old, new = norm.momentum, 1 - norm.momentum
    if count and (on_device(variance) or math.isfinite(variance.max())):
        moved = old * norm.mean.value + new * mean
        norm.mean.value = _where_finite(variance, moved, norm.mean.value)
        if count > 1:
            moved = old * norm.variance.value + new * count / (count - 1) * variance
            norm.variance.value = _where_finite(variance, moved, norm.variance.value)


def _where_finite(variance: Array, moved: Array, before: Array) -> Array:
    """The moved statistics; on a GPU, those before where the variance of the batch is not finite."""
    return np.where(np.isfinite(variance.max()), moved, before) if on_device(variance) else moved


def _by_running_statistics(norm: "BatchNorm | FixedBatchNorm", x: Any) -> tuple[Array, Array, Array]:
    """The output, the normalized input as rows, and what it was multiplied by."""
    x, rows = as_rows(x, norm)
    scale = 1 / np.sqrt(at_least_float32(norm.variance.value) + norm.epsilon)
    z = rows - norm.mean.value
    z *= scale
    y = z * norm.gain.value
    y += norm.offset.value
    return y.astype(x.dtype, copy=False).reshape(x.shape), z, scale


@words_for_gain
@other_words(
    running_mean="use mean",
    running_var="use variance",
    moving_mean="use mean",
    moving_variance="use variance",
)
class BatchNorm(Layer):
    """Features of mean 0 and variance 1 over the batch: ``y = gain * z + offset``.

    ``z = (x - mean) / s``, with ``s = sqrt(variance + epsilon)``. ``forward`` takes the mean and the
    variance of the batch and moves the running statistics towards them, which ``predict`` uses.

    Parameters
    ----------
    features : int
        The size of the last axis: the channels of images.
    momentum : float
        The share of the old value in a running statistic, in [0, 1); in PyTorch that of the new one.
    epsilon : float
        Added to the variance, at least 1e-18. A feature that is constant gives ``offset``, and the
        rounding of its mean divided by ``sqrt(epsilon)``: centre large ones first.

    Raises
    ------
    ValueError, TypeError
        A number out of its range; later, an input that is not of real numbers, or does not fit.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, ..., features)``, the others ``(features,)``: ``gain`` and
    ``offset``, which do not decay, and the running ``mean`` and ``variance``, a `State` each. With
    ``g = dL/dy``, and sums and means over all axes but the last: ``dL/dgain = sum g z``,
    ``dL/doffset = sum g``, ``dL/dx = gain / s * (g - mean(g) - z * mean(g z))``.

    The running variance divides by the number of values less one, as in PyTorch. A single row moves
    only the running mean; an empty batch, or one that is not finite, nothing. ``trainable = False``
    stops both, but ``forward`` still uses the batch's; ``for_inference()`` has them as constants.

    Source: Ioffe, Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
    Internal Covariate Shift", ICML 2015.

    Examples
    --------
    >>> nn.BatchNorm(2).forward(np.array([[1.0, 30.0], [3.0, 10.0]])).round(3)
    array([[-1.,  1.],
           [ 1., -1.]], dtype=float32)
    """

    def __init__(self, features: int, *, momentum: float = 0.9, epsilon: float = 1e-5) -> None:
        self.features = whole_number(features, "features", "BatchNorm")
        self.momentum = real_number(momentum, "momentum", "BatchNorm", below=1.0)
        self.epsilon = checked_epsilon(epsilon, "BatchNorm")
        self.gain = Parameter(constant(1.0, self.features), decay=False)
        self.offset = Parameter(constant(0.0, self.features), decay=False)
        self.mean = State(constant(0.0, self.features))
        self.variance = State(constant(1.0, self.features))

    def forward(self, x: Array) -> Array:
        x, rows = as_rows(x, self)
        gain, offset = self.gain.value, self.offset.value
        y, centred, scale, mean, variance = normalize_groups(
            rows, gain, offset, self.features, self.epsilon
        )
        _move_statistics(self, mean, variance, len(rows))
        self.save_for_backward(centred, scale, x.shape)
        return y.astype(x.dtype, copy=False).reshape(x.shape)

    def predict(self, x: Array) -> Array:
        return _by_running_statistics(self, x)[0]

    def for_inference(self) -> "FixedBatchNorm":
        return FixedBatchNorm(self)

    def backward(self, grad: Array) -> Array:
        centred, scale, shape = self.saved()
        rows = at_least_float32(check_gradient(grad, shape, self)).reshape(centred.shape)
        gain = self.gain.value
        grad_x, for_gain, for_offset = normalize_groups_backward(rows, centred, scale, gain)
        self.gain.add_grad(for_gain)
        self.offset.add_grad(for_offset)
        return grad_x.astype(gain.dtype, copy=False).reshape(shape)


class FixedBatchNorm(Layer):
    """What `BatchNorm.for_inference` returns: the same, with the running statistics as constants.

    It shares its parameters and statistics with the original.
    """

    def __init__(self, norm: BatchNorm) -> None:
        self.features, self.epsilon, self._call = norm.features, norm.epsilon, repr(norm)
        self.gain, self.offset = norm.gain, norm.offset
        self.mean, self.variance = norm.mean, norm.variance

    def forward(self, x: Array) -> Array:
        y, z, scale = _by_running_statistics(self, x)
        self.save_for_backward(z, scale, y.shape)
        return y

    def predict(self, x: Array) -> Array:
        return _by_running_statistics(self, x)[0]

    def for_inference(self) -> Self:
        return self

    def backward(self, grad: Array) -> Array:
        z, scale, shape = self.saved()
        rows = at_least_float32(check_gradient(grad, shape, self)).reshape(z.shape)
        self.gain.add_grad(column_dots(rows, z))
        self.offset.add_grad(column_sums(rows))
        grad_x = rows * (scale * self.gain.value)
        return grad_x.astype(self.gain.value.dtype, copy=False).reshape(shape)

    def __repr__(self) -> str:
        return f"{self._call}.for_inference()"


@words_for_gain
class GroupNorm(Layer):
    """Groups of channels normalized in each sample: ``y = gain * z + offset``.

    ``z = (x - mean) / s``, with ``s = sqrt(variance + epsilon)``; mean and variance are those of all
    positions of a sample and the channels of a group. ``GroupNorm(features, features)``, a group for
    each channel, is known as instance normalization.

    Parameters
    ----------
    groups : int
        The number of groups of neighbouring channels, which divides ``features``.
    features : int
        The size of the last axis: the channels of images.
    epsilon : float
        Added to the variance, at least 1e-18; a group that is constant gives ``offset``, as in
        `BatchNorm`.

    Raises
    ------
    ValueError, TypeError
        A number out of its range, or groups that do not divide the features; later, an input that is
        not of real numbers, or does not fit.

    Notes
    -----
    ``x`` and ``y`` have shape ``(N, ..., features)``, ``gain`` and ``offset`` ``(features,)``; they
    do not decay. With ``g = dL/dy`` and ``h = gain * g``: ``dL/dgain = sum g z`` and
    ``dL/doffset = sum g`` over samples and positions, ``dL/dx = (h - mean(h) - z * mean(h z)) / s``
    with means over a group.

    Source: Wu, He, "Group Normalization", ECCV 2018.

    Examples
    --------
    >>> nn.GroupNorm(2, 4).forward(np.array([[1.0, 3.0, 10.0, 30.0]])).round(3)
    array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(self, groups: int, features: int, *, epsilon: float = 1e-5) -> None:
        self.features = whole_number(features, "features", "GroupNorm")
        self.groups = divisor(groups, "groups", "GroupNorm", "features", self.features)
        self.epsilon = checked_epsilon(epsilon, "GroupNorm")
        self.gain = Parameter(constant(1.0, self.features), decay=False)
        self.offset = Parameter(constant(0.0, self.features), decay=False)

    def forward(self, x: Array) -> Array:
        x, rows = as_rows(x, self)
        rows = rows.reshape(len(x), math.prod(x.shape[1:-1]), self.features)
        gain, offset = self.gain.value, self.offset.value
        y, centred, scale, *_ = normalize_groups(rows, gain, offset, self.groups, self.epsilon)
        self.save_for_backward(centred, scale, x.shape)
        return y.astype(x.dtype, copy=False).reshape(x.shape)

    def backward(self, grad: Array) -> Array:
        centred, scale, shape = self.saved()
        rows = at_least_float32(check_gradient(grad, shape, self)).reshape(centred.shape)
        gain = self.gain.value
        grad_x, for_gain, for_offset = normalize_groups_backward(rows, centred, scale, gain)
        self.gain.add_grad(for_gain)
        self.offset.add_grad(for_offset)
        return grad_x.astype(gain.dtype, copy=False).reshape(shape)
