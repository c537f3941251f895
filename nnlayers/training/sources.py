"""Where the batches of a fit come from: arrays, or anything that gives batches again and again."""

from collections.abc import Callable, Generator, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import numpy as np

from nnlayers.core.checks import RandomSource, describe, generator, is_tuple_of_arrays
from nnlayers.core.protocols import is_array_like
from nnlayers.core.structures import as_arrays, length
from nnlayers.data.minibatches import Batches
from nnlayers.training.stepper import Batch
from nnlayers.training.weights import as_weights


class Source:
    """Base: the batches of each epoch, whose order can be that of a run in a file."""

    total: int | None = None
    """The samples of an epoch, if that is known."""
    rng: "np.random.Generator | None" = None
    """The source of the order, if it is known and not a seed."""
    _at_begin: Any = None

    def epoch(self, steps: int) -> Iterator[Batch]:
        """The batches of an epoch that begins after so many steps."""
        raise NotImplementedError

    def rest_of_epoch(self, steps: int, batches: int) -> Iterator[Batch]:
        """What is left after so many batches of the epoch that a file goes on with."""
        if self.rng is None:
            return islice(self.epoch(steps), batches, None)
        now = self.rng.bit_generator.state
        self.rng.bit_generator.state = self._at_begin
        rest = self.epoch(steps)
        for _ in islice(rest, batches):
            pass
        if batches:  # the order is drawn with the first one
            self.rng.bit_generator.state = now  # dropout may use it too
        return rest

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
        self._facts, self._state = source.facts(), source.state_dict()

    def facts(self) -> dict[str, Any]:
        """Those of the source."""
        return self._facts

    def state_dict(self) -> dict[str, Any]:
        """That of the source."""
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

    def epoch(self, steps: int) -> Iterator[Batch]:
        """The batches of an epoch that begins after so many steps."""
        rng = self.rng
        if rng is not None:
            self._at_begin = rng.bit_generator.state
        elif self.seed is not None:
            rng = np.random.default_rng([self.seed, steps + 1])
        return iter(Batches(self.arrays, self.batch_size, True, rng))

    def facts(self) -> dict[str, Any]:
        """What has to be the same to go on within an epoch."""
        rng = "a Generator" if self.seed is None else self.seed
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
        self._begun = chain([next(batches)], batches)

    def epoch(self, steps: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, as arrays.

        Raises
        ------
        ValueError, TypeError
            There are none, or one is something else.
        """
        begun, self._begun = self._begun, None
        if self.rng is not None:
            self._at_begin = self.rng.bit_generator.state
        return self.read() if begun is None else begun

    def read(self, given: Any = None, skipped: int = 0) -> Iterator[Batch]:
        """The batches that are given, as arrays, of an epoch whose first ones may have been skipped."""
        if given is None:
            given = self.batches() if callable(self.batches) else self.batches
        try:
            batches = iter(given)
        except TypeError as error:
            error.add_note(f"{self.who}: expected batches from {describe(self.batches)}")
            raise
        self.epochs += 1
        count = skipped
        for count, batch in enumerate(batches, skipped + 1):
            arrays = self._checked(batch, count)
            if self.epochs == 1 and count == skipped + 1:
                self.check(arrays)
            yield arrays
        if not count:
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


def close(batches: Any) -> None:
    """End an iterator that may hold something, such as a thread, and will not be read to its end."""
    if isinstance(batches, Generator):
        batches.close()


def is_batches(data: Any) -> bool:
    """True for what gives batches, not for arrays, tables, or tuples of arrays."""
    if isinstance(data, (tuple, str, np.ndarray)) or is_array_like(data) or hasattr(data, "columns"):
        return False
    if isinstance(data, list):
        return bool(data) and is_batch(data[0])
    return callable(data) or hasattr(data, "__iter__")


def is_batch(item: Any) -> bool:
    """True for a tuple, or a list of arrays: a nested list of numbers is an array."""
    if isinstance(item, list):
        return any(is_array_like(part) and np.ndim(part) for part in item)
    return isinstance(item, tuple)
