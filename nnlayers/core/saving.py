"""Values saved in a forward pass for its backward pass, and passes through several layers."""

import itertools
import threading
import warnings
from collections.abc import Iterator, Sequence
from operator import itemgetter
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar

from nnlayers.core.structures import each
from nnlayers.core.tree import Holder, parts

MANY_PENDING = 1_000
_tickets = itertools.count()
_one_at_a_time = threading.Lock()
T = TypeVar("T", bound="SavesForBackward")


class SavesForBackward(Holder):
    """The stack that layers and losses share: values saved in ``forward``, taken back in ``backward``.

    The values are a stack, so several forwards are undone last first: one object may stand in two
    places of a network. Each thread has a stack of its own. They are not copied, pickled or stored in
    files with their owner.
    """

    __slots__ = ("_saved",)  # not among the attributes, which are walked, copied and pickled

    _saved: threading.local  # made by the first save, so that no __init__ has to be called
    instead_of_forward: ClassVar[str] = ""
    """The verb to call if no backward follows."""

    def save_for_backward(self, *values: Any) -> None:
        """Put values aside for the matching ``backward``.

        One value comes back from `saved` as itself, several as a tuple; a variable number goes in
        as one list. More than 1,000 pending forwards give one RuntimeWarning.
        """
        try:
            stack = self._saved.stack
        except AttributeError:
            stack = self._new_stack()
        # Tickets number all saves of the process in their order, so that a pass can drop its own.
        stack.append((next(_tickets), values[0] if len(values) == 1 else values))
        if len(stack) > MANY_PENDING:
            self._warn_once(len(stack))

    def _new_stack(self) -> list[tuple[int, Any]]:
        """The stack of this thread, which has not saved anything yet."""
        with _one_at_a_time:
            if not hasattr(self, "_saved"):
                object.__setattr__(self, "_saved", threading.local())  # a class may refuse attributes
        stack: list[tuple[int, Any]] = []
        self._saved.stack = stack
        return stack

    def _warn_once(self, pending: int) -> None:
        if pending == MANY_PENDING + 1:
            warnings.warn(
                f"{type(self).__name__} has saved values for {pending:,} forwards without a backward. "
                f"If no backward follows, call {self.instead_of_forward}, which saves nothing.",
                RuntimeWarning,
                stacklevel=4,
            )

    def saved(self) -> Any:
        """Take back what the last forward that is still pending has saved.

        Raises
        ------
        RuntimeError
            Nothing is saved: ``backward`` was called without its ``forward``.
        """
        try:
            return self._saved.stack.pop()[1]
        except (AttributeError, IndexError):
            raise RuntimeError(
                f"{self!r}: backward without its forward: nothing is saved. Every backward needs a "
                f"forward of its own before it, in the same thread ({self.instead_of_forward} saves "
                "nothing)."
            ) from None

    @property
    def pending(self) -> int:
        """The number of saves of this thread that no ``backward`` has taken back yet.

        Examples
        --------
        >>> layer = nn.ReLU()
        >>> y = layer.forward(np.ones((1, 2)))
        >>> layer.pending
        1
        >>> grad = layer.backward(y)  # or layer.clear_saved()
        >>> layer.pending
        0
        """
        return len(self._stack)

    @property
    def _stack(self) -> list[tuple[int, Any]]:
        """The values that this thread has saved."""
        return getattr(getattr(self, "_saved", None), "stack", [])

    def clear_saved(self) -> None:
        """Forget all pending forwards of this thread, of this object and of those in it."""
        drop_saved(self, since=-1)

    def drop_since(self, ticket: int) -> None:
        """Forget what this thread saved in this object itself since a ticket was drawn."""
        stack = self._stack
        while stack and stack[-1][0] > ticket:
            stack.pop()


def where_failed(error: BaseException, place: str, layer: object, x: Any) -> str:
    """The place of a layer that failed, and the shape of what it got unless the error says it."""
    where = f"in {place}, {type(layer).__name__}"
    if not isinstance(error, ValueError) or x is None:
        return where
    shape = str(each(lambda array: getattr(array, "shape", None), x))
    return where if shape in str(error) else f"{where}, which got shape {shape}"


def new_ticket() -> int:
    """A number between those of what was saved before and of what will be saved."""
    return next(_tickets)


def drop_saved(thing: SavesForBackward, since: int) -> None:
    """Drop what an object, and all those in it, saved since a ticket was drawn."""
    thing.drop_since(since)
    for _, part in parts(thing):
        if isinstance(part, SavesForBackward):
            part.drop_since(since)


def pending_saves(thing: SavesForBackward) -> list[tuple[int, Any]]:
    """What an object, and all those in it, have saved in this thread, in order, with tickets."""
    holders = [thing, *(part for _, part in parts(thing) if isinstance(part, SavesForBackward))]
    return sorted((save for holder in holders for save in holder._stack), key=itemgetter(0))


class Pass(Generic[T]):
    """A pass through the layers of a container, as a with-block: iterating it gives the layers.

    If a layer fails, its path, ``owner.place(index)``, is added to the error as a note.
    """

    __slots__ = ("index", "layers", "owner", "ticket", "x")

    def __init__(self, owner: Any, layers: Sequence[T], x: Any = None) -> None:
        self.owner, self.layers = owner, layers
        self.x = x
        """What the layer that runs gets, if it is known."""
        self.index = 0
        """The place of the layer that runs."""

    def __enter__(self) -> Self:
        return self

    def __iter__(self) -> Iterator[T]:
        for self.index, layer in enumerate(self.layers):  # noqa: B020
            yield layer
        self.index = len(self.layers)  # what fails from here on is in none of them

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if error is not None:
            self.failed(error)

    def failed(self, error: BaseException) -> None:
        """Say in which layer it was."""
        if self.index < len(self.layers):
            layer = self.layers[self.index]
            error.add_note(where_failed(error, self.owner.place(self.index), layer, self.x))


class ForwardPass(Pass[T]):
    """A forward pass: if it fails, what its layers saved is dropped."""

    __slots__ = ()

    def __enter__(self) -> Self:
        self.ticket = next(_tickets)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if error is None:
            self.owner.save_for_backward(self.ticket)
        else:
            drop_saved(self.owner, self.ticket)
            self.failed(error)


class BackwardPass(Pass[T]):
    """A backward pass, last layer first; values saved in layers that it does not reach are dropped."""

    __slots__ = ()

    def __enter__(self) -> Self:
        self.ticket = self.owner.saved()
        self.index = len(self.layers)
        return self

    def __iter__(self) -> Iterator[T]:
        for self.index in range(len(self.layers) - 1, -1, -1):  # noqa: B020
            yield self.layers[self.index]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if error is not None:
            drop_saved(self.owner, self.ticket)
            self.failed(error)
        else:
            for layer in self.layers[: self.index]:
                drop_saved(layer, self.ticket)
