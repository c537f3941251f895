"""The arrays that modules of PyTorch have for layers: a function for each type of layer."""

import functools
from collections.abc import Mapping
from typing import Any

from nnlayers.io.rearranged import Names
from nnlayers.layers.attention import MultiHeadAttention
from nnlayers.layers.channel_norms import BatchNorm, FixedBatchNorm, GroupNorm
from nnlayers.layers.convolution import Conv1D, Conv2D
from nnlayers.layers.dense import Dense
from nnlayers.layers.embedding import Embedding, TiedDense
from nnlayers.layers.gated import GRU, LSTM
from nnlayers.layers.normalization import LayerNorm, RMSNorm
from nnlayers.layers.rectifiers import PReLU
from nnlayers.layers.recurrent import SimpleRNN
from nnlayers.layers.transposed_convolution import ConvTranspose2D

__all__ = ["torch_weights"]


@functools.singledispatch
def torch_weights(layer: Any) -> Mapping[str | Names, Any]:
    """The arrays that a module of PyTorch has for a layer, by the names in its ``state_dict``.

    Register a function for a layer of your own. It makes the arrays of the layer's own by transposing,
    reshaping, slicing and joining, and so says both how weights are loaded and how they are written.
    A Parameter or a State stands for its value; an array that is None is left out. The arrays of a
    tuple of names are added up.

    Parameters
    ----------
    layer : Layer
        The layer; the type of this argument chooses the function.

    Returns
    -------
    dict of str, or tuple of str, to array

    Raises
    ------
    NotImplementedError
        No function is registered for the type of the layer.

    Examples
    --------
    >>> class Scale(nn.Layer):
    ...     def __init__(self, features):
    ...         self.gain = nn.Parameter(np.ones(features))
    >>> @nn.io.torch_weights.register(Scale)
    ... def _(layer):
    ...     return {"weight": layer.gain}
    >>> nn.io.to_torch(Scale(2))
    {'weight': array([1., 1.], dtype=float32)}
    """
    raise NotImplementedError


@torch_weights.register(Dense)
def _dense(layer: Any) -> Any:
    return {"weight": layer.weight.value.T, "bias": layer.bias}


@torch_weights.register(TiedDense)
def _tied_dense(layer: Any) -> Any:
    return {"weight": layer.embedding.weight, "bias": layer.bias}


@torch_weights.register(Conv1D)
@torch_weights.register(Conv2D)
@torch_weights.register(ConvTranspose2D)
def _convolution(layer: Any) -> Any:
    kernel = layer.weight.value  # taps, in, out; there out, in, taps
    return {"weight": kernel.transpose(-1, -2, *range(kernel.ndim - 2)), "bias": layer.bias}


@torch_weights.register(BatchNorm)
@torch_weights.register(FixedBatchNorm)
def _batch_norm(layer: Any) -> Any:
    return {
        "weight": layer.gain,
        "bias": layer.offset,
        "running_mean": layer.mean,
        "running_var": layer.variance,
    }


@torch_weights.register(LayerNorm)
@torch_weights.register(GroupNorm)
def _norm(layer: Any) -> Any:
    return {"weight": layer.gain, "bias": layer.offset}


@torch_weights.register(RMSNorm)
def _rms_norm(layer: Any) -> Any:
    return {"weight": layer.gain}


@torch_weights.register(PReLU)
def _prelu(layer: Any) -> Any:
    return {"weight": layer.slope}


@torch_weights.register(Embedding)
def _embedding(layer: Any) -> Any:
    return {"weight": layer.weight}


@torch_weights.register(SimpleRNN)
@torch_weights.register(LSTM)
def _recurrent(layer: Any) -> Any:
    return {
        "weight_ih_l0": layer.weight.value.T,
        "weight_hh_l0": layer.recurrent_weight.value.T,
        ("bias_ih_l0", "bias_hh_l0"): layer.bias,
    }


@torch_weights.register(GRU)
def _gru(layer: Any) -> Any:
    return {
        "weight_ih_l0": layer.weight.value.T,
        "weight_hh_l0": layer.recurrent_weight.value.T,
        "bias_ih_l0": layer.bias,
        "bias_hh_l0": layer.recurrent_bias,
    }


@torch_weights.register(MultiHeadAttention)
def _attention(layer: Any) -> Any:
    return {
        "in_proj_weight": layer.weight.value.T,
        "in_proj_bias": layer.bias,
        "out_proj.weight": layer.output_weight.value.T,
        "out_proj.bias": layer.output_bias,
    }
