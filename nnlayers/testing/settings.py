"""Defaults for all checks of a test session, and the counts of their outcomes."""

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
        self.names.add(report.name)
        self.checks += report.checks
        self.unsure += report.outcomes["unsure"]
        self.expected += len(report.expected)


defaults = Defaults()
results = Results()
