"""What a trainer tells of the fit that runs, to callbacks and to whoever looks."""

from typing import Any

from nnlayers.core.frames import Columns
from nnlayers.core.layer import Layer
from nnlayers.core.markup import html_table
from nnlayers.training.callbacks.base import callback_name, remembering
from nnlayers.training.history import History
from nnlayers.training.loop import Loop
from nnlayers.training.place import Place
from nnlayers.training.stepper import Stepper


class Running:
    """Base of `Trainer`: where a fit is, its figures so far, how it is stopped."""

    model: Layer
    history: History
    _stepper: Stepper
    _loop: Loop | None = None
    _run: Any = None  # that the next fit goes on with, if one was loaded
    _target_names: Columns = None
    _evaluated: Any = None

    @property
    def interrupted(self) -> bool:
        """Whether the last `fit` was ended by Ctrl-C."""
        return self._stepper.interrupts.acknowledge()

    @property
    def place(self) -> Place:
        """Where the running fit is, or where the last one ended: ``place.epoch``, ``place.batch``."""
        return self._loop.place if self._loop else Place(self.history.epochs, self.history.epochs)

    @property
    def failure(self) -> BaseException | None:
        """The error that ended the last fit, if one did."""
        return self._loop.failure if self._loop else None

    @property
    def evaluated_model(self) -> Layer:
        """The model whose figures are measured on validation data; a callback may set another one."""
        return self.model if self._evaluated is None else self._evaluated

    @evaluated_model.setter
    def evaluated_model(self, model: Layer | None) -> None:
        self._evaluated = model

    @property
    def validates(self) -> bool:
        """True if the fit that runs has validation data."""
        return self._loop is not None and self._loop.validation != ()

    @property
    def rank(self) -> int:
        """The number of this process among those that train the model together; 0 if it is alone."""
        return self._loop.ranks.rank if self._loop else 0

    @property
    def ranks(self) -> int:
        """How many processes train the model together; 1 if this one is alone."""
        return self._loop.ranks.count if self._loop else 1

    def gather(self) -> None:
        """Give rank 0 what all ranks have added up in the epoch so far, so that it can save the run.

        All ranks have to call it, after the same step. With one process, it does nothing.
        """
        if self._loop:
            self._loop.ranks.collect(self._loop)

    def figures_so_far(self) -> dict[str, float]:
        """The loss, and metrics that are means, over the batches so far of the epoch that runs.

        Returns
        -------
        dict of str to float
            Empty if no fit runs.

        Examples
        --------
        A callback that ends a fit within an epoch, at a mean loss below a bound:

        >>> class GoodEnough(nn.Callback):
        ...     def after_step(self, trainer):
        ...         if trainer.place.batch >= 20 and trainer.figures_so_far()["loss"] < 1:
        ...             trainer.stop()
        >>> x, y = nn.datasets.load_digits()
        >>> model = nn.Sequential(nn.Dense(64, 10, rng=0))
        >>> trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1))
        >>> history = trainer.fit(x, y, epochs=9, rng=0, progress=False, callbacks=[GoodEnough()])
        >>> trainer.place.epoch < 9
        True
        """
        return self._loop.totals.so_far() if self._loop else {}

    def callback_states(self) -> list[list[Any]]:
        """The name and the state of each callback of the last fit that remembers something."""
        callbacks = remembering(self._loop.callbacks.all) if self._loop else []
        return [[callback_name(callback), callback.state_dict()] for callback in callbacks]

    def stop(self) -> None:
        """End the running fit: after the running step, or at the end of the epoch if none runs."""
        if self._loop:
            self._loop.stopped = True

    def __getstate__(self) -> dict[str, Any]:
        """What copies and pickles keep: not the fit that has ended, with its data and callbacks."""
        return {**vars(self), "_loop": None}

    def _repr_html_(self) -> str:
        parts = [(name, repr(getattr(self, name))) for name in ("loss", "optimizer", "history")]
        return html_table(type(self).__name__, ("part", "value"), parts) + self.model._repr_html_()
