"""The loop of a fit: epochs of steps, evaluation after each, callbacks all along."""

from collections.abc import Iterable, Mapping
from typing import Any

from nnlayers.core.notices import notice
from nnlayers.training.callbacks.base import Callbacks
from nnlayers.training.checks import check_parameters
from nnlayers.training.evaluation import add_evaluated, moved_to_model
from nnlayers.training.figures import Totals, notice_undefined
from nnlayers.training.given_batches import closing
from nnlayers.training.guard import quiet
from nnlayers.training.health.hooks import Unwatched
from nnlayers.training.interrupts import Interrupts
from nnlayers.training.place import Place
from nnlayers.training.ranks import Alone, Joining, grouped, processes_started
from nnlayers.training.resumable import Resumable
from nnlayers.training.sources import Source, SpentSource
from nnlayers.training.stepper import Batch, Stepper
from nnlayers.training.threads import one_thread_only


class Loop(Resumable):
    """One fit of a Trainer.

    Parameters
    ----------
    trainer : Trainer
        What is trained.
    stepper : Stepper
        Takes its steps.
    source : Source
        The batches of each epoch.
    validation : iterable
        Batches to evaluate on after each epoch; empty if there are none.
    place : Place
        Where it begins, and its last epoch.
    accumulate : int
        The batches in a step.
    callbacks : Callbacks
        What is called.
    epochs : int
        The epochs that were asked for.
    """

    def __init__(
        self,
        trainer: Any,
        stepper: Stepper,
        source: Source,
        validation: Iterable[Batch],
        place: Place,
        accumulate: int,
        callbacks: Callbacks,
        epochs: int,
    ) -> None:
        self.trainer, self.stepper, self.source = trainer, stepper, source
        self.validation, self.place = validation, place
        self.accumulate, self.callbacks, self.epochs = accumulate, callbacks, epochs
        self.ranks = Alone()
        self.totals = Totals(trainer.metrics, trainer.loss, stepper.readings)
        self.interrupts = Interrupts(stepper.interrupts.last)
        callbacks.caller = self.interrupts.call
        self.steps = trainer.optimizer.steps
        """The steps before the epoch that runs."""
        self.settings: Mapping[str, str] = {}  # those that a run in a file began with
        self.stopped = False
        self.failure: BaseException | None = None
        self.taken = 0
        """The batches of the epoch that steps were taken from."""
        self.reached = 0
        """The same with those of other ranks, or more at the end; each as much as `Source.size`."""
        self.base: int | None = None  # of the random sources of other ranks
        self.resumed = False
        """True if it goes on with a run in a file."""
        self.undefined: dict[str, str] = {}
        """Why figures had no value so far, by their names; each is said once in a fit."""

    def run(self) -> None:
        """Run to the end, up to a stop, to Ctrl-C, or to an error."""
        trainer, stepper = self.trainer, self.stepper
        stepper.interrupts = self.interrupts
        with one_thread_only(trainer.optimizer.parameters, "Trainer.fit"), self.interrupts, quiet():
            trainer._loop = self
            stepper.begin(trainer, self.place, self.callbacks)
            try:
                with self.interrupts.first():
                    self._join()
                    self.callbacks.start(trainer)
                    for callback in self.callbacks.all:
                        if isinstance(callback, Unwatched):
                            callback.all_started()
                    while self.ranks.goes_on(self) and not self.is_done():
                        self._epoch()
                        self.interrupts.settle()
                self.ranks.check_end()
            except BaseException as error:
                self.failure = error
                raise
            finally:
                stepper.end(trainer)
                self.place.interrupted = self.interrupts.asked
                try:
                    with self.ranks.ending(self):
                        self.callbacks.finish(trainer)
                finally:
                    trainer.evaluated_model = None
                    self._release()

    def _join(self) -> None:
        joining = [callback for callback in self.callbacks.all if isinstance(callback, Joining)]
        if len(joining) > 1:
            names = [type(callback).__name__ for callback in joining]
            raise ValueError(
                f"Trainer.fit: callbacks: expected one of {names}: they are the same ranks"
            )
        if not joining and (count := processes_started()) > 1:
            notice(
                f"Trainer.fit: this is one of {count} processes that were started together, and each "
                "trains alone: callbacks=[nn.distributed.DataParallel()] lets them train together"
            )
        for callback in joining:
            self.ranks = self.stepper.ranks = callback.join(self)

    def _release(self) -> None:
        """Let go of the data, and of what only a running fit needs."""
        self.source, self.validation = SpentSource(self.source), ()
        self.callbacks = Callbacks(c for c in self.callbacks.all if not c.is_default)

    def is_done(self) -> bool:
        """True after the last epoch."""
        return self.place.epoch - (not self.place.ended) >= self.place.last

    def _epoch(self) -> None:
        """Run an epoch, or what is left of one that a file goes on with."""
        place, trainer = self.place, self.trainer
        check_parameters(trainer.model, trainer.loss, trainer.optimizer)  # callbacks may unfreeze some
        if place.ended:
            place.begin_epoch()
            is_part = self.ranks.count > 1
            self.totals = Totals(trainer.metrics, trainer.loss, self.stepper.readings, is_part=is_part)
            self.taken = self.reached = 0
            self.ranks.begin_epoch(self.source)
            batches = self.source.epoch(self.steps)
        else:
            batches = self.source.rest_of_epoch(self.steps, self.reached)
        rows = moved_to_model(self.interrupts.watched(batches), trainer.model)
        with closing(batches, self.interrupts.call):
            for group in self.ranks.groups(self, grouped(rows, self.accumulate)):
                self._step(group)
        if self.stopped:
            return
        figures = self._figures()
        self.steps += -(-place.batch // self.accumulate)
        place.ended = True
        self.totals.kept = []  # all predictions of the epoch, which a run saved within it needs
        self.callbacks.call("after_epoch", trainer, figures)

    def _step(self, group: list[Batch]) -> None:
        """Take a step, and add up its figures."""
        trainer, place, totals = self.trainer, self.place, self.totals
        self.interrupts.at_once = True  # the last group may come after the last batch
        place.batch += len(group) or 1  # none if only other ranks have some left
        self.stepper.seen = []
        single, steps = len(group) == 1, trainer.optimizer.steps
        value: object = None
        try:
            value = trainer.step(*group[0]) if single else self.stepper.step(trainer, group)
        finally:
            if value is not None or trainer.optimizer.steps > steps:  # Ctrl-C may come after it
                self.taken = place.batch
                self.reached += self.accumulate * self.ranks.count * self.source.size
        if not isinstance(value, float):
            raise TypeError(
                f"{type(trainer).__name__}.step must return the loss, a float, got {value!r}"
            )
        self.ranks.check_step()
        if self.stepper.seen or not group:
            single = single and self.ranks.count == 1
            for loss, prediction, y, *weights in self.stepper.seen:
                totals.add(value if single else loss, prediction, y, *weights)
        else:  # a step that a subclass has overridden
            x, y, *weights = group[0]
            totals.add(value, trainer.model.predict(x), y, *weights)
        place.samples, place.loss = self.ranks.samples(totals), value
        self.interrupts.at_once = False
        self.callbacks.call("after_step", trainer)

    def _figures(self) -> dict[str, float]:
        """The figures of an epoch that has ended."""
        trainer = self.trainer
        found: dict[str, float] = {}
        for totals in self.interrupts.watched([self.totals]):  # metrics of all samples may take long
            found = self.ranks.figures(totals)
        if "loss" not in found:
            raise ValueError(
                f"Trainer.fit: epoch {self.place.epoch}: all weights are 0: no sample counts"
            )
        figures = {"loss": found.pop("loss"), "penalty": trainer.optimizer.penalty(), **found}
        undefined = self.totals.undefined
        if self.validation != ():
            batches = iter(self.validation)
            totals = Totals(trainer.metrics, trainer.loss, is_part=self.ranks.count > 1)
            with closing(batches, self.interrupts.call):
                add_evaluated(totals, trainer.evaluated_model, self.interrupts.watched(batches))
            for added in self.interrupts.watched([totals]):
                found = self.ranks.figures(added)
            figures |= {f"val_{name}": value for name, value in found.items()}
            undefined = undefined | {f"val_{name}": why for name, why in totals.undefined.items()}
        new = {name: why for name, why in undefined.items() if name not in self.undefined}
        if self.ranks.rank == 0:
            notice_undefined(new, f"Trainer.fit: epoch {self.place.epoch}")
        self.undefined |= undefined
        return figures
