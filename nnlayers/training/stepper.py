"""One training step: forward, loss, backward, update, and what happens when they go wrong."""

import math
from functools import partial
from typing import Any

import numpy as np

from nnlayers.core.frames import in_order
from nnlayers.training.guard import QUIET_ALREADY, Guard, quiet
from nnlayers.training.health.scales import likely_cause
from nnlayers.training.interrupts import Interrupts
from nnlayers.training.threads import forget_pass


class Stepper:
    """Takes the steps of a Trainer: of the model, the loss and the optimizer that it has then."""

    def __init__(self, trainer: Any) -> None:
        self.interrupts = Interrupts()
        self.place = ""
        """Epoch and batch within a fit, for errors."""
        self.seen: Any = None
        """The prediction and the target of the last step."""
        self.forget(trainer)

    def step(self, trainer: Any, x: Any, y: Any) -> float:
        """One training step; see `Trainer.step`."""
        if not self.guard.watches(trainer.model, trainer.optimizer):  # another one was assigned
            self.forget(trainer)
        try:
            with QUIET_ALREADY if self.place else quiet():
                value, prediction = self.backward(trainer, x, y, self.place or "Trainer.step")
            interrupts = self.interrupts
            interrupts.at_once = False  # an update is whole
            trainer.optimizer.step()
            interrupts.at_once = True
            interrupts.settle()
        except BaseException:
            self.forget(trainer)
            raise
        self.seen = prediction, y
        return value

    def backward(self, trainer: Any, x: Any, y: Any, who: str) -> tuple[float, Any]:
        """Everything of a step but the update: the loss, and the prediction."""
        model, loss, guard = trainer.model, trainer.loss, self.guard
        if guard.statistics:
            guard.remember_statistics()
        if type(x) is not np.ndarray:
            x = in_order(x, model.known_columns(), who)
        prediction = model.forward(x)
        value: float = loss.forward(prediction, y)
        if not math.isfinite(value):
            guard.refuse_loss(value, x, who, partial(likely_cause, trainer, x, y))
        model.backward_parameters(loss.backward())
        if not guard.is_small():
            guard.check_updates(value, who, partial(likely_cause, trainer, x, y))
        return value, prediction

    def forget(self, trainer: Any) -> None:
        """Drop what an unfinished pass has left behind, and look at the model as it is now."""
        self.guard = Guard(trainer.model, trainer.loss, trainer.optimizer)
        forget_pass(trainer.model, trainer.loss)
