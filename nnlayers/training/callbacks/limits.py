"""A limit of the time of a fit."""

import time
from collections.abc import Mapping
from typing import Any

from nnlayers.core.checks import real_number
from nnlayers.training.callbacks.base import Callback

__all__ = ["TimeLimit"]


class TimeLimit(Callback):
    """Ends a fit after some time, with the step that runs then.

    The time that an earlier run took counts if this one goes on from its file.

    Parameters
    ----------
    seconds : float
        The time, above 0.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = real_number(seconds, "seconds", "TimeLimit")
        if not self.seconds:
            raise ValueError("TimeLimit: expected seconds above 0, got 0")
        self._before = 0.0
        self._started = time.monotonic()

    def start(self, trainer: Any) -> None:
        self._started = time.monotonic()

    def after_step(self, trainer: Any) -> None:
        if self._elapsed() >= self.seconds:
            trainer.stop()

    def _elapsed(self) -> float:
        return self._before + time.monotonic() - self._started

    def finish(self, trainer: Any) -> None:
        self._before = 0.0

    def state_dict(self) -> dict[str, Any]:
        return {"elapsed": self._elapsed()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._before = state["elapsed"]
