"""Layers with matrix products and with windows in C: dense ones, convolutions, pooling."""

import math
import textwrap
from collections.abc import Sequence
from typing import Any

from nnlayers.core.checks import Array
from nnlayers.core.parameter import Parameter
from nnlayers.io.c.layers import c_code
from nnlayers.io.c.writer import CArray, CWriter
from nnlayers.layers.convolution import Conv1D, Conv2D
from nnlayers.layers.dense import Dense
from nnlayers.layers.embedding import Embedding, TiedDense
from nnlayers.layers.pooling import AveragePool2D, GlobalAveragePool, MaxPool2D
from nnlayers.layers.shape import Upsample2D
from nnlayers.layers.transposed_convolution import ConvTranspose2D
from nnlayers.layers.window_arguments import Kernel, per_axis, windows_of_input, windows_of_output
from nnlayers.layers.windows import Axis


def _add_product(x: str, weight: str, y: str, rows: int, columns: int) -> str:
    """Code that adds ``x @ weight`` to ``y``: compilers vectorise the inner loop, which runs along y.

    Four rows of the weight at a time spare reading and writing y.
    """
    code, end = "", rows - rows % 4
    if end:
        factors = ", ".join(f"a{k} = {x}[i + {k}]" for k in range(4))
        some = [f"a{k} * {weight}[(i + {k}) * {columns} + j]" for k in range(4)]
        code = f"""
            for (int i = 0; i < {end}; i += 4) {{
                const float {factors};
                for (int j = 0; j < {columns}; j++)
                    {y}[j] += {some[0]} + {some[1]}
                        + {some[2]} + {some[3]};
            }}"""
    if end < rows:
        code += f"""
            for (int i = {end}; i < {rows}; i++)
                for (int j = 0; j < {columns}; j++) {y}[j] += {x}[i] * {weight}[i * {columns} + j];"""
    return textwrap.dedent(code)


def _bias(c: CWriter, bias: Parameter | None) -> str:
    return "0" if bias is None else f"{c.weights(bias.value)}[j]"


def _dense(c: CWriter, x: CArray, weight: Array, bias: Parameter | None) -> CArray:
    rows, columns = weight.shape
    code = """
        for (int r = 0; r < ROWS; r++, x += IN, y += OUT) {
            for (int j = 0; j < OUT; j++) y[j] = BIAS;
            PRODUCT
        }"""
    product = _add_product("x", c.weights(weight), "y", rows, columns)
    shape = (*x.shape[:-1], columns)
    return c.block(
        code,
        shape,
        x=x,
        ROWS=x.size // rows,
        IN=rows,
        OUT=columns,
        BIAS=_bias(c, bias),
        PRODUCT=product,
    )


@c_code.register(Dense)
def _(layer: Dense, c: CWriter, x: CArray) -> CArray:
    return _dense(c, x, layer.weight.value, layer.bias)


@c_code.register(TiedDense)
def _(layer: TiedDense, c: CWriter, x: CArray) -> CArray:
    return _dense(c, x, layer.embedding.weight.value.T, layer.bias)


@c_code.register(Embedding)
def _(layer: Embedding, c: CWriter, x: CArray) -> CArray:
    code = """
        for (int i = 0; i < SIZE; i++)
            for (int j = 0; j < OUT; j++)
                y[i * OUT + j] = x[i] < 0 || x[i] >= COUNT ? (float)NAN : W[x[i] * OUT + j];"""
    weight, shape = c.weights(layer.weight.value), (*x.shape, layer.features)
    return c.block(code, shape, x=x, SIZE=x.size, OUT=layer.features, COUNT=layer.count, W=weight)


# Windows


def _windows(c: CWriter, axes: Sequence[Axis], shape: tuple[int, ...], **names: Any) -> CArray:
    """Code for each window ``p``, and each tap ``t`` of it that is not in the padding, at ``at``.

    A sequence is an image with one row.
    """
    code = """
        BEFORE
        for (int p = 0; p < STEPS * STEPS1; p++) {
            START
            for (int t = 0; t < TAPS * TAPS1; t++) {
                const int row = p / STEPS1 * STRIDE + t / TAPS1 * GAP - PADDING;
                const int column = p % STEPS1 * STRIDE1 + t % TAPS1 * GAP1 - PADDING1;
                const int at = row * SIZE1 + column;
                if (row < 0 || row >= SIZE || column < 0 || column >= SIZE1) continue;
                TAP
            }
            END
        }"""
    for n, axis in zip(("", "1"), [*[Axis(1, 1, 1, 0, 0, 1)] * (2 - len(axes)), *axes], strict=True):
        names |= {f"TAPS{n}": axis.kernel, f"STRIDE{n}": axis.stride, f"GAP{n}": axis.dilation}
        names |= {f"PADDING{n}": axis.before, f"STEPS{n}": axis.steps, f"SIZE{n}": axis.size}
    return c.block(code, shape, **{"BEFORE": "", "END": "", **names})


def _kernel(layer: Any, axes: int) -> Kernel:
    size, stride, gap = (per_axis(n, axes) for n in (layer.kernel_size, layer.stride, layer.dilation))
    return Kernel(size, stride, gap)


@c_code.register(Conv1D)
@c_code.register(Conv2D)
def _(layer: Any, c: CWriter, x: CArray) -> CArray:
    *sizes, channels = x.shape
    axes = windows_of_input(sizes, _kernel(layer, len(sizes)), layer.padding, layer)
    outputs, groups = layer.out_channels, layer.groups
    start = """
        float *const z = y + p * OUT;
        for (int j = 0; j < OUT; j++) z[j] = BIAS;"""
    tap = "const float *const u = x + at * IN, *const w = W + t * ROWS * OUT;"
    if groups == 1:
        tap += _add_product("u", "w", "z", channels, outputs)
    else:
        tap += """
for (int i = 0; i < ROWS; i++)
    for (int j = 0; j < OUT; j++) z[j] += u[j / OF_GROUP * ROWS + i] * w[i * OUT + j];"""
    return _windows(
        c, axes, (*(axis.steps for axis in axes), outputs), START=start, TAP=tap, x=x, IN=channels,
        OUT=outputs, ROWS=channels // groups, OF_GROUP=outputs // groups,
        W=c.weights(layer.weight.value), BIAS=_bias(c, layer.bias),
    )  # fmt: skip


@c_code.register(ConvTranspose2D)
def _(layer: ConvTranspose2D, c: CWriter, x: CArray) -> CArray:
    *sizes, channels = x.shape
    axes = windows_of_output(
        sizes, _kernel(layer, 2), layer.padding, per_axis(layer.output_padding, 2), layer
    )
    outputs, groups = layer.out_channels, layer.groups
    before = """
        for (int i = 0; i < POSITIONS * OUT; i += OUT)
            for (int j = 0; j < OUT; j++) y[i + j] = BIAS;"""
    tap = """
        float *const z = y + at * OUT;
        const float *const u = x + p * IN, *const w = W + t * IN * OF_GROUP;
        for (int i = 0; i < IN; i++)
            for (int j = 0; j < OF_GROUP; j++)
                z[i / ROWS * OF_GROUP + j] += u[i] * w[i * OF_GROUP + j];"""
    positions = axes[0].size, axes[1].size
    return _windows(
        c, axes, (*positions, outputs), BEFORE=before, START="", TAP=tap, x=x, IN=channels, OUT=outputs,
        ROWS=channels // groups, OF_GROUP=outputs // groups, POSITIONS=math.prod(positions),
        W=c.weights(layer.weight.value.swapaxes(-1, -2)), BIAS=_bias(c, layer.bias),
    )  # fmt: skip


@c_code.register(MaxPool2D)
@c_code.register(AveragePool2D)
def _(layer: MaxPool2D | AveragePool2D, c: CWriter, x: CArray) -> CArray:
    rows, columns, channels = x.shape
    window = Kernel(per_axis(layer.size, 2), per_axis(layer.stride or layer.size, 2), (1, 1))
    axes = windows_of_input((rows, columns), window, layer.padding, layer)
    start = """
        float *const z = y + p * C;
        float count = 0;
        for (int j = 0; j < C; j++) z[j] = FIRST;"""
    tap = """
        const float *const u = x + at * C;
        count += 1;
        for (int j = 0; j < C; j++) z[j] += u[j];"""
    end = "for (int j = 0; j < C; j++) z[j] /= count;"
    first = "0"
    if isinstance(layer, MaxPool2D):
        first, end, start = "-INFINITY", "", start.replace("float count = 0;", "")
        tap = """
            const float *const u = x + at * C;
            for (int j = 0; j < C; j++)
                if (u[j] > z[j] || u[j] != u[j]) z[j] = u[j];"""
    shape = (axes[0].steps, axes[1].steps, channels)
    return _windows(c, axes, shape, START=start, TAP=tap, END=end, x=x, C=channels, FIRST=first)


@c_code.register(GlobalAveragePool)
def _(layer: GlobalAveragePool, c: CWriter, x: CArray) -> CArray:
    channels = x.shape[-1]
    code = """
        for (int j = 0; j < C; j++) y[j] = 0;
        for (int i = 0; i < POSITIONS; i++)
            for (int j = 0; j < C; j++) y[j] += x[i * C + j];
        for (int j = 0; j < C; j++) y[j] /= POSITIONS;"""
    return c.block(code, (channels,), x=x, C=channels, POSITIONS=x.size // channels)


@c_code.register(Upsample2D)
def _(layer: Upsample2D, c: CWriter, x: CArray) -> CArray:
    rows, columns, channels = x.shape
    down, right = per_axis(layer.factor, 2)
    code = """
        for (int p = 0; p < ROWS * COLUMNS; p++)
            for (int j = 0; j < C; j++)
                y[p * C + j]
                    = x[(p / COLUMNS / DOWN * (COLUMNS / RIGHT) + p % COLUMNS / RIGHT) * C + j];"""
    shape = (rows * down, columns * right, channels)
    return c.block(
        code, shape, x=x, ROWS=shape[0], COLUMNS=shape[1], C=channels, DOWN=down, RIGHT=right
    )
