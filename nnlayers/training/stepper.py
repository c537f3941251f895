"""One training step: forward, loss, backward, update, and what happens when they go wrong."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from nnlayers.training.callbacks.base import Callbacks
from nnlayers.training.guard import QUIET_ALREADY, Guard, quiet
from nnlayers.training.health.scales import likely_cause
from nnlayers.training.interrupts import Interrupts
from nnlayers.training.names import Names, names_for_fit, remember_names
from nnlayers.training.place import Place
from nnlayers.training.ranks import Alone
from nnlayers.training.threads import end_turn, forget_pass, take_turn, within_step
from nnlayers.training.weights import shares

Batch = tuple[Any, ...]
"""``(x, y)`` or ``(x, y, weights)``."""


class Stepper:
    """Takes the steps of a Trainer: of the model, the loss and the optimizer that it has then."""

    def __init__(self, trainer: Any) -> None:
        self.interrupts = Interrupts(trainer.optimizer)
        self.callbacks = Callbacks()
        self.ranks = Alone()
        self.place: Place | None = None
        """Where a fit is; None outside of one."""
        self.seen: list[Batch] = []
        """The loss, the prediction, the target and the weights of each batch in the last step."""
        self.forget(trainer)

    def step(self, trainer: Any, batches: Sequence[Batch]) -> float:
        """One training step on a batch, or on several as if they were one; see `Trainer.step`."""
        guard, is_fit = self.guard, self.place is not None
        if guard.model is not trainer.model or guard.optimizer is not trainer.optimizer:
            self.forget(trainer)  # another one was assigned
            guard = self.guard
        # One parameter is enough: that others are shared shows when gradients are added.
        is_turn = take_turn(guard.first, "Trainer.step")  # no if the fit has it
        self.seen = []
        value = 0.0
        try:
            with QUIET_ALREADY if is_fit else quiet():
                if guard.statistics:
                    guard.remember_statistics()
                self.ranks.before_step(trainer)
                if len(batches) == 1:  # nearly always
                    value = self._pass(trainer, 1, *batches[0])
                else:
                    for batch, share in zip(batches, shares(trainer.loss, batches), strict=True):
                        value += share * self._pass(trainer, share, *batch)
                self._check_updates(trainer, value, batches)
                if self.ranks.count > 1:
                    value = self.ranks.reduce(trainer, self.seen, value)
                    self._check_updates(trainer, value, batches)
                if self.callbacks.after_backward:
                    with within_step(trainer.optimizer.parameters):
                        self.callbacks.call("after_backward", trainer)
                    self._check_updates(trainer, value, batches)  # they may change gradients
            trainer.optimizer.step()
        except BaseException as error:
            if is_fit and isinstance(error, (TypeError, ValueError)):
                error.add_note(f"in {self.who()}")
            self.forget(trainer)
            raise
        finally:
            if is_turn:
                end_turn(guard.first)
        return value

    def _check_updates(self, trainer: Any, value: float, batches: Sequence[Batch]) -> None:
        """Refuse gradients from which a step would not be finite."""
        if not self.guard.is_small():
            x, y, *_ = batches[0] if batches else (None, None)  # None: only other ranks have some
            self.guard.check_updates(value, self.who(), partial(likely_cause, trainer, x, y))

    def _pass(self, trainer: Any, share: float, x: Any, y: Any, weights: Any = None) -> float:
        """Forward and backward of a batch; gradients count with its share."""
        model, loss = trainer.model, trainer.loss
        if type(x) is not np.ndarray:
            names = names_for_fit(Names(model.known_column_names()), x, y)
            x = names.inputs_in_order(x, model, self.who())
            remember_names(model, names.inputs)
        prediction = model.forward(x)
        given = {} if weights is None else {"weights": weights}
        value: float = loss.forward(prediction, y, **given)
        if not math.isfinite(value):
            advice = partial(likely_cause, trainer, x, y)
            self.guard.refuse_loss(value, x, self.who(), advice)
        model.backward_parameters(loss.backward() if share == 1 else loss.backward(share))
        self.seen.append((value, prediction, y, *given.values()))
        return value

    def __getstate__(self) -> dict[str, Any]:
        """What copies and pickles keep: not the fit that runs, which is that of the trainer itself."""
        return {**vars(self), "place": None, "callbacks": Callbacks(), "ranks": Alone(), "seen": []}

    def who(self) -> str:
        """Where it is, for errors."""
        return f"Trainer.fit: {self.place}" if self.place else "Trainer.step"

    def begin(self, trainer: Any, place: Place, callbacks: Callbacks) -> None:
        """Begin a fit."""
        self.forget(trainer)
        self.place, self.callbacks = place, callbacks

    def end(self, trainer: Any) -> None:
        """End a fit."""
        self.place, self.callbacks, self.ranks = None, Callbacks(), Alone()
        self.forget(trainer)

    def forget(self, trainer: Any) -> None:
        """Drop what an unfinished pass has left behind, and look at the model as it is now."""
        self.guard = Guard(trainer.model, trainer.loss, trainer.optimizer)
        self.seen = []
        forget_pass(trainer.model, trainer.loss)
