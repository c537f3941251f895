"""All blocks of a trial as one, to see at once whether any of their gradients is wrong."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.trial import Gradients, Trial

ALL = "all"


class JointTrial(Trial):
    """A trial whose only block is all blocks of another one, each in units of its largest number."""

    def __init__(self, trial: Trial, names: Collection[str]) -> None:
        self.trial = trial
        self.name, self.case, self.holds_layers = trial.name, trial.case, trial.holds_layers
        self.absolute_sum = trial.absolute_sum
        self.parts = {name: trial.blocks[name] for name in names}
        self.scales = {name: float(np.abs(z).max(initial=0)) or 1.0 for name, z in self.parts.items()}
        self.blocks = {ALL: self._join({name: z / self.scales[name] for name, z in self.parts.items()})}

    @property
    def upstream(self) -> Any:
        return self.trial.upstream

    def _join(self, arrays: Mapping[str, Array]) -> Array:
        return np.concatenate([np.ravel(arrays[name]) for name in self.parts])

    def _split(self, z: Array) -> dict[str, Array]:
        found, start = {}, 0
        for name, like in self.parts.items():
            found[name] = z[start : start + like.size].reshape(like.shape) * self.scales[name]
            start += like.size
        return found

    def value(self, changes: Mapping[str, Array]) -> tuple[float, float]:
        return self.trial.value(self._split(changes[ALL]))

    def gradients(self, changes: Mapping[str, Array] | None = None, factor: float = 1.0) -> Gradients:
        found = self.trial.gradients(self._split(changes[ALL]) if changes else {}, factor)
        scaled = {}
        for name, like in self.parts.items():
            gradient = np.zeros_like(like) if found[name] is None else np.asarray(found[name])
            if gradient.shape != like.shape:
                gradient = np.full(like.shape, np.nan)
            scaled[name] = gradient * self.scales[name]
        return {ALL: self._join(scaled)}
