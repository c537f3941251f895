"""The likely causes of a wrong gradient: hypotheses that compare it with the right one.

A hypothesis takes the evidence at one point, and yields causes; a module has those of one idea. A cause
is believed if it holds at two independent points.
"""

from collections.abc import Sequence

import numpy as np

from nnlayers.testing.diagnosis.causes.arrangement import (
    exchanged,
    moved,
    transposed,
    transposed_weight,
)
from nnlayers.testing.diagnosis.causes.cause import Cause, Hypothesis
from nnlayers.testing.diagnosis.causes.coupling import (
    constant_statistics,
    diagonal,
    missing_path,
    missing_term,
    skip,
)
from nnlayers.testing.diagnosis.causes.partial import partly_wrong
from nnlayers.testing.diagnosis.causes.precision import slightly_off
from nnlayers.testing.diagnosis.causes.scale import array_factor, constant_factor, zero
from nnlayers.testing.diagnosis.causes.slopes import slopes
from nnlayers.testing.diagnosis.causes.upstream import misused_upstream, passed_on
from nnlayers.testing.diagnosis.evidence import Evidence

__all__ = ["Cause", "likely_causes"]

# The plainest first.
HYPOTHESES: list[Hypothesis] = [
    zero,
    constant_factor,
    transposed,
    skip,
    diagonal,
    constant_statistics,
    missing_path,
    misused_upstream,
    passed_on,
    slopes,
    array_factor,
    exchanged,
    moved,
    transposed_weight,
    missing_term,
    slightly_off,
]


def likely_causes(points: Sequence[Evidence]) -> list[tuple[int, str]]:
    """The causes that hold at all points, the plainest first, each with its place in that order."""
    found: list[tuple[int, str]] = []
    with np.errstate(all="ignore"):
        if words := _not_comparable(points[0]):
            return [(0, words)]
        if any(_not_comparable(e) for e in points):
            return []
        for rank, hypothesis in enumerate(HYPOTHESES):
            if rank == len(HYPOTHESES) - 2:
                found += [(rank, cause.words) for cause in partly_wrong(points)]
            causes = list(hypothesis(points[0]))
            for e in points[1:] if causes else ():
                keys = {cause.key for cause in hypothesis(e)}
                causes = [cause for cause in causes if cause.key in keys]
            found += [(rank, cause.words) for cause in causes]
    return found


def _not_comparable(e: Evidence) -> str:
    """Why the two gradients cannot be compared; empty if they can."""
    if e.wrong.shape != e.z.shape:
        hint = ""
        for axis in range(e.wrong.ndim):
            if e.wrong.sum(axis=axis).shape == e.z.shape and e.equal(e.wrong.sum(axis=axis), e.right):
                hint = f" Its sum over axis {axis} would be right."
        if e.wrong.size == e.z.size and e.equal(e.wrong.reshape(e.z.shape), e.right):
            hint = " Its values are right."
        if e.wrong.T.shape == e.z.shape and e.equal(e.wrong.T, e.right):
            hint = " Its transpose would be right."
        return f"The gradient has shape {e.wrong.shape}, expected {e.z.shape}.{hint}"
    if not np.isfinite(e.wrong).all():
        at_zero = e.block in e.trial.inputs and (~np.isfinite(e.wrong) == (e.z == 0)).all()
        where = ", where the input is exactly 0" if at_zero else ""
        return f"The gradient is not finite (NaN or infinite){where}."
    return ""
