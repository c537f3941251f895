"""Where the parameters of a layer are: inputs beside them, and copies of models for the host."""

import copy
from typing import Any, TypeVar

from nnlayers.core import tree
from nnlayers.core.devices import beside, on_device
from nnlayers.core.state import State
from nnlayers.core.structures import each, zeros

T = TypeVar("T", bound=tree.Holder)


def trial_input(layer: Any, shape: tuple[Any, ...]) -> Any:
    """A row of zeros for a layer, where its parameters are."""
    return beside_states(zeros(shape, layer.takes_integers, layer.dtype), layer)


def beside_states(x: Any, layer: tree.Holder) -> Any:
    """An input that is moved to where the parameters and states of a layer are."""
    state = next((part for _, part in tree.walk(layer) if isinstance(part, State)), None)
    return x if state is None else each(lambda array: beside(array, state.value), x)


def on_host(model: T) -> T:
    """The model itself; if it has arrays on a GPU, a copy of it in the memory of the host."""
    states = (part for _, part in tree.walk(model) if isinstance(part, State))
    if not any(on_device(state.value) for state in states):
        return model
    twin: Any = copy.deepcopy(model)
    twin.to("numpy")
    return twin
