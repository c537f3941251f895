"""The error of a wrong gradient: which block to speak of, why it is wrong, the smallest case."""

import ast
import contextlib
import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from nnlayers.testing import settings
from nnlayers.testing.code import as_code
from nnlayers.testing.contract import CHECKS, VALUE
from nnlayers.testing.diagnosis.causes import LEAST_PLAIN, Cause, likely_causes
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.diagnosis.failure import Failure
from nnlayers.testing.diagnosis.large import first_wrong_indices
from nnlayers.testing.diagnosis.points import (
    is_wrong,
    larger_trials,
    plan_trials,
    smaller,
    two_points,
)
from nnlayers.testing.diagnosis.repair import repair
from nnlayers.testing.diagnosis.saved import changed_since_saved, is_right_with_copies
from nnlayers.testing.diagnosis.smallest import smallest
from nnlayers.testing.errors import GradientError
from nnlayers.testing.lines import line_in_words
from nnlayers.testing.trial import Trial
from nnlayers.testing.unparsed import unparsed
from nnlayers.testing.value import check_block

MOST_ELEMENTS = 300  # of a block whose Jacobian is computed
MOST_SHOWN = 40
MOST_BLOCKS = 6
PROMISES = ("precision", "repeatable", "linear", "arguments", "parameters")
LAST_RESORT = 50  # the rank of a broken promise as a cause


def explain(failure: Failure) -> GradientError:
    """The error of a wrong gradient: of its block, or of another wrong one with a plainer cause."""
    trial, block = failure.trial, failure.block
    if not settings.defaults.diagnose:
        words = f"{failure.title}: the gradient of {trial.in_words(block)} is wrong"
        return GradientError(words, check=VALUE, block=block, case=str(trial.case or ""))
    others = [name for name in trial.blocks if name != block and name not in failure.excused]
    failure.also_wrong = [name for name in others if is_wrong(trial, name)]
    failure.correct = [name for name in others if name not in failure.also_wrong]
    if failure.verdict.at_kink:
        failure.causes = [at_kink(trial, block)]
    # A diagnosis that fails must not hide what was found.
    steps = [_find_smallest_case]
    if not failure.causes:
        steps = [_find_plainest_cause, _find_repair, _find_place, _find_smallest_case]
    for step in steps:
        with contextlib.suppress(Exception):
            step(failure)
    return failure.error()


def _find_plainest_cause(failure: Failure) -> None:
    """Go through the wrong blocks until a cause is plain; that block is the one to speak of."""
    best, chosen = math.inf, failure.block
    blocks = [failure.block, *failure.also_wrong]
    is_large = failure.trial.case is not None and failure.trial.case.large
    for block in blocks[: 1 if is_large else MOST_BLOCKS]:
        found = _ranked(failure, block)
        if found and found[0].rank < best:
            best, chosen, failure.causes = found[0].rank, block, [cause.words for cause in found]
        if best <= LEAST_PLAIN:
            break
    if chosen != failure.block:
        failure.block = chosen
        failure.also_wrong = [block for block in blocks if block != chosen]
        failure.verdict = check_block(failure.trial, chosen, np.random.default_rng(0))


def _find_repair(failure: Failure) -> None:
    """The edit of one line of backward that makes the gradients right, in words."""
    subject, trial, block = failure.subject, failure.trial, failure.block
    points = failure.evidence.get(block, [])
    if len(points) < 2:
        return
    small = [Evidence(point, block) for point in smaller(subject, trial, block)]
    others = partial(plan_trials, subject, trial)
    points = [*small, *points]
    failure.repair = repair(subject, points, failure.correct, others)


def _find_place(failure: Failure) -> None:
    """The line to look at, if nothing else is known: that of the return, if all else is right."""
    trial, block = failure.trial, failure.block
    parameters = [name for name in trial.blocks if name not in trial.inputs]
    is_rest_right = bool(parameters) and set(parameters) <= set(failure.correct)
    if failure.causes or failure.repair or block not in trial.inputs or not is_rest_right:
        return
    failure.place = "The gradients of all parameters are correct: look at what backward returns."
    functions = failure.subject.way_back(trial.fresh())
    returns = [
        line_in_words(node.lineno, f.function.__qualname__, unparsed(node))
        for f in functions
        if f.name == "backward"
        for node in ast.walk(f.tree)
        if isinstance(node, ast.Return)
    ]
    if len(returns) == 1:
        failure.place = f"{failure.place[:-1]}, {returns[0]}."


def _find_smallest_case(failure: Failure) -> None:
    """The smallest case in which the block is wrong, and code that shows it."""
    subject, block = failure.subject, failure.block
    small = smallest(subject, failure.trial.case, block)
    failure.trial = small or failure.trial
    with np.errstate(all="ignore"):
        failure.gradients = Evidence(failure.trial, block).sample(MOST_SHOWN)
    if small is not None:
        failure.code = as_code(subject, small, block, *failure.gradients[:2])


def _ranked(failure: Failure, block: str) -> list[Cause]:
    """The causes of one wrong block, the plainest first."""
    subject, trial = failure.subject, failure.trial
    points, only = two_points(subject, trial, block)
    if found := broken_promises(points, ["arguments"]):
        return found  # what an edit would mend is what was modified
    saved = ""
    with contextlib.suppress(Exception):  # of a class that does not let its methods be replaced
        saved = changed_since_saved(points[0])
    if saved and all(is_right_with_copies(point, block) for point in points):
        return [Cause("saved", f"{saved} Save a copy, or write into another array.")]
    if words := first_wrong_indices(subject, trial, block):
        found.append(Cause("large", words))
    elif all(point.blocks[block].size <= _most_elements(point) for point in points):
        evidence = failure.evidence[block] = [Evidence(point, block) for point in points]
        found += likely_causes(evidence, larger_trials(subject, trial) if block in trial.inputs else ())
    if found and found[0].key in ("float32", "steps"):
        if found[0].key == "steps":
            del failure.evidence[block]  # no edit of backward helps
        found = broken_promises(points, ["precision"], found[0].rank) + found
    found = found or broken_promises(points, PROMISES, LAST_RESORT)
    if saved and not found:
        found = [Cause("saved", saved, LAST_RESORT)]
    if not only:
        return found
    only = f"It is wrong only {only}."
    special = [
        cause if cause.key == "where" else cause._replace(words=f"{only} {cause.words}")
        for cause in found
    ]
    return special or [Cause("only", only, LEAST_PLAIN)]


def _most_elements(trial: Trial) -> int:
    """Of a block whose Jacobian is computed; in a large case, each of its columns takes longer."""
    return MOST_ELEMENTS if trial.case is None or not trial.case.large else MOST_ELEMENTS // 2


def at_kink(trial: Trial, block: str) -> str:
    """Where a gradient is wrong that is right at all nearby points."""
    e, words = Evidence(trial, block), "It is wrong only at a kink"
    values = np.round(e.z[e.wrong_elements()], 9) if e.z.size <= MOST_ELEMENTS else np.zeros(0)
    if not np.isfinite(e.wrong).all():
        values = e.z[~np.isfinite(e.wrong)]
    sizes, where = np.unique(np.abs(values)), trial.in_words(block)
    if len(sizes) == 1:
        sign = "" if len(set(values.tolist())) == 1 else "+-"
        return f"{words}, where {where} is exactly {sign}{sizes[0] if sign else values[0]:zg}."
    return f"{words}, a point where the slope jumps: values tie, or one is exactly at a bound."


def broken_promises(points: list[Trial], checks: Sequence[str], rank: int = 0) -> list[Cause]:
    """The failures of exact checks that would explain a wrong gradient, at all points."""
    found = []
    for name in checks if points[0].kind != "network" else ():
        try:
            words = [CHECKS[name].run(point) for point in points]
        except Exception:  # it does not apply, or the pass fails
            continue
        if words[0] and all(words):
            found.append(Cause(name, f"{words[0][0].upper()}{words[0][1:]}.", rank))
    return found
