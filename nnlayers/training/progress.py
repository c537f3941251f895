"""The progress line: a tqdm bar in a terminal or notebook, a plain line elsewhere.

Nothing that it does can end training, or stop it: what cannot be shown is not shown.
"""

import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from nnlayers.training.callbacks.base import Callback
from nnlayers.training.place import Place
from nnlayers.training.stream import Stream

SECONDS_BETWEEN = 0.1
LINES_AT_ONCE = 100  # in a log; after these, there is at most one line a second


class Progress:
    """The base of progress lines: it knows when to draw, and its subclasses draw.

    Parameters
    ----------
    first, last : int
        The numbers of the first epoch and of the last one.
    samples : int or None
        Samples in an epoch; None if that is not known.
    """

    def __init__(self, first: int, last: int, samples: int | None) -> None:
        self.first, self.last, self.samples = first, last, samples
        self.done = 0
        """The samples of all epochs that have ended."""
        self.started = time.perf_counter()

    def end_epoch(self, epoch: int, seen: int, figures: Mapping[str, float]) -> None:
        """At the end of an epoch of ``seen`` samples."""
        self.samples = seen
        self.draw(epoch, seen, figures, ended=True)
        self.done += seen

    def draw(self, epoch: int, seen: int, figures: Mapping[str, float], ended: bool = False) -> None:
        """Draw the line."""

    def close(self) -> None:
        """Leave the line as it is."""

    def note(self, text: str) -> None:
        """Write a sentence below it."""


class PlainLine(Progress):
    """One line, written over in a terminal; elsewhere (a log) at most one line an epoch."""

    def __init__(self, first: int, last: int, samples: int | None, stream: Stream) -> None:
        super().__init__(first, last, samples)
        self.stream = stream
        self._lines = 0
        self._written = 0.0

    def draw(self, epoch: int, seen: int, figures: Mapping[str, float], ended: bool = False) -> None:
        now, final = time.perf_counter(), ended and epoch == self.last
        if not final and not self._is_due(now, ended):
            return
        self._lines, self._written = self._lines + 1, now
        done = self.done + seen
        rate = done / max(now - self.started, 1e-9)
        left = ""
        if self.samples is not None:
            seconds = int(((self.last - self.first + 1) * self.samples - done) / rate)
            left = f"  {seconds // 60}:{seconds % 60:02d} left"
        line = f"epoch {epoch}/{self.last}  {rate:,.0f} samples/s{left}  {_describe(figures)}"
        if self.stream.is_terminal:
            # What does not fit would wrap; \33[K erases what a longer line has left behind.
            self.stream.write(f"\r{line[: max(self.stream.columns() - 1, 0)]}\33[K")
        else:
            self.stream.write(f"{line}\n")

    def _is_due(self, now: float, ended: bool) -> bool:
        if self.stream.is_terminal:
            return now - self._written >= SECONDS_BETWEEN
        return ended and (self._lines < LINES_AT_ONCE or now - self._written >= 1)

    def close(self) -> None:
        if self.stream.is_terminal:
            self.stream.write("\n")

    def note(self, text: str) -> None:
        self.stream.write(f"{text}\n")


class TqdmLine(Progress):
    """A tqdm bar over all epochs, in a terminal or a notebook."""

    def __init__(self, first: int, last: int, samples: int | None, stream: Stream) -> None:
        super().__init__(first, last, samples)
        self.stream = stream
        if stream.is_terminal:
            from tqdm import tqdm
        else:
            from tqdm.notebook import tqdm  # not tqdm.auto: it warns if there are no widgets

        class Bar(tqdm):  # type: ignore[misc]
            monitor_interval = 0  # no thread that draws at any time

            def __del__(self) -> None:
                """Do nothing, since `TqdmLine.close` does it: what fails here would be printed."""

        self.bar: Any = Bar(
            total=None if samples is None else (last - first + 1) * samples,
            file=stream,
            unit=" samples",
            unit_scale=True,
            dynamic_ncols=True,
            bar_format="{desc} |{bar:10}| {rate_fmt}, {remaining} left{postfix}",
        )

    def draw(self, epoch: int, seen: int, figures: Mapping[str, float], ended: bool = False) -> None:
        if self.bar is None:
            return
        try:
            self.bar.set_description_str(f"epoch {epoch}/{self.last}", refresh=False)
            self.bar.set_postfix_str(_describe(figures), refresh=False)
            if self.samples is not None:
                self.bar.total = (self.last - self.first + 1) * self.samples
            self.bar.update(self.done + seen - self.bar.n)
        except Exception:  # whatever fails in tqdm, training goes on
            self.bar = None

    def close(self) -> None:
        with suppress(Exception):
            self.bar.refresh()
            self.bar.close()

    def note(self, text: str) -> None:
        self.stream.write(f"{text}\n")


def _in_notebook() -> bool:
    return type(sys.stderr).__module__.startswith("ipykernel.")


def output() -> Stream:
    """Where progress is shown."""
    return Stream(sys.stdout if _in_notebook() else sys.stderr)  # a notebook shows stderr in red


def progress_line(first: int, last: int, samples: int | None) -> Progress:
    """The best line that there is."""
    in_notebook, stream = _in_notebook(), output()
    if stream.is_terminal or in_notebook:
        with suppress(Exception):  # tqdm, or the widgets that it needs in a notebook, are not there
            return TqdmLine(first, last, samples, stream)
    return PlainLine(first, last, samples, stream)


class ShowProgress(Callback):
    """Shows how a fit goes on, in a line that begins with the first step.

    It says so if the fit goes on with the run in a file, or if there is no step, since that has ended.
    """

    is_default = True

    def __init__(self, samples: int | None, file: str = "", *, goes_on: bool = False) -> None:
        self.samples, self.file, self.goes_on = samples, file, goes_on
        self.line: Progress | None = None
        self._started = self._next = 0.0

    def start(self, trainer: Any) -> None:
        place = trainer.place
        self._started, self._first = time.perf_counter(), place.epoch + place.ended
        within = "" if place.ended else f", batch {place.batch}"
        self._begin = f"epoch {place.epoch}{within}"

    def after_step(self, trainer: Any) -> None:
        if time.perf_counter() < self._next or trainer.rank:
            return
        place = trainer.place
        if self.line is None:
            if self.goes_on:
                output().write(f"{self.file}: the run goes on after {self._begin}\n")
            self.line = progress_line(self._first, place.last, self.samples)
            self.line.started = self._started
        self.line.draw(place.epoch, place.samples, trainer.figures_so_far())
        self._next = time.perf_counter() + SECONDS_BETWEEN

    def after_epoch(self, trainer: Any, figures: dict[str, float]) -> None:
        if self.line is not None:
            self.line.end_epoch(trainer.place.epoch, trainer.place.samples, figures)

    def finish(self, trainer: Any) -> None:
        if self.line is not None:
            self.line.close()
            if trainer.place.interrupted:
                self.line.note(
                    "Ctrl-C has ended this fit; a second one leaves the program's loop as well."
                )
        elif self.file and not (trainer.failure or trainer.place.interrupted or trainer.rank):
            output().write(f"{self.file}: {_why_there_was_no_step(trainer.place)}\n")


def _why_there_was_no_step(place: Place) -> str:
    if place.ended and place.epoch >= place.last:
        return f"the run is complete, with {place.epoch} epochs; to go on, give more epochs"
    where = f"{'after' if place.ended else 'within'} epoch {place.epoch}"
    if place.epoch > place.last:
        return f"the run is {where}, past epochs={place.last}; to go on, give more epochs"
    return f"a callback has ended the run, {where} of {place.last}"


def _describe(figures: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in figures.items() if name != "penalty")
