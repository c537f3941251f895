"""The error of a wrong gradient: which block to speak of, why it is wrong, the smallest case."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

import numpy as np

from nnlayers.testing import settings
from nnlayers.testing.contract import CHECKS, VALUE
from nnlayers.testing.diagnosis.causes import likely_causes
from nnlayers.testing.diagnosis.code import as_code
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.diagnosis.large import first_wrong_indices
from nnlayers.testing.diagnosis.message import Failure
from nnlayers.testing.diagnosis.points import is_wrong, larger_trials, plan_trials, two_points
from nnlayers.testing.diagnosis.repair import repair
from nnlayers.testing.diagnosis.smallest import smallest
from nnlayers.testing.errors import GradientError
from nnlayers.testing.trial import Trial, block_in_words
from nnlayers.testing.value import Verdict, check_block

MOST_ELEMENTS = 200  # of a block whose Jacobian is computed
MOST_SHOWN = 40
MOST_BLOCKS = 6
PROMISES = ("precision", "repeatable", "linear", "arguments", "parameters")
PLAIN = 7  # the causes up to this place need no better one


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
    if not settings.defaults.diagnose:
        words = f"{subject.title(trial)}: the gradient of {block_in_words(block)} is wrong"
        return GradientError(words, check=VALUE, block=block, case=str(trial.case))
    wrong = [b for b in trial.blocks if b != block and b not in excused and is_wrong(trial, b)]
    fix = ""
    if verdict.at_kink:
        causes, chosen = [at_kink(trial, block)], block
    else:
        causes, chosen = _plainest(subject, trial, [block, *wrong[: MOST_BLOCKS - 1]])
        right = [b for b in trial.blocks if b != block and b not in wrong and b not in excused]
        points = two_points(subject, trial, chosen).trials
        if len(points) == 2 and all(point.blocks[chosen].size <= MOST_ELEMENTS for point in points):
            fix = repair(
                [Evidence(p, chosen) for p in points], right, partial(plan_trials, subject, trial)
            )
    if chosen != block:
        verdict = check_block(trial, chosen, np.random.default_rng(0))
    small = smallest(subject, trial.case, chosen)
    shown = small or trial
    with np.errstate(all="ignore"):
        gradients = Evidence(shown, chosen).sample(MOST_SHOWN)
    code = [] if small is None else as_code(subject, small, chosen, *gradients[:2])
    failure = Failure(
        title=subject.title(trial),
        trial=shown,
        block=chosen,
        verdict=verdict,
        checks=passed,
        reproduce=subject.reproduce.format(f'seed={seed}, checks="value"'),
        causes=causes,
        repair=fix,
        code=code,
        gradients=gradients,
        also_wrong=[b for b in (block, *wrong) if b != chosen],
        correct=[b for b in trial.blocks if b != block and b not in wrong and b not in excused],
    )
    return failure.error()


def _plainest(subject: Any, trial: Trial, blocks: list[str]) -> tuple[list[str], str]:
    """The causes of the block whose cause is the plainest, and that block; by default the first."""
    best: tuple[int, list[str], str] = (100, [], blocks[0])
    for block in blocks:
        found = _ranked(subject, trial, block)
        if found and found[0][0] < best[0]:
            best = (found[0][0], [words for _, words in found], block)
        if best[0] <= PLAIN:
            break
    return best[1], best[2]


def _ranked(subject: Any, trial: Trial, block: str) -> list[tuple[int, str]]:
    """The causes of one wrong block, the plainest first, with a number that is smaller for those."""
    points, only = two_points(subject, trial, block)
    found: list[tuple[int, str]] = []
    if all(point.blocks[block].size <= MOST_ELEMENTS for point in points):
        evidence = [Evidence(point, block) for point in points]
        found = likely_causes(evidence, larger_trials(subject, trial) if block in trial.inputs else ())
    if not found and (words := first_wrong_indices(subject, trial, block)):
        found = [(0, words)]
    if found and "float32" in found[0][1]:
        found = [(found[0][0], words) for words in broken_promises(points, ["precision"])] + found
    if not found:
        found = [(50, words) for words in broken_promises(points)]
    if only:
        only = f"It is wrong only {only}."
        return [
            (rank, words if words.startswith(only[:16]) else f"{only} {words}") for rank, words in found
        ] or [(PLAIN, only)]
    return found


def at_kink(trial: Trial, block: str) -> str:
    """Where a gradient is wrong that is right at all nearby points."""
    e, words = Evidence(trial, block), "It is wrong only at a kink"
    values = np.round(e.z[e.is_wrong()], 9) if e.z.size <= MOST_ELEMENTS else np.zeros(0)
    if not np.isfinite(e.wrong).all():
        values = e.z[~np.isfinite(e.wrong)]
    sizes, where = np.unique(np.abs(values)), block_in_words(block)
    if len(sizes) == 1:
        sign = "" if len(set(values.tolist())) == 1 else "+-"
        return f"{words}, where {where} is exactly {sign}{sizes[0] if sign else values[0]:g}."
    return f"{words}, a point where the slope jumps: values tie, or one is exactly at a bound."


def broken_promises(points: list[Trial], checks: Sequence[str] = PROMISES) -> list[str]:
    """The failures of exact checks that would explain a wrong gradient, at all points."""
    found = []
    for name in checks:
        try:
            words = [CHECKS[name].run(point) for point in points]
        except Exception:  # it does not apply, or the pass fails
            continue
        if words[0] and all(words):
            found.append(f"{words[0][0].upper()}{words[0][1:]}.")
    return found
