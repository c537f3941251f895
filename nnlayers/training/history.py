"""The figures of a training run: one value of each per epoch."""

import io
import math
from collections.abc import Iterator, Mapping
from typing import Any

from nnlayers.core.answers.attributes import other_words
from nnlayers.core.files import FilePath, write_whole
from nnlayers.core.markup import html_picture, html_table
from nnlayers.plots.chart import Chart
from nnlayers.plots.curves import best_epoch, learning_curves
from nnlayers.training.callbacks.base import Callback

__all__ = ["History"]

SHOWN = 10  # epochs that a notebook shows
PANELS = 6  # figures of which it shows a chart


@other_words(
    history="it is itself the mapping: history['loss']",
    epoch="use epochs",
    best_epoch="use 1 + np.nanargmin(history['val_loss']), or best_epoch of an EarlyStopping",
    params="the Trainer has model, loss and optimizer",
)
class History(Mapping[str, list[float]], Callback):
    """Figures of a training run: ``history["val_loss"]`` is a list with one value per epoch.

    ``loss``, and each metric, are of the samples of the training data, taken *while* the epoch ran:
    with dropout, and with weights that changed from batch to batch. ``penalty`` is the L2 penalty at
    the end of the epoch; it is not part of ``loss``. The same names with ``val_`` are of the validation
    data, predicted at the end of the epoch. All are exact: they are computed from all samples
    together. A figure that an epoch did not have is NaN.

    Examples
    --------
    >>> history = nn.History()
    >>> history.append({"loss": 2.0})
    >>> history.append({"loss": 1.0, "val_loss": 1.5})
    >>> history["loss"], history["val_loss"]
    ([2.0, 1.0], [nan, 1.5])
    >>> history
    History(2 epochs, last: loss=1, val_loss=1.5)
    """

    is_default = True

    def __init__(self) -> None:
        self._columns: dict[str, list[float]] = {}
        self.epochs = 0
        """How many epochs were completed."""
        self.learning_rates: list[float] = []
        """The learning rate of the last step of each epoch; NaN if it is not known."""

    def append(self, figures: Mapping[str, float], *, learning_rate: float = math.nan) -> None:
        """Add one epoch.

        Parameters
        ----------
        figures : dict of str to float
            The figures of the epoch, by name.
        learning_rate : float
            That of its last step.
        """
        for name in figures:
            self._columns.setdefault(name, [float("nan")] * self.epochs)
        for name, column in self._columns.items():
            column.append(float(figures.get(name, "nan")))
        self.learning_rates.append(float(learning_rate))
        self.epochs += 1

    def __getitem__(self, name: str) -> list[float]:
        if name not in self._columns:
            there = ", ".join(self._columns) or "none, before fit"
            raise KeyError(f"History: no figure {name!r}; there are {there}")
        return self._columns[name].copy()

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def after_epoch(self, trainer: Any, figures: dict[str, float]) -> None:
        """Add the epoch that has ended; a fit calls it."""
        lr, steps = trainer.optimizer.lr, trainer.optimizer.steps
        # The rate of the next step is not asked for: a schedule may end with the last one.
        self.append(figures, learning_rate=lr(max(steps - 1, 0)) if callable(lr) else lr)

    def state_dict(self) -> dict[str, Any]:
        """All columns, the learning rates, and the number of epochs."""
        return {
            "epochs": self.epochs,
            "columns": dict(self),
            "learning_rates": self.learning_rates.copy(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Load what `state_dict` of another history returned."""
        self.epochs, self._columns = int(state["epochs"]), dict(state["columns"])
        self.learning_rates = list(state["learning_rates"])

    def to_csv(self, path: FilePath) -> None:
        """Write a table: a line of names, then one line per epoch, which is its first column.

        Parameters
        ----------
        path : str or path
            The file. As with ``save_weights``, it replaces an older one when it is complete.

        Examples
        --------
        >>> history = nn.History()
        >>> history.append({"loss": 2.0, "accuracy": 0.25})
        >>> history.to_csv("history.csv")
        >>> with open("history.csv") as file:
        ...     print(file.read().strip())
        epoch,loss,accuracy
        1,2.0,0.25
        """
        import csv

        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(["epoch", *self])
        for epoch, row in enumerate(zip(*self.values(), strict=True), 1):
            writer.writerow([epoch, *row])
        with write_whole(path) as file:
            file.write(text.getvalue().encode())

    def plot(self, ax: Any = None) -> Chart:
        """Draw the learning curves; see `nnlayers.plots.learning_curves`.

        Examples
        --------
        >>> history = nn.History()
        >>> history.append({"loss": 2.0, "val_loss": 2.5})
        >>> history.plot().save("history.png")
        """
        return learning_curves(self, ax=ax)

    def _repr_html_(self) -> str:
        epochs = range(1, self.epochs + 1)[-SHOWN:]
        rows = [
            [
                epoch,
                *("" if math.isnan(v := column[epoch - 1]) else f"{v:.4g}" for column in self.values()),
            ]
            for epoch in epochs
        ]
        caption = f"History: {self._count()}" + f", the last {SHOWN}" * (self.epochs > SHOWN)
        best = best_epoch(self)
        foot = (
            f"The least {best[0]} is {self[best[0]][best[1] - 1]:.4g}, in epoch {best[1]}."
            if best
            else ""
        )
        table = html_table(caption, ("epoch", *self), rows, foot)
        if not self:
            return table
        named = list(dict.fromkeys(name.removeprefix("val_") for name in self))
        few = {
            name: column for name, column in self.items() if name.removeprefix("val_") in named[:PANELS]
        }
        chart = self.plot() if len(few) == len(self) else learning_curves(few)
        return html_picture(chart.figure_, "Learning curves") + table

    def _count(self) -> str:
        return f"{self.epochs} epoch{'s' * (self.epochs != 1)}"

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={column[-1]:.4g}" for name, column in self.items())
        return f"History({self._count()}{', last: ' + last if last else ''})"
