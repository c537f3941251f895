"""Where the batches of a fit come from: arrays, or anything that gives batches again and again."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import numpy as np

from nnlayers.core.checks import RandomSource, describe, generator, is_tuple_of_arrays
from nnlayers.core.structures import as_arrays, length
from nnlayers.data.minibatches import Batches
from nnlayers.training.given_batches import closing
from nnlayers.training.stepper import Batch
from nnlayers.training.weights import as_weights

UNSEEDED = "a Generator"
"""What is written of an order that has no seed: its state goes on, also where None was given."""


class Source:
    """Base: the batches of each epoch, whose order can be that of a run in a file."""

    total: int | None = None
    """The samples of an epoch, if that is known."""
    seed: int | None = None
    """What the order is drawn from, if it is a seed."""
    rng: "np.random.Generator | None" = None
    """The source of the order, if it is known and not a seed."""
    first: Batch | None = None
    """The first batch of all, if each part is found by reading all batches."""
    part: tuple[int, int] = 0, 1
    """Which part of the batches is read, and the number of parts."""
    _at_begin: Any = None

    @property
    def size(self) -> int:
        """The rows of a batch, if any part can begin at any row; otherwise 1: batches are counted."""
        return 1

    @property
    def has_own_parts(self) -> bool:
        """True if the data divide themselves."""
        return False

    def read_part(self, index: int, count: int) -> None:
        """Read only one of so many parts."""
        self.part = index, count

    def epoch(self, steps: int, first: int = 0) -> Iterator[Batch]:
        """The batches of an epoch that begins after so many steps, without the first ones.

        ``first`` counts those of all parts, each as much as its `size`.
        """
        raise NotImplementedError

    def rest_of_epoch(self, steps: int, first: int) -> Iterator[Batch]:
        """What is left, after the first ones, of the epoch that a file goes on with."""
        if self.rng is None:
            return self.epoch(steps, first)
        now = self.rng.bit_generator.state
        self.rng.bit_generator.state = self._at_begin
        rest = self.epoch(steps, first)
        begin = list(islice(rest, 1))  # the order is drawn with the first one
        if first:
            self.rng.bit_generator.state = now  # dropout may use it too
        return chain(begin, rest)

    def facts(self) -> dict[str, Any]:
        """What has to be the same to go on within an epoch."""
        return {}

    def state_dict(self) -> dict[str, Any]:
        """The source of the order, when the epoch began and now; nothing if it is a seed."""
        if self.rng is None:
            return {}
        now = self.rng.bit_generator.state
        return {"begin": self._at_begin or now, "now": now}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put the source of the order where it was."""
        if self.rng is not None and state:
            self._at_begin = state["begin"]
            self.rng.bit_generator.state = state["now"]


class SpentSource(Source):
    """What is left of a source when its fit has ended: where the order was, but not the data."""

    def __init__(self, source: Source) -> None:
        self._facts, self._state, self.part = source.facts(), source.state_dict(), source.part

    def facts(self) -> dict[str, Any]:
        return self._facts

    def state_dict(self) -> dict[str, Any]:
        return self._state


class ArraySource(Source):
    """Batches of arrays, in a new order in every epoch.

    From an integer, the order of an epoch depends on that and the steps before it. So training that is
    resumed with the weights and the optimizer of an earlier run sees the samples in the order in which
    that would have seen them.
    """

    def __init__(self, arrays: Batch, batch_size: int, rng: RandomSource) -> None:
        self.arrays, self.batch_size = arrays, batch_size
        self.total = length(arrays)
        is_seed = not (rng is None or isinstance(rng, np.random.Generator))
        self.seed = int(rng) if is_seed else None  # type: ignore[arg-type]
        self.rng = None if is_seed else generator(rng, "Trainer.fit")

    @property
    def size(self) -> int:
        return self.batch_size

    def epoch(self, steps: int, first: int = 0) -> Iterator[Batch]:
        """The batches of an epoch that begins after so many steps, without the first rows."""
        rng = self.rng
        if rng is not None:
            self._at_begin = rng.bit_generator.state
        elif self.seed is not None:
            rng = np.random.default_rng([self.seed, steps + 1])
        return Batches(self.arrays, self.batch_size, True, rng).part(*self.part, first)

    def facts(self) -> dict[str, Any]:
        """What has to be the same to go on within an epoch."""
        rng = UNSEEDED if self.seed is None else self.seed
        return {"samples": self.total, "batch_size": self.batch_size, "rng": rng}


class BatchSource(Source):
    """Batches ``(x, y)`` or ``(x, y, weights)`` of an iterable, or of a function that returns one."""

    def __init__(
        self, batches: Any, who: str, check: Callable[[Batch], None] = lambda batch: None
    ) -> None:
        self.batches, self.who, self.check = batches, who, check
        self.epochs = 0
        self._begun: Iterator[Batch] | None = None
        if isinstance(batches, Batches) and batches.shuffle:
            self.rng = batches.rng

    def __iter__(self) -> Iterator[Batch]:
        return self.epoch()

    def begin(self) -> None:
        """Read the first batch, which is checked; the first epoch goes on from there."""
        batches = self.epoch()
        self._begun = _with_first(next(batches), batches)

    def read_part(self, index: int, count: int) -> None:
        """Read only one of so many parts: that of the batches, or each batch of so many."""
        super().read_part(index, count)
        self._begun = None  # which is that of one process

    @property
    def size(self) -> int:
        """The rows of a batch of arrays."""
        return self.batches.batch_size if isinstance(self.batches, Batches) else 1

    @property
    def has_own_parts(self) -> bool:
        """True if the batches divide themselves."""
        return hasattr(self.batches, "part") and not isinstance(self.batches, Batches)

    def epoch(self, steps: int = 0, first: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, as arrays, without the first ones.

        Raises
        ------
        ValueError, TypeError
            There are none, or one is something else.
        """
        begun, self._begun = self._begun, None
        if self.rng is not None:
            self._at_begin = self.rng.bit_generator.state
        return self._epoch(first) if begun is None else begun

    def _epoch(self, first: int) -> Iterator[Batch]:
        given = self.batches() if callable(self.batches) else self.batches
        try:
            batches = self._numbered(given, first)
        except TypeError as error:
            error.add_note(f"{self.who}: expected batches from {describe(self.batches)}")
            raise
        with closing(batches):
            yield from self.read(batches)

    def read(self, batches: Iterator[tuple[int, Any]]) -> Iterator[Batch]:
        """Batches with their numbers as arrays; the first one of all epochs is checked."""
        self.epochs += 1
        is_first = self.epochs == 1
        for number, batch in batches:
            arrays = self._checked(batch, number)
            if is_first and length(arrays[1]):
                self.check(arrays)
                is_first = False
            yield arrays

    def _numbered(self, given: Any, first: int) -> Iterator[tuple[int, Any]]:
        """The batches of its part, with their numbers."""
        index, count = self.part
        if isinstance(self.batches, Batches):  # what a function returns may differ by rank
            return enumerate(self.batches.part(index, count, first), 1)
        if count > 1 and self.has_own_parts:
            return islice(enumerate(given.part(index, count), 1), first // count, None)
        return self._each_of(iter(given), first)

    def _each_of(self, batches: Iterator[Any], first: int) -> Iterator[tuple[int, Any]]:
        """Each batch of so many, with its number among all."""
        number, (index, count) = 0, self.part
        with closing(None if batches is self.batches else batches):  # a user's own may go on
            for number, batch in enumerate(batches, 1):
                if number == 1 < count:
                    self.first = self._checked(batch, 1)
                if number > first and (number - 1 - first) % count == index:
                    yield number, batch
        if not number:
            raise ValueError(self._why_empty())

    def _checked(self, batch: Any, number: int) -> Batch:
        if not isinstance(batch, (tuple, list)) or not 2 <= len(batch) <= 3:
            raise TypeError(
                f"{self.who}: expected batches (x, y) or (x, y, weights), got {describe(batch)} as "
                f"batch {number}"
            )
        x, y, *weights = batch
        x = tuple(x) if isinstance(x, list) and is_tuple_of_arrays(tuple(x)) else x
        who = f"{self.who}: batch {number}"
        x, y = as_arrays(x, who), as_arrays(y, who)
        return (x, y, *(as_weights(given, y, f"{who}: weights") for given in weights))

    def _why_empty(self) -> str:
        if self.epochs == 1:
            return f"{self.who}: there are no batches"
        return (
            f"{self.who}: no batches are left when they are read again: {type(self.batches).__name__} "
            "can be read only once: give a list, an object whose __iter__ begins anew, or a function "
            "that makes it"
        )


def _with_first(first: Batch, rest: Iterator[Batch]) -> Iterator[Batch]:
    """All batches, of which the first one has been read."""
    with closing(rest):
        yield first
        yield from rest
