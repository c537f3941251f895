"""Transfers between the host and a device: of numbers, many at once, and of batches."""

from typing import Any

from nnlayers.core import tree
from nnlayers.core.devices import device_of, mover
from nnlayers.core.state import State


def moved(x: Any, device: str, who: str) -> Any:
    """An array, or all those of a (nested) tuple, on a device; None stays None."""
    move = mover(device, who)

    def each_moved(item: Any) -> Any:
        if isinstance(item, tuple):
            return tuple(map(each_moved, item))
        return None if item is None else move(item)

    return each_moved(x)


def first_state(component: Any) -> State | None:
    """A parameter of a component, or a state if it has none."""
    return tree.first_parameter(component) or next(
        (state for _, state in component.named_states()), None
    )


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


def moved_beside(component: Any, x: Any) -> Any:
    """Arrays of the host where a component is; arrays that are on a device stay there."""
    device = device_of_component(component)
    return x if device == "numpy" else moved(x, device, type(component).__name__)
