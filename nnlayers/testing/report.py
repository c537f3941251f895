"""The report of passed checks."""

from collections import Counter
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.plots.numbers import gradient_comparison
from nnlayers.testing.numeric import numerical_gradient
from nnlayers.testing.trial import Trial
from nnlayers.testing.value import Verdict

__all__ = ["LayerReport"]


class LayerReport:
    """The report of a check: what was verified, and what was not. ``print(report)`` shows it.

    Attributes
    ----------
    name : str
        The class of the layer, loss or network.
    checks : int
        The number of checks that passed, over all cases.
    outcomes : Counter
        The outcomes of all gradient comparisons: ``right``, ``kink`` (within the slopes around it),
        ``unsure`` (not verifiable), ``nothing`` (both gradients are zero, which is no evidence),
        ``wrong`` (as expected).
    verified : set of str
        The arrays (``"input"`` and paths of parameters) whose gradient was right at least once.
    unverified : dict
        The arrays with a gradient that could not be verified, and the last case of each.
    not_applicable : dict
        The checks that could not be tried, with the reason.
    expected : dict
        The checks that failed as expected, with the reason given.
    zero : set of str
        The arrays whose gradient was zero on both sides in some case.

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
        self.zero: set[str] = set()
        self.judged: set[str] = set()  # at a kink, or wrong as expected
        self._trial: Trial | None = None

    def add(self, block: str, verdict: Verdict, trial: Trial) -> None:
        """Count the outcome for one block in one case."""
        self.outcomes[verdict.outcome] += 1
        if verdict.outcome == "right":
            self.verified.add(block)
            self._trial = self._trial or trial
        elif verdict.outcome == "unsure":
            self.unverified[block] = str(trial.case)
        elif verdict.outcome == "nothing":
            self.zero.add(block)
        else:
            self.judged.add(block)

    def never_verified(self) -> list[str]:
        """The arrays whose gradient was not verified in any case.

        Returns
        -------
        list of str
            Sorted; empty if there is evidence for all of them.
        """
        return sorted({*self.unverified, *self._without_evidence()} - self.verified)

    def doubts(self) -> str:
        """What was never verified, in a sentence or two; empty if there is nothing.

        Examples
        --------
        >>> from nnlayers.testing import check_layer
        >>> check_layer(nn.ReLU, "N D").doubts()
        ''
        """
        zero = self._without_evidence()
        unsure = sorted({*self.unverified} - self.verified)
        sentences = []
        if unsure:
            sentences.append(
                f"the gradient of {_names(unsure)} could not be verified in any case: is forward "
                "discontinuous, or computed in low precision?"
            )
        if zero:
            sentences.append(
                f"the gradient of {_names(zero)} was zero on both sides in every case, which proves "
                "nothing: are its units dead, or does forward not depend on it?"
            )
        return " And ".join(sentences)

    def _without_evidence(self) -> list[str]:
        return sorted(self.zero - {*self.unverified} - self.verified - self.judged)

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.checks} checks passed"]
        if self.verified:
            lines.append(f"verified: the gradients of {', '.join(sorted(self.verified))}")
        counts = ", ".join(
            f"{count} {_OUTCOME_WORDS[name]}" for name, count in sorted(self.outcomes.items())
        )
        if counts:
            lines.append(f"comparisons: {counts}")
        if zero := self._without_evidence():
            lines.append(f"no evidence: the gradients of {_names(zero)} were zero on both sides")
        for block, case in self.unverified.items():
            lines.append(f"not verifiable: the gradient of {block}, for example with {case}")
        lines += [f"not applicable: {check} ({why})" for check, why in self.not_applicable.items()]
        lines += [f"failed as expected: {check} ({why})" for check, why in self.expected.items()]
        return "\n  ".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def plot(self, *, ax: Any = None) -> Any:
        """Plot backward against finite differences, with error bars, for each array of one case.

        Parameters
        ----------
        ax : Axes or sequence of Axes, optional
            One for each array.

        Returns
        -------
        Chart

        Raises
        ------
        ValueError
            No gradient was verified, so there is nothing to plot.

        Examples
        --------
        >>> from nnlayers.testing import check_layer
        >>> report = check_layer(nn.GELU, "N D")
        >>> report.plot().save("gradients.png")
        """
        if self._trial is None:
            raise ValueError(f"{self.name}: no gradient was verified, so there is nothing to plot")
        points = {block: _both_gradients(self._trial, block) for block in self._trial.blocks}
        return gradient_comparison(points, title=self.name, ax=ax)


_OUTCOME_WORDS = {
    "right": "correct",
    "kink": "at a kink (within the slopes around it)",
    "unsure": "not verifiable",
    "wrong": "wrong, as expected",
    "nothing": "zero in both gradients (no evidence)",
}


def _names(blocks: list[str]) -> str:
    """The first few names, and how many more there are."""
    few = ", ".join(blocks[:4])
    return few if len(blocks) <= 4 else f"{few} and {len(blocks) - 4} more"


def _both_gradients(trial: Trial, block: str) -> tuple[Array, Array, Array]:
    """All elements of a block's gradient: by backward, the numeric one, and its estimated error."""
    z = trial.blocks[block]
    with np.errstate(all="ignore"):
        right, error = numerical_gradient(lambda z: trial.value({block: z})[0], z)
    found = trial.gradients()[block]
    return np.zeros_like(z) if found is None else np.asarray(found, np.float64), right, error
