"""Where the batches of a fit come from: arrays, or anything that gives batches again and again."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from nnlayers.core.checks import RandomSource, describe, generator, is_tuple_of_arrays
from nnlayers.core.structures import as_arrays, length
from nnlayers.data.minibatches import Batches
from nnlayers.training.stepper import Batch

Source: TypeAlias = "ArraySource | BatchSource"


class ArraySource:
    """Batches of arrays, in a new order in every epoch.

    From an integer, the order of an epoch depends on that and the steps before it. So training that is
    resumed with the weights and the optimizer of an earlier run sees the samples in the order in which
    that would have seen them.
    """

    def __init__(self, arrays: Batch, batch_size: int, rng: RandomSource) -> None:
        self.arrays, self.batch_size = arrays, batch_size
        self.total: int | None = length(arrays)
        self.rng = generator(rng, "Trainer.fit")
        is_seed = not (rng is None or isinstance(rng, np.random.Generator))
        self.seed = int(rng) if is_seed else None  # type: ignore[arg-type]
        self._at_begin: Any = None

    def epoch(self, steps: int) -> Iterator[Batch]:
        """The batches of an epoch that begins after so many steps."""
        if self.seed is not None:
            self.rng = np.random.default_rng([self.seed, steps + 1])
        self._at_begin = self.rng.bit_generator.state
        return iter(Batches(self.arrays, self.batch_size, True, self.rng))

    def rest_of_epoch(self, steps: int, batches: int, state: Mapping[str, Any]) -> Iterator[Batch]:
        """What is left of an epoch after so many batches, when the order was in this state."""
        if self.seed is None:
            self.rng.bit_generator.state = state["begin"]
        rest = self.epoch(steps)
        for _ in islice(rest, batches):
            pass
        if self.seed is None:  # dropout may use it too
            self.rng.bit_generator.state = state["now"]
        return rest

    def state_dict(self) -> dict[str, Any]:
        """The source of the order, when the epoch began and now; nothing if it is a seed."""
        if self.seed is not None:
            return {}
        now = self.rng.bit_generator.state
        return {"begin": self._at_begin or now, "now": now}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where an epoch ended."""
        if self.seed is None:
            self.rng.bit_generator.state = state["now"]


class BatchSource:
    """Batches ``(x, y)`` or ``(x, y, weights)`` of an iterable, or of a function that returns one."""

    def __init__(
        self, batches: Any, who: str, check: Callable[[Batch], None] = lambda batch: None
    ) -> None:
        self.batches, self.who, self.check = batches, who, check
        self.total: int | None = None
        self.epochs = 0

    def __iter__(self) -> Iterator[Batch]:
        return self.epoch()

    def epoch(self, steps: int = 0) -> Iterator[Batch]:
        """The batches of an epoch, as arrays.

        Raises
        ------
        ValueError, TypeError
            There are none, or one is something else.
        """
        self.epochs += 1
        count = 0
        for count, batch in enumerate(self.batches() if callable(self.batches) else self.batches, 1):
            arrays = self._checked(batch, count)
            if self.epochs == count == 1:
                self.check(arrays)
            yield arrays
        if not count:
            raise ValueError(self._why_empty())

    def rest_of_epoch(self, steps: int, batches: int, state: Mapping[str, Any]) -> Iterator[Batch]:
        """What is left of an epoch after so many batches."""
        return islice(self.epoch(steps), batches, None)

    def state_dict(self) -> dict[str, Any]:
        """Nothing: what gives the batches keeps its own order."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Do nothing."""

    def _checked(self, batch: Any, number: int) -> Batch:
        if not isinstance(batch, (tuple, list)) or not 2 <= len(batch) <= 3:
            raise TypeError(
                f"{self.who}: expected batches (x, y) or (x, y, weights), got {describe(batch)} as "
                f"batch {number}"
            )
        x, y, *weights = batch
        x = tuple(x) if isinstance(x, list) and is_tuple_of_arrays(tuple(x)) else x
        return tuple(as_arrays(item, f"{self.who}: batch {number}") for item in (x, y, *weights))

    def _why_empty(self) -> str:
        if self.epochs == 1:
            return f"{self.who}: there are no batches"
        return (
            f"{self.who}: there are no batches in epoch {self.epochs}: this iterable can be read only "
            "once: give a list, an object whose __iter__ begins anew, or a function that makes it"
        )


def is_batches(data: Any) -> bool:
    """True for what gives batches, not for arrays, tables, or tuples of arrays."""
    if isinstance(data, (tuple, np.ndarray)) or hasattr(data, "__array__") or hasattr(data, "columns"):
        return False
    if isinstance(data, list):
        return bool(data) and isinstance(data[0], tuple)
    return callable(data) or hasattr(data, "__iter__")
