"""Weights in files: the values of a component, and a note of the layers that they belong to."""

import os
from typing import Any

from nnlayers.core.files import FilePath
from nnlayers.core.notices import notice
from nnlayers.core.tree import Holder


def save(component: Any, path: FilePath) -> None:
    """Write the values of a component, with the list of its layers."""
    from nnlayers.core.npz import write_arrays  # takes long to import, and few need it

    write_arrays(path, component.state_dict(), list_of_layers(component))


def load(component: Any, path: FilePath) -> None:
    """Load the values of a file, and warn if they were those of other layers."""
    from nnlayers.core.npz import read_arrays

    shapes = {name: state.value.shape for name, state in component.named_states()}
    arrays, layers = read_arrays(path, shapes)
    component.load_state_dict(arrays)
    if layers and (difference := first_difference(layers, list_of_layers(component))):
        notice(
            f"{type(component).__name__}.load_weights: {os.fsdecode(path)} was written by a network "
            f"with {difference}: its values fit, but the predictions may differ"
        )


def list_of_layers(component: Any) -> str:
    """Each layer's path and class, one a line."""
    parts = component.named_parts()
    return "\n".join(f"{p} {type(part).__name__}" for p, part in parts if isinstance(part, Holder))


def first_difference(one: str, other: str) -> str:
    """The first difference of two lists of layers, in words; empty if there is none."""
    ones, others = _kinds(one), _kinds(other)
    for path in ones | others:
        if ones.get(path) != others.get(path):
            return f"{ones.get(path, 'nothing')} at {path}, not {others.get(path, 'nothing')}"
    return ""


def _kinds(layers: str) -> dict[str, str]:
    """The class at each path."""
    return {path: kind for path, _, kind in (line.rpartition(" ") for line in layers.splitlines())}
