"""The arrays that layers of Keras have for ours: a function for each type of layer."""

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.layers.attention import MultiHeadAttention
from nnlayers.layers.channel_norms import BatchNorm, FixedBatchNorm, GroupNorm
from nnlayers.layers.convolution import Conv1D, Conv2D
from nnlayers.layers.dense import Dense
from nnlayers.layers.embedding import Embedding
from nnlayers.layers.gated import GRU, LSTM
from nnlayers.layers.normalization import LayerNorm, RMSNorm
from nnlayers.layers.rectifiers import PReLU
from nnlayers.layers.recurrent import SimpleRNN
from nnlayers.layers.transposed_convolution import ConvTranspose2D

__all__ = ["keras_weights"]


@functools.singledispatch
def keras_weights(layer: Any) -> Mapping[str, Any]:
    """The arrays that a layer of Keras has for a layer, by name, in the order of its ``get_weights``.

    Register a function for a layer of your own. It makes the arrays of the layer's own by transposing,
    reshaping, slicing and joining, and so says both how weights are loaded and how they are written.
    A Parameter or a State stands for its value; an array that is None is left out.

    Parameters
    ----------
    layer : Layer
        The layer; the type of this argument chooses the function.

    Returns
    -------
    dict of str to array

    Raises
    ------
    NotImplementedError
        No function is registered for the type of the layer.

    Examples
    --------
    >>> class Scale(nn.Layer):
    ...     def __init__(self, features):
    ...         self.gain = nn.Parameter(np.ones(features))
    >>> @nn.io.keras_weights.register(Scale)
    ... def _(layer):
    ...     return {"scale": layer.gain}
    >>> nn.io.to_keras(Scale(2))
    [array([1., 1.], dtype=float32)]
    """
    raise NotImplementedError


@keras_weights.register(Dense)
@keras_weights.register(Conv1D)
@keras_weights.register(Conv2D)
@keras_weights.register(ConvTranspose2D)
def _dense(layer: Any) -> Any:
    return {"kernel": layer.weight, "bias": layer.bias}


@keras_weights.register(Embedding)
def _embedding(layer: Any) -> Any:
    return {"embeddings": layer.weight}


@keras_weights.register(BatchNorm)
@keras_weights.register(FixedBatchNorm)
def _batch_norm(layer: Any) -> Any:
    return {
        "gamma": layer.gain,
        "beta": layer.offset,
        "moving_mean": layer.mean,
        "moving_variance": layer.variance,
    }


@keras_weights.register(LayerNorm)
@keras_weights.register(GroupNorm)
def _norm(layer: Any) -> Any:
    return {"gamma": layer.gain, "beta": layer.offset}


@keras_weights.register(RMSNorm)
def _rms_norm(layer: Any) -> Any:
    return {"scale": layer.gain}


@keras_weights.register(PReLU)
def _prelu(layer: Any) -> Any:
    return {"alpha": layer.slope}


@keras_weights.register(SimpleRNN)
@keras_weights.register(LSTM)
def _recurrent(layer: Any) -> Any:
    return {"kernel": layer.weight, "recurrent_kernel": layer.recurrent_weight, "bias": layer.bias}


@keras_weights.register(GRU)
def _gru(layer: Any) -> Any:
    def update_first(array: Array) -> Array:
        reset, update, new = np.split(array, 3, axis=-1)
        return np.concatenate([update, reset, new], axis=-1)

    return {
        "kernel": update_first(layer.weight.value),
        "recurrent_kernel": update_first(layer.recurrent_weight.value),
        "bias": update_first(np.stack([layer.bias.value, layer.recurrent_bias.value])),
    }


@keras_weights.register(MultiHeadAttention)
def _attention(layer: Any) -> Any:
    features, size = layer.features, layer.features // layer.heads
    found = {}
    for index, name in enumerate(["query", "key", "value"]):
        columns = slice(index * features, (index + 1) * features)
        found[f"{name}/kernel"] = layer.weight.value[:, columns].reshape(features, layer.heads, size)
        if layer.bias is not None:
            found[f"{name}/bias"] = layer.bias.value[columns].reshape(layer.heads, size)
    output = layer.output_weight.value.reshape(layer.heads, size, features)
    return {**found, "output/kernel": output, "output/bias": layer.output_bias}
