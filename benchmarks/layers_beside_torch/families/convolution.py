"""Conv1D, Conv2D and ConvTranspose2D."""

import functools

import numpy as np
import torch
from pairs import Pair, Weight, channels_first, channels_last

import nnlayers as nn


def kernel_last(weight):
    """``(*kernel, in, out)`` as ``(out, in, *kernel)``."""
    return np.moveaxis(weight, [-1, -2], [0, 1])


def kernel_first(weight):
    return np.moveaxis(weight, [0, 1], [-1, -2])


def weights(layer, module):
    found = [Weight(layer.weight, module.weight, kernel_last, kernel_first)]
    return found + [Weight(layer.bias, module.bias)] * (layer.bias is not None)


def pair(ours, theirs, name, arguments, shape, **options):
    """The same arguments for both; a name with numbers of channels is raced."""
    raced = "-" in name
    return Pair(
        name,
        lambda: ours(*arguments, **options),
        lambda: theirs(*arguments, **options),
        *((), [shape]) if raced else (shape, ()),
        weights,
        to_theirs=channels_first,
        to_ours=channels_last,
    )


conv = functools.partial(pair, nn.Conv2D, torch.nn.Conv2d)
conv1d = functools.partial(pair, nn.Conv1D, torch.nn.Conv1d)
transposed = functools.partial(pair, nn.ConvTranspose2D, torch.nn.ConvTranspose2d)

PAIRS = [
    conv("Conv2D", (2, 3, 3), (2, 4, 5, 2)),
    conv("Conv2D, same", (2, 3, (3, 5)), (2, 5, 6, 2), padding="same", dilation=2),
    conv("Conv2D, stride", (2, 3, (3, 2)), (2, 5, 6, 2), stride=2, padding=1, bias=False),
    conv("Conv2D, more channels", (9, 2, 3), (1, 4, 4, 9), stride=(2, 1)),
    conv("Conv2D, groups", (4, 6, 2), (2, 4, 4, 4), groups=2, stride=(1, 2), padding=(0, 1)),
    conv("Conv2D, depthwise", (2, 4, 3), (2, 4, 5, 2), groups=2, padding=2, dilation=2),
    conv("Conv2D, depthwise, stride", (3, 3, 3), (2, 5, 5, 3), groups=3, stride=2, padding=1),
    conv1d("Conv1D", (2, 3, 3), (2, 6, 2), stride=2, padding=2),
    transposed("ConvTranspose2D", (2, 9, 3), (1, 3, 4, 2), padding=1),
    transposed("ConvTranspose2D, stride", (2, 3, 3), (2, 3, 2, 2), stride=2, output_padding=1),
    transposed("ConvTranspose2D, groups", (4, 2, 3), (2, 3, 3, 4), groups=2, stride=3, padding=1),
    conv("Conv2D 1-32, 5x5", (1, 32, 5), (32, 28, 28, 1)),
    conv("Conv2D 32-64, 3x3", (32, 64, 3), (32, 14, 14, 32)),
    conv("Conv2D 3-64, 3x3", (3, 64, 3), (64, 32, 32, 3)),
    conv("Conv2D 64-64, 3x3", (64, 64, 3), (32, 16, 16, 64)),
    conv("Conv2D 64-64, 3x3, same", (64, 64, 3), (32, 16, 16, 64), padding="same"),
    conv("Conv2D 64-64, 1x1", (64, 64, 1), (32, 16, 16, 64)),
    conv("Conv2D 64-64, depthwise", (64, 64, 3), (32, 16, 16, 64), groups=64, padding=1),
    conv("Conv2D 16-16, depthwise", (16, 16, 3), (32, 28, 28, 16), groups=16, stride=2),
    conv("Conv2D 64-64, 8 groups", (64, 64, 3), (32, 16, 16, 64), groups=8, padding=1),
    conv1d("Conv1D 64-64", (64, 64, 5), (32, 128, 64), padding="same"),
    transposed("ConvTranspose2D 64-32", (64, 32, 4), (32, 8, 8, 64), stride=2, padding=1),
]
