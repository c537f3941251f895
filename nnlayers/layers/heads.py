"""What attention computes: for each head, weights of the keys and sums of the values."""

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.sums import row_dots


def attend(q: Array, k: Array, v: Array, heads: int, visible: Array | None) -> tuple[Array, Array]:
    """The weights ``p = softmax(q @ k.T / sqrt(size))`` of each head, and ``p @ v`` of all, joined.

    Queries have shape ``(N, T, heads * size)``, keys and values ``(N, S, heads * size)`` and weights
    ``(N, heads, T, S)``. ``visible`` is broadcast to these: where it is False, the weight is 0, also
    for a query to which no key is visible.
    """
    q, k, v = (_split(x, heads) for x in (q, k, v))
    p = (q * q.shape[-1] ** -0.5) @ k.swapaxes(-1, -2)
    if visible is not None:
        np.copyto(p, -np.inf, where=~visible)
    largest = p.max(axis=-1, keepdims=True)
    p -= np.maximum(largest, np.finfo(p.dtype).min)  # finite where all are hidden
    np.exp(p, out=p)
    total = p @ np.ones_like(p, shape=(p.shape[-1], 1))  # faster than a sum along a short axis
    p /= np.maximum(total, 1)  # it is at least exp(0) = 1, unless all are hidden
    return p, _join(p @ v)


def attend_backward(
    grad: Array, q: Array, k: Array, v: Array, p: Array, mixed: Array
) -> tuple[Array, Array, Array]:
    """The gradients of q, k and v, given that of ``mixed``, the sums of the values."""
    grad, q, k, v, mixed = (_split(x, p.shape[1]) for x in (grad, q, k, v, mixed))
    grad_scores = grad @ v.swapaxes(-1, -2)
    grad_scores -= row_dots(grad, mixed)[..., np.newaxis]  # the sums of p * dL/dp, over fewer numbers
    grad_scores *= p
    scale = q.shape[-1] ** -0.5
    grad_q, grad_k = (grad_scores @ k) * scale, (grad_scores.swapaxes(-1, -2) @ q) * scale
    return _join(grad_q), _join(grad_k), _join(p.swapaxes(-1, -2) @ grad)


def _split(x: Array, heads: int) -> Array:
    """A view ``(N, heads, T, size)`` of ``(N, T, heads * size)``."""
    samples, steps, features = x.shape
    return x.reshape(samples, steps, heads, features // heads).swapaxes(1, 2)


def _join(x: Array) -> Array:
    """An array ``(N, T, heads * size)`` from ``(N, heads, T, size)``."""
    samples, heads, steps, size = x.shape
    return x.swapaxes(1, 2).reshape(samples, steps, heads * size)
