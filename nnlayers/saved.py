"""The stack of values that a forward pass saves for its backward pass: layers and losses have one."""

import itertools
import warnings
from typing import Any

MANY_PENDING = 1_000
tickets = itertools.count()
"""Numbers all saves of the process in their order, so that those of one pass can be told."""


class SavesForBackward:
    """What layers and losses share: values saved in ``forward``, taken back in ``backward``.

    The values are a stack, so several forwards are undone last first: one object may stand in two
    places of a network. They are not copied, pickled or stored in files with their owner.
    """

    _saved: list[tuple[int, Any]]  # made by the first save, so that no __init__ has to be called
    _instead = ""  # what to call where no backward follows

    def save_for_backward(self, *values: Any) -> None:
        """Put values aside for the matching ``backward``.

        One value comes back from `saved` as itself, several as a tuple; a variable number goes in
        as one list. More than 1,000 pending forwards give one ResourceWarning.
        """
        try:
            stack = self._saved
        except AttributeError:
            stack = self._saved = []
        stack.append((next(tickets), values[0] if len(values) == 1 else values))
        if len(stack) == MANY_PENDING + 1:
            warnings.warn(
                f"{self!r} has saved values for {len(stack):,} forwards without a backward. Where no "
                f"backward follows, call {self._instead} instead of forward: it saves nothing.",
                ResourceWarning,
                stacklevel=3,
            )

    def saved(self) -> Any:
        """Take back what the last forward that is still pending has saved.

        Raises
        ------
        RuntimeError
            Nothing is saved: ``backward`` was called without its ``forward``.
        """
        stack = self.__dict__.get("_saved")
        if not stack:
            raise RuntimeError(
                f"{self!r}: backward without its forward: nothing is saved. Every backward needs a "
                f"forward of its own before it ({self._instead} saves nothing)."
            )
        return stack.pop()[1]

    @property
    def _pending(self) -> int:
        """How many saves no ``backward`` has taken back yet."""
        return len(self.__dict__.get("_saved", ()))

    def _forget(self, since: int) -> None:
        """Drop what was saved since a ticket was drawn."""
        while self._pending and self._saved[-1][0] > since:
            self._saved.pop()

    def _forget_all(self, since: int) -> None:
        """Drop what this object, and all those in it, saved since a ticket was drawn."""
        for stack in self._stacks():
            stack._forget(since)

    def clear_saved(self) -> None:
        """Forget all pending forwards, of this object and of those in it."""
        self._forget_all(since=-1)

    def _stacks(self) -> list["SavesForBackward"]:
        """The object itself and those in it that save values, each once."""
        found: dict[int, SavesForBackward] = {}
        _look(self, found)
        return list(found.values())

    def __getstate__(self) -> dict[str, Any]:
        state = vars(self).copy()
        state.pop("_saved", None)
        return state


def _look(value: Any, found: dict[int, SavesForBackward]) -> None:
    if isinstance(value, SavesForBackward):
        if id(value) not in found:
            found[id(value)] = value
            _look(SavesForBackward.__getstate__(value), found)
    elif isinstance(value, dict):
        for item in value.values():
            _look(item, found)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _look(item, found)
