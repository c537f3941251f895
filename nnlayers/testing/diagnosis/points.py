"""The points at which a wrong gradient is looked at: two independent ones, of sizes that tell much."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnlayers.testing.plan import Case, one_case
from nnlayers.testing.trials import Trial
from nnlayers.testing.value import check_block, compare

# Of each name, the two sizes differ from those of every other name.
SIZES = {
    1: [(5,), (7,)],
    2: [(4, 5), (6, 7)],
    3: [(3, 4, 5), (5, 3, 4)],
    4: [(3, 4, 2, 3), (4, 3, 3, 2)],
    5: [(3, 4, 2, 3, 2), (4, 3, 3, 2, 2)],
}


def two_points(subject: Any, trial: Trial, block: str) -> list[Trial]:
    """Two trials in which the block is wrong, of other sizes and values; one, if there is no second."""
    case = trial.case
    if case is None:
        return [trial, *(t for t in [subject.trial(None)] if is_wrong(t, block))]
    found: list[Trial] = []
    for place in range(2):
        for other in _candidates(subject, case, place):
            made = _made(subject, other)
            if made is not None and is_wrong(made, block):
                found.append(made)
                break
    return found or [trial]


def _candidates(subject: Any, case: Case, place: int) -> Iterator[Case]:
    shapes, seed = subject.shapes, case.seed + 300 + place
    regimes = dict.fromkeys(["normal", case.regime])
    sizes = dict(case.sizes)
    if shapes.fixed:
        sizes = {"N": (4, 6)[place]}
    elif len(shapes.names) in SIZES:
        sizes = dict(zip(shapes.names, SIZES[len(shapes.names)][place], strict=True))
    for regime in regimes:
        yield from one_case(shapes, sizes, regime, seed)
    if not case.large:
        yield from one_case(shapes, case.sizes, case.regime, seed if place else case.seed)


def _made(subject: Any, case: Case) -> Trial | None:
    try:
        made: Trial = subject.trial(case)
    except Exception:  # these sizes are impossible
        return None
    return made


def is_wrong(trial: Trial, block: str, directions: int = 1) -> bool:
    """True if the gradient of the block is wrong at this point."""
    if block not in trial.blocks:
        return False
    try:
        return check_block(trial, block, np.random.default_rng(0), directions).outcome == "wrong"
    except Exception:
        return False


def first_wrong_indices(subject: Any, trial: Trial, block: str) -> str:
    """From which index on a large block is wrong, in words, if that is so for two sizes of it."""
    z, case = trial.blocks[block], trial.case
    if case is None or not case.large:
        return ""
    other = case._replace(
        sizes={name: size + 22 if size > 2 else size for name, size in case.sizes.items()},
        seed=case.seed + 1,
    )
    second = _made(subject, other._replace(shape=subject.shapes.of(other.sizes)))
    for axis, size in enumerate(z.shape):
        start = _first_wrong_index(trial, block, axis)
        if start < 2 or second is None or _first_wrong_index(second, block, axis) < 2:
            continue
        return (
            f"It is wrong only from index {start} on along axis {axis}, of size {size}: is there a block, "
            "a tile or a cache of a fixed size?"
        )
    return ""


def _first_wrong_index(trial: Trial, block: str, axis: int) -> int:
    """How many indices along an axis are right, from the first one on; 0 if that cannot be told."""
    z = trial.blocks[block]
    if z.ndim <= axis or z.shape[axis] < 17:
        return 0
    directions = np.random.default_rng(0).choice([-1.0, 1.0], z.shape)
    places = np.arange(z.shape[axis]).reshape([-1 if a == axis else 1 for a in range(z.ndim)])

    def right_up_to(count: int) -> bool:
        return compare(trial, block, z, directions * (places < count)).outcome != "wrong"

    good, bad = 0, z.shape[axis]
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if right_up_to(middle) else (good, middle)
    return good
