"""Numbers on a device that come to the host together, so that a step waits for the device once."""

from collections.abc import Callable, Sequence
from typing import Any

from nnlayers.core.devices import as_floats, on_device

Receive = Callable[..., None]


class Readings:
    """Numbers that are not needed at once; they are read together with those of the next step."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Sequence[Any], Receive]] = []

    def later(self, receive: Receive, *numbers: Any) -> None:
        """Call a function with numbers as floats: now, if all are of the host; or in a `read`."""
        if any(map(on_device, numbers)):
            self._waiting.append((numbers, receive))
        else:
            receive(*numbers)

    def read(self, numbers: Sequence[Any] = ()) -> list[float]:
        """These numbers as floats; what is waiting receives its own first."""
        waiting, self._waiting = self._waiting, []
        found = as_floats([n for own, _ in waiting for n in own] + list(numbers))
        for own, receive in waiting:
            receive(*found[: len(own)])
            del found[: len(own)]
        return found
