"""The error of a wrong gradient: which block to speak of, why it is wrong, the smallest case."""

from collections.abc import Collection
from typing import Any

import numpy as np

from nnlayers.testing.contract import CHECKS
from nnlayers.testing.diagnosis.causes import likely_causes
from nnlayers.testing.diagnosis.code import as_code
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.diagnosis.message import Failure
from nnlayers.testing.diagnosis.points import first_wrong_indices, is_wrong, two_points
from nnlayers.testing.diagnosis.smallest import smallest
from nnlayers.testing.errors import GradientError
from nnlayers.testing.trials import Trial
from nnlayers.testing.value import Verdict, both_gradients, check_block

MOST_ELEMENTS = 200  # of a block whose Jacobian is computed
MOST_BLOCKS = 6
PLAIN = 6  # the causes up to this place need no better one


def explain(
    subject: Any,
    trial: Trial,
    block: str,
    verdict: Verdict,
    passed: int,
    seed: int,
    excused: Collection[str] = (),
) -> GradientError:
    """The error of a wrong gradient of one block, or of another one with a plainer cause."""
    wrong = [b for b in trial.blocks if b != block and b not in excused and is_wrong(trial, b)]
    causes, chosen = _plainest(subject, trial, [block, *wrong[: MOST_BLOCKS - 1]])
    if chosen != block:
        verdict = check_block(trial, chosen, np.random.default_rng(0))
    small = smallest(subject, trial.case, chosen)
    shown = small or trial
    gradients, code = None, []
    if shown.blocks[chosen].size <= MOST_ELEMENTS:
        gradients = both_gradients(shown, chosen)
        if small is not None:
            code = as_code(subject, small, chosen, *gradients[:2])
    failure = Failure(
        title=subject.title(trial),
        trial=shown,
        block=chosen,
        verdict=verdict,
        checks=passed,
        reproduce=subject.reproduce.format(
            f'seed={trial.case.seed if trial.case else 0}, checks="value"'
        ),
        causes=causes,
        code=code,
        gradients=gradients,
        also_wrong=[b for b in (block, *wrong) if b != chosen],
        correct=[b for b in trial.blocks if b != block and b not in wrong and b not in excused],
    )
    return failure.error()


def _plainest(subject: Any, trial: Trial, blocks: list[str]) -> tuple[list[str], str]:
    """The causes of the block whose cause is the plainest, and that block; by default the first."""
    best: tuple[int, list[str], str] = (len(CHECKS) + 100, [], blocks[0])
    for block in blocks:
        points = two_points(subject, trial, block)
        found: list[tuple[int, str]] = []
        if all(point.blocks[block].size <= MOST_ELEMENTS for point in points):
            evidence = [Evidence(point, block) for point in points]
            found = likely_causes(evidence)
        if not found and (words := first_wrong_indices(subject, trial, block)):
            found = [(0, words)]
        if not found:
            found = [(50, words) for words in broken_promises(points)]
        if found and found[0][0] < best[0]:
            best = (found[0][0], [words for _, words in found], block)
        if best[0] <= PLAIN:
            break
    return best[1], best[2]


def broken_promises(points: list[Trial]) -> list[str]:
    """The failures of exact checks that would explain a wrong gradient, at all points."""
    found = []
    for name in ("repeatable", "linear", "arguments", "parameters"):
        try:
            words = [CHECKS[name].run(point) for point in points]
        except Exception:
            continue
        if all(words):
            found.append(f"{words[0][0].upper()}{words[0][1:]}.")
    return found
