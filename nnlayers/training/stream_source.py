"""The batches of a fit from a stream, whose epochs can be begun anywhere."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nnlayers.core.frames import Columns
from nnlayers.data.streaming.stream import Stream
from nnlayers.training.given_batches import closing
from nnlayers.training.sources import BatchSource
from nnlayers.training.stepper import Batch


class StreamSource(BatchSource):
    """Batches of a stream, which can begin within an epoch."""

    batches: Stream
    seed: int

    def __init__(
        self, stream: Stream, who: str, check: Callable[[Batch], None] = lambda batch: None
    ) -> None:
        stream = stream.checked_by(getattr(check, "targets", None))
        super().__init__(stream, who, check)
        self.stream, self.total, self.seed = stream, stream.samples, stream.seed

    def begin(self) -> None:
        """Read the first batch, which is checked."""
        batches = self.epoch()
        with closing(batches):
            next(batches)

    def read_part(self, index: int, count: int) -> None:
        """Read only one of so many parts of the stream."""
        super().read_part(index, count)
        self.batches = self.stream.seeded(self.seed).part(index, count) if count > 1 else self.stream

    def epoch(self, steps: int = 0, first: int = 0) -> Iterator[Batch]:
        """The batches of an epoch that begins after so many steps, without the first ones."""
        skip = first // self.part[1]
        given = self.batches.epoch(steps, skip, self.seed)
        with closing(given):
            yield from self.read(enumerate(given, skip + 1))

    def facts(self) -> dict[str, Any]:
        """What has to be the same to go on within an epoch."""
        return self.stream.facts()

    def state_dict(self) -> dict[str, Any]:
        """The seed of the order."""
        return {"seed": self.seed}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Put the order back to that of a file."""
        self.seed = state.get("seed", self.seed)


def source_of_batches(
    data: Any, who: str, check: Callable[[Batch], None], columns: Columns
) -> BatchSource:
    """The source of given batches, with the columns in this order if they have names.

    Raises
    ------
    ValueError
        A stream has other columns, or no targets.
    """
    if not isinstance(data, Stream):
        return BatchSource(data, who, check)
    if not data.has_targets:
        raise ValueError(
            f"{who}: expected a stream of (x, y), got one of x alone: nn.stream(x, y), or "
            "nn.stream(path, targets=...)"
        )
    return StreamSource(data.in_columns(columns, who), who, check)
