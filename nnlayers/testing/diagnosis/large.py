"""Blocks too large for a whole numeric gradient: from which index on they are wrong."""

import numpy as np

from nnlayers.testing.diagnosis.points import larger
from nnlayers.testing.subjects import Subject
from nnlayers.testing.trial import Trial
from nnlayers.testing.value import compare


def first_wrong_indices(subject: Subject, trial: Trial, block: str) -> str:
    """From which index on a large block is wrong, in words, if that is so for two sizes of it."""
    case = trial.case
    if case is None or not case.large or block not in trial.blocks:
        return ""
    second = larger(subject, case, 22)
    if second is None:
        return ""
    for axis, size in enumerate(trial.blocks[block].shape):
        start = _right_up_to(trial, block, axis)
        if start and start == _right_up_to(second, block, axis):
            return (
                f"It is wrong only from index {start} on along axis {axis}, of size {size}: is there a "
                "block, a tile or a cache of a fixed size?"
            )
    return ""


def _right_up_to(trial: Trial, block: str, axis: int) -> int:
    """How many indices along an axis are right, from the first one on; 0 if that cannot be told."""
    z = trial.blocks[block]
    if z.ndim <= axis or z.shape[axis] < 17:
        return 0
    directions = np.random.default_rng(0).choice([-1.0, 1.0], z.shape)
    places = np.arange(z.shape[axis]).reshape([-1 if a == axis else 1 for a in range(z.ndim)])
    good, bad = 0, z.shape[axis]
    while bad - good > 1:
        middle = (good + bad) // 2
        if compare(trial, block, z, directions * (places < middle)).outcome == "wrong":
            bad = middle
        else:
            good = middle
    last = z.shape[axis] - 1
    later = {good, min(good + 1, last), (good + last) // 2, last}
    wrong = (
        compare(trial, block, z, directions * (places == index)).outcome == "wrong" for index in later
    )
    return good if good >= 8 and all(wrong) else 0
