"""The processes that train one model together: only this one, unless a callback brings others."""

import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlayers.core.structures import each
from nnlayers.training.callbacks.base import Callback

if TYPE_CHECKING:
    from nnlayers.training.figures import Totals
    from nnlayers.training.loop import Loop
    from nnlayers.training.resumable import Resumable
    from nnlayers.training.sources import Source

Batches = list[tuple[Any, ...]]


LAUNCHERS = "PMI_SIZE", "OMPI_COMM_WORLD_SIZE", "MV2_COMM_WORLD_SIZE"
"""What the launchers of MPI call the number of processes that they start."""


def processes_started(launchers: Sequence[str] = LAUNCHERS) -> int:
    """How many processes a launcher has started together, by its variables; 1 without one."""
    sizes = (os.environ.get(name, "") for name in launchers)
    return max([1, *(int(size) for size in sizes if size.isdigit())])


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

    def check_collected(self, loop: "Resumable") -> None:
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

    @property
    def part(self) -> tuple[int, int]:
        """The number of this process, and how many there are."""
        raise NotImplementedError

    def join(self, loop: "Loop") -> Alone:
        """Meet the others, before any callback is started; from then on all take the same steps."""
        raise NotImplementedError


def grouped(batches: Iterator[tuple[Any, ...]], size: int) -> Iterator[Batches]:
    """So many batches at a time; the last group may be shorter."""
    if size > 1:  # what gives them may fill the same arrays again
        batches = (each(np.copy, batch) for batch in batches)
    if size == 1:
        yield from ([batch] for batch in batches)
    while group := list(islice(batches, size)):
        yield group
