"""What forward saved, and has changed since: a cause of wrong gradients that backward cannot mend."""

import inspect
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.saving import SavesForBackward
from nnlayers.testing.contract.comparison import identical
from nnlayers.testing.diagnosis.points import is_wrong
from nnlayers.testing.lines import frozen, line_that_writes
from nnlayers.testing.trial import Trial


class Save(NamedTuple):
    """An array that was saved, a copy of it as it was then, and its name in forward."""

    array: Any
    copy: Any
    name: str


def changed_since_saved(trial: Trial) -> str:
    """The array that forward saves and then changes, in words; empty if there is none."""
    if trial.kind not in ("layer", "loss"):
        return ""
    saves: list[Save] = []
    thing = trial.fresh()
    _save_copies(thing, saves)
    trial.forward(thing, trial.x)
    changed = [n for n, save in enumerate(saves) if not identical(save.array, save.copy)]
    if not changed:
        return ""
    thing = trial.fresh()
    _save_copies(thing, [], freeze=changed[0])
    line = line_that_writes(lambda: trial.forward(thing, trial.x))
    name = saves[changed[0]].name
    what = repr(name) if name else "an array"
    return f"Forward changes {what} after it has saved it{': ' * bool(line)}{line}."


def is_right_with_copies(trial: Trial, block: str) -> bool:
    """True if a gradient would be right if forward saved copies."""
    trial.fresh.change = lambda thing: _save_copies(thing, [])
    try:
        return not is_wrong(trial, block)
    finally:
        trial.fresh.change = None


def _save_copies(thing: Any, saves: list[Save], *, freeze: int | None = None) -> None:
    """Let a layer or a loss, and all those in it, save copies; ``saves`` gets what they save.

    The one whose place in ``saves`` is ``freeze`` becomes read-only when it is saved.
    """
    for part in [thing, *(part for _, part in thing.named_parts())]:
        if isinstance(part, SavesForBackward):
            _save_copies_of(part, saves, freeze=freeze)


def _save_copies_of(part: SavesForBackward, saves: list[Save], *, freeze: int | None) -> None:
    save = part.save_for_backward

    def copied(value: Any, names: dict[int, str]) -> Any:
        if type(value) in (tuple, list):
            return type(value)(copied(item, names) for item in value)
        if type(value) is dict:
            return {key: copied(item, names) for key, item in value.items()}
        if not isinstance(value, np.ndarray):
            return value
        if len(saves) == freeze:
            frozen(value)
        saves.append(Save(value, value.copy(), names.get(id(value), "")))
        return saves[-1].copy

    def save_copies(*values: Any) -> None:
        here: Any = inspect.currentframe()
        names = {id(value): name for name, value in here.f_back.f_locals.items()}
        save(*(copied(value, names) for value in values))

    object.__setattr__(part, "save_for_backward", save_copies)
