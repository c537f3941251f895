"""Recurrent layers: parameters with the gates in another order, the axis of steps first.

No layer returns the memory of an LSTM, ``Y_c``. In most of these tests all gates have the same weights:
the order of the gates is for the figures of torch to prove.
"""

import functools

import numpy as np

import nnlayers as nn
from tests.onnx.layers_as_nodes import Operator, output, with_values


def recurrent(
    kind, gates, x, weight, recurrent_weight, bias=None, *, hidden_size, direction="forward", layout=0
):
    """All outputs, and the last ones.

    ``gates`` are the places at which ONNX has those of the layer.
    """
    if not layout:
        x = x.swapaxes(0, 1)
    if bias is None:
        bias = np.zeros((len(weight), 2 * weight.shape[1]), x.dtype)
    parameters = list(zip(weight, recurrent_weight, bias, strict=True))
    outputs = []
    for every in (True, False):
        layers = [
            with_values(
                kind(x.shape[2], hidden_size, return_sequences=every), **values(kind, gates, *arrays)
            )
            for arrays in parameters
        ]
        y = output(nn.Bidirectional(layers[0], layers[-1]), x)
        y = y.reshape(*y.shape[:-1], 2, hidden_size)
        outputs.append(y[..., {"forward": [0], "reverse": [1], "bidirectional": [0, 1]}[direction], :])
    y, last = outputs  # (N, T, directions, units) and (N, directions, units)
    return (y, last) if layout else (y.transpose(1, 2, 0, 3), last.swapaxes(0, 1))


def values(kind, gates, weight, recurrent_weight, bias):
    """The parameters of a layer: from rows for each gate to columns."""
    of_input, of_state = np.split(bias, 2)
    if kind is nn.GRU:
        biases = {"bias": of_input, "recurrent_bias": of_state}
    else:
        biases = {"bias": of_input + of_state}
    arrays = {"weight": weight, "recurrent_weight": recurrent_weight} | biases
    parts = {name: np.split(array, len(gates)) for name, array in arrays.items()}
    return {name: np.concatenate([part[gate] for gate in gates]).T for name, part in parts.items()}


OPERATORS = {
    "GRU": Operator(functools.partial(recurrent, nn.GRU, (1, 0, 2)), "gru", 5),
    "LSTM": Operator(functools.partial(recurrent, nn.LSTM, (0, 2, 3, 1)), "lstm", 5),
    "RNN": Operator(functools.partial(recurrent, nn.SimpleRNN, (0,)), "rnn", 6),
}
