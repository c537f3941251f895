"""One training step: forward, loss, backward, update, and what happens when they go wrong."""

import math
from functools import partial
from typing import Any

import numpy as np

from nnlayers.training.guard import QUIET_ALREADY, Guard, quiet
from nnlayers.training.health.scales import likely_cause
from nnlayers.training.interrupts import Interrupts
from nnlayers.training.names import names_for_fit, remember_names
from nnlayers.training.threads import end_turn, forget_pass, take_turn


class Stepper:
    """Takes the steps of a Trainer: of the model, the loss and the optimizer that it has then."""

    def __init__(self, trainer: Any) -> None:
        self.interrupts = Interrupts(trainer.optimizer)
        self.place: tuple[int, int] | None = None
        """Epoch and batch within a fit."""
        self.seen: Any = None
        """The prediction and the target of the last step of a fit."""
        self.forget(trainer)

    def step(self, trainer: Any, x: Any, y: Any) -> float:
        """One training step; see `Trainer.step`."""
        guard, is_fit = self.guard, self.place is not None
        if guard.model is not trainer.model or guard.optimizer is not trainer.optimizer:
            self.forget(trainer)  # another one was assigned
            guard = self.guard
        # One parameter is enough: that others are shared shows when gradients are added.
        is_turn = not is_fit and take_turn(guard.first, "Trainer.step")
        try:
            with QUIET_ALREADY if is_fit else quiet():
                model, loss = trainer.model, trainer.loss
                if guard.statistics:
                    guard.remember_statistics()
                if type(x) is not np.ndarray:
                    names = names_for_fit(model, x, y, None)
                    x = names.inputs_in_order(x, model, self.who())
                    remember_names(model, names.inputs)
                prediction = model.forward(x)
                value: float = loss.forward(prediction, y)
                if not math.isfinite(value):
                    guard.refuse_loss(value, x, self.who(), partial(likely_cause, trainer, x, y))
                model.backward_parameters(loss.backward())
                if not guard.is_small():
                    guard.check_updates(value, self.who(), partial(likely_cause, trainer, x, y))
            trainer.optimizer.step()
        except BaseException:
            self.forget(trainer)
            raise
        finally:
            if is_turn:
                end_turn(guard.first)
        if is_fit:
            self.seen = prediction, y
        return value

    def who(self) -> str:
        """Where it is, for errors."""
        if not self.place:
            return "Trainer.step"
        epoch, batch = self.place
        return f"Trainer.fit: epoch {epoch}, batch {batch}"

    def forget(self, trainer: Any) -> None:
        """Drop what an unfinished pass has left behind, and look at the model as it is now."""
        self.guard = Guard(trainer.model, trainer.loss, trainer.optimizer)
        self.seen = None
        forget_pass(trainer.model, trainer.loss)
