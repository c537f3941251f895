"""Where the arrays of a component are, and inputs and copies that are moved there, or to the host."""

import copy
from typing import Any, TypeVar

from nnlayers.core import tree
from nnlayers.core.devices import device_of, mover, on_device
from nnlayers.core.state import State
from nnlayers.core.structures import each, zeros

T = TypeVar("T", bound=tree.Holder)


def first_state(component: Any) -> State | None:
    """A parameter of a component, or a state if it has none."""
    first: State | None = tree.first_parameter(component)
    if first is None:
        first = next((part for _, part in tree.walk(component) if isinstance(part, State)), None)
    return first


def device_of_component(component: Any) -> str:
    """The device that holds the parameters of a component, or its states if it has none."""
    first = first_state(component)
    return "numpy" if first is None else device_of(first.value)


def check_together(**components: Any) -> None:
    """Refuse components that are not all on one device.

    Raises
    ------
    ValueError
        It names a part of them that is elsewhere.
    """
    places = [
        (f"{name}.{path}", device_of(state.value))
        for name, component in components.items()
        for path, state in component.named_states()
    ]
    for path, device in places:
        if device != places[0][1]:
            calls = " and ".join(f"{name}.to({places[0][1]!r})" for name in components)
            raise ValueError(
                f"Trainer: {places[0][0]} is on {places[0][1]}, and {path} on {device}: move all of "
                f"it, {calls}"
            )


def moved(x: Any, device: str, who: str) -> Any:
    """An array, or all those of a (nested) tuple, on a device; None stays None."""
    move = mover(device, who)
    return each(lambda array: None if array is None else move(array), x)


def moved_beside(component: Any, x: Any) -> Any:
    """Arrays of the host where a component is; arrays that are on a device stay there."""
    device = device_of_component(component)
    return x if device == "numpy" else moved(x, device, type(component).__name__)


def trial_input(layer: Any, shape: tuple[Any, ...]) -> Any:
    """A row of zeros for a layer, where its parameters are."""
    return moved_beside(layer, zeros(shape, layer.takes_integers, layer.dtype))


def on_host(model: T) -> T:
    """The model itself; if it has arrays on a GPU, a copy of it in the memory of the host."""
    states = (part for _, part in tree.walk(model) if isinstance(part, State))
    if not any(on_device(state.value) for state in states):
        return model
    twin: Any = copy.deepcopy(model)
    twin.to("numpy")
    return twin
