"""The likely causes of a wrong gradient: hypotheses that compare it with the right one.

A hypothesis takes the evidence at one point, and yields causes; a module has those of one idea. A cause
is believed if it holds at two independent points.
"""

from collections.abc import Sequence

import numpy as np

from nnlayers.testing.diagnosis.causes.arrangement import exchanged, moved, other_jacobian, transposed
from nnlayers.testing.diagnosis.causes.cause import Cause, Hypothesis
from nnlayers.testing.diagnosis.causes.coupling import (
    along_itself,
    constant_statistics,
    diagonal,
    missing_path,
    missing_term,
    skip,
)
from nnlayers.testing.diagnosis.causes.partial import partly_wrong
from nnlayers.testing.diagnosis.causes.precision import changes_in_steps, slightly_off
from nnlayers.testing.diagnosis.causes.scale import (
    array_factor,
    constant_factor,
    group_factor,
    one_factor,
    summed,
    zero,
)
from nnlayers.testing.diagnosis.causes.slopes import inverted_mask, slopes
from nnlayers.testing.diagnosis.causes.upstream import misused_upstream, offset, passed_on
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.trial import Trial

__all__ = ["LEAST_PLAIN", "Cause", "likely_causes"]

# The plainest first.
PLAIN: list[Hypothesis] = [
    zero,
    constant_factor,
    exchanged,
    transposed,
    skip,
    diagonal,
    inverted_mask,
]
OTHERS: list[Hypothesis] = [
    misused_upstream,
    offset,
    constant_statistics,
    missing_path,
    array_factor,
    passed_on,
    slopes,
    group_factor,
    moved,
    other_jacobian,
    summed,
    along_itself,
    missing_term,
    one_factor,
    slightly_off,
]


STEPS = (
    "Forward changes in steps: tiny changes leave the output as it is. Does it round, or compute in a "
    "lower precision?"
)
LEAST_PLAIN = len(PLAIN)
"""The rank up to which a cause is so plain that no better one is looked for."""


def likely_causes(points: Sequence[Evidence], more: Sequence[Trial] = ()) -> list[Cause]:
    """The causes that hold at all points, the plainest first."""
    with np.errstate(all="ignore"):
        if words := _not_comparable(points[0]):
            return [Cause("form", words)]
        if len(points) > 1 and all(map(changes_in_steps, points)):
            return [Cause("steps", STEPS)]
        if len(points) < 2 or any(_not_comparable(e) or e.is_blurred for e in points):
            return []
        where, what = partly_wrong(points, more)
        found = _common(PLAIN, points, 0)
        found += [Cause("where", where, LEAST_PLAIN)] * bool(where)
        found += _common(OTHERS, points, LEAST_PLAIN + 1)
        return found + [Cause("what", what, LEAST_PLAIN + len(OTHERS) + 1)] * bool(what)


def _common(hypotheses: Sequence[Hypothesis], points: Sequence[Evidence], rank: int) -> list[Cause]:
    """The causes that the hypotheses find at all points."""
    found = []
    for place, hypothesis in enumerate(hypotheses):
        try:
            causes = list(hypothesis(points[0]))
            for e in points[1:] if causes else ():
                keys = {cause.key for cause in hypothesis(e)}
                causes = [cause for cause in causes if cause.key in keys]
        except Exception:  # the subject refuses what the hypothesis gives it
            continue
        found += [cause._replace(rank=rank + place) for cause in causes]
    return found


def _not_comparable(e: Evidence) -> str:
    """Why the two gradients cannot be compared; empty if they can."""
    if e.wrong.shape != e.z.shape:
        words = f"The gradient has shape {e.wrong.shape}, expected {e.z.shape}."
        if e.wrong.size == e.z.size and e.equal(e.wrong.reshape(e.z.shape), e.right):
            return f"{words} Its values are right."
        if e.wrong.T.shape == e.z.shape and e.equal(e.wrong.T, e.right):
            return f"{words} Its transpose would be right."
        for axis in range(e.wrong.ndim):
            total = e.wrong.sum(axis=axis)
            if total.shape == e.z.shape and e.equal(total, e.right):
                return f"{words} Its sum over axis {axis} would be right."
        return words
    if not np.isfinite(e.wrong).all():
        at_zero = e.block in e.trial.inputs and (~np.isfinite(e.wrong) == (e.z == 0)).all()
        where = f", where {e.trial.in_words(e.block)} is exactly 0" if at_zero else ""
        return f"The gradient is not finite (NaN or infinite){where}."
    return ""
