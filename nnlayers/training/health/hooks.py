"""The hooks that a fit calls, for what watches it."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from nnlayers.training.health.findings import Health


class Unwatched:
    """A watcher that does nothing: its hooks are called by `Trainer.fit`."""

    def __init__(self, problem: str | None = None) -> None:
        self.report = Health()
        if problem:
            self.report.problems.append(problem)

    def start(self) -> None:
        """Before the first step."""

    def after_step(self) -> None:
        """After each step."""

    def after_epoch(self, figures: Mapping[str, float]) -> None:
        """At the end of each epoch."""

    def failed(self, error: Exception) -> None:
        """When the loss or a gradient is not finite, which ends the fit."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if isinstance(error, FloatingPointError):
            self.failed(error)

    def finish(self) -> None:
        """After the last epoch, or the one that Ctrl-C cut short."""


class Follower(Unwatched):
    """Continues the report of the fit before, without a look."""

    def __init__(self, report: Health, steps: int) -> None:
        self.report, self.steps = report, steps

    def after_epoch(self, figures: Mapping[str, float]) -> None:
        self.report.epochs += 1
        self.report.steps += self.steps
        self.report.losses.append(figures["loss"])
