"""The health report as a callback: what watches a fit, or does not."""

from typing import Any

from nnlayers.training.callbacks.base import Callback
from nnlayers.training.health.findings import Health


class Unwatched(Callback):
    """A watcher that does nothing."""

    is_default = True

    def __init__(self, problem: str | None = None) -> None:
        self.report = Health()
        if problem:
            self.report.problems.append(problem)

    def finish(self, trainer: Any) -> None:
        if isinstance(trainer.failure, FloatingPointError):
            self.failed(trainer.failure)
        elif trainer.failure is None:
            self.ended()

    def all_started(self) -> None:
        """When every callback has started, since one may refuse to: then nothing is said."""

    def failed(self, error: Exception) -> None:
        """When the loss or a gradient is not finite, which ends the fit."""

    def ended(self) -> None:
        """After the last epoch, or the one that was cut short."""


class Follower(Unwatched):
    """Continues the report of the fit before, without a look."""

    def __init__(self, report: Health, steps: int) -> None:
        self.report, self.steps = report, steps

    def after_epoch(self, trainer: Any, figures: dict[str, float]) -> None:
        self.report.epochs += 1
        self.report.steps += self.steps
        self.report.losses.append(figures["loss"])
