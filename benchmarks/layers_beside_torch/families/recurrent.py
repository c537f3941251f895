"""SimpleRNN, LSTM, GRU, and both directions."""

import numpy as np
import torch
from pairs import Pair, Weight

import nnlayers as nn

THEIRS = {nn.SimpleRNN: torch.nn.RNN, nn.LSTM: torch.nn.LSTM, nn.GRU: torch.nn.GRU}


def module(kind, *sizes, **options):
    """One of theirs; where ours has one bias, their second one is 0."""
    made = THEIRS[kind](*sizes, batch_first=True, **options)
    if kind is not nn.GRU:
        for name, parameter in made.named_parameters():
            if "bias_hh" in name:
                torch.nn.init.zeros_(parameter)
    return made


def weights(layer, module, end=""):
    theirs = [getattr(module, f"{name}_l0{end}") for name in ("weight_ih", "weight_hh", "bias_ih")]
    found = [
        Weight(layer.weight, theirs[0], np.transpose, np.transpose),
        Weight(layer.recurrent_weight, theirs[1], np.transpose, np.transpose),
        Weight(layer.bias, theirs[2]),
    ]
    if layer.recurrent_bias is not None:
        found.append(Weight(layer.recurrent_bias, getattr(module, f"bias_hh_l0{end}")))
    return found


def weights_of_both(layer, module):
    return [*weights(layer.ahead, module), *weights(layer.back, module, "_reverse")]


def sequences(module, x):
    return module(x)[0]


def last(module, x):
    """The output of each direction after all steps: (N, units), or both side by side."""
    return torch.cat(list(module(x)[1]), dim=-1)


def last_of_lstm(module, x):
    return torch.cat(list(module(x)[1][0]), dim=-1)


PAIRS = []
for kind in THEIRS:
    name = kind.__name__
    PAIRS += [
        Pair(
            name,
            lambda kind=kind: kind(3, 2),
            lambda kind=kind: module(kind, 3, 2),
            (2, 4, 3),
            weights=weights,
            call=sequences,
        ),
        Pair(
            f"{name} last",
            lambda kind=kind: kind(3, 2, return_sequences=False),
            lambda kind=kind: module(kind, 3, 2),
            (2, 4, 3),
            weights=weights,
            call=last_of_lstm if kind is nn.LSTM else last,
        ),
        Pair(
            f"{name} 64-128",
            lambda kind=kind: kind(64, 128),
            lambda kind=kind: module(kind, 64, 128),
            large=[(32, 50, 64)],
            weights=weights,
            call=sequences,
        ),
    ]
PAIRS += [
    Pair(
        "Bidirectional LSTM",
        lambda: nn.Bidirectional(nn.LSTM(3, 2), nn.LSTM(3, 2)),
        lambda: module(nn.LSTM, 3, 2, bidirectional=True),
        (2, 4, 3),
        [],
        weights_of_both,
        call=sequences,
    ),
    Pair(
        "Bidirectional GRU last",
        lambda: nn.Bidirectional(
            nn.GRU(3, 2, return_sequences=False), nn.GRU(3, 2, return_sequences=False)
        ),
        lambda: module(nn.GRU, 3, 2, bidirectional=True),
        (2, 4, 3),
        [],
        weights_of_both,
        call=last,
    ),
]
