"""The line that shows how training goes: a tqdm bar where tqdm is installed, else a plain line."""

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

SECONDS_BETWEEN = 0.1


class Progress:
    """Shows nothing; the base class of those that do.

    Parameters
    ----------
    first, last : int
        The numbers of the first epoch and of the last one.
    samples : int
        Samples in an epoch.
    """

    def __init__(self, first: int, last: int, samples: int) -> None:
        self.first, self.last, self.samples = first, last, samples
        self.started = time.perf_counter()
        self._drawn = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def update(self, epoch: int, seen: int, totals: Mapping[str, float]) -> None:
        """After a batch: ``seen`` samples of this epoch, and the sums of the figures over them."""
        if time.perf_counter() - self._drawn >= SECONDS_BETWEEN:
            self.draw(epoch, seen, {name: total / seen for name, total in totals.items()})
            self._drawn = time.perf_counter()

    def draw(self, epoch: int, seen: int, figures: Mapping[str, float], ended: bool = False) -> None:
        """Draw the line."""

    def close(self) -> None:
        """Leave the line as it is."""


class PlainLine(Progress):
    """One line on stderr, written over in a terminal; elsewhere (a log) one line an epoch."""

    def draw(self, epoch: int, seen: int, figures: Mapping[str, float], ended: bool = False) -> None:
        terminal = sys.stderr.isatty()
        if not ended and not terminal:
            return
        done = (epoch - self.first) * self.samples + seen
        rate = done / max(time.perf_counter() - self.started, 1e-9)
        left = ((self.last - self.first + 1) * self.samples - done) / rate
        line = (
            f"{_describe(epoch, self.last, figures)}  {rate:,.0f} samples/s  "
            f"{int(left) // 60}:{int(left) % 60:02d} left"
        )
        # \33[K erases what a longer line has left behind
        print(f"\r{line}\33[K" if terminal else line, end="" if terminal else "\n", file=sys.stderr)
        sys.stderr.flush()

    def close(self) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)


class TqdmLine(Progress):
    """A tqdm bar over all epochs."""

    def __init__(self, first: int, last: int, samples: int) -> None:
        from tqdm.auto import tqdm

        super().__init__(first, last, samples)
        self.bar: Any = tqdm(total=(last - first + 1) * samples, unit=" samples", unit_scale=True)

    def draw(self, epoch: int, seen: int, figures: Mapping[str, float], ended: bool = False) -> None:
        self.bar.set_description_str(_describe(epoch, self.last, figures), refresh=False)
        self.bar.update((epoch - self.first) * self.samples + seen - self.bar.n)

    def close(self) -> None:
        self.bar.close()


def progress_line(show: bool, first: int, last: int, samples: int) -> Progress:
    """The best line that there is; one that shows nothing where ``show`` is False."""
    if not show:
        return Progress(first, last, samples)
    try:
        return TqdmLine(first, last, samples)
    except ImportError:
        return PlainLine(first, last, samples)


def _describe(epoch: int, last: int, figures: Mapping[str, float]) -> str:
    values = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
    return f"epoch {epoch}/{last}  {values}"
