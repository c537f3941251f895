"""Callbacks that write the figures into files: a table, or event files of TensorBoard."""

import time
from collections.abc import Mapping
from typing import Any

from nnlayers.core.checks import whole_number
from nnlayers.core.files import FilePath, check_writable
from nnlayers.training.callbacks.base import Callback

__all__ = ["CsvLog", "TensorBoard"]


class CsvLog(Callback):
    """Write the history into a table after each epoch, as `History.to_csv` does.

    Parameters
    ----------
    path : str or path
        The file. It is replaced whole, so that it is never half written.

    Raises
    ------
    OSError
        When the fit begins: the folder of the path does not exist, or the path is a folder.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> log = nn.CsvLog("log.csv")
    >>> history = trainer.fit(x, y, epochs=2, rng=0, progress=False, callbacks=[log])
    >>> with open("log.csv") as file:
    ...     print(file.readline().strip())
    epoch,loss,penalty,accuracy
    """

    def __init__(self, path: FilePath) -> None:
        self.path = path

    def start(self, trainer: Any) -> None:
        if trainer.rank == 0:
            check_writable(self.path)  # rather now than after an epoch

    def after_epoch(self, trainer: Any, figures: dict[str, float]) -> None:
        if trainer.rank == 0:
            trainer.history.to_csv(self.path)


class TensorBoard(Callback):
    """Write the figures of each epoch, and the learning rate, into event files of TensorBoard.

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
    ValueError, TypeError
        ``every_steps`` is not a whole number of at least 1.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> board = nn.TensorBoard("runs/first", every_steps=20)  # doctest: +SKIP
    >>> trainer.fit(x, y, epochs=2, callbacks=[board])  # doctest: +SKIP

    Then ``tensorboard --logdir runs`` shows the curves of all runs in that folder.
    """

    def __init__(self, folder: FilePath, *, every_steps: int | None = None) -> None:
        try:
            import tensorboardX  # type: ignore[import-not-found]
        except ImportError as error:
            raise ImportError("TensorBoard: pip install 'nnlayers[tensorboard]'") from error
        self.folder = folder
        if every_steps is not None:
            every_steps = whole_number(every_steps, "every_steps", "TensorBoard")
        self.every_steps = every_steps
        self._writer: Any = None
        self._make = tensorboardX.SummaryWriter

    def start(self, trainer: Any) -> None:
        # The file's own name has only seconds in it: another fit in the same one would overwrite it.
        if trainer.rank:
            return
        self._writer = self._make(str(self.folder), filename_suffix=f".{time.time_ns()}")

    def after_step(self, trainer: Any) -> None:
        steps = trainer.optimizer.steps
        if self._writer and self.every_steps and steps % self.every_steps == 0:
            self._writer.add_scalar("loss_of_the_step", trainer.place.loss, steps)

    def after_epoch(self, trainer: Any, figures: Mapping[str, float]) -> None:
        if not self._writer:
            return
        for name, value in {**figures, "learning_rate": trainer.history.learning_rates[-1]}.items():
            self._writer.add_scalar(name, value, trainer.place.epoch)
        self._writer.flush()

    def finish(self, trainer: Any) -> None:
        if self._writer:
            self._writer.close()
        self._writer = None
