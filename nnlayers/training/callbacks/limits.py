"""A limit of the time of a fit."""

import time
from collections.abc import Mapping
from typing import Any

from nnlayers.core.checks import real_number
from nnlayers.training.callbacks.base import Callback

__all__ = ["TimeLimit"]


class TimeLimit(Callback):
    """End a fit after some time, with the step that runs then.

    The time of an earlier run counts if this one goes on from its file.

    Parameters
    ----------
    seconds : float
        The time, above 0.

    Raises
    ------
    TypeError, ValueError
        ``seconds`` is not a number above 0.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> limit = nn.TimeLimit(0.2)
    >>> trainer.fit(x, y, epochs=100_000, progress=False, callbacks=[limit]).epochs < 100_000
    True
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = real_number(seconds, "seconds", "TimeLimit")
        if not self.seconds:
            raise ValueError("TimeLimit: expected seconds above 0, got 0")
        self.elapsed = 0.0
        """The seconds so far."""
        self._before = 0.0  # read from a file
        self._begin = 0.0

    def start(self, trainer: Any) -> None:
        self._begin = time.monotonic() - self._before
        self._before = 0.0
        self._look(trainer)

    def after_step(self, trainer: Any) -> None:
        self._look(trainer)

    def after_epoch(self, trainer: Any, figures: Mapping[str, float]) -> None:
        self._look(trainer)

    def _look(self, trainer: Any) -> None:
        self.elapsed = time.monotonic() - self._begin
        if self.elapsed >= self.seconds:
            trainer.stop()

    def state_dict(self) -> dict[str, Any]:
        return {"elapsed": self.elapsed}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.elapsed = self._before = float(state["elapsed"])
