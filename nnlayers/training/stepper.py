"""One training step: forward, loss, backward, update, and what happens when they go wrong."""

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn

import numpy as np

from nnlayers.core.devices import check_same_device, on_device, to_host
from nnlayers.core.placement import check_together
from nnlayers.core.structures import arrays_in, each
from nnlayers.optimizers.clipping import step_with_norm
from nnlayers.training.callbacks.base import Callbacks
from nnlayers.training.guard import QUIET_ALREADY, Guard, quiet
from nnlayers.training.health.scales import likely_cause
from nnlayers.training.interrupts import Interrupts
from nnlayers.training.names import Names, names_for_fit, remember_names
from nnlayers.training.place import Place
from nnlayers.training.ranks import Alone
from nnlayers.training.readings import Readings
from nnlayers.training.threads import end_turn, forget_pass, take_turn, within_step
from nnlayers.training.weights import check_weights, shares

Batch = tuple[Any, ...]
"""``(x, y)`` or ``(x, y, weights)``."""


class Stepper:
    """Takes the steps of a Trainer: of the model, the loss and the optimizer that it has then."""

    def __init__(self, trainer: Any) -> None:
        self.interrupts = Interrupts()
        self.callbacks = Callbacks()
        self.ranks = Alone()
        self.place: Place | None = None
        """Where a fit is; None outside of one."""
        self.readings = Readings()
        """What is read from a device in the next step."""
        self.on_device = False
        """True if the parameters that are trained are on a device."""
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
        self.on_device = type(guard.first.value) is not np.ndarray
        is_turn = take_turn(guard.first, "Trainer.step")  # no if the fit has it
        self.seen = []
        value, steps = 0.0, trainer.optimizer.steps
        guard.remember()
        try:
            with QUIET_ALREADY if is_fit else quiet():
                self.ranks.before_step(trainer)
                if len(batches) == 1:  # nearly always
                    value = self._pass(trainer, 1, *batches[0])
                else:
                    for batch, share in zip(batches, shares(trainer.loss, batches), strict=True):
                        value += share * self._pass(trainer, share, *batch)
                measured = None
                if self.on_device:
                    value, measured = self._read(trainer, value, batches)
                if self.ranks.count > 1:
                    value = self.ranks.reduce(trainer, self.seen, value)
                self._check_updates(trainer, value, batches, measured)
                if self.callbacks.after_backward:
                    with within_step(trainer.optimizer.parameters):
                        self.callbacks.call("after_backward", trainer)
                    if measured is not None:
                        measured = self.readings.read(guard.measure())
                    # The hooks may have changed gradients.
                    self._check_updates(trainer, value, batches, measured)
            if measured is None:
                trainer.optimizer.step()
            else:
                step_with_norm(trainer.optimizer, guard.norm(measured))
        except BaseException as error:
            if is_fit and isinstance(error, (TypeError, ValueError)):
                error.add_note(f"in {self.who()}")
            if trainer.optimizer.steps == steps:  # otherwise the weights have moved, too
                guard.put_back()
            self.forget(trainer)
            if isinstance(error, TypeError):
                check_together(model=trainer.model, loss=trainer.loss)
            raise
        finally:
            if is_turn:
                end_turn(guard.first)
        return value

    def _check_is_beside(self, name: str, data: Any) -> None:
        """Refuse data of the host for a model on a device, before anything is moved by them."""
        for place, array in arrays_in(data, name):
            if array is not None:
                check_same_device(array, self.guard.first.value, self.who(), place, "the model")

    def _read(
        self, trainer: Any, value: Any, batches: Sequence[Batch]
    ) -> tuple[float, Sequence[float]]:
        """The loss, and the sizes of the gradients, from a device: a step waits for it here."""
        losses = [loss for loss, *_ in self.seen]
        found = self.readings.read([value, *losses, *self.guard.measure()])
        value, losses, measured = found[0], found[1 : len(losses) + 1], found[len(losses) + 1 :]
        self.seen = [(loss, *rest) for loss, (_, *rest) in zip(losses, self.seen, strict=True)]
        for batch, (loss, prediction, *_) in zip(batches, self.seen, strict=True):
            if not math.isfinite(loss):
                self._refuse_loss(trainer, loss, prediction, *batch)
        return value, measured

    def _refuse_loss(
        self, trainer: Any, value: float, prediction: Any, x: Any, y: Any, weights: Any = None
    ) -> NoReturn:
        """Raise the error of a loss that is not finite; on a device, wrong targets make it NaN."""
        if self.on_device:
            self.guard.put_back()
            y = each(to_host, y)
            trainer.loss.check_target(y, each(np.shape, prediction))
            if weights is not None:
                check_weights(each(to_host, weights), y, f"{self.who()}: weights")
        advice = partial(likely_cause, trainer, x, y)
        self.guard.refuse_loss(value, x, self.who(), advice)

    def _check_updates(
        self,
        trainer: Any,
        value: float,
        batches: Sequence[Batch],
        measured: Sequence[float] | None = None,
    ) -> None:
        """Refuse gradients from which a step would not be finite."""
        if not self.guard.is_small(measured):
            x, y, *_ = batches[0] if batches else (None, None)  # None: only other ranks have some
            self.guard.check_updates(value, self.who(), partial(likely_cause, trainer, x, y))

    def _pass(self, trainer: Any, share: float, x: Any, y: Any, weights: Any = None) -> float:
        """Forward and backward of a batch; gradients count with its share."""
        model, loss = trainer.model, trainer.loss
        if self.on_device:
            for name, data in (("x", x), ("y", y), ("weights", weights)):
                self._check_is_beside(name, data)
        if type(x) is not np.ndarray and not on_device(x):
            names = names_for_fit(Names(model.known_column_names()), x, y)
            x = names.inputs_in_order(x, model, self.who())
            remember_names(model, names.inputs)
        prediction = model.forward(x)
        given = {} if weights is None else {"weights": weights}
        value: float = loss.forward(prediction, y, **given)
        if not (self.on_device or math.isfinite(value)):
            self._refuse_loss(trainer, value, prediction, x, y)
        model.backward_parameters(loss.backward() if share == 1 else loss.backward(share))
        self.seen.append((value, prediction, y, *given.values()))
        return value

    def __getstate__(self) -> dict[str, Any]:
        """What copies and pickles keep: not the fit that runs, which is that of the trainer itself."""
        new: dict[str, Any] = {
            "place": None,
            "callbacks": Callbacks(),
            "ranks": Alone(),
            "seen": [],
            "readings": Readings(),
        }
        return vars(self) | new

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
