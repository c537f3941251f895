"""Weights of Keras 3: loaded from a network of it, and written for one."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, describe
from nnlayers.core.files import FilePath, file_name
from nnlayers.core.layer import Layer
from nnlayers.core.placement import on_host
from nnlayers.io.formats import Format
from nnlayers.io.keras.files import read_keras
from nnlayers.io.keras.layers import keras_weights
from nnlayers.io.keras.matching import fitting, in_order_of_kinds, in_turn, separated
from nnlayers.io.matching import matched_parts
from nnlayers.io.rearranged import Unit, load_units, places_of_units

__all__ = ["load_keras", "to_keras"]

NOT_THERE = "leave it out, as in model[1:]"


def load_keras(
    model: Layer,
    source: FilePath | Sequence[Any] | Any,
    mapping: Mapping[str, str] | None = None,
) -> None:
    """Load the weights of a network of Keras 3 into a model that computes the same.

    Most arrays have the same layout. The gates of a GRU are put in order, and the parts of attention
    together. Everything is checked before the first weight is changed.

    Parameters
    ----------
    model : Layer
        The network.
    source : path, list of arrays or model
        A ``.keras`` or ``.weights.h5`` file (extra ``keras``); what ``get_weights()`` of the network
        returns; or the network itself.
    mapping : dict of str to str, optional
        Names of layers in the file, and the paths of the layers here: ``{"dense_1": "layers.4"}``. By
        default all layers with weights are taken in the order of the network. A ``.weights.h5`` file
        has only the order of the layers of each kind, and is read by that.

    Raises
    ------
    TypeError
        Something is of another type; or no function of `keras_weights` is registered for a layer.
    ValueError
        Layers differ in number or shapes, or in a setting that a ``.keras`` file tells; a number does
        not fit the dtype; or the file is damaged, or of another format.
    OSError
        There is no such file, or it cannot be read.
    ImportError
        h5py is not installed.

    Notes
    -----
    No code in a file is run. A ``.keras`` file tells the ``epsilon`` of norms, the strides of
    convolutions, and more settings, which are compared; activations are not. Other sources have arrays
    alone.

    Examples
    --------
    >>> model = nn.Sequential(nn.Dense(2, 3), nn.ReLU(), nn.Dense(3, 1))
    >>> nn.io.load_keras(model, [np.ones((2, 3)), np.zeros(3), np.ones((3, 1)), np.zeros(1)])
    >>> model.predict(np.ones((1, 2)))
    array([[6.]], dtype=float32)
    """
    form = Format("load_keras", keras_weights, on_host(model), NOT_THERE)
    units = _units(form)
    if not isinstance(source, (str, bytes, os.PathLike)):
        if mapping is not None:
            raise ValueError("load_keras: a list of arrays has no names for a mapping: give a file")
        pairs = in_turn(form.who, units, _arrays(source, form.who))
    else:
        layers, ordered = read_keras(source, form.who, sum(_size(unit) for unit in units))
        form.who = f"{form.who}: {file_name(source)}"
        pairs = []
        parts = matched_parts(form.who, units, separated(layers), mapping)
        for name, (some, others) in parts.items():
            if not ordered and len(others) > 1:
                others = in_order_of_kinds(form.who, some, others, name)
            pairs += fitting(form.who, some, others)
    given = [(unit, dict(zip(unit.arrays, arrays, strict=True))) for unit, arrays in pairs]
    load_units(given, form.model, model, form.who)


def to_keras(model: Layer, like: Sequence[Any] | Any = None) -> list[Array]:
    """The weights of a model as the list of arrays that ``set_weights`` of a network of Keras takes.

    Parameters
    ----------
    model : Layer
        The network.
    like : list of arrays or model, optional
        The network of Keras, or what its ``get_weights()`` returns: the shapes are those of its
        arrays. It is needed for a DepthwiseConv2D, whose kernel has another shape than that of a Conv2D
        in groups, and for a PReLU of images.

    Returns
    -------
    list of array
        Arrays of their own, in the dtype of the model, in the order of the layers here.

    Raises
    ------
    TypeError, ValueError
        No function of `keras_weights` is registered for a layer; or the arrays do not fit ``like``.

    Examples
    --------
    >>> [array.shape for array in nn.io.to_keras(nn.Sequential(nn.Dense(2, 3)))]
    [(2, 3), (3,)]
    """
    form = Format("to_keras", keras_weights, on_host(model), NOT_THERE)
    units = _units(form)
    arrays = [array for unit in units for array in unit.export().values()]
    if like is None:
        return arrays
    shapes = [array.shape for array in _arrays(like, form.who)]
    in_turn(form.who, units, [np.broadcast_to(np.float32(0), shape) for shape in shapes])
    return [array.reshape(shape) for array, shape in zip(arrays, shapes, strict=True)]


def _units(form: Format) -> list[Unit]:
    places = places_of_units(form, repeats=False)
    return [Unit(form, path, layer, lambda layer, twin: None) for path, layer in places]


def _size(unit: Unit) -> int:
    return sum(state.value.size for state in unit.states)


def _arrays(source: Any, who: str) -> list[Array]:
    """The arrays of a list, or of a network of Keras."""
    if callable(getattr(source, "get_weights", None)):
        source = source.get_weights()
    if not isinstance(source, (list, tuple)):
        raise TypeError(
            f"{who}: expected the path of a file, or the list that get_weights() returns, got "
            f"{describe(source)}"
        )
    arrays = [np.asarray(array) for array in source]
    arrays = [a.astype(np.float32) if a.dtype.name == "bfloat16" else a for a in arrays]
    if wrong := [array.dtype for array in arrays if array.dtype.kind not in "fiub"]:
        raise TypeError(f"{who}: expected arrays of real numbers, got {wrong[0]}")
    return arrays
