"""Zeros for a layer, to see what it does with them."""

from typing import Any

from nnlayers.core import tree
from nnlayers.core.devices import beside
from nnlayers.core.state import State
from nnlayers.core.structures import each, zeros


def trial_input(layer: Any, shape: tuple[Any, ...]) -> Any:
    """A row of zeros for a layer, where its parameters are."""
    return beside_states(zeros(shape, layer.takes_integers, layer.dtype), layer)


def beside_states(x: Any, layer: tree.Holder) -> Any:
    """An input that is moved to where the parameters and states of a layer are."""
    state = next((part for _, part in tree.walk(layer) if isinstance(part, State)), None)
    return x if state is None else each(lambda array: beside(array, state.value), x)
