"""A wrong gradient, and its message: at most 15 lines of 100 columns."""

import textwrap
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.errors import GradientError
from nnlayers.testing.subjects import Subject
from nnlayers.testing.trial import INPUT, Trial
from nnlayers.testing.value import Verdict


@dataclass
class Failure:
    """A wrong gradient of one block, and what the diagnosis finds out about it."""

    subject: Subject
    trial: Trial
    """Where it was found; later the smallest trial that shows it, if there is one."""
    block: str
    verdict: Verdict
    passed: int
    """How many checks passed before."""
    seed: int
    excused: Collection[str] = ()
    """The blocks that are expected to be wrong."""
    also_wrong: list[str] = field(default_factory=list)
    correct: list[str] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)
    """Sentences, the plainest first."""
    repair: str = ""
    """The edit of one line that makes the gradient right, in words."""
    place: str = ""
    """Where to look if neither is found, in words."""
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    """Of the wrong blocks, at independent points."""
    code: list[str] = field(default_factory=list)
    gradients: tuple[Array, Array, Array] = field(default_factory=lambda: (np.zeros(0),) * 3)
    """By backward, the numeric one, and its estimated error; NaN where it is not known."""

    def __post_init__(self) -> None:
        self.title = self.subject.title(self.trial)
        """What computes the gradient, such as ``Dense.backward``."""

    def error(self) -> GradientError:
        """The error to be raised."""
        index = self._worst_element()
        shown = [None] * 3 if index is None else [float(array[index]) for array in self.gradients]
        return GradientError(
            self.message(index),
            check="value",
            block=self.block,
            index=index,
            backward=shown[0],
            numeric=shown[1],
            error=shown[2],
            case=str(self.trial.case or ""),
            causes=[*self.causes, *[self.repair] * bool(self.repair)],
            code="\n".join(self.code),
        )

    def _worst_element(self) -> tuple[int, ...] | None:
        """The index of the largest difference between the two gradients, of the elements known."""
        wrong, right, error = self.gradients
        if wrong.shape != right.shape:
            return None
        gap = np.nan_to_num(np.abs(wrong - right), nan=np.inf)
        gap = np.where(np.isnan(right) & np.isfinite(wrong), 0.0, gap)
        index = (
            tuple(int(i) for i in np.unravel_index(int(gap.argmax()), gap.shape)) if gap.ndim else ()
        )
        return None if gap[index] <= 2 * error[index] else index

    def message(self, index: tuple[int, ...] | None) -> str:
        """The whole message."""
        what = self.trial.in_words(self.block)
        label = what.removeprefix("the ") if self.block == INPUT else self.block
        lines = [f"{self.title}: the gradient of {what} is wrong".ljust(90) + "[value]"]
        causes = self.causes[:1]
        if not causes and not self.repair:
            causes = [f"It matches none of the common mistakes. {self.place}"]
        for words, most in zip([*causes, self.repair], (3, 4), strict=False):
            lines += textwrap.wrap(words, 96, initial_indent="  ", subsequent_indent="  ")[:most]
        if index is not None:
            element = f"{label}[{', '.join(map(str, index))}]" if index else label
            width = max(len(element), 7)
            wrong, right, error = (array[index] for array in self.gradients)
            lines += [
                f"      {'element':{width}}   {'backward':12}   finite difference",
                f"      {element:{width}}   {wrong:<z12.6g}   {right:z.6g} +- {error:.1g}",
            ]
        room = 11 - len(lines)
        shown = join_short_lines(self.code, room)
        if shown and len(shown) <= room and max(map(len, shown)) <= 94:
            lines += ["  Smallest case:", *(f"      {line}" for line in shown)]
        else:
            if self.trial.case is not None:
                lines.append(textwrap.shorten(f"With {self.trial.case}", 96, placeholder=" ..."))
                lines[-1] = f"  {lines[-1]}"
            if self.code:
                lines.append(
                    "  The smallest case is too long to show here: print the error's attribute `code`."
                )
        lines.append(f"  {self._how_sure()}")
        lines += [f"  {others}"[:99]] if (others := self._others()) else []
        lines.append(f"  Reproduce: {self._reproduce()}"[:99])
        return "\n".join(lines)

    def _reproduce(self) -> str:
        return self.subject.reproduce.format(f'seed={self.seed}, checks="value"')

    def _how_sure(self) -> str:
        verdict = self.verdict
        if verdict.at_kink:
            return "There is a kink at this point: the gradient is not a mean of the slopes around it."
        if np.isfinite(verdict.times_tolerance):
            size = f"{verdict.times_tolerance:.2g}"
            return (
                f"The mismatch is {size} times the tolerated error, and it persists at nearby points."
            )
        return "The mismatch exceeds any tolerance, and it persists at nearby points."

    def _others(self) -> str:
        sentences = [f"Also wrong: {names(self.also_wrong)}."] if self.also_wrong else []
        sentences += [f"Correct: {names(self.correct)}."] if self.correct else []
        if self.passed:
            plural = "check" if self.passed == 1 else "checks"
            sentences.append(f"{self.passed} {plural} passed before this one.")
        return " ".join(sentences)


def names(blocks: list[str]) -> str:
    """The first few names, and how many more there are."""
    few = ", ".join(blocks[:3])
    return few if len(blocks) <= 3 else f"{few} and {len(blocks) - 3} more"


def join_short_lines(code: list[str], room: int) -> list[str]:
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
