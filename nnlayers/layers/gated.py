"""Recurrent layers whose gates decide what is kept: LSTM and GRU."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.layers.recurrent import Arrays, Recurrent

__all__ = ["GRU", "LSTM"]


class LSTM(Recurrent):
    """Long short-term memory: ``c_t = f * c_{t-1} + i * g``, ``h_t = o * tanh(c_t)``.

    Input gate ``i``, forget gate ``f`` and output gate ``o`` are the sigmoid of
    ``x_t @ weight + h_{t-1} @ recurrent_weight + bias``, and ``g`` is the tanh, each with columns of
    its own.

    Parameters
    ----------
    in_features, units : int
        The sizes of the last axis of the input and of the output.
    return_sequences : bool
        True for the output of all steps, False for that of the last one.
    rng : int, Generator or None
        The source of the weights: for each gate `glorot_uniform`, and `orthogonal` for the recurrent
        ones. The bias of the forget gate begins at 1, the others at 0.

    Raises
    ------
    ValueError, TypeError
        As for `SimpleRNN`.

    Notes
    -----
    ``x`` and ``y`` as for `SimpleRNN`; ``h_0 = c_0 = 0``. ``weight`` has shape
    ``(in_features, 4 * units)``, ``recurrent_weight`` ``(units, 4 * units)`` and ``bias``
    ``(4 * units,)``, with the columns of i, f, g, o in this order.

    ``dL/dc_t = dL/dh_t * o * (1 - tanh²(c_t)) + dL/dc_{t+1} * f_{t+1}``. From there,
    ``dL/di = dL/dc_t * g``, ``dL/df = dL/dc_t * c_{t-1}``, ``dL/dg = dL/dc_t * i`` and
    ``dL/do = dL/dh_t * tanh(c_t)``; times the derivative of its function, each becomes a part of
    ``g_t``, with which the gradients go on as in `SimpleRNN`.

    From PyTorch: ``weight_ih_l0.T``, ``weight_hh_l0.T`` and the sum of both biases; from Keras: as they
    are.

    Sources: Hochreiter, Schmidhuber, "Long Short-Term Memory", Neural Computation 9, 1997; Gers,
    Schmidhuber, Cummins, "Learning to Forget", Neural Computation 12, 2000.

    Examples
    --------
    >>> layer = nn.LSTM(3, 4, rng=0)
    >>> layer.predict(np.ones((5, 7, 3))).shape
    (5, 7, 4)
    """

    biases = (0.0, 1.0, 0.0, 0.0)
    factors = (0.5, 0.5, 1.0, 0.5)
    states = 2

    def step(self, z: Array, q: Array, state: Arrays) -> tuple[Arrays, Any]:
        z += q
        np.tanh(z, out=z)
        _to_sigmoid(z[:2])
        _to_sigmoid(z[3])
        i, f, g, o = z
        c = state[1]
        c_t = f * c + i * g
        tanh_c = np.tanh(c_t)
        return (o * tanh_c, c_t), (c, tanh_c)

    def step_backward(self, z: Array, grad_q: Array, memory: Any, grads: Arrays) -> Arrays:
        i, f, g, o = z
        c, tanh_c = memory
        grad_h, grad_c = grads
        grad_c = grad_c + grad_h * o * (1 - tanh_c * tanh_c)
        before = grad_c * f
        slopes = z * (1 - z)
        slopes[2] = 1 - g * g
        slopes[:3] *= grad_c
        slopes[0] *= g
        slopes[1] *= c
        slopes[2] *= i
        slopes[3] *= grad_h * tanh_c
        np.copyto(z, slopes)
        return 0.0, before


class GRU(Recurrent):
    """Gated recurrent unit: ``h_t = (1 - u) * n + u * h_{t-1}``.

    Reset gate ``r`` and update gate ``u`` are the sigmoid of ``z + q``, with
    ``z = x_t @ weight + bias`` and ``q = h_{t-1} @ recurrent_weight + recurrent_bias``, and the new
    state is ``n = tanh(z + r * q)``, each with columns of its own. This form, with ``r`` after the
    product, is also that of PyTorch, of Keras (``reset_after=True``) and of cuDNN.

    Parameters
    ----------
    in_features, units : int
        The sizes of the last axis of the input and of the output.
    return_sequences : bool
        True for the output of all steps, False for that of the last one.
    rng : int, Generator or None
        The source of the weights: for each gate `glorot_uniform`, and `orthogonal` for the recurrent
        ones. The biases begin at 0.

    Raises
    ------
    ValueError, TypeError
        As for `SimpleRNN`.

    Notes
    -----
    ``x`` and ``y`` as for `SimpleRNN`; ``h_0 = 0``. ``weight`` has shape ``(in_features, 3 * units)``,
    ``recurrent_weight`` ``(units, 3 * units)``, ``bias`` and ``recurrent_bias`` ``(3 * units,)``, with
    the columns of r, u, n in this order.

    With ``d = dL/dh_t``: ``dL/dn = d * (1 - u)``, ``dL/du = d * (h_{t-1} - n)`` and
    ``dL/dr = dL/dn * (1 - n²) * q``. Times the derivative of its function, each becomes a part of
    ``g_t``, with which the gradients go on as in `SimpleRNN`, but that ``q`` has ``g_t * r`` for ``n``;
    ``d * u`` goes to ``h_{t-1}`` directly.

    From PyTorch: ``weight_ih_l0.T``, ``weight_hh_l0.T``, ``bias_ih_l0`` and ``bias_hh_l0``. From Keras:
    ``kernel``, ``recurrent_kernel`` and both rows of ``bias``, after the columns of r and u have been
    exchanged, since those of u come first there.

    Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical
    Machine Translation", EMNLP 2014 (in the preprint's first version, arXiv:1406.1078v1).

    Examples
    --------
    >>> layer = nn.GRU(3, 4, rng=0)
    >>> layer.predict(np.ones((5, 7, 3))).shape
    (5, 7, 4)
    """

    biases = (0.0, 0.0, 0.0)
    factors = (0.5, 0.5, 1.0)
    adds = False

    def step(self, z: Array, q: Array, state: Arrays) -> tuple[Arrays, Any]:
        (h,) = state
        gates, n = z[:2], z[2]
        gates += q[:2]
        np.tanh(gates, out=gates)
        _to_sigmoid(gates)
        r, u = gates
        n += r * q[2]
        np.tanh(n, out=n)
        return (n + u * (h - n),), (h, q[2].copy())  # a view would keep all of q

    def step_backward(self, z: Array, grad_q: Array, memory: Any, grads: Arrays) -> Arrays:
        (grad_h,), (r, u, n), (h, q_n) = grads, z, memory
        before = grad_h * u
        grad_n = grad_h * (1 - u) * (1 - n * n)
        grad_q[0] = grad_n * q_n * r * (1 - r)
        grad_q[1] = grad_h * (h - n) * u * (1 - u)
        grad_q[2] = grad_n * r
        z[:2], z[2] = grad_q[:2], grad_n
        return (before,)


def _to_sigmoid(gates: Array) -> None:
    """Make of tanh(z / 2) the sigmoid of z, in place: it is ``tanh(z / 2) / 2 + 1 / 2``."""
    gates *= 0.5
    gates += 0.5
