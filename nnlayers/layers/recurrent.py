"""Recurrent layers: the base, which steps a cell through time, and the plain cell."""

from collections.abc import Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np

from nnlayers.core.checks import (
    Array,
    RandomSource,
    check_gradient,
    check_steps,
    generator,
    real_array_like,
    true_or_false,
    whole_number,
)
from nnlayers.core.kernels import BLOCK, sum_rows
from nnlayers.core.layer import Layer
from nnlayers.core.parameter import Parameter
from nnlayers.layers.initializers import glorot_uniform, orthogonal

__all__ = ["SimpleRNN"]

Arrays: TypeAlias = Sequence[Any]


class Cell(Layer):
    """Base of recurrent layers: what they compute at one step, which subclasses define."""

    biases: ClassVar[tuple[float, ...]] = (0.0,)
    """What the biases of each gate begin with."""
    factors: ClassVar[tuple[float, ...]] = (1.0,)
    """What each gate is multiplied by before the cell sees it: 1/2 if it takes the sigmoid of it."""
    states: ClassVar[int] = 1
    """The number of arrays ``(N, units)`` that go from step to step; the first one is the output."""
    adds: ClassVar[bool] = True
    """True if the cell adds what comes from the input and from the state; then it needs one bias."""

    def __init__(
        self,
        in_features: int,
        units: int,
        *,
        return_sequences: bool = True,
        rng: RandomSource = None,
    ) -> None:
        who = type(self).__name__
        self.last_axis = self.in_features = whole_number(in_features, "in_features", who)
        self.units = whole_number(units, "units", who)
        self.return_sequences = true_or_false(return_sequences, "return_sequences", who)
        rng = generator(rng, who)
        shape, square = (self.in_features, self.units), (self.units, self.units)
        self.weight = Parameter(np.hstack([glorot_uniform(shape, rng) for _ in self.biases]))
        self.recurrent_weight = Parameter(np.hstack([orthogonal(square, rng) for _ in self.biases]))
        bias = np.repeat(self.biases, self.units)
        self.bias = Parameter(bias, decay=False)
        self.recurrent_bias = None if self.adds else Parameter(np.zeros_like(bias), decay=False)

    def step(self, z: Array, q: Array, state: Arrays) -> tuple[Arrays, Any]:
        """The state after a step, and what ``step_backward`` needs beside ``z``.

        ``z = x @ weight + bias`` and ``q = h @ recurrent_weight``, of shape ``(gates, N, units)``, may
        be written into.
        """
        raise NotImplementedError

    def step_backward(self, z: Array, grad_q: Array, memory: Any, grads: Arrays) -> Arrays:
        """The gradients of the state before a step, given those of the state after it.

        Without what goes back through ``q``, whose gradient is written into ``grad_q``. The gradient of
        ``z`` takes the place of what ``step`` has left there. If the cell adds, they are one array.
        """
        raise NotImplementedError

    def _scaled(self, parameter: Parameter) -> Array:
        """A parameter as the cell needs it, ``(gates, rows, units)``, times the factors."""
        factors = np.array(self.factors, parameter.value.dtype, like=parameter.value)
        return _apart(parameter, len(factors)) * factors[:, np.newaxis, np.newaxis]


class Recurrent(Cell):
    """Base of layers that step a cell through time.

    In the parameters, the columns of the gates stand side by side. A pass takes them apart, to
    ``(gates, rows, units)``, so that the numbers of a gate lie together. What the input adds to all
    steps is computed at once, and so is the gradient of each parameter.
    """

    def forward(self, x: Array) -> Array:
        x, state, recurrent = self._start(x)
        h = np.zeros((len(x) + 1, *state[0].shape), x.dtype, like=x)
        z, memories = self._of_input(x), []
        for t in range(len(x)):
            state, memory = self.step(z[:, t], _affine(h[t], *recurrent), (h[t], *state[1:]))
            h[t + 1] = state[0]
            memories.append(memory)
        self.save_for_backward(x, h, z, memories)
        return h[1:].swapaxes(0, 1) if self.return_sequences else h[-1]

    def predict(self, x: Array) -> Array:
        x, state, recurrent = self._start(x)
        y = None
        if self.return_sequences:
            y = np.empty((x.shape[1], len(x), self.units), x.dtype, like=x)
        at_once = max(1, BLOCK // (1 + len(self.biases) * state[0].size))  # steps
        for first in range(0, len(x), at_once):
            z = self._of_input(x[first : first + at_once])
            for t in range(z.shape[1]):
                state, _ = self.step(z[:, t], _affine(state[0], *recurrent), state)
                if y is not None:
                    y[:, first + t] = state[0]
        return state[0] if y is None else y

    def backward(self, grad: Array) -> Array:
        x, h, z, memories = self.saved()
        steps, (samples, units), every = len(x), h[0].shape, self.return_sequences
        grad = check_gradient(grad, (samples, steps, units) if every else (samples, units), self)
        back = _apart(self.recurrent_weight, len(z)).swapaxes(1, 2).copy()
        grad_q = z if self.adds else np.empty_like(z)
        zeros = np.zeros_like(h[0])
        grads: Arrays = (zeros if every else grad, *[zeros] * (self.states - 1))
        for t in reversed(range(steps)):
            if every:
                grads = (grads[0] + grad[:, t], *grads[1:])
            direct, *rest = self.step_backward(z[:, t], grad_q[:, t], memories[t], grads)
            grads = (sum_rows(np.matmul(grad_q[:, t], back)) + direct, *rest)
        _add_gradients(self.weight, self.bias, x, z)
        _add_gradients(self.recurrent_weight, self.recurrent_bias, h[:-1], grad_q)
        grad_x = sum(map(np.dot, _stacked(z), _apart(self.weight, len(z)).swapaxes(1, 2)))
        return grad_x.reshape(x.shape).swapaxes(0, 1)

    def own_multiplications(self, *input_shape: int) -> int:
        return input_shape[0] * (self.weight.value.size + self.recurrent_weight.value.size)

    def _start(self, x: Array) -> tuple[Array, Arrays, Arrays]:
        """The input, its steps first, the state before them, and the recurrent weight and bias."""
        x = real_array_like(x, self.weight.value, self)
        check_steps(x, self.in_features, self)
        state = [np.zeros((len(x), self.units), x.dtype, like=x)] * self.states
        both = (self.recurrent_weight, self.recurrent_bias)
        recurrent = [self._scaled(parameter) for parameter in both if parameter is not None]
        return x.swapaxes(0, 1), state, recurrent

    def _of_input(self, x: Array) -> Array:
        """What the input adds to the gates: ``x @ weight + bias``, ``(gates, T, N, units)``."""
        z = _affine(_stacked(x), self._scaled(self.weight), self._scaled(self.bias))
        return z.reshape(len(z), *x.shape[:2], self.units)


def _affine(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """``x @ weight + bias`` for each gate."""
    y: Array = np.matmul(x, weight)
    if bias is not None:
        y += bias
    return y


def _stacked(x: Array) -> Array:
    """The samples of all steps as rows: ``(..., T * N, features)`` from ``(..., T, N, features)``."""
    return x.reshape(*x.shape[:-3], x.shape[-3] * x.shape[-2], x.shape[-1])


def _apart(parameter: Parameter, gates: int) -> Array:
    """A view of a parameter with its gates apart: ``(gates, rows, units)``."""
    value = parameter.value
    return value.reshape(-1, gates, value.shape[-1] // gates).swapaxes(0, 1)


def _add_gradients(weight: Parameter, bias: Parameter | None, x: Array, grad: Array) -> None:
    """Add the gradients of both over all steps, given that of ``x @ weight + bias`` of each gate."""
    grad = _stacked(grad)
    for_weight = np.matmul(_stacked(x).T, grad)
    weight.add_grad(for_weight.swapaxes(0, 1).reshape(weight.value.shape))
    if bias is not None:
        bias.add_grad(sum_rows(grad.swapaxes(0, 1)).reshape(bias.value.shape))


class SimpleRNN(Recurrent):
    """The plain recurrent layer: ``h_t = tanh(x_t @ weight + h_{t-1} @ recurrent_weight + bias)``.

    Parameters
    ----------
    in_features, units : int
        The sizes of the last axis of the input and of the output.
    return_sequences : bool
        True for the output of all steps, False for that of the last one.
    rng : int, Generator or None
        The source of the weights: `glorot_uniform`, and `orthogonal` for the recurrent ones.

    Raises
    ------
    ValueError, TypeError
        A size is not a whole number of at least 1; later, an input that is not ``(N, T, in_features)``
        with at least one step, or not of real numbers.

    Notes
    -----
    ``x`` has shape ``(N, T, in_features)`` and ``y`` ``(N, T, units)``, or ``(N, units)`` for the last
    step; ``h_0 = 0``. With ``g_t = dL/dh_t * (1 - h_t²)``, where ``dL/dh_t`` is what comes from above
    plus ``g_{t+1} @ recurrent_weight.T``: ``dL/dweight`` is the sum of ``x_t.T @ g_t`` over the steps,
    ``dL/drecurrent_weight`` that of ``h_{t-1}.T @ g_t``, ``dL/dbias`` that of ``g_t``, and
    ``dL/dx_t = g_t @ weight.T``. Weight decay does not apply to the bias.

    From PyTorch: ``weight_ih_l0.T``, ``weight_hh_l0.T`` and the sum of both biases; from Keras: as they
    are.

    Source: Elman, "Finding Structure in Time", Cognitive Science 14, 1990.

    Examples
    --------
    >>> layer = nn.SimpleRNN(3, 4, return_sequences=False, rng=0)
    >>> layer.predict(np.ones((5, 7, 3))).shape
    (5, 4)
    """

    def step(self, z: Array, q: Array, state: Arrays) -> tuple[Arrays, Any]:
        z += q
        np.tanh(z, out=z)
        return (z[0],), None

    def step_backward(self, z: Array, grad_q: Array, memory: Any, grads: Arrays) -> Arrays:
        h = z[0]
        z[0] = grads[0] * (1 - h * h)
        return (0.0,)
