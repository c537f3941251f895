"""The work of a training step, in plain functions that layers, losses and optimizers call by name.

Each is written in NumPy; where compiled kernels are installed, the one of its name takes its place.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from nnlayers.core import gpu_kernels
from nnlayers.core.checks import Array
from nnlayers.core.compiled import compiled
from nnlayers.core.devices import on_device
from nnlayers.core.sums import nan_for_overflow, product_where, times_shares, weighted_mean

BLOCK = 1 << 17  # elements: half a megabyte in float32


@compiled
def are_alike(a: object, b: object) -> bool:
    """True for two plain arrays of one shape and one dtype."""
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return False
    return a.shape == b.shape and a.dtype == b.dtype


@compiled
def product(x: Array, matrix: Array) -> Array:
    """``x @ matrix`` over the last axis of ``x``, as one product of two matrices.

    For small ones ``dot`` takes half the time of ``@``, which also goes through a stack one by one.
    """
    if x.ndim == 2:
        return x.dot(matrix)
    return x.reshape(-1, x.shape[-1]).dot(matrix).reshape(*x.shape[:-1], matrix.shape[-1])


@compiled
def affine(x: Array, matrix: Array, bias: Array | None = None) -> Array:
    """``x @ matrix + bias`` over the last axis of ``x``."""
    y = product(x, matrix)
    if bias is not None:
        y += bias
    return y


@compiled
def sum_rows(x: Array) -> Array:
    """The sum over the first axis; that of float16 in float32, where small numbers are not lost."""
    if x.dtype.char == "e":
        return x.sum(axis=0, dtype=np.float32).astype(x.dtype)
    total: Array = np.add.reduce(x, axis=0)  # which x.sum calls
    return total


@compiled
def relu(x: Array) -> Array:
    """``max(x, 0)``."""
    return np.maximum(x, 0)


@compiled
def relu_backward(grad: Array, y: Array) -> Array:
    """``grad`` where ``y > 0``, and 0 times it elsewhere."""
    return grad * (y > 0)


@compiled
def keep(x: Array, mask: Array, scale: float) -> tuple[Array, Array]:
    """``x * factors`` and the factors: ``scale`` where the mask is True, and 0 elsewhere."""
    factors: Array = np.multiply(mask, scale, dtype=x.dtype)
    return x * factors, factors


@compiled
def times(x: Array, factors: Array) -> Array:
    """``x * factors``."""
    return x * factors


@compiled
def are_labels(labels: Array, classes: int) -> bool:
    """True if all of the integers are in ``0 ... classes - 1``."""
    if labels.size == 0:
        return True  # argmin and argmax, which are faster than min and max, need some
    return labels.item(labels.argmin()) >= 0 and labels.item(labels.argmax()) < classes


@compiled
def cross_entropy(z: Array, target: Array, shares: Array | float) -> tuple[float, Array]:
    """The weighted mean of the cross-entropies of ``softmax(z)``, and its gradient ``(p - t) * share``.

    ``z`` is ``(N, C)``, ``target`` labels ``(N,)`` or distributions ``(N, C)``, and ``shares`` the
    factor of each sample in the mean: ``(N,)``, or ``1 / N`` for all.
    """
    if type(z) is not np.ndarray and on_device(z):
        return gpu_kernels.cross_entropy(z, target, shares)
    z = z.copy(order="F")  # class by class: reductions over few classes are several times faster
    z -= np.maximum.reduce(z, axis=1, keepdims=True)  # max and sum, but called directly
    p = np.exp(z)
    total = np.add.reduce(p, axis=1, keepdims=True)
    if target.ndim == 1:
        at: tuple[Array, ...] = np.arange(len(z)), target
        chosen = z[at]
    else:  # if a class has probability 0, its logit may be -inf
        chosen = product_where(target != 0, z, target, np.zeros_like(z)).sum(axis=1)
    loss = weighted_mean(np.log(total[:, 0]) - chosen, shares)
    if isinstance(shares, float):
        p *= shares / total
    else:
        p = times_shares(p / total, shares[:, np.newaxis])
    if target.ndim == 1:
        p[at] -= shares
    else:
        p -= times_shares(target, shares if isinstance(shares, float) else shares[:, np.newaxis])
    return loss, p


@compiled
def sum_of_squares(arrays: Sequence[Array]) -> float:
    """The sum of the squares of all numbers of some arrays, infinite if it overflows."""
    flat = [array.reshape(-1) for array in arrays]
    return sum([float(vector.dot(vector)) for vector in flat], 0.0)  # dot is faster than vdot


def blocks(*arrays: Array, size: int = BLOCK) -> Iterable[tuple[Array, ...]]:
    """Views of arrays of one shape, some rows at a time, for element-wise work on large ones.

    Each has at most ``size`` elements, if a row has no more.

    What is computed from a block stays in the cache; a temporary as large as the arrays would go
    through memory again and again, to pages that the system has to clear first.
    """
    if arrays[0].size <= size or on_device(arrays[0]):
        return (arrays,)
    rows = max(1, size // arrays[0][0].size)
    starts = range(0, len(arrays[0]), rows)
    return (tuple(array[start : start + rows] for array in arrays) for start in starts)


@compiled
def descend(value: Array, grad: Array, lr: float, decay: float) -> None:
    """A step of gradient descent, in place: ``value -= lr * (grad + decay * value)``."""
    if value.size > BLOCK and not on_device(value):
        for w, g in blocks(value, grad):
            descend(w, g, lr, decay)
    elif decay:
        step = decay * value
        step += grad
        step *= lr
        value -= step
    else:
        value -= lr * grad


@compiled
def descend_with_momentum(
    value: Array,
    grad: Array,
    velocity: Array,
    lr: float,
    decay: float,
    momentum: float,
    nesterov: bool,
) -> None:
    """In place: ``velocity = momentum * velocity + grad + decay * value``, ``value -= lr * velocity``.

    With ``nesterov``, ``value -= lr * (grad + decay * value + momentum * velocity)``.
    """
    for w, g, v in blocks(value, grad, velocity, size=2 * BLOCK // 3):
        if decay:
            g = decay * w + g
        v *= momentum
        v += g
        w -= lr * (g + momentum * v if nesterov else v)


@compiled
def adam(
    value: Array,
    grad: Array,
    velocity: Array,
    square: Array,
    lr: float,
    decay: float,
    shrinkage: float,
    beta_1: float,
    beta_2: float,
    epsilon: float,
    steps: int,
) -> None:
    """The update of `Adam`, in place, with the corrections for so many steps.

    ``decay * value`` is added to the gradient, ``shrinkage * value`` is subtracted from the value.

    Raises
    ------
    FloatingPointError
        The squares of the gradients overflow.
    """
    correction = math.sqrt(1 - beta_2**steps)  # of the root, but applied to epsilon and lr
    rate = lr * correction * (1 - beta_1) / (1 - beta_1**steps)
    for w, g, v, s in blocks(value, grad, velocity, square, size=BLOCK // 2):
        if decay:
            g = decay * w + g
        scratch = squared(g)
        average(s, scratch, beta_2, scratch)
        v *= beta_1
        v += g
        divide_by_root(v, s, epsilon * correction, out=scratch)
        scratch *= rate
        if shrinkage:
            scratch += shrinkage * w
        w -= scratch


def average(mean: Array, numbers: Array, beta: float, scratch: Array) -> None:
    """Move an average, in place: ``mean = beta * mean + (1 - beta) * numbers``.

    ``scratch`` is an array of the same shape to compute in; it may be ``numbers`` itself.
    """
    mean *= beta
    np.multiply(numbers, 1 - beta, out=scratch)
    mean += scratch


def squared(grad: Array) -> Array:
    """The squares of gradients.

    Raises
    ------
    FloatingPointError
        They overflow.
    """
    try:
        with np.errstate(over="raise"):
            return nan_for_overflow(np.square(grad, out=np.empty_like(grad)))
    except FloatingPointError:
        raise FloatingPointError(
            f"gradients of up to {np.abs(grad).max():.3g} are too large to be squared in {grad.dtype}: "
            "bound them with clip_norm or clip_value"
        ) from None


def divide_by_root(numbers: Array, square: Array, epsilon: float, out: Array) -> None:
    """``out = numbers / (sqrt(square) + epsilon)``; ``out`` is neither of the two arrays."""
    np.sqrt(square, out=out)
    out += epsilon
    np.divide(numbers, out, out=out)
