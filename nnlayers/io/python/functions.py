"""Functions whose text goes into files of `to_numpy`: they need nothing but NumPy.

They are the formulas of the layers, written to be read; shapes are those of the layers' pages.
"""

from typing import Any

import numpy as np

Array = Any


def numbers(x: Array, dtype: Array, axes: int, size: int) -> Array:
    """An input as floating numbers, with this many axes, the last one of this size."""
    x = np.asarray(x)
    if x.ndim != axes:
        raise ValueError(f"expected input with {axes} axes, samples first, got shape {x.shape}")
    x = x.astype(dtype, casting="same_kind", copy=False)
    return features(x, size) if axes > 1 else x


def lookup(weight: Array, x: Array) -> Array:
    """The rows of the weight for integers, which must be in range."""
    if x.dtype.kind not in "iu" or (x.size and (x.min() < 0 or x.max() >= len(weight))):
        raise ValueError(f"expected integers in 0 ... {len(weight) - 1}")
    return weight[x]


def features(x: Array, *sizes: int) -> Array:
    """The array itself, whose last axes must have these sizes: nothing is broadcast."""
    if x.shape[max(x.ndim - len(sizes), 0) :] != sizes:
        raise ValueError(f"expected an array whose last axes are {sizes}, got shape {x.shape}")
    return x


def add(x: Array, *others: Array) -> Array:
    """The sum of arrays of the same shape: nothing is broadcast."""
    for other in others:
        if other.shape != x.shape:
            raise ValueError(f"expected arrays of one shape, got {x.shape} and {other.shape}")
        x = x + other
    return x


def reshape(x: Array, *shape: int) -> Array:
    """Samples in another shape, in which one size may be -1."""
    free = int(np.prod(x.shape[1:])) // abs(int(np.prod(shape)))
    return x.reshape(len(x), *[free if size == -1 else size for size in shape])


def softmax(x: Array) -> Array:
    """Probabilities from logits, along the last axis."""
    y = np.exp(x - x.max(axis=-1, keepdims=True))
    return y / y.sum(axis=-1, keepdims=True)


def normal(x: Array, coefficients: Array) -> Array:
    """The distribution function of the standard normal, by a polynomial for the smaller tail."""
    tail = np.polyval(coefficients, 1 / (np.abs(x) + 3)) * np.exp(-np.square(x) / 2)
    return np.where(x >= 0, 1 - tail, tail)


def layer_norm(x: Array, gain: Array, offset: Array, epsilon: float) -> Array:
    """Normalized over the axes of the gain."""
    axes = tuple(range(-gain.ndim, 0))
    x = features(x, *gain.shape)
    x = x - x.mean(axis=axes, keepdims=True)
    return x / np.sqrt(np.square(x).mean(axis=axes, keepdims=True) + epsilon) * gain + offset


def rms_norm(x: Array, gain: Array, epsilon: float) -> Array:
    """Divided by the root mean square over the axes of the gain."""
    axes = tuple(range(-gain.ndim, 0))
    square = np.square(features(x, *gain.shape)).mean(axis=axes, keepdims=True)
    return x / np.sqrt(square + epsilon) * gain


def group_norm(x: Array, groups: int, gain: Array, offset: Array, epsilon: float) -> Array:
    """Each group of channels of a sample normalized over all positions."""
    shape = features(x, len(gain)).shape
    x = x.reshape(len(x), int(np.prod(shape[1:-1])), groups, shape[-1] // groups)
    x = x - x.mean(axis=(1, 3), keepdims=True)
    x = x / np.sqrt(np.square(x).mean(axis=(1, 3), keepdims=True) + epsilon)
    return x.reshape(shape) * gain + offset


def windows(
    x: Array, kernel: Array, stride: Array, dilation: Array, padding: Array, value: float = 0
) -> Array:
    """What the taps of each window see, ``(N, *steps, C, *kernel)``."""
    pads = []
    for size, taps, step, gap, pad in zip(
        x.shape[1:-1], kernel, stride, dilation, padding, strict=True
    ):
        if pad == "same":
            total = max((size - 1) // step * step + gap * (taps - 1) + 1 - size, 0)
            pad = (total // 2, total - total // 2)
        pads.append((0, 0) if pad == "valid" else pad)
    x = np.pad(x, [(0, 0), *pads, (0, 0)], constant_values=value)
    axes = tuple(range(1, x.ndim - 1))
    extents = [gap * (taps - 1) + 1 for taps, gap in zip(kernel, dilation, strict=True)]
    seen = np.lib.stride_tricks.sliding_window_view(x, extents, axis=axes)
    starts = tuple(slice(None, None, step) for step in stride)
    return seen[(slice(None), *starts, slice(None), *(slice(None, None, gap) for gap in dilation))]


def convolve(
    x: Array, weight: Array, bias: Array, stride: Array, dilation: Array, padding: Array, groups: int
) -> Array:
    """A convolution: for each window, the sum over taps and channels."""
    axes = weight.ndim - 2
    x = windows(features(x, groups * weight.shape[-2]), weight.shape[:axes], stride, dilation, padding)
    pairs = zip(np.split(x, groups, axes + 1), np.split(weight, groups, -1), strict=True)
    seen, taps = [*range(axes + 2, 2 * axes + 2), axes + 1], [*range(axes + 1)]
    return np.concatenate([np.tensordot(part, w, (seen, taps)) for part, w in pairs], -1) + bias


def convolve_transposed(
    x: Array, weight: Array, bias: Array, stride: Array, dilation: Array, padding: Array, more: Array,
    groups: int,
) -> Array:  # fmt: skip
    """The adjoint of a convolution: each position is spread over the taps of its window."""
    kernel, starts, sizes = weight.shape[:2], [], []
    x = features(x, weight.shape[-1])
    for steps, taps, step, gap, pad, extra in zip(
        x.shape[1:3], kernel, stride, dilation, padding, more, strict=True
    ):
        total = gap * (taps - 1) + 1 - step
        before, after = (0, 0) if isinstance(pad, str) else pad
        if pad == "same":
            before = max(total, 0) // 2
            after = total - before
        starts.append(before)
        sizes.append(step * steps + total - before - after + extra)
    ends = [start + size for start, size in zip(starts, sizes, strict=True)]
    reaches = [s * n + d * k for n, k, s, d in zip(x.shape[1:3], kernel, stride, dilation, strict=True)]
    y = np.zeros((len(x), *map(max, reaches, ends), groups * weight.shape[-2]), x.dtype)
    parts = [*zip(np.split(x, groups, -1), np.split(weight, groups, -1), strict=True)]
    for row, column in np.ndindex(*kernel):
        values = np.concatenate([part @ w[row, column].T for part, w in parts], -1)
        top, left = dilation[0] * row, dilation[1] * column
        down, right = stride[0] * (x.shape[1] - 1) + 1, stride[1] * (x.shape[2] - 1) + 1
        y[:, top : top + down : stride[0], left : left + right : stride[1]] += values
    return y[:, starts[0] : ends[0], starts[1] : ends[1]] + bias


def average_pool(x: Array, size: Array, stride: Array, padding: Array) -> Array:
    """The mean of each window, without the padding."""
    sums = windows(x, size, stride, (1, 1), padding).sum(axis=(-2, -1))
    inside = np.ones((1, *x.shape[1:3], 1), x.dtype)
    return sums / windows(inside, size, stride, (1, 1), padding).sum(axis=(-2, -1))


def positions(x: Array) -> Array:
    """Sines and cosines of the position, added to a sequence."""
    steps, size = x.shape[-2:]
    place = np.arange(size)
    angles = np.arange(steps)[:, np.newaxis] * 10_000.0 ** (-2 * (place // 2) / size)
    return x + np.where(place % 2, np.cos(angles), np.sin(angles)).astype(x.dtype)


def simple_rnn(x: Array, weight: Array, recurrent: Array, bias: Array, sequences: bool) -> Array:
    """H = tanh(x @ weight + h @ recurrent + bias), step by step."""
    h, outputs = np.zeros((len(x), len(recurrent)), x.dtype), []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ weight + h @ recurrent + bias)
        outputs.append(h)
    return np.stack(outputs, axis=1) if sequences else h


def lstm(x: Array, weight: Array, recurrent: Array, bias: Array, sequences: bool) -> Array:
    """C = f * c + i * g and h = o * tanh(c), with the columns of i, f, g, o in this order."""
    h = c = np.zeros((len(x), len(recurrent)), x.dtype)
    outputs = []
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ weight + h @ recurrent + bias, 4, axis=-1)
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        outputs.append(h)
    return np.stack(outputs, axis=1) if sequences else h


def gru(
    x: Array, weight: Array, recurrent: Array, bias: Array, recurrent_bias: Array, sequences: bool
) -> Array:
    """H = (1 - u) * n + u * h with n = tanh(z + r * q), with the columns of r, u, n in this order."""
    h, outputs = np.zeros((len(x), len(recurrent)), x.dtype), []
    for t in range(x.shape[1]):
        z = np.split(x[:, t] @ weight + bias, 3, axis=-1)
        q = np.split(h @ recurrent + recurrent_bias, 3, axis=-1)
        r, u = 1 / (1 + np.exp(-z[0] - q[0])), 1 / (1 + np.exp(-z[1] - q[1]))
        n = np.tanh(z[2] + r * q[2])
        h = n + u * (h - n)
        outputs.append(h)
    return np.stack(outputs, axis=1) if sequences else h


def turned(x: Array) -> Array:
    """A sequence from its end; the output of one step as it is."""
    return x[:, ::-1] if x.ndim > 2 else x


def attention(
    x: Array, weight: Array, bias: Array, output_weight: Array, output_bias: Array, heads: int,
    causal: bool,
) -> Array:  # fmt: skip
    """Self-attention of several heads: softmax(q @ k.T / sqrt(size)) @ v."""
    samples, steps, size = x.shape
    q, k, v = np.split(x @ weight + bias, 3, axis=-1)
    q, k, v = (a.reshape(samples, steps, heads, size // heads).swapaxes(1, 2) for a in (q, k, v))
    scores = (q * (size // heads) ** -0.5) @ k.swapaxes(-1, -2)
    if causal:
        scores = np.where(np.tri(steps, dtype=bool), scores, -np.inf).astype(x.dtype)
    mixed = (softmax(scores) @ v).swapaxes(1, 2).reshape(x.shape)
    return mixed @ output_weight + output_bias
