"""The processes that train one model together: only this one, unless a callback brings others."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from nnlayers.training.callbacks.base import Callback

if TYPE_CHECKING:
    from nnlayers.training.figures import Totals
    from nnlayers.training.loop import Loop
    from nnlayers.training.sources import Source

Batches = list[tuple[Any, ...]]


class Alone:
    """One process, which has no others to agree with.

    A `Loop` and its `Stepper` call it wherever several processes have to do the same.
    """

    rank = 0
    count = 1

    def goes_on(self, loop: "Loop") -> bool:
        """True if nothing has ended the fit before its last epoch."""
        return not (loop.stopped or loop.interrupts.asked)

    def begin_epoch(self, source: "Source") -> None:
        """Before the order of an epoch is drawn."""

    def groups(self, loop: "Loop", groups: Iterator[Batches]) -> Iterator[Batches]:
        """The batches of each step, up to a stop; none for a step of other processes only."""
        for group in groups:
            yield group
            if loop.stopped:
                return

    def before_step(self, trainer: Any) -> None:
        """Before the forward pass."""

    def reduce(self, trainer: Any, seen: Sequence[tuple[Any, ...]], value: float) -> float:
        """Replace the gradients by those of the batches of all processes; the loss of these."""
        return value

    def check_step(self) -> None:
        """Refuse a step whose gradients were not reduced."""

    def samples(self, totals: "Totals") -> int:
        """The samples of the epoch so far."""
        return totals.samples

    def collect(self, loop: "Loop") -> None:
        """Let rank 0 have what all have added up in the epoch so far."""

    def check_collected(self, loop: "Loop") -> None:
        """Refuse to save figures of which other processes have a part."""

    def figures(self, totals: "Totals") -> dict[str, float]:
        """The figures of all batches."""
        return totals.figures()

    def check_end(self) -> None:
        """Refuse an end that other processes do not know of."""

    def ending(self, loop: "Loop") -> AbstractContextManager[None]:
        """A with-block in which the callbacks finish."""
        return nullcontext()


class Joining(Callback):
    """Base of callbacks that bring other processes into a fit."""

    def join(self, loop: "Loop") -> Alone:
        """Meet the others, before any callback is started; from then on all take the same steps."""
        raise NotImplementedError
