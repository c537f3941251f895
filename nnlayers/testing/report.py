"""The report of passed checks, and the message of a wrong gradient."""

import textwrap
from collections import Counter
from typing import Any

import numpy as np

from nnlayers.plots.numbers import gradient_comparison
from nnlayers.testing.evidence import Evidence, collect_evidence
from nnlayers.testing.trials import INPUT, LossTrial, Trial
from nnlayers.testing.value import Verdict


class LayerReport:
    """What was checked, and with what outcome: ``print(report)``.

    Attributes
    ----------
    name : str
        The class of the layer, loss or network.
    checks : int
        The number of checks that passed, over all cases.
    outcomes : Counter
        The outcomes of all gradient comparisons: ``right``, ``kink`` (within the slopes around it),
        ``unsure`` (not verifiable), ``nothing`` (both gradients are zero, which is no evidence).
    verified : set of str
        The arrays (``"input"`` and paths of parameters) whose gradient was right at least once.
    unverified : dict
        The arrays with a gradient that could not be verified, and the last case of each.
    not_applicable : dict
        The checks that could not be tried, with the reason.
    expected : dict
        The checks that failed as expected, with the reason given.

    Examples
    --------
    >>> from nnlayers.testing import check_layer
    >>> report = check_layer(nn.ReLU, "N D")
    >>> report.name, report.verified, report.never_verified()
    ('ReLU', {'input'}, [])
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.checks = 0
        self.outcomes: Counter[str] = Counter()
        self.verified: set[str] = set()
        self.unverified: dict[str, str] = {}
        self.not_applicable: dict[str, str] = {}
        self.expected: dict[str, str] = {}
        self._trial: Trial | None = None

    def add(self, block: str, verdict: Verdict, trial: Trial) -> None:
        """Count the outcome for one block in one case."""
        self.outcomes[verdict.outcome] += 1
        if verdict.outcome == "right":
            self.verified.add(block)
            self._trial = self._trial or trial
        elif verdict.outcome == "unsure":
            self.unverified[block] = str(trial.case)

    def never_verified(self) -> list[str]:
        """The arrays whose gradient could not be verified in any case."""
        return sorted(set(self.unverified) - self.verified)

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.checks} checks passed"]
        if self.verified:
            lines.append(f"verified: the gradients of {', '.join(sorted(self.verified))}")
        counts = ", ".join(
            f"{count} {_OUTCOME_WORDS[name]}" for name, count in sorted(self.outcomes.items())
        )
        if counts:
            lines.append(f"comparisons: {counts}")
        for block, case in self.unverified.items():
            lines.append(f"not verifiable: the gradient of {block}, for example with {case}")
        lines += [f"not applicable: {check} ({why})" for check, why in self.not_applicable.items()]
        lines += [f"failed as expected: {check} ({why})" for check, why in self.expected.items()]
        return "\n  ".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def plot(self, *, ax: Any = None) -> Any:
        """Plot backward against finite differences, with error bars, for each array of one case.

        ``ax`` is one Axes per array. Returns a `nnlayers.plots.Chart`.

        Raises
        ------
        ValueError
            No gradient was verified, so there is nothing to plot.
        """
        if self._trial is None:
            raise ValueError(f"{self.name}: no gradient was verified, so there is nothing to plot")
        found = {block: collect_evidence(self._trial, block) for block in self._trial.blocks}
        points = {block: (e.wrong, e.right, e.error) for block, e in found.items() if e is not None}
        return gradient_comparison(points, title=self.name, ax=ax)


_OUTCOME_WORDS = {
    "right": "correct",
    "kink": "at a kink (within the slopes around it)",
    "unsure": "not verifiable",
    "wrong": "wrong, as expected",
    "nothing": "zero in both gradients (no evidence)",
}


def failure_message(
    evidence: Evidence | None,
    block: str,
    trial: Trial,
    verdict: Verdict,
    causes: list[str],
    code: list[str],
    right: list[str],
    reproduce: str,
    checks: int,
) -> tuple[str, tuple[int, ...] | None]:
    """The message of a wrong gradient, at most 15 lines of 100 columns, and the worst element."""
    label = "prediction" if block == INPUT and isinstance(trial, LossTrial) else block
    what = f"the {label}" if block == INPUT else repr(block)
    lines = [f"{trial.name}.backward: the gradient of {what} is wrong".ljust(90) + "[value]"]
    cause = causes[0] if causes else "It matches none of the common mistakes."
    lines += textwrap.wrap(cause, 96, initial_indent="  ", subsequent_indent="  ")[:2]
    index = None
    if evidence is not None and evidence.wrong.shape == evidence.right.shape:
        index = worst_element(evidence)
        element = f"{label}[{', '.join(map(str, index))}]" if index else label
        width = max(len(element), 7)
        lines += [
            f"      {'element':{width}}   {'backward':12}   finite difference",
            f"      {element:{width}}   {evidence.wrong[index]:<12.6g}   "
            f"{evidence.right[index]:.6g} +- {evidence.error[index]:.1g}",
        ]
    room = 11 - len(lines)
    shown = _join_short_lines(code, room)
    if shown and len(shown) <= room and max(map(len, shown)) <= 94:
        lines += ["  Smallest case:", *(f"      {line}" for line in shown)]
    else:
        lines.append(f"  With {trial.case}"[:99])
        if code:
            lines.append(
                "  The smallest case is too long to show here: print the error's attribute `code`."
            )
    if verdict.at_kink:
        sure = "There is a kink at this point: the gradient is not a mean of the slopes around it."
    elif np.isfinite(verdict.times_tolerance):
        size = f"{verdict.times_tolerance:.2g}"
        sure = f"The mismatch is {size} times the tolerated error, and it persists at nearby points."
    else:
        sure = "The mismatch exceeds any tolerance, and it persists at nearby points."
    lines.append(f"  {sure}")
    found = f"Correct: {', '.join(right)}. " if right else ""
    lines.append(
        f"  {found}{checks} {'check' if checks == 1 else 'checks'} passed before this one."[:99]
    )
    lines.append(f"  Reproduce: {reproduce}"[:99])
    return "\n".join(lines), index


def worst_element(evidence: Evidence) -> tuple[int, ...]:
    """The index of the largest difference between the two gradients."""
    gap = np.abs(np.nan_to_num(evidence.wrong - evidence.right, nan=np.inf))
    return tuple(int(i) for i in np.unravel_index(int(gap.argmax()), gap.shape)) if gap.ndim else ()


def _join_short_lines(code: list[str], room: int) -> list[str]:
    """Join short statements with semicolons until the code fits into ``room`` lines."""
    lines = list(code)
    while len(lines) > room:
        pairs = [
            index
            for index in range(len(lines) - 1)
            if "#" not in lines[index] and len(lines[index] + lines[index + 1]) < 90
        ]
        if not pairs:
            break
        lines[pairs[0] : pairs[0] + 2] = [f"{lines[pairs[0]]}; {lines[pairs[0] + 1]}"]
    return lines
