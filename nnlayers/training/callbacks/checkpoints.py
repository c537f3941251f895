"""Checkpoints: the run in a file, as it goes on."""

from typing import Any

from nnlayers.core.checks import whole_number
from nnlayers.core.files import FilePath, check_writable, file_name
from nnlayers.training.callbacks.base import Callback

__all__ = ["Checkpoint"]


class Checkpoint(Callback):
    """Save the run after each epoch, with `Trainer.save`.

    ``fit(..., checkpoint=path)`` adds one, and goes on from the file if it is there. It is called
    after all other callbacks, so that the file has their states of the same moment.

    Parameters
    ----------
    path : str or path
        The file; each save replaces it whole.
    every_epochs : int
        Save after each of so many epochs.
    every_steps : int, optional
        Save after each of so many steps as well. If training is stopped within an epoch, it goes on
        there.

    Raises
    ------
    TypeError, ValueError
        It is not a path, or a number is not a whole one of at least 1.
    OSError
        When the fit begins: the folder of the path does not exist, or the path is a folder.

    Examples
    --------
    >>> x, y = nn.datasets.load_digits()
    >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
    >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
    >>> checkpoint = nn.Checkpoint("run.npz", every_steps=100)
    >>> history = trainer.fit(x, y, epochs=2, rng=0, progress=False, checkpoint=checkpoint)
    >>> trainer.fit(x, y, epochs=3, rng=0, progress=False, checkpoint="run.npz").epochs  # one more
    3
    """

    is_last = True

    def __init__(
        self, path: FilePath, *, every_epochs: int = 1, every_steps: int | None = None
    ) -> None:
        file_name(path, "Checkpoint")
        self.path = path
        self.every_epochs = whole_number(every_epochs, "every_epochs", "Checkpoint")
        if every_steps is not None:
            every_steps = whole_number(every_steps, "every_steps", "Checkpoint")
        self.every_steps = every_steps
        self._saved_at = (0, 0)

    def start(self, trainer: Any) -> None:
        from nnlayers.core.packing import pack  # takes long to import, as checkpoint does

        if trainer.rank == 0:
            check_writable(self.path)  # rather now than after an epoch
        for name, state in trainer.callback_states():
            try:
                pack(state)
            except TypeError as error:
                error.add_note(f"in {name}.state_dict")
                raise
        self._saved_at = _moment(trainer)

    def after_step(self, trainer: Any) -> None:
        if self.every_steps and trainer.optimizer.steps % self.every_steps == 0:
            self._save(trainer)

    def after_epoch(self, trainer: Any, figures: dict[str, float]) -> None:
        if trainer.place.epoch % self.every_epochs == 0 or trainer.place.epoch == trainer.place.last:
            self._save(trainer)

    def finish(self, trainer: Any) -> None:
        if trainer.failure is None and self._saved_at != _moment(trainer):  # Ctrl-C, or a stop
            self._save(trainer)

    def _save(self, trainer: Any) -> None:
        if not trainer.place.ended:
            trainer.gather()
        if trainer.rank == 0:
            trainer.save(self.path)
        self._saved_at = _moment(trainer)


def _moment(trainer: Any) -> tuple[int, int]:
    return trainer.optimizer.steps, trainer.history.epochs
