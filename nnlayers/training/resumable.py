"""A loop that can go on where another one was, in a file."""

from collections.abc import Mapping
from typing import Any

from nnlayers.training.figures import Totals
from nnlayers.training.place import Place
from nnlayers.training.ranks import Alone
from nnlayers.training.run_settings import in_words
from nnlayers.training.sources import Source
from nnlayers.training.stepper import Stepper


class Resumable:
    """Base of `Loop`: what a file holds of it."""

    stepper: Stepper
    place: Place
    ranks: Alone
    source: Source
    totals: Totals
    accumulate: int
    steps: int
    taken: int
    reached: int
    base: int | None

    def state_dict(self) -> dict[str, Any]:
        """Where it is, and what the epoch that runs has added up so far.

        Raises
        ------
        RuntimeError
            A step is running.
        """
        if self.stepper.place is not None and self.taken != self.place.batch:
            raise RuntimeError("Trainer.save: a step is running: save the run in after_step")
        if not self.place.ended:
            self.ranks.check_collected(self)
        return {
            "place": {**vars(self.place), "batch": self.taken},
            "steps": self.steps,
            "reached": self.reached,
            "ranks": self.source.part[1],
            "base": self.base,
            "order": self.source.state_dict(),
            "facts": self.facts(),
            "totals": {} if self.place.ended else self.totals.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Begin where another run was; the last epoch is that of this one.

        Raises
        ------
        ValueError
            It is within an epoch of other data, batches or metrics.
        """
        place, there, here = state["place"], state["facts"], self.facts()
        ranks = state.get("ranks", 1)  # not in older files, as what was reached
        if not place["ended"]:
            if ranks != self.source.part[1] and self.source.has_own_parts:
                raise ValueError(
                    f"Trainer.fit: the run was saved within epoch {place['epoch']}, on {ranks} ranks, "
                    "and the data themselves make the part of each: go on with as many"
                )
            for name in {**there, **here}:
                if name == "batch_size" and ranks != self.source.part[1]:
                    continue  # of each rank
                if (value := there.get(name)) != here.get(name):
                    raise ValueError(
                        f"Trainer.fit: the run was saved within epoch {place['epoch']}, with {name}="
                        f"{in_words(value)}, and this fit has {name}={in_words(here.get(name))}: "
                        "finish that epoch with the same, or begin anew, with another path and without "
                        "load"
                    )
            self.totals.load_state_dict(state["totals"])
        for name in vars(self.place).keys() - {"last", "interrupted"}:
            setattr(self.place, name, place[name])
        self.steps, self.taken = state["steps"], self.place.batch
        self.base, self.reached = state.get("base"), state.get("reached", self.taken * self.source.size)
        self.source.load_state_dict(state["order"])

    def facts(self) -> dict[str, Any]:
        """What has to be the same to go on within an epoch."""
        return {**self.source.facts(), "accumulate": self.accumulate, "metrics": [*self.totals.metrics]}
