"""The ranks that train one model together: what they agree on before, in and after each step."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import length
from nnlayers.distributed.gradients import Gradients, Room
from nnlayers.distributed.link import Link
from nnlayers.distributed.start import Start
from nnlayers.training.ranks import Alone
from nnlayers.training.weights import check_proportional, weights_by_output

if TYPE_CHECKING:
    from nnlayers.training.figures import Totals
    from nnlayers.training.loop import Loop
    from nnlayers.training.resumable import Resumable
    from nnlayers.training.sources import Source

EPOCH, BATCH, STEP, FIGURES, GATHER, END = range(1, 7)
PLACES = {
    EPOCH: "the beginning of an epoch",
    BATCH: "the choice of a batch",
    STEP: "the gradients of a step",
    FIGURES: "the figures of an epoch",
    GATHER: "trainer.gather()",
    END: "the end of the fit",
}
"""Where the ranks of a fit meet, in words."""
HALVES = 0xFFFF  # of checksums: numbers whose squares can be added up in float64 without rounding
ROOM = 16  # numbers that all tell each other at any place, besides the weights for each output


class Team(Alone):
    """The ranks of a fit, from the view of one of them.

    Parameters
    ----------
    link : Link
        With the other processes.
    start : Start
        Where all begin.
    averages : bool
        Whether running statistics become their mean over the ranks.
    """

    def __init__(self, link: Link, start: Start, *, averages: bool) -> None:
        self.link, self.start, self.loop, self.averages = link, start, start.loop, averages
        self.rank, self.count = link.rank, link.count
        self.interrupts, self.room = self.loop.interrupts, Room()
        self.interrupts.is_shared = True
        self.total = self.loop.place.samples
        """The samples of all ranks in the epoch so far."""
        self.collected = 0
        """The batch of the epoch after which rank 0 had what all have added up."""
        self.is_over = False
        """True if all ranks know that the fit ends."""
        self._is_expected = False  # the call of `reduce` in a step

    def agree(self, place: int, *values: float, checksums: Sequence[int] = ()) -> tuple[Array, bool]:
        """Wait for all at a place of the loop: the sums of values, and whether checksums are equal.

        Raises
        ------
        RuntimeError
            Others are at another place; or one has failed, or has ended.
        """
        numbers = [place, *(half for c in checksums for half in (c & HALVES, c >> 16))]
        end = 2 * len(numbers)
        told = np.zeros(ROOM + len(self.start.outputs))
        told[:end] = [power for n in numbers for power in (n, n * n)]
        told[end : end + len(values)] = values
        sums = self.link.add(told)
        same = [self.count * sums[i + 1] == sums[i] ** 2 for i in range(0, end, 2)]
        if not same[0]:
            raise RuntimeError(
                f"DataParallel: rank {self.rank} is at {PLACES[place]}, others are elsewhere: all "
                "ranks have to take the same steps, and to call trainer.gather() at the same moments"
            )
        return sums[end:], all(same[1:])

    # Epochs and batches

    def goes_on(self, loop: "Loop") -> bool:
        weights = self.start.checksum(self.averages)
        sums, same = self.agree(EPOCH, loop.stopped, self.interrupts.asked, checksums=[weights])
        if not same:
            self.start.share_weights(self.averages)
        ends = self._ends(*sums[:2])
        self.is_over = ends or loop.is_done()
        return not ends

    def _ends(self, stopped: float, interrupted: float) -> bool:
        """True if a rank asks for the end of the fit, which all know from then on."""
        if interrupted and not self.interrupts.asked:
            self.interrupts.hear()
        self.loop.stopped = self.is_over = bool(stopped or interrupted)
        return self.is_over

    def begin_epoch(self, source: "Source") -> None:
        self.total = self.collected = 0
        self.agree(EPOCH)
        self.start.share_order(source)

    def groups(self, loop: "Loop", groups: Iterator[list[Any]]) -> Iterator[list[Any]]:
        while True:
            group = next(groups, None)
            told = group is not None, loop.stopped, self.interrupts.asked
            sums, same = self.agree(BATCH, *told, checksums=[self.start.checksum_of_first(loop.source)])
            if not same:
                self.start.warn_of_order()
            some, stopped, interrupted = sums[:3]
            if self._ends(stopped, interrupted):
                if interrupted:
                    raise KeyboardInterrupt
                return
            if not some:
                if not loop.place.batch:
                    raise ValueError("Trainer.fit: there are no batches, on any rank")
                return
            self._is_expected = True
            yield [batch for batch in group or () if length(batch[1])]

    # Steps

    def before_step(self, trainer: Any) -> None:
        self.start.set_generators(trainer.optimizer.steps)

    def reduce(self, trainer: Any, seen: Sequence[tuple[Any, ...]], value: float) -> float:
        self._check_expected(True, "was called again, or by a callback")
        self._is_expected = False
        weights, samples = self._weigh(trainer.loss, seen), sum(length(y) for _, _, y, *_ in seen)
        statistics = self.loop.stepper.guard.statistics if self.averages else ()
        gradients = Gradients(trainer.optimizer.parameters, statistics, self.room)
        at_once, self.interrupts.at_once = self.interrupts.at_once, False
        told = samples, value * weights[0], *weights
        sums, same = self.agree(STEP, *told, checksums=[gradients.layout])
        if not same:
            raise RuntimeError(
                "DataParallel: the ranks do not train the same parameters: freeze them on all"
            )
        total = sums[2 : 2 + len(weights)]
        shares = weights[0] / float(total[0] or 1.0), samples / float(sums[0] or 1.0)
        self.link.add_many(gradients.fill(*shares))
        self.interrupts.at_once = at_once
        if any(weights):
            check_proportional(weights, total.tolist())
        gradients.hand_out(has_samples=bool(sums[0]))
        self.total += int(sums[0])
        return float(sums[1] / (total[0] or 1.0))

    def _weigh(self, loss: Any, seen: Sequence[tuple[Any, ...]]) -> list[float]:
        """What the batches weigh, for each output."""
        if any(isinstance(weights, tuple) for _, _, _, *given in seen for weights in given):
            raise ValueError(
                "DataParallel: a tuple of weights has no single weight for a batch: give one array of "
                "weights for all targets"
            )
        sizes = [weights_by_output(loss, y, *given) for _, _, y, *given in seen]
        return [sum(column) for column in zip(*sizes, strict=True)] or [0.0] * len(self.start.outputs)

    def check_step(self) -> None:
        self._check_expected(False, "was not called")

    def _check_expected(self, is_expected: bool, what: str) -> None:
        """Refuse a step that does not call `reduce` exactly once."""
        if self._is_expected != is_expected:
            raise RuntimeError(
                f"DataParallel: Trainer.step {what} in a step, so that its gradients are not those of "
                "all ranks: a step that is overridden has to call it exactly once"
            )

    def samples(self, totals: "Totals") -> int:
        return self.total

    # Figures

    def collect(self, loop: "Loop") -> None:
        self._collect(GATHER, loop.totals)
        self.collected = loop.place.batch

    def _collect(self, place: int, totals: "Totals") -> None:
        """Give rank 0 what the others have added up."""
        mine = totals.take_away() if self.rank else None
        self.agree(place)
        others = self.link.gather_to_first(mine)
        if others is not None:
            totals.merge(others[1:])

    def check_collected(self, loop: "Resumable") -> None:
        if self.rank or self.collected != loop.place.batch:
            raise RuntimeError(
                "Trainer.save: within an epoch, each rank has only its own part of the figures: let a "
                "Checkpoint save the run, or call trainer.gather() on all ranks, then save on rank 0"
            )

    def figures(self, totals: "Totals") -> dict[str, float]:
        self._collect(FIGURES, totals)
        mine = (totals.figures(), totals.undefined) if self.rank == 0 else None
        self.agree(FIGURES)
        found: dict[str, float]
        found, totals.undefined = self.link.share(mine)
        return found

    # The end

    def check_end(self) -> None:
        if not self.is_over:
            raise KeyboardInterrupt("one rank alone was interrupted")

    @contextmanager
    def ending(self, loop: "Loop") -> Iterator[None]:
        if loop.failure is not None:
            self.link.fail(loop.failure)
        try:
            if loop.failure is None and not loop.place.ended:
                self.collect(loop)  # so that rank 0 can save the run
            yield
            if loop.failure is None:
                self.agree(END)
        except BaseException as error:
            self.link.fail(error)
            raise
