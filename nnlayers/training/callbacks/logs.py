"""Callbacks that write the figures into files: a table, or event files of TensorBoard."""

from collections.abc import Mapping
from typing import Any

from nnlayers.core.files import FilePath, check_writable
from nnlayers.training.callbacks.base import Callback

__all__ = ["CsvLog", "TensorBoard"]


class CsvLog(Callback):
    """Writes the history into a table after each epoch, as `History.to_csv` does.

    Parameters
    ----------
    path : str or path
        The file. It is replaced whole, so that it is never half written.
    """

    def __init__(self, path: FilePath) -> None:
        self.path = path

    def start(self, trainer: Any) -> None:
        check_writable(self.path)  # rather now than after an epoch

    def after_epoch(self, trainer: Any, figures: dict[str, float]) -> None:
        trainer.history.to_csv(self.path)


class TensorBoard(Callback):
    """Writes the figures of each epoch, and the learning rate, into event files of TensorBoard.

    It needs the extra ``nnlayers[tensorboard]``.

    Parameters
    ----------
    folder : str or path
        Where the event files are written.
    every_steps : int, optional
        Also write the loss of a step, once in so many.

    Raises
    ------
    ImportError
        The package tensorboardX is not there.
    """

    def __init__(self, folder: FilePath, *, every_steps: int | None = None) -> None:
        try:
            import tensorboardX  # type: ignore[import-not-found]
        except ImportError as error:
            raise ImportError("TensorBoard: pip install 'nnlayers[tensorboard]'") from error
        self.folder, self.every_steps = folder, every_steps
        self._writer: Any = None
        self._make = tensorboardX.SummaryWriter

    def start(self, trainer: Any) -> None:
        self._writer = self._make(str(self.folder))

    def after_step(self, trainer: Any) -> None:
        steps = trainer.optimizer.steps
        if self.every_steps and steps % self.every_steps == 0:
            self._writer.add_scalar("loss of the step", trainer.place.loss, steps)

    def after_epoch(self, trainer: Any, figures: Mapping[str, float]) -> None:
        rate = trainer.history.learning_rates[-1]  # there may be none for a next step
        for name, value in {**figures, "learning rate": rate}.items():
            self._writer.add_scalar(name, value, trainer.place.epoch)
        self._writer.flush()

    def finish(self, trainer: Any) -> None:
        self._writer.close()
        self._writer = None
