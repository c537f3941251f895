"""The voice of the health report: it says findings as warnings."""

import sys
from contextlib import redirect_stderr
from typing import Any

from nnlayers.core.notices import notice
from nnlayers.training.health.findings import Finding, Health, HealthWarning
from nnlayers.training.stream import Stream


class Voice:
    """Says what was found, each thing once if the fit is short: there may be a loop around it.

    Parameters
    ----------
    report : Health
        That of the fit: ``report.said`` has the names of what was said before.
    is_short : bool
        Whether the fit has few epochs.
    silent : bool
        Whether findings only go into the report.
    """

    def __init__(self, report: Health, *, is_short: bool, silent: bool) -> None:
        self.report, self.is_short, self.silent = report, is_short, silent

    def at_once(self, found: list[Finding]) -> None:
        """Say each finding in a warning of its own."""
        for finding in self._unsaid(found):
            self._say(str(finding))

    def at_end(self, found: list[Finding]) -> None:
        """Say all findings in one warning."""
        if unsaid := self._unsaid(found):
            self._say("\n".join(["this run has problems:", *(f"* {finding}" for finding in unsaid)]))

    def _unsaid(self, found: list[Finding]) -> list[Finding]:
        if self.silent:
            return []
        unsaid = [f for f in found if not (self.is_short and f.name in self.report.said)]
        self.report.said |= {finding.name for finding in unsaid}
        return unsaid

    def _say(self, text: str) -> None:
        stderr: Any = Stream(sys.stderr)  # which never fails or waits, whatever its state
        with redirect_stderr(stderr):
            notice(f"Trainer.fit: {text}", HealthWarning)
