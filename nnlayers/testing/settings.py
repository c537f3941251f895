"""Defaults for all checks of a test session, and the counts of their outcomes."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnlayers.testing.report import LayerReport


@dataclass
class Defaults:
    """The defaults of `check_layer`, which the pytest plugin sets."""

    seed: int = 0
    examples: int = 0
    seconds: float = float("inf")
    """The time limit for the further examples of one `check_layer`."""
    diagnose: bool = True
    """Whether a wrong gradient is diagnosed; if not, the error says just which one is wrong."""


@dataclass
class Results:
    """Counts over all reports of the process."""

    names: set[str] = field(default_factory=set)
    checks: int = 0
    unsure: int = 0
    expected: int = 0

    def count(self, report: "LayerReport") -> None:
        """Add a report."""
        self.add([report.name], report.checks, report.outcomes["unsure"], len(report.expected))

    def add(
        self, names: Iterable[str] = (), checks: int = 0, unsure: int = 0, expected: int = 0
    ) -> None:
        """Add counts."""
        self.names.update(names)
        self.checks += checks
        self.unsure += unsure
        self.expected += expected


@contextmanager
def undiagnosed() -> Iterator[None]:
    """A with-block in which wrong gradients are found, but not diagnosed, which takes most of the time."""
    before, defaults.diagnose = defaults.diagnose, False
    try:
        yield
    finally:
        defaults.diagnose = before


defaults = Defaults()
results = Results()
