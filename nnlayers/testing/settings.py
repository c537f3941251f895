"""What a test session sets for all checks, and the count of what they found."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnlayers.testing.report import LayerReport


@dataclass
class Defaults:
    """What `check_layer` takes where it is not told otherwise; the pytest plugin sets it."""

    seed: int = 0
    examples: int = 0
    seconds: float = float("inf")
    """How long the further examples of one `check_layer` may take."""


@dataclass
class Results:
    """What all checks of the process found."""

    names: set[str] = field(default_factory=set)
    checks: int = 0
    unsure: int = 0
    expected: int = 0
    failed: int = 0

    def count(self, report: "LayerReport") -> None:
        """Add a report."""
        self.names.add(report.name)
        self.checks += report.checks
        self.unsure += report.outcomes["unsure"]
        self.expected += len(report.expected)


defaults = Defaults()
results = Results()
