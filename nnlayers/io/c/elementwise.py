"""Activations and normalizations in C."""

import math
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.io.c.layers import c_code
from nnlayers.io.c.writer import CArray, CWriter
from nnlayers.layers.activations import ReLU
from nnlayers.layers.channel_norms import BatchNorm, FixedBatchNorm, GroupNorm
from nnlayers.layers.embedding import PositionalEncoding
from nnlayers.layers.normalization import LayerNorm, RMSNorm
from nnlayers.layers.rectifiers import ELU, LeakyReLU, PReLU
from nnlayers.layers.smooth import GELU, Sigmoid, SiLU, Softmax, Softplus, Tanh
from nnlayers.layers.standardize import Standardize

PLAIN = {
    ReLU: "v < 0 ? 0 : v",
    Tanh: "tanhf(v)",
    Sigmoid: "1 / (1 + expf(-v))",
    SiLU: "v / (1 + expf(-v))",
    Softplus: "(v > 0 ? v : 0) + log1pf(expf(-fabsf(v)))",
}
for _kind, _code in PLAIN.items():
    c_code.register(_kind)(lambda layer, c, x, code=_code: c.each(x, code))


@c_code.register(GELU)
def _(layer: GELU, c: CWriter, x: CArray) -> CArray:
    return c.each(x, f"{c.number(0.5)} * v * erfcf({c.number(-math.sqrt(0.5))} * v)")


@c_code.register(LeakyReLU)
def _(layer: LeakyReLU, c: CWriter, x: CArray) -> CArray:
    return c.each(x, f"v > 0 ? v : {c.number(layer.slope)} * v")


@c_code.register(ELU)
def _(layer: ELU, c: CWriter, x: CArray) -> CArray:
    return c.each(x, f"v > 0 ? v : {c.number(layer.alpha)} * expm1f(v)")


@c_code.register(PReLU)
def _(layer: PReLU, c: CWriter, x: CArray) -> CArray:
    slope = f"{c.weights(layer.slope.value)}[{'j' if layer.features > 1 else '0'}]"
    return c.each(x, f"v > 0 ? v : {slope} * v", along=layer.features if layer.features > 1 else None)


@c_code.register(Softmax)
def _(layer: Softmax, c: CWriter, x: CArray) -> CArray:
    code = """
        for (int r = 0; r < SIZE; r += C, x += C, y += C) {
            float top = x[0], total = 0;
            for (int j = 1; j < C; j++) top = x[j] > top ? x[j] : top;
            for (int j = 0; j < C; j++) total += y[j] = expf(x[j] - top);
            for (int j = 0; j < C; j++) y[j] /= total;
        }"""
    return c.block(code, x.shape, in_place=True, x=x, SIZE=x.size, C=x.shape[-1])


@c_code.register(Standardize)
def _(layer: Standardize, c: CWriter, x: CArray) -> CArray:
    mean, std = c.weights(layer.mean.value), c.weights(layer.std.value)
    return c.each(x, f"(v - {mean}[j]) / {std}[j]", along=layer.features)


@c_code.register(PositionalEncoding)
def _(layer: PositionalEncoding, c: CWriter, x: CArray) -> CArray:
    waves = layer.predict(np.zeros((1, *x.shape), c.dtype))
    return c.each(x, f"v + {c.weights(waves)}[j]")


@c_code.register(BatchNorm)
@c_code.register(FixedBatchNorm)
def _(layer: BatchNorm | FixedBatchNorm, c: CWriter, x: CArray) -> CArray:
    factor = layer.gain.value / np.sqrt(layer.variance.value + layer.epsilon)
    mean, offset = c.weights(layer.mean.value), c.weights(layer.offset.value)
    return c.each(x, f"(v - {mean}[j]) * {c.weights(factor)}[j] + {offset}[j]", along=layer.features)


def _normalize(
    c: CWriter, x: CArray, gain: Array, epsilon: float, *, offset: Array | None, **sizes: Any
) -> CArray:
    """Each group, ``M`` neighbouring columns of ``P`` rows of ``C`` numbers, divided by its deviation.

    Without an offset the mean is taken for 0. The mean is that of the distances from the first number,
    so that equal numbers, however large, become 0.
    """
    mean = """
        for (int p = 0; p < P; p++)
            for (int j = g; j < g + M; j++) mean += x[p * C + j] - x[g];
        mean = x[g] + mean / (P * M);"""
    code = """
        for (int r = 0; r < SIZE; r += P * C, x += P * C, y += P * C)
            for (int g = 0; g < C; g += M) {
                float mean = 0, square = 0;
                MEAN
                for (int p = 0; p < P; p++)
                    for (int j = g; j < g + M; j++)
                        square += (x[p * C + j] - mean) * (x[p * C + j] - mean);
                const float scale = 1 / sqrtf(square / (P * M) + EPSILON);
                for (int p = 0; p < P; p++)
                    for (int j = g; j < g + M; j++)
                        y[p * C + j] = (x[p * C + j] - mean) * scale * GAIN[j] + OFFSET;
            }"""
    return c.block(
        code, x.shape, in_place=True, x=x, SIZE=x.size, MEAN="" if offset is None else mean,
        EPSILON=c.number(epsilon), GAIN=c.weights(gain),
        OFFSET="0" if offset is None else f"{c.weights(offset)}[j]", **sizes,
    )  # fmt: skip


@c_code.register(LayerNorm)
@c_code.register(RMSNorm)
def _(layer: LayerNorm | RMSNorm, c: CWriter, x: CArray) -> CArray:
    gain, offset = layer.gain.value, layer.offset.value if isinstance(layer, LayerNorm) else None
    return _normalize(c, x, gain, layer.epsilon, offset=offset, P=1, M=gain.size, C=gain.size)


@c_code.register(GroupNorm)
def _(layer: GroupNorm, c: CWriter, x: CArray) -> CArray:
    features = layer.features
    sizes = {"P": x.size // features, "M": features // layer.groups, "C": features}
    return _normalize(c, x, layer.gain.value, layer.epsilon, offset=layer.offset.value, **sizes)
