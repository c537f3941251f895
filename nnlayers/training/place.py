"""Where a fit is."""

from dataclasses import dataclass


@dataclass
class Place:
    """Where a fit is, ``trainer.place``; epochs and batches are counted from 1."""

    epoch: int
    """The epoch that runs, or the last one that has ended."""
    last: int
    """The last epoch of the fit."""
    ended: bool = True
    """False while an epoch runs."""
    batch: int = 0
    """The batches of the epoch so far."""
    samples: int = 0
    """The samples of the epoch so far."""
    loss: float = float("nan")
    """The loss of the last step."""
    interrupted: bool = False
    """True if Ctrl-C has ended the fit."""

    def begin_epoch(self) -> None:
        """Go on to the next epoch."""
        self.epoch += 1
        self.batch = self.samples = 0
        self.ended = False

    def __str__(self) -> str:
        return f"epoch {self.epoch}, batch {self.batch}"
