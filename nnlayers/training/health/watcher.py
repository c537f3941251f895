"""The watcher of a fit: it looks at a few moments, judges, and says what it finds as a warning."""

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import each, length
from nnlayers.core.sums import norm
from nnlayers.losses.base import Loss
from nnlayers.training.guard import KEPT, quiet
from nnlayers.training.health import at_end, at_start
from nnlayers.training.health.ends import note_logits
from nnlayers.training.health.findings import Finding, Health
from nnlayers.training.health.guessing import guess
from nnlayers.training.health.hooks import Follower, Unwatched
from nnlayers.training.health.looks import (
    fingerprint,
    identities,
    look,
    relative_change,
    sampled,
    some_of,
    some_rows,
)
from nnlayers.training.health.run import Run
from nnlayers.training.health.voice import Voice

LABELS = 1 << 16  # rows of the targets that are counted
ROWS = 64, 256  # rows of the data that are predicted, in a short and in a long run
TRIAL_EPOCHS, TRIAL_STEPS = 5, 50  # what has fewer of both only tries whether something runs
SHARE = 400  # of the samples of a fit, one in so many may be predicted in a look


class Watcher(Unwatched):
    """Watches one fit, and never changes it: it looks at copies, and what fails in it is only noted.

    Parameters
    ----------
    run : Run
        The fit.
    targets : array or tuple of arrays
        Many rows of the targets; None if samples are weighted, whose loss of guessing is another one.
    before : Health
        The report of the fit before. If that had the same data, its epochs count as well.
    data : int
        Their `fingerprint`.
    voice : Voice
        Says what is found.
    """

    def __init__(self, run: Run, targets: Any, before: Health, data: int, voice: Voice) -> None:
        self.run, self.report, self.targets, self.before = run, run.report, targets, before
        self.data, self.voice = data, voice
        self.identities: dict[str, Any] = {}
        self.steps_before = 0  # those of the fits before
        self.next_look = 400 * run.rows
        self.moment = 1  # the next step at which updates are measured
        self.initial: list[Array] = []
        self.compared: list[Array] | None = None  # the weights before a step that is measured

    # The hooks

    def start(self, trainer: Any) -> None:
        self.voice.silent = self.voice.silent or trainer.rank > 0
        with self._careful("the weights"):
            self.identities = identities(self.run.model)
            self.initial = self.compared = [sampled(parameter) for _, parameter in self.run.weights]
        with self._careful("the outputs of the model"):
            self._look(scales=True)
            self.run.first_loss = self.run.last_loss
        if self.targets is None:
            self.report.problems.append("the targets, because the samples are weighted")
        else:
            with self._careful("the targets"):
                prediction = self.run.look.prediction
                self.run.guess = guess(self._copied_loss(), prediction, self.targets)
                self.run.guess_here = guess(self._copied_loss(), prediction, self.run.y)
        self._continue()

    def all_started(self) -> None:
        self.voice.at_once(self._check(at_start.CHECKS, at_once=True))

    def after_step(self, trainer: Any) -> None:
        self.run.steps += 1
        if self.run.steps == self.moment:
            self._measure_update()

    def after_epoch(self, trainer: Any, figures: dict[str, float]) -> None:
        run, report = self.run, self.report
        run.epochs += 1
        report.epochs += 1
        report.steps = self.steps_before + run.steps
        report.losses.append(figures["loss"])
        run.figures = figures
        if run.epochs * run.samples >= self.next_look:
            self.next_look *= 4
            with self._careful("the outputs of the model"):
                self._look()
            self.voice.at_once(self._check((at_start.dead_units,), at_once=True))

    def failed(self, error: Exception) -> None:
        cause, _, remedy = str(error).partition(KEPT)
        finding = Finding("not-finite", cause.strip(), remedy.strip() or "Lower the learning rate.")
        self.report.findings.append(replace(finding, epoch=self.run.epochs + 1))

    def ended(self) -> None:
        if not self.run.epochs:
            return
        with self._careful("the outputs of the model"):
            self._look()
            self._count_classes()
        with self._careful("the weights"):
            now = [sampled(parameter) for _, parameter in self.run.weights]
            self.run.drift = relative_change(self.initial, now)
            self.run.growth = norm(now) / (norm(self.initial) or math.nan)
            begin, end = self.identities, identities(self.run.model)
            self.run.unchanged = [path for path in begin if end.get(path) == begin[path]]
        self.report.looked_at = self.report.steps, self.data
        self.voice.at_end(self._check(at_end.CHECKS))

    # Looks

    def _look(self, *, scales: bool = False) -> None:
        run = self.run.fetched()
        found = look(run.model, run.x, scales=scales)
        if not scales:
            found.scales, found.unfitted = run.look.scales, run.look.unfitted
        run.look, loss = found, self._copied_loss()
        given = note_logits(loss)
        run.last_loss = loss.evaluate(found.prediction, run.y)
        found.logits = [end for end in found.ends if any(np.may_share_memory(end[0], z) for z in given)]
        for path, share in found.dead.items():
            self.report.dead.setdefault(path, []).append(share)

    def _continue(self) -> None:
        """Count the epochs of the fit before, if it had the same data."""
        before, report = self.before, self.report
        report.guess = self.run.guess.loss
        if before.losses and (before.guess == report.guess or before.looked_at[1] == self.data):
            report.said = before.said.copy()
            report.losses, report.epochs = before.losses.copy(), before.epochs
            self.steps_before = before.steps

    def _count_classes(self) -> None:
        """Remember how often each class is predicted."""
        scores, shares = self.run.scores, self.run.guess_here.shares
        if scores is not None and shares is not None:
            counts = np.bincount(scores.argmax(axis=1), minlength=shares.size)
            self.report.classes = shares, counts / counts.sum()

    def _copied_loss(self) -> Loss:
        loss = self.run.loss
        return copy.deepcopy(loss, {id(parameter): parameter for parameter in loss.parameters()})

    def _measure_update(self) -> None:
        """Take the weights before a step, or compare them after it: steps 1, 101, 1,001, 10,001, ..."""
        with self._careful("the updates"):
            run = self.run.fetched()
            now = [sampled(parameter) for _, parameter in run.weights]
            if self.compared is None:
                self.compared, self.moment = now, run.steps + 1
                return
            before, self.compared = self.compared, None
            self.moment = 100 if run.steps == 1 else 10 * (run.steps - 1)
            self.report.updates[run.steps] = {
                path: relative_change([b], [a])
                for (path, _), b, a in zip(run.weights, before, now, strict=True)
            }
            if (ratio := relative_change(before, now)) > run.ratio:
                run.ratio = ratio

    # Findings

    def _check(
        self, checks: Iterable[Callable[[Run], Finding | None]], *, at_once: bool = False
    ) -> list[Finding]:
        """Run some checks, and add what they find to the report, unless that explains it already."""
        found: list[Finding] = []
        with quiet():
            for check in checks:
                try:
                    finding = check(self.run)
                except Exception as error:
                    self._note(check.__name__.replace("_", " "), error)
                    continue
                if finding and not self._is_explained(finding.name):
                    found.append(self._add(replace(finding, at_once=at_once)))
        return found

    def _is_explained(self, name: str) -> bool:
        explained = [at_end.EXPLAINS.get(finding.name, set()) for finding in self.report]
        return name in self.report or name in set().union(*explained)

    def _add(self, finding: Finding) -> Finding:
        finding = replace(finding, epoch=self.run.epochs)
        self.report.findings.append(finding)
        return finding

    def _note(self, what: str, error: Exception) -> None:
        self.report.problems.append(f"{what} ({type(error).__name__}: {error})")

    @contextmanager
    def _careful(self, what: str) -> Iterator[None]:
        """Note an error in a look; it does not end the training."""
        try:
            with quiet():
                yield
        except Exception as error:
            self._note(what, error)


def watcher(
    trainer: Any, x: Any, y: Any, batch_size: int, epochs: int, weighted: bool = False
) -> Unwatched:
    """The watcher of a fit of a Trainer; one that does nothing where the data are not plain arrays.

    In a loop around short fits, those look after 1, 2, 4, 8, ... times the steps of the first one.
    """
    samples, before = length(x), trainer.health
    steps = math.ceil(samples / batch_size)
    if epochs < TRIAL_EPOCHS and before.steps:
        looked_at, data = before.looked_at
        if before.steps + epochs * steps < 2 * looked_at and data == fingerprint((x, y)):
            return Follower(before, steps)
    count = min(max(samples * epochs // SHARE, ROWS[0]), ROWS[1])
    rows, many = some_rows(samples, count), some_rows(samples, LABELS)
    try:
        some_x, some_y, targets = (
            each(lambda array, index=index: some_of(array, index), data)
            for data, index in ((x, rows), (y, rows), (y, many))
        )
        parts, is_first = (trainer.model, trainer.loss, trainer.optimizer), trainer.optimizer.steps == 0
        run = Run(*parts, Health(), samples, batch_size, (x, y), some_x, some_y, is_first=is_first)
        is_short = epochs < TRIAL_EPOCHS
        silent = is_short and trainer.optimizer.steps + epochs * steps < TRIAL_STEPS
        voice = Voice(run.report, is_short=is_short, silent=silent)
        return Watcher(run, None if weighted else targets, before, fingerprint((x, y)), voice)
    except Exception as error:
        return Unwatched(f"the data ({type(error).__name__}: {error})")
