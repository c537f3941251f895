"""The points at which a wrong gradient is looked at: two independent ones, of sizes that tell much."""

import copy
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np

from nnlayers.core.structures import each
from nnlayers.testing.plan import AS_GIVEN, Case, one_case, plan
from nnlayers.testing.subjects import Subject
from nnlayers.testing.trial import Trial
from nnlayers.testing.value import check_block

# Of each name, the sizes differ from those of every other name, and so do their ratios.
SIZES: dict[int, list[tuple[int, ...]]] = {
    1: [(5,), (7,), (6,)],
    2: [(4, 5), (6, 7), (5, 3)],
    3: [(3, 4, 5), (5, 3, 4), (4, 5, 2)],
    4: [(3, 5, 4, 2), (4, 3, 5, 3), (2, 4, 3, 5)],
    5: [(3, 5, 4, 2, 6), (2, 4, 5, 3, 3), (4, 3, 2, 5, 2)],
}
IN_WORDS = {
    "normal": "",
    "with ties": "for values of which some tie",
    "all zero": "where all values are zero",
    "wide": "for large values (up to 20)",
    "spread": "for values spread over many magnitudes",
}


class Points(NamedTuple):
    """Trials in which a block is wrong: two, or one if there is no second; and what they share."""

    trials: list[Trial]
    only: str = ""
    """Under which condition it is wrong, in words; empty if it is so in general."""


def two_points(subject: Subject, trial: Trial, block: str) -> Points:
    """Two trials in which the block is wrong, of other sizes and values if it is so in general."""
    case = trial.case
    if case is None:
        other = iter([Case({}, (), AS_GIVEN, 1)])
        return Points([trial, *_wrong(subject, block, other)])
    general = [
        _first_wrong(subject, block, _general(subject, case, place), place) for place in range(2)
    ]
    found = [t for t in general if t is not None]
    if len(found) == 2:
        return Points(found)
    if case.regime != "normal" and not found:
        for place in range(2):
            found += _wrong(subject, block, _general(subject, case, place, case.regime))
        if len(found) == 2:
            return Points(found, IN_WORDS[case.regime])
        found = []
    if found:  # of two general cases, it is wrong in one
        first = found[0].case
        assert first is not None
        again = one_case(subject.shapes, first.sizes, "normal", first.seed + 1)
        return Points([*found, *_wrong(subject, block, again)])
    same = [
        other
        for seed in range(3)
        for other in _wrong(
            subject, block, one_case(subject.shapes, case.sizes, case.regime, case.seed + 400 + seed)
        )
    ]
    only = "" if case.large else _special_sizes(subject, case, block)
    return Points([trial, *same][:2], only)


def _general(subject: Subject, case: Case, place: int, regime: str = "normal") -> Iterator[Case]:
    """Cases of telling sizes, of which the first one in which it is wrong is taken."""
    shapes = subject.shapes
    sizes: dict[str, int] = dict(case.sizes)
    if shapes.fixed:
        sizes = {"N": 3 + place}
    elif len(shapes.names) in SIZES:
        sizes = dict(zip(shapes.names, SIZES[len(shapes.names)][place], strict=True))
    for seed in range(2):
        yield from one_case(shapes, sizes, regime, case.seed + 300 + place + 10 * seed)


def _wrong(subject: Subject, block: str, cases: Iterator[Case], place: int = 0) -> list[Trial]:
    found = _first_wrong(subject, block, cases, place)
    return [] if found is None else [found]


def _first_wrong(subject: Subject, block: str, cases: Iterator[Case], place: int = 0) -> Trial | None:
    """The trial of the first of these cases in which the block is wrong."""
    for case in cases:
        made = trial_if_possible(subject, case)
        if made is not None and made.kind == "loss":
            made.set_upstream((1.3, -0.7, 0.6)[place])
        if made is not None and is_wrong(made, block):
            return made
    return None


def _special_sizes(subject: Subject, case: Case, block: str) -> str:
    """The coincidences of sizes under which it is wrong: ``where N = 1``, ``where N = D``."""
    shapes = subject.shapes
    if shapes.fixed:
        return "for a single sample" if case.sizes["N"] == 1 else ""
    different = dict(zip(shapes.names, range(3, 3 + len(shapes.names)), strict=True))
    ones = [({name: 1}, f"{name} = 1") for name in shapes.names if case.sizes[name] == 1]
    pairs = [
        ({one: different[other]}, f"{one} = {other}")
        for one, other in combinations(shapes.names, 2)
        if case.sizes[one] == case.sizes[other]
    ]
    special: list[tuple[dict[str, int], str]] = [*ones, *pairs]
    words = [
        what
        for change, what in special
        if _first_wrong(subject, block, one_case(shapes, different | change, case.regime, case.seed))
    ]
    return f"where {' or '.join(words[:3])}" if words else ""


def trial_if_possible(subject: Subject, case: Case) -> Trial | None:
    """The trial of a case; None if the subject does not take these sizes."""
    try:
        return subject.trial(case)
    except Exception:
        return None


def is_wrong(trial: Trial, block: str, directions: int = 1) -> bool:
    """True if the gradient of the block is wrong at this point."""
    if block not in trial.blocks:
        return False
    try:
        return check_block(trial, block, np.random.default_rng(0), directions).outcome == "wrong"
    except Exception:
        return False


def smaller(subject: Subject, trial: Trial, block: str) -> list[Trial]:
    """A trial whose sizes are all 2, to try many things in little time; none if it is right."""
    if trial.case is None:
        return []
    sizes = dict.fromkeys(subject.shapes.names, 2)
    return _wrong(subject, block, one_case(subject.shapes, sizes, "normal", trial.case.seed + 600))


def plan_trials(subject: Subject, trial: Trial) -> Iterator[Trial]:
    """The trial, and those of the plan that are not large."""
    yield trial
    if aged := used_trial(trial):
        yield aged
    if trial.case is not None and trial.case.large:
        yield from (other for more in (9, 22) if (other := larger(subject, trial.case, more)))
    for case in plan(subject.shapes, 0) if trial.case is not None else ():
        if not case.large and (made := trial_if_possible(subject, case)) is not None:
            yield made


def used_trial(trial: Trial) -> Trial | None:
    """The trial of a layer whose States are not the first ones; None if it has none."""
    thing = trial.fresh()
    if trial.kind != "layer" or len(list(thing.named_states())) == len(thing.parameters()):
        return None
    trial.forward(thing, each(lambda x: x if x.dtype.kind != "f" else 1.7 * x + 0.3, trial.x))
    thing.clear_saved()
    used = copy.copy(trial)
    used.set(thing, trial.x, np.random.default_rng(0))
    return used


def larger(subject: Subject, case: Case, more: int) -> Trial | None:
    """The trial of a large case with still larger sizes."""
    sizes = {name: size + more if size > 2 else size for name, size in case.sizes.items()}
    other = case._replace(sizes=sizes, shape=subject.shapes.of(sizes), seed=case.seed + more)
    return trial_if_possible(subject, other)


def larger_trials(subject: Subject, trial: Trial) -> list[Trial]:
    """More values, for what depends on each of them alone: normal, wide, and as in the trial."""
    if trial.case is None or subject.shapes.fixed:
        return []
    sizes = (
        dict.fromkeys(subject.shapes.names, 11) if len(subject.shapes.names) < 3 else trial.case.sizes
    )
    made = [
        trial_if_possible(subject, case)
        for seed, regime in enumerate(dict.fromkeys(["normal", "wide", trial.case.regime]))
        for case in one_case(subject.shapes, sizes, regime, trial.case.seed + 500 + seed)
    ]
    return [each for each in made if each is not None]
