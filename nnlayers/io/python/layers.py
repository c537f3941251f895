"""The layers in NumPy: for each type a function that gives an expression."""

import functools
from typing import Any

from nnlayers.core.normal import polynomial
from nnlayers.io.containers import register_containers
from nnlayers.io.onnx.axes import Permute, Reverse, Select
from nnlayers.io.python import functions
from nnlayers.io.python.writer import NumpyWriter
from nnlayers.layers.activations import ReLU
from nnlayers.layers.attention import MultiHeadAttention
from nnlayers.layers.bidirectional import Bidirectional
from nnlayers.layers.channel_norms import BatchNorm, FixedBatchNorm, GroupNorm
from nnlayers.layers.convolution import Conv1D, Conv2D
from nnlayers.layers.dense import Dense
from nnlayers.layers.embedding import Embedding, PositionalEncoding, TiedDense
from nnlayers.layers.gated import GRU, LSTM
from nnlayers.layers.joining import Add, Concatenate
from nnlayers.layers.normalization import LayerNorm, RMSNorm
from nnlayers.layers.pooling import AveragePool2D, GlobalAveragePool, MaxPool2D
from nnlayers.layers.rectifiers import ELU, LeakyReLU, PReLU
from nnlayers.layers.recurrent import SimpleRNN
from nnlayers.layers.shape import Flatten, Reshape, Upsample2D
from nnlayers.layers.smooth import GELU, Sigmoid, SiLU, Softmax, Softplus, Tanh
from nnlayers.layers.standardize import Standardize
from nnlayers.layers.transposed_convolution import ConvTranspose2D
from nnlayers.layers.window_arguments import padding_of_each, per_axis

__all__ = ["numpy_code"]


@functools.singledispatch
def numpy_code(layer: Any, p: Any, x: Any) -> Any:
    """The NumPy expression of a layer, in text: register functions here.

    A function is registered for a type of layer. ``x`` is the name of the input, or a tuple of names;
    the expression may be a tuple of them, too. ``p`` writes the file:

    * ``p.weights(array)`` for the name of a constant array;
    * ``p.call(function, x, 2)`` for a call of a function of yours that needs nothing but NumPy, as
      ``np``: its text goes into the file;
    * ``p.run(layer, x)`` for the name of the output of a layer inside.

    Parameters
    ----------
    layer : Layer
        The layer; the type of this argument chooses the function.
    p, x
        The writer and the name of the input, as above.

    Returns
    -------
    str, or tuple of str
        The expression.

    Raises
    ------
    NotImplementedError
        No function is registered for the type of the layer.

    Examples
    --------
    >>> class Double(nn.Elementwise):
    ...     def value(self, x):
    ...         return 2 * x
    >>> @nn.io.numpy_code.register(Double)
    ... def _(layer, p, x):
    ...     return f"2 * {x}"
    """
    raise NotImplementedError


FORMULAS = {
    ReLU: "np.maximum({x}, 0)",
    LeakyReLU: "np.maximum({x}, {layer.slope!r} * {x})",
    ELU: "np.maximum({x}, 0) + {layer.alpha!r} * np.expm1(np.minimum({x}, 0))",
    Sigmoid: "1 / (1 + np.exp(-{x}))",
    SiLU: "{x} / (1 + np.exp(-{x}))",
    Softplus: "np.maximum({x}, 0) + np.log1p(np.exp(-np.abs({x})))",
    Tanh: "np.tanh({x})",
    Permute: "{x}.transpose(0, *{layer.order})",
    Reverse: "{x}[:, ::-1]",
    Select: "{x}[:, {layer.index}]",
    GlobalAveragePool: "{x}.mean(axis=tuple(range(1, {x}.ndim - 1)))",
}

for _kind, _text in FORMULAS.items():
    numpy_code.register(_kind, lambda layer, p, x, text=_text: text.format(layer=layer, x=x))
register_containers(numpy_code)


@numpy_code.register(Softmax)
def _(layer: Softmax, p: NumpyWriter, x: str) -> str:
    return p.call(functions.softmax, x)


@numpy_code.register(GELU)
def _(layer: GELU, p: NumpyWriter, x: str) -> str:
    coefficients = p.weights(polynomial(p.dtype))
    return f"{x} * {p.call(functions.normal, x, coefficients)}"


@numpy_code.register(PReLU)
def _(layer: PReLU, p: NumpyWriter, x: str) -> str:
    checked = p.features(x, layer.features) if layer.features > 1 else x
    return f"np.maximum({checked}, 0) + {p.weights(layer.slope)} * np.minimum({x}, 0)"


# Joining, and other shapes


@numpy_code.register(Add)
def _(layer: Add, p: NumpyWriter, x: tuple[str, ...]) -> str:
    return p.call(functions.add, *x)


@numpy_code.register(Concatenate)
def _(layer: Concatenate, p: NumpyWriter, x: tuple[str, ...]) -> str:
    return f"np.concatenate([{', '.join(x)}], axis={layer.axis})"


@numpy_code.register(Reshape)
@numpy_code.register(Flatten)
def _(layer: Reshape, p: NumpyWriter, x: str) -> str:
    return p.call(functions.reshape, x, *layer.shape)


@numpy_code.register(Upsample2D)
def _(layer: Upsample2D, p: NumpyWriter, x: str) -> str:
    down, right = per_axis(layer.factor, 2)
    return f"{x}.repeat({down}, axis=1).repeat({right}, axis=2)"


# Layers with weights


@numpy_code.register(Dense)
def _(layer: Dense, p: NumpyWriter, x: str) -> str:
    return f"{x} @ {p.weights(layer.weight)}{p.plus(layer.bias)}"


@numpy_code.register(TiedDense)
def _(layer: TiedDense, p: NumpyWriter, x: str) -> str:
    return f"{x} @ {p.weights(layer.embedding.weight)}.T{p.plus(layer.bias)}"


@numpy_code.register(Embedding)
def _(layer: Embedding, p: NumpyWriter, x: str) -> str:
    return p.call(functions.lookup, p.weights(layer.weight), x)


@numpy_code.register(PositionalEncoding)
def _(layer: PositionalEncoding, p: NumpyWriter, x: str) -> str:
    return p.call(functions.positions, x)


@numpy_code.register(Standardize)
def _(layer: Standardize, p: NumpyWriter, x: str) -> str:
    return f"({p.features(x, layer.features)} - {p.weights(layer.mean)}) / {p.weights(layer.std)}"


@numpy_code.register(BatchNorm)
@numpy_code.register(FixedBatchNorm)
def _(layer: BatchNorm | FixedBatchNorm, p: NumpyWriter, x: str) -> str:
    root = f"np.sqrt({p.weights(layer.variance)} + {layer.epsilon!r})"
    centred = f"({p.features(x, layer.features)} - {p.weights(layer.mean)})"
    return f"{centred} / {root} * {p.weights(layer.gain)} + {p.weights(layer.offset)}"


@numpy_code.register(LayerNorm)
def _(layer: LayerNorm, p: NumpyWriter, x: str) -> str:
    weights = p.weights(layer.gain), p.weights(layer.offset)
    return p.call(functions.layer_norm, x, *weights, layer.epsilon)


@numpy_code.register(RMSNorm)
def _(layer: RMSNorm, p: NumpyWriter, x: str) -> str:
    return p.call(functions.rms_norm, x, p.weights(layer.gain), layer.epsilon)


@numpy_code.register(GroupNorm)
def _(layer: GroupNorm, p: NumpyWriter, x: str) -> str:
    weights = p.weights(layer.gain), p.weights(layer.offset)
    return p.call(functions.group_norm, x, layer.groups, *weights, layer.epsilon)


@numpy_code.register(Conv1D)
@numpy_code.register(Conv2D)
@numpy_code.register(ConvTranspose2D)
def _(layer: Any, p: NumpyWriter, x: str) -> str:
    axes = len(layer.axes)
    weights = p.weights(layer.weight), p.weights(layer.bias)
    sizes = per_axis(layer.stride, axes), per_axis(layer.dilation, axes)
    padding = padding_of_each(layer.padding, axes)
    if isinstance(layer, ConvTranspose2D):
        more = per_axis(layer.output_padding, axes)
        return p.call(functions.convolve_transposed, x, *weights, *sizes, padding, more, layer.groups)
    return p.call(functions.convolve, x, *weights, *sizes, padding, layer.groups)


@numpy_code.register(MaxPool2D)
@numpy_code.register(AveragePool2D)
def _(layer: MaxPool2D | AveragePool2D, p: NumpyWriter, x: str) -> str:
    size, stride = per_axis(layer.size, 2), per_axis(layer.stride or layer.size, 2)
    padding = padding_of_each(layer.padding, 2)
    if isinstance(layer, AveragePool2D):
        return p.call(functions.average_pool, x, size, stride, padding)
    seen = p.call(functions.windows, x, size, stride, (1, 1), padding, "-np.inf")
    return f"{seen}.max(axis=(-2, -1))"


@numpy_code.register(SimpleRNN)
@numpy_code.register(LSTM)
def _(layer: SimpleRNN | LSTM, p: NumpyWriter, x: str) -> str:
    function = functions.lstm if isinstance(layer, LSTM) else functions.simple_rnn
    weights = [p.weights(part) for part in (layer.weight, layer.recurrent_weight, layer.bias)]
    return p.call(function, x, *weights, layer.return_sequences)


@numpy_code.register(GRU)
def _(layer: GRU, p: NumpyWriter, x: str) -> str:
    parts = layer.weight, layer.recurrent_weight, layer.bias, layer.recurrent_bias
    return p.call(functions.gru, x, *map(p.weights, parts), layer.return_sequences)


@numpy_code.register(Bidirectional)
def _(layer: Bidirectional, p: NumpyWriter, x: str) -> str:
    ahead = p.run(layer.ahead, x)
    back = p.run(layer.back, p.assign(p.call(functions.turned, x)))
    return f"np.concatenate([{ahead}, {p.call(functions.turned, back)}], axis=-1)"


@numpy_code.register(MultiHeadAttention)
def _(layer: MultiHeadAttention, p: NumpyWriter, x: Any) -> str:
    if isinstance(x, tuple):
        raise TypeError(f"{p.who}: {p.name(layer)}: only self-attention is written, without a mask")
    parts = layer.weight, layer.bias, layer.output_weight, layer.output_bias
    return p.call(functions.attention, x, *map(p.weights, parts), layer.heads, layer.causal)
