"""The stack of values that a forward pass saves for its backward pass: layers and losses have one."""

import warnings
from typing import Any

MANY_PENDING = 1_000


class SavesForBackward:
    """What layers and losses share: values saved in ``forward``, taken back in ``backward``.

    The values are a stack, so several forwards are undone last first: one object may stand in two
    places of a network. They are not copied, pickled or stored in files with their owner.
    """

    _saved: list[Any]  # made by the first save, so that no __init__ has to be called

    def save_for_backward(self, *values: Any) -> None:
        """Put values aside for the matching ``backward``.

        One value comes back from `saved` as itself, several as a tuple; a variable number goes in
        as one list. More than 1,000 pending forwards give one ResourceWarning.
        """
        try:
            stack = self._saved
        except AttributeError:
            stack = self._saved = []
        stack.append(values[0] if len(values) == 1 else values)
        if len(stack) == MANY_PENDING + 1:
            warnings.warn(
                f"{self!r} has saved values for {len(stack):,} forwards without a backward. Where no "
                "backward follows, call predict instead of forward: it saves nothing.",
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
        if not self._pending:
            raise RuntimeError(
                f"{self!r}: backward without its forward: nothing is saved. Every backward needs a "
                "forward of its own before it (predict saves nothing)."
            )
        return self._saved.pop()

    @property
    def _pending(self) -> int:
        """How many saves no ``backward`` has taken back yet."""
        return len(self.__dict__.get("_saved", ()))

    def _forget(self, pending: int) -> None:
        """Drop the last saves, down to the first ``pending``."""
        if self._pending > pending:
            del self._saved[pending:]

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_saved"}
