"""The settings of a run, by which one is told from another that is given the same file."""

from collections.abc import Mapping
from typing import Any

from nnlayers.core.layer import Layer
from nnlayers.core.notices import notice
from nnlayers.training.sources import UNSEEDED, Source

NAMED = 3  # of the settings that differ
OF_STEPS = ("batch_size", "samples", "rng")


def run_settings(trainer: Any, source: Source, accumulate: int) -> dict[str, str]:
    """The layers and the loss with their arguments, the optimizer's numbers, and what makes the steps.

    A schedule is left out, since more epochs may call for other steps; with several ranks, so is the
    size of a batch, which is that of each.
    """
    layers = [("model", trainer.model), *trainer.model.named_parts()]
    found: dict[str, Any] = {"loss": trainer.loss}
    found |= {path: part for path, part in layers if isinstance(part, Layer) and not part.children()}
    optimizer, facts = trainer.optimizer, source.facts()
    numbers = {name: getattr(optimizer, name) for name in optimizer.hyperparameters}
    found |= {name: value for name, value in numbers.items() if not callable(value)}
    found |= {name: facts[name] for name in OF_STEPS if name in facts} | {"accumulate": accumulate}
    if source.part[1] > 1:
        found.pop("batch_size", None)
    return {name: in_words(value) for name, value in found.items()}


def in_words(value: Any) -> str:
    """A setting as text."""
    return "None or a Generator" if value == UNSEEDED else repr(value)


def notice_other_settings(who: str, there: Mapping[str, Any], here: Mapping[str, str]) -> None:
    """Say which settings are neither those that the run in a file began with nor those of its end."""
    begin, now = there.get("begin", {}), there.get("now", {})
    others = [
        f"{name}={begin[name]}, not {value}"
        for name, value in here.items()
        if name in begin and value not in (begin[name], now.get(name))
    ]
    if others:
        named = "; ".join(others[:NAMED] + ["..."] * (len(others) > NAMED))
        notice(
            f"Trainer.fit: checkpoint={who!r} has a run with {named}. This fit goes on with that "
            "run, and with the optimizer's settings in the file: for another run, give a path of its "
            "own"
        )
