"""The base of callbacks that watch one figure."""

import math
from collections.abc import Mapping
from typing import Any

from nnlayers.core.checks import real_number, whole_number
from nnlayers.training.callbacks.base import Callback

SMALLER_IS_BETTER = {*("loss", "error", "penalty", "deviance", "mae", "mse", "rmse")}
LARGER_IS_BETTER = {
    *("accuracy", "acc", "precision", "recall", "f1", "auc", "r2"),
    *("score", "corrcoef", "kappa", "jaccard", "ndcg"),  # scikit-learn's
}
"""Words in the names of figures; the last one that is known decides."""


class Monitor(Callback):
    """Base of callbacks that wait for a figure to become better.

    Parameters
    ----------
    monitor : str
        The name of the figure.
    patience : int
        How many epochs without a better value are waited for.
    min_delta : float
        By how much a value has to be better to count.
    mode : {"min", "max"}, optional
        Whether smaller or larger is better; by default it follows from the words of the name.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        patience: int,
        min_delta: float = 0.0,
        mode: str | None = None,
    ) -> None:
        who = type(self).__name__
        if not isinstance(monitor, str):
            raise TypeError(
                f"{who}: expected monitor to be the name of a figure, such as 'val_loss', got "
                f"{monitor!r}{': give patience=' + repr(monitor) if isinstance(monitor, int) else ''}"
            )
        self.monitor = monitor
        self.patience = whole_number(patience, "patience", who)
        self.min_delta = real_number(min_delta, "min_delta", who)
        if mode not in ("min", "max", None):
            raise ValueError(f"{who}: expected mode to be 'min' or 'max', got {mode!r}")
        self.mode = mode or _mode_of(monitor, who)
        self._forget()

    def _forget(self) -> None:
        self.best = math.inf if self.mode == "min" else -math.inf
        self.best_epoch = 0
        self.waited = 0
        self._goes_on = False

    def start(self, trainer: Any) -> None:
        name = self.monitor.removeprefix("val_")
        if name != self.monitor and name in ("loss", *trainer.metrics) and not trainer.validates:
            raise ValueError(
                f"{type(self).__name__}: {self.monitor!r} needs validation data: give fit "
                f"validation_data=(x, y), or monitor {name!r}"
            )
        if not self._goes_on:
            self._forget()
        self._goes_on = False

    def after_epoch(self, trainer: Any, figures: dict[str, float]) -> None:
        if self.monitor not in figures and not self._may_lack_a_value(trainer, figures):
            raise ValueError(
                f"{type(self).__name__}: there is no figure {self.monitor!r} to monitor, only "
                f"{', '.join(figures)}{self._hint(figures)}"
            )
        value = figures.get(self.monitor, math.nan)
        gain = self.best - value if self.mode == "min" else value - self.best
        if gain > self.min_delta:
            self.best, self.best_epoch, self.waited = value, trainer.place.epoch, 0
            self.on_better(trainer)
            return
        self.waited += 1
        if self.waited >= self.patience:
            self.on_patience_ended(trainer)

    def _may_lack_a_value(self, trainer: Any, figures: Mapping[str, float]) -> bool:
        """True if the figure is a metric of this fit, which had no value in this epoch."""
        name = self.monitor.removeprefix("val_")
        return name in trainer.metrics and (name == self.monitor or "val_loss" in figures)

    def _hint(self, figures: Mapping[str, float]) -> str:
        needs_validation = self.monitor.startswith("val_") and "val_loss" not in figures
        return " (give fit validation_data)" * needs_validation

    def on_better(self, trainer: Any) -> None:
        """When the figure is the best so far."""

    def on_patience_ended(self, trainer: Any) -> None:
        """When it was not better for as many epochs as `patience`."""

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best, "best_epoch": self.best_epoch, "waited": self.waited}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.best, self.best_epoch, self.waited = (
            state[name] for name in ("best", "best_epoch", "waited")
        )
        self._goes_on = True


def _mode_of(monitor: str, who: str) -> str:
    """Whether smaller or larger is better, by the words of the name of a figure."""
    words = monitor.lower().split("_")
    known = [word for word in words if word in SMALLER_IS_BETTER | LARGER_IS_BETTER]
    if not known or "neg" in words:
        raise ValueError(
            f"{who}: the name {monitor!r} does not say whether smaller or larger values are better: "
            'if it is right, give mode="min" or mode="max"'
        )
    return "min" if known[-1] in SMALLER_IS_BETTER else "max"
