"""Defaults for all checks of a test session, and the counts of their outcomes."""

from collections.abc import Iterable
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


defaults = Defaults()
results = Results()
