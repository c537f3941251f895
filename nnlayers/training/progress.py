"""The line that shows how training goes: a tqdm bar if tqdm is installed, otherwise a plain line."""

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
        left = int(((self.last - self.first + 1) * self.samples - done) / rate)
        line = (
            f"epoch {epoch}/{self.last}  {rate:,.0f} samples/s  {left // 60}:{left % 60:02d} left  "
            f"{_describe(figures)}"
        )
        if terminal:
            import shutil  # takes long to import, and few need it

            # What does not fit would wrap; \33[K erases what a longer line has left behind.
            line = f"\r{line[: shutil.get_terminal_size().columns - 1]}\33[K"
        print(line, end="" if terminal else "\n", file=sys.stderr, flush=True)

    def close(self) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)


class TqdmLine(Progress):
    """A tqdm bar over all epochs."""

    def __init__(self, first: int, last: int, samples: int) -> None:
        from tqdm.auto import tqdm

        super().__init__(first, last, samples)
        self.bar: Any = tqdm(
            total=(last - first + 1) * samples,
            unit=" samples",
            unit_scale=True,
            dynamic_ncols=True,
            bar_format="{desc} |{bar:10}| {rate_fmt}, {remaining} left{postfix}",
        )

    def draw(self, epoch: int, seen: int, figures: Mapping[str, float], ended: bool = False) -> None:
        self.bar.set_description_str(f"epoch {epoch}/{self.last}", refresh=False)
        self.bar.set_postfix_str(_describe(figures), refresh=False)
        self.bar.update((epoch - self.first) * self.samples + seen - self.bar.n)

    def close(self) -> None:
        self.bar.refresh()
        self.bar.close()


def progress_line(show: bool, first: int, last: int, samples: int) -> Progress:
    """The best line that there is; one that shows nothing if ``show`` is False."""
    if not show:
        return Progress(first, last, samples)
    try:
        return TqdmLine(first, last, samples)
    except ImportError:
        return PlainLine(first, last, samples)


def _describe(figures: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in figures.items() if name != "penalty")
