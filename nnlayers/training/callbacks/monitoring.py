"""Callbacks that watch one figure: early stopping, a rate that is lowered on a plateau."""

from collections.abc import Mapping
from typing import Any

from nnlayers.core.checks import real_number, true_or_false
from nnlayers.training.callbacks.monitor import Monitor

__all__ = ["EarlyStopping", "ReduceOnPlateau"]


class EarlyStopping(Monitor):
    """End a fit when a figure has not become better for some epochs, and put the best weights back.

    The weights are those with which the best value of the figure was measured, with all states. They
    are also put back if the fit ends in another way, but not after an error. A run that it has ended
    stays ended if it goes on from its file, unless ``patience`` is larger then.

    Parameters
    ----------
    monitor : str
        The name of the figure, such as ``"val_loss"`` or ``"val_accuracy"``.
    patience : int
        How many epochs without a better value are waited for.
    min_delta : float
        By how much a value has to be better to count.
    mode : {"min", "max"}, optional
        Whether smaller or larger is better. By default smaller is for names with the word loss, error
        or penalty, and larger for those with accuracy, precision, recall, F1, AUC, R² or score.
    restore_best : bool
        False to keep the weights of the end.

    Attributes
    ----------
    best : float
        The best value so far.
    best_epoch : int
        Its epoch.

    Raises
    ------
    ValueError
        An argument is out of its range, or the name does not say which ``mode`` is meant; after the
        first epoch, if there is no such figure.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> stopping = nn.EarlyStopping("loss", patience=2, min_delta=0.1)
    >>> trainer.fit(x, y, epochs=50, rng=0, progress=False, callbacks=[stopping]).epochs < 50
    True
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str | None = None,
        restore_best: bool = True,
    ) -> None:
        super().__init__(monitor, patience=patience, min_delta=min_delta, mode=mode)
        self.restore_best = true_or_false(restore_best, "restore_best", "EarlyStopping")

    def _forget(self) -> None:
        super()._forget()
        self.weights: list[dict[str, Any]] = []
        """Copies of the values of the model and the loss at the best epoch."""

    def on_better(self, trainer: Any) -> None:
        if self.restore_best:
            self.weights = [trainer.evaluated_model.state_dict(), trainer.loss.state_dict()]

    def start(self, trainer: Any) -> None:
        super().start(trainer)
        if self.waited >= self.patience:
            trainer.stop()

    def on_patience_ended(self, trainer: Any) -> None:
        trainer.stop()

    def finish(self, trainer: Any) -> None:
        if self.weights and trainer.failure is None and self.best_epoch != trainer.place.epoch:
            trainer.evaluated_model.load_state_dict(self.weights[0])
            trainer.model.load_state_dict(self.weights[0])
            trainer.loss.load_state_dict(self.weights[1])

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "weights": self.weights}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        super().load_state_dict(state)
        self.weights = list(state["weights"])


class ReduceOnPlateau(Monitor):
    """Lower the learning rate when a figure has not become better for some epochs.

    Parameters
    ----------
    monitor, patience, min_delta, mode
        As for `EarlyStopping`.
    factor : float
        What the learning rate is multiplied by, in (0, 1).
    min_lr : float
        The learning rate does not become smaller.

    Raises
    ------
    ValueError
        As for `EarlyStopping`, or the optimizer's learning rate is a schedule.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> plateau = nn.ReduceOnPlateau("loss", factor=0.5, patience=1, min_delta=0.1)
    >>> history = trainer.fit(x, y, epochs=10, rng=0, progress=False, callbacks=[plateau])
    >>> trainer.optimizer.lr < 0.1
    True
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        factor: float = 0.1,
        patience: int = 3,
        min_delta: float = 0.0,
        min_lr: float = 0.0,
        mode: str | None = None,
    ) -> None:
        super().__init__(monitor, patience=patience, min_delta=min_delta, mode=mode)
        self.factor = real_number(factor, "factor", "ReduceOnPlateau", below=1.0)
        if not self.factor:
            raise ValueError("ReduceOnPlateau: factor must be above 0, got 0")
        self.min_lr = real_number(min_lr, "min_lr", "ReduceOnPlateau")

    def start(self, trainer: Any) -> None:
        super().start(trainer)
        if callable(trainer.optimizer.lr):
            raise ValueError(
                f"ReduceOnPlateau: the learning rate is the schedule {trainer.optimizer.lr!r}: set "
                "optimizer.lr to a number"
            )

    def on_patience_ended(self, trainer: Any) -> None:
        lr = trainer.optimizer.lr
        trainer.optimizer.lr = min(lr, max(self.factor * lr, self.min_lr))
        self.waited = 0
