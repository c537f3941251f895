"""Weights of PyTorch: loaded from a network of it, and written for one."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.files import FilePath, file_name
from nnlayers.core.layer import Layer
from nnlayers.core.placement import on_host
from nnlayers.io.formats import Format
from nnlayers.io.matching import check_fit, matched_parts
from nnlayers.io.pytorch.arrays import array_of, state_dict_of
from nnlayers.io.pytorch.layers import torch_weights
from nnlayers.io.pytorch.names import (
    RECURRENT,
    in_order_of_layers,
    in_order_of_numbers,
    modules_of,
)
from nnlayers.io.pytorch.order import Orders
from nnlayers.io.rearranged import Unit, load_units, places_of_units

__all__ = ["load_torch", "to_torch"]

NOT_THERE = "leave it out, as in model[1:]"


def load_torch(
    model: Layer,
    source: Mapping[str, Any] | FilePath | Any,
    mapping: Mapping[str, str] | None = None,
) -> None:
    """Load the weights of a network of PyTorch into a model that computes the same.

    Matrices and kernels are transposed, and the two biases of an LSTM are added. The weights behind a
    Flatten of images are put in order, since the channels come first there and last here. Everything
    is checked before the first weight is changed.

    Parameters
    ----------
    model : Layer
        The network. It needs to know its ``input_shape`` if a Flatten follows images.
    source : dict, path or module
        A ``state_dict`` of tensors or arrays; a file of ``torch.save`` (extra ``torch``), or one of
        safetensors, with such a dict; or the module itself.
    mapping : dict of str to str, optional
        Names of modules there, and the paths of the layers here: ``{"body.conv1": "layers.0"}``. A
        module may hold others, whose weights then fit those in the layer in their order. By default
        all modules with weights are taken in the order of the state_dict, and all layers with weights
        in that of their definition.

    Raises
    ------
    TypeError
        Something is of another type; or no function of `torch_weights` is registered for a layer.
    ValueError
        Modules and layers differ in number, names or shapes, a number does not fit the dtype, the
        order of features is not known; or the file is damaged, or of another format.
    OSError
        There is no such file, or it cannot be read.
    ImportError
        The file is one of ``torch.save``, and torch is not installed.

    Notes
    -----
    Read with ``torch.load(weights_only=True)``, or as plain bytes: no code in a file is run. What the
    names and shapes do not show is not checked: activations, strides, ``eps``, ``norm_first``.

    Examples
    --------
    >>> model = nn.Sequential(nn.Dense(2, 3), nn.ReLU(), nn.Dense(3, 1))
    >>> arrays = {"0.weight": np.ones((3, 2)), "0.bias": np.zeros(3)}
    >>> arrays |= {"2.weight": np.ones((1, 3)), "2.bias": np.zeros(1)}
    >>> nn.io.load_torch(model, arrays)
    >>> model.predict(np.ones((1, 2)))
    array([[6.]], dtype=float32)
    """
    form = Format("load_torch", torch_weights, on_host(model), NOT_THERE)
    values, by_name = state_dict_of(source, form.who)
    if isinstance(source, (str, bytes, os.PathLike)):
        form.who = f"{form.who}: {file_name(source)}"
    pairs = []
    for unit, module in _matched(form, values, by_name, mapping):
        arrays = {name: array_of(values[full], f"{form.who}: {full}") for name, full in module.items()}
        given = {names: [arrays[name] for name in names if name in arrays] for names in unit.arrays}
        pairs.append((unit, {names: _sum(parts) for names, parts in given.items() if parts}))
    load_units(pairs, form.model, model, form.who)


def to_torch(
    model: Layer,
    like: Mapping[str, Any] | FilePath | Any = None,
    mapping: Mapping[str, str] | None = None,
) -> dict[str, Array]:
    """The weights of a model as arrays that a network of PyTorch loads, by the names there.

    ``network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})``

    Parameters
    ----------
    model : Layer
        The network. It needs to know its ``input_shape`` if a Flatten follows images.
    like : dict, path or module, optional
        The network of PyTorch, or its ``state_dict``, for the names. By default they are those of
        ``nn.Sequential`` with modules at the same places: ``"2.0.weight"``.
    mapping : dict of str to str, optional
        As for `load_torch`; it needs ``like``.

    Returns
    -------
    dict of str to array
        Arrays of their own, in the dtype of the model.

    Raises
    ------
    TypeError, ValueError, OSError, ImportError
        As for `load_torch`.

    Examples
    --------
    >>> {name: array.shape for name, array in nn.io.to_torch(nn.Sequential(nn.Dense(2, 3))).items()}
    {'0.weight': (3, 2), '0.bias': (3,)}
    """
    form = Format("to_torch", torch_weights, on_host(model), NOT_THERE)
    if like is not None:
        pairs = _matched(form, *state_dict_of(like, form.who), mapping)
    elif mapping is not None:
        raise ValueError("to_torch: a mapping needs like=, the state_dict with the names")
    else:
        pairs = [(unit, _names_in_sequential(unit)) for unit in _units(form, repeats=True)]
    found: dict[str, Array] = {}
    for unit, names in pairs:
        for group, array in unit.export().items():
            for name in group:
                if names[name] in found:
                    raise ValueError(f"to_torch: two arrays would be {names[name]!r}: give like=")
                found[names[name]] = array if name == group[0] else np.zeros_like(array)
    return found


def _units(form: Format, *, repeats: bool) -> list[Unit]:
    """The layers with weights, prepared for the order of features there."""
    orders = Orders(form.model)
    places = places_of_units(form, repeats=repeats)
    units = [Unit(form, path, layer, orders.prepare) for path, layer in places]
    orders.check_output(form.who)
    return units


def _names_in_sequential(unit: Unit) -> dict[str, str]:
    """The names that the arrays of a layer have in an ``nn.Sequential``, or a bidirectional module."""
    names = [name for group in unit.arrays for name in group]
    path, after = unit.path, ""
    if RECURRENT.fullmatch(names[0]) and path.rpartition(".")[2] in ("ahead", "back"):
        path, _, which = path.rpartition(".")
        after = "_reverse" * (which == "back")
    places = [part for part in path.split(".") if part not in ("layers", "")]
    return {name: ".".join([*places, name + after]) for name in names}


def _sum(parts: list[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.asarray(np.sum(parts, axis=0, dtype=np.float64))


def _matched(
    form: Format, values: Mapping[str, Any], by_name: bool, mapping: Mapping[str, str] | None
) -> list[tuple[Unit, dict[str, str]]]:
    """Each layer with weights, and the full names of its arrays in a state_dict.

    Raises
    ------
    TypeError, ValueError
        They do not fit.
    """
    modules, units = modules_of(values), _units(form, repeats=True)
    alone = {id(unit.layer): unit for unit in reversed(units)}
    if len(modules) == len(alone) < len(units):  # shared layers are there once, as in safetensors
        units = [unit for unit in units if alone[id(unit.layer)] is unit]
    pairs: list[tuple[Unit, dict[str, str]]] = []
    for some, others in matched_parts(form.who, units, modules, mapping).values():
        if by_name:
            others = in_order_of_numbers(form.who, others)
        ordered = in_order_of_layers(some, others)
        shapes = {
            prefix: {name: tuple(values[full].shape) for name, full in names.items()}
            for prefix, names in ordered.items()
        }
        check_fit(form.who, some, shapes)
        pairs += zip(some, ordered.values(), strict=True)
    return pairs
