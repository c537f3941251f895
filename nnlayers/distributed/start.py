"""Where all ranks begin: the run of rank 0, their parts of the data, their random sources."""

import pickle
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlayers.core.notices import notice
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.core.structures import arrays_in
from nnlayers.data.minibatches import Batches
from nnlayers.distributed.gradients import checksum
from nnlayers.distributed.link import Link
from nnlayers.losses.several import Losses
from nnlayers.training import checkpoint as checkpoints
from nnlayers.training.figures import Totals
from nnlayers.training.sources import BatchSource

if TYPE_CHECKING:
    from nnlayers.training.loop import Loop
    from nnlayers.training.sources import Source


class Start:
    """What rank 0 sends the others, at the beginning and later.

    Parameters
    ----------
    link : Link
        With the other processes, which are at the same place.
    loop : Loop
        The fit.
    """

    def __init__(self, link: Link, loop: "Loop") -> None:
        self.link, self.loop, self.trainer = link, loop, loop.trainer
        self.outputs = _leaves(loop.trainer.loss)
        self.generators: list[np.random.Generator] = []
        self._has_drifted = self._has_warned = False

    def share_run(self) -> None:
        """Let all have the run of rank 0, as if they had read it from a file.

        Raises
        ------
        ValueError
            It does not fit; or this rank goes on with a file, and rank 0 does not.
        """
        loop, trainer, rank = self.loop, self.trainer, self.link.rank
        mine: dict[str, Any] = {
            "base": loop.base,
            "seed": loop.source.seed,
            "last": loop.place.last,
            "resumed": loop.resumed,
        }
        if rank == 0:
            mine["state"] = checkpoints.state_of(trainer, loop, None, None)
        run = self.link.share(mine)
        if rank:
            self._load(run)
        self._list_generators()
        if run["base"] is None:
            run["base"] = self.link.share(zlib.crc32(pickle.dumps(self._states())))
        loop.base = run["base"]
        totals = Totals(trainer.metrics, trainer.loss, is_part=True)
        if rank == 0:
            totals.load_state_dict(loop.totals.state_dict())
        loop.totals = totals
        self._read_validation()

    def _load(self, run: dict[str, Any]) -> None:
        """Begin where rank 0 is."""
        loop, trainer, history = self.loop, self.trainer, self.trainer.history
        if loop.resumed and not run["resumed"]:
            raise ValueError(
                f"DataParallel: rank {self.link.rank} goes on with the run in a file, which rank 0 "
                "does not have: give it to rank 0, or remove it"
            )
        if run["seed"] is not None:
            loop.source.seed = run["seed"]
        with checkpoints.all_or_nothing(trainer, loop.source.rng):
            state = checkpoints.checked(run["state"], trainer, "DataParallel: the run of rank 0")
            checkpoints.apply(state, trainer)
            if run["resumed"]:
                checkpoints.resume(state, loop)
            else:
                loop.load_state_dict(state["loop"])
        history.load_state_dict(trainer.history.state_dict())
        trainer.history = history  # the one that the fit adds to
        loop.place.last = run["last"]

    def _read_validation(self) -> None:
        """Let each rank read its own part of the validation data."""
        if isinstance(self.loop.validation, Batches):
            self.loop.validation = BatchSource(self.loop.validation, "DataParallel: validation_data")
        if isinstance(self.loop.validation, BatchSource):
            self.loop.validation.read_part(self.link.rank, self.link.count)

    # Random sources

    def _list_generators(self) -> None:
        self.generators = [rng for _, rng in checkpoints.generators(self.trainer)]

    def _states(self) -> list[Any]:
        return [rng.bit_generator.state for rng in self.generators]

    def set_generators(self, steps: int) -> None:
        """Let dropout of a rank draw its own numbers, from the steps so far; rank 0 goes on."""
        if self.link.rank:
            base = self.loop.base or 0
            for number, rng in enumerate(self.generators):
                seeds = np.random.SeedSequence([base, number, self.link.rank, steps])
                kind: Any = type(rng.bit_generator)
                rng.bit_generator.state = kind(seeds).state

    def share_order(self, source: "Source") -> None:
        """Let all draw the order of an epoch from where rank 0 is."""
        self._list_generators()  # callbacks may change the model between epochs
        if source.rng is not None:
            state = self.link.share(source.rng.bit_generator.state)
            source.rng.bit_generator.state = state

    @staticmethod
    def checksum_of_first(source: "Source") -> int:
        """A checksum of the first batch of an epoch, once, if all ranks have read it."""
        batch, source.first = source.first, None
        return 0 if batch is None else checksum(array for _, array in arrays_in(batch))

    def warn_of_order(self) -> None:
        """Say on rank 0, once, that the ranks read different batches."""
        if self.link.rank == 0 and not self._has_warned:
            notice(
                "DataParallel: the first batch of an epoch is not the same on all ranks. Unless they "
                "only alter it at random, samples are used twice, or not at all: draw the order from a "
                "seed, or give an object with a method part(index, count)"
            )
        self._has_warned = True

    # Weights

    def _weights(self, averages: bool) -> Iterator[State]:
        """The parameters, and running statistics if they are averages: the same on all ranks."""
        for part in (self.trainer.model, self.trainer.loss):
            for _, state in part.named_states():
                if isinstance(state, Parameter) or (averages and state.value.dtype.kind == "f"):
                    yield state

    def checksum(self, averages: bool) -> int:
        """A checksum of the weights, and of running statistics if they are averages."""
        return checksum(state.value for state in self._weights(averages))

    def share_weights(self, averages: bool) -> None:
        """Let all have the weights of rank 0, and its optimizer's memory, after theirs have drifted."""
        optimizer = self.trainer.optimizer
        weights = list(self._weights(averages))
        values, memory = self.link.share(([w.value for w in weights], optimizer.state_dict()))
        if self.link.rank:
            for weight, value in zip(weights, values, strict=True):
                weight.value[...] = value
            optimizer.load_state_dict(memory)
        elif not self._has_drifted:
            notice(
                f"DataParallel: before epoch {self.loop.place.epoch + 1}, the weights of the ranks had "
                "drifted apart, and all go on with those of rank 0: either a callback changes those of "
                "some ranks only, or their processors round differently"
            )
        self._has_drifted = True


def _leaves(loss: Any) -> list[Any]:
    """The losses of the outputs."""
    if not isinstance(loss, Losses):
        return [loss]
    return [leaf for one in loss.losses for leaf in _leaves(one)]
