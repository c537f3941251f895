"""The report of a check that passed, and the message of one that failed."""

import textwrap
from collections import Counter
from typing import Any

import numpy as np

from nnlayers.testing.causes import Evidence, gather
from nnlayers.testing.trials import INPUT, LossTrial, Trial
from nnlayers.testing.value import Verdict


class LayerReport:
    """What was checked: ``print(report)``.

    Attributes
    ----------
    name : str
        The class of what was checked.
    checks : int
        How many checks ran, over all cases.
    outcomes : Counter
        How the gradients of blocks came out, over all cases: ``right``, ``kink`` (judged by the slopes
        around it), ``unsure`` (not verifiable), ``nothing`` (zero on both sides: no evidence).
    verified : set of str
        The blocks whose gradient was found right at least once.
    unverified : dict
        What could not be verified, and the last case in which it could not.
    not_applicable : dict
        Checks that could not be tried, and why.
    expected : dict
        Expected failures that did fail, and the reason given.

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
        """Count the outcome of one block in one case."""
        self.outcomes[verdict.outcome] += 1
        if verdict.outcome == "right":
            self.verified.add(block)
            self._trial = self._trial or trial
        elif verdict.outcome == "unsure":
            self.unverified[block] = str(trial.case)

    def never_verified(self) -> list[str]:
        """The blocks of which no gradient could be verified at all."""
        return sorted(set(self.unverified) - self.verified)

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.checks} checks passed"]
        if self.verified:
            lines.append(f"verified: the gradients of {', '.join(sorted(self.verified))}")
        counts = ", ".join(f"{count} {_WORDS[name]}" for name, count in sorted(self.outcomes.items()))
        if counts:
            lines.append(f"comparisons: {counts}")
        for block, case in self.unverified.items():
            lines.append(f"not verifiable: the gradient of {block}, for example with {case}")
        lines += [f"not applicable: {check} ({why})" for check, why in self.not_applicable.items()]
        lines += [f"failed as expected: {check} ({why})" for check, why in self.expected.items()]
        return "\n  ".join(lines)

    def plot(self, *, ax: Any = None) -> Any:
        """Draw backward against finite differences, with error bars, for each block of one case.

        ``ax`` is one Axes for each block; a `nnlayers.plots.Chart` is returned.

        Raises
        ------
        ValueError
            No gradient was verified, so there is nothing to draw.
        """
        from nnlayers.plots import gradient_comparison

        if self._trial is None:
            raise ValueError(f"{self.name}: no gradient was verified, so there is nothing to draw")
        found = {block: gather(self._trial, block) for block in self._trial.blocks}
        points = {block: (e.wrong, e.right, e.error) for block, e in found.items() if e is not None}
        return gradient_comparison(points, title=self.name, ax=ax)


_WORDS = {
    "right": "right",
    "kink": "at a kink, and within its slopes",
    "unsure": "not verifiable",
    "wrong": "wrong, as expected",
    "nothing": "zero on both sides (no evidence)",
}


def failure_message(
    evidence: Evidence | None,
    block: str,
    trial: Trial,
    verdict: Verdict,
    causes: list[str],
    code: list[str],
    right: list[str],
    again: str,
    checks: int,
) -> tuple[str, tuple[int, ...] | None]:
    """The message of a wrong gradient, at most 15 lines of 100 columns, and the worst element."""
    label = "prediction" if block == INPUT and isinstance(trial, LossTrial) else block
    what = f"the {label}" if block == INPUT else repr(block)
    lines = [f"{trial.name}.backward: the gradient of {what} is wrong".ljust(90) + "[value]"]
    cause = causes[0] if causes else "It looks like none of the usual mistakes."
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
    shown = _fit(code, room)
    if shown and len(shown) <= room and max(map(len, shown)) <= 94:
        lines += ["  Smallest case:", *(f"      {line}" for line in shown)]
    else:
        lines.append(f"  With {trial.case}"[:99])
        if code:
            lines.append(
                "  The smallest case is too long for here: print the error's attribute `code`."
            )
    trust = "infinitely far" if not np.isfinite(verdict.trust) else f"{verdict.trust:.2g} times"
    lines.append(f"  The mismatch is {trust} beyond the tolerated error, and there a hair away too.")
    if verdict.outcome == "kink":
        lines[-1] = (
            "  There is a kink here; the gradient is none of the slopes around it, nor a mean of them."
        )
    found = f"Right here: {', '.join(right)}.  " if right else ""
    lines.append(f"  {found}{checks} checks had passed before."[:99])
    lines.append(f"  Again: {again}"[:99])
    return "\n".join(lines), index


def worst_element(evidence: Evidence) -> tuple[int, ...]:
    """Where the two gradients differ most."""
    gap = np.abs(np.nan_to_num(evidence.wrong - evidence.right, nan=np.inf))
    return tuple(int(i) for i in np.unravel_index(int(gap.argmax()), gap.shape)) if gap.ndim else ()


def _fit(code: list[str], room: int) -> list[str]:
    """Put short statements on one line, so that the whole fits."""
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
