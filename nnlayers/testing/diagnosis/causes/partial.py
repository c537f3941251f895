"""Only some elements are wrong: which, and what they are instead."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.diagnosis.causes.cause import near
from nnlayers.testing.diagnosis.causes.scale import common_factor
from nnlayers.testing.diagnosis.causes.slopes import is_diagonal
from nnlayers.testing.diagnosis.evidence import Evidence, SlopeEvidence
from nnlayers.testing.trial import INPUT, Trial

ENOUGH = 12  # elements on either side of a bound; fewer are parted by chance
ENOUGH_OF_A_SIGN = 5


def partly_wrong(points: Sequence[Evidence], more: Sequence[Trial] = ()) -> tuple[str, str]:
    """Where it is wrong, with what is there instead, and the latter alone; empty if unknown.

    It is judged by the elements of all points together. Where each element of the output depends on the
    same one of the input only, ``more`` trials add theirs.
    """
    if more and all(is_elementwise(e) for e in points):
        points = [*points, *(SlopeEvidence(trial, points[0].block) for trial in more)]
    bad = [e.wrong_elements() for e in points]
    known = [(e, mask) for e, mask in zip(points, bad, strict=True) if not mask.all() and mask.any()]
    if len(known) < 2:
        return "", ""
    points, bad = [e for e, _ in known], [mask for _, mask in known]
    where = _range(points, bad) or _repeated_indices(points, bad) or _place(points, bad)
    what = _instead(points, bad)
    if where:
        return f"It is wrong only {where}{': there, it ' + what if what else ''}.", ""
    if what and sum(int(mask.sum()) for mask in bad) >= 4:
        return "", f"Some elements are right; where it is wrong, it {what}."
    return "", ""


def is_elementwise(e: Evidence) -> bool:
    """True if each element of the output depends on the same one of the input only."""
    return (
        e.trial.kind != "loss"
        and e.block in e.trial.inputs
        and np.shape(e.trial.output) == e.z.shape
        and is_diagonal(e.jacobian)
    )


def _instead(points: Sequence[Evidence], bad: Sequence[Array]) -> str:
    """What the wrong elements are, in words; empty if it is not the same everywhere."""
    wrong = np.concatenate([e.wrong[mask] for e, mask in zip(points, bad, strict=True)])
    right = np.concatenate([e.right[mask] for e, mask in zip(points, bad, strict=True)])
    size = float(np.abs(np.concatenate([e.right.ravel() for e in points])).max())
    if not wrong.any():
        return "is zero, and should not be"
    if (np.abs(right) <= 1e-8 * size).all():
        return "should be zero, as by a mask"
    if np.abs(right).max() <= 1e-4 * size:
        return ""
    factors = [
        common_factor(e, e.wrong[mask], e.right[mask]) for e, mask in zip(points, bad, strict=True)
    ]
    first = factors[0]
    if first is not None and all(factor is not None and near(factor, first) for factor in factors):
        factor = f"{first:.4g}"
        return f"is {factor} x the correct gradient" if factor != "1" else ""
    return ""


def _range(points: Sequence[Evidence], bad: Sequence[Array]) -> str:
    """The range of values in which it is wrong, in words; empty if there is none."""
    matters = [_matters(e) for e in points]
    for name, arrays in _values(points):
        inside = np.concatenate([v[mask] for v, mask in zip(arrays, bad, strict=True)])
        right = [~mask & counts for mask, counts in zip(bad, matters, strict=True)]
        outside = np.concatenate([v[mask] for v, mask in zip(arrays, right, strict=True)])
        fewest = min(len(inside), len(outside))
        if not fewest:
            continue
        if inside.min() > outside.max():
            low, high, word = outside.max(), inside.min(), "above"
        elif inside.max() < outside.min():
            low, high, word = inside.max(), outside.min(), "below"
        else:
            within = (outside > inside.min()) & (outside < inside.max())
            if fewest >= ENOUGH and not within.any() and not name.startswith("the size"):
                return f"where {name} is between about {inside.min():z.2g} and {inside.max():z.2g}"
            continue
        if low <= 0 <= high and fewest >= ENOUGH_OF_A_SIGN and not name.startswith("the size"):
            return f"where {name} is {'positive' if word == 'above' else 'negative'}"
        if fewest >= ENOUGH:
            return f"where {name} is {word} about {(low + high) / 2:z.2g}"
    return ""


def _matters(e: Evidence) -> Array:
    """Which elements have a gradient that is not zero on both sides."""
    size = float(np.abs(e.right).max())
    return np.asarray(np.abs(e.right) + np.abs(e.wrong) > 1e-6 * size)


def _values(points: Sequence[Evidence]) -> Iterator[tuple[str, list[Array]]]:
    """The arrays that may tell where it is wrong, one for each point, with their name."""
    name = points[0].trial.in_words(points[0].block)
    differences: list[Array] = []
    if points[0].trial.kind == "loss" and points[0].block == INPUT:
        targets: list[Any] = [getattr(e.trial, "target", None) for e in points]
        differences = [
            e.z - t for e, t in zip(points, targets, strict=True) if np.shape(t) == e.z.shape
        ]
    outputs = [np.asarray(e.trial.output) for e in points]
    for what, arrays in (
        (name, [e.z for e in points]),
        ("the output", [y for y, e in zip(outputs, points, strict=True) if y.shape == e.z.shape]),
        ("the difference from the target", differences),
    ):
        if len(arrays) == len(points):
            yield what, arrays
            yield f"the size of {what}", [np.abs(array) for array in arrays]


def _place(points: Sequence[Evidence], bad: Sequence[Array]) -> str:
    """The places along the axes at which it is wrong, in words; empty if there are none."""
    found = []
    for axis in range(bad[0].ndim):
        others = tuple(other for other in range(bad[0].ndim) if other != axis)
        profiles = [np.asarray(mask.any(axis=others)) for mask in bad]
        if words := _fixed(profiles) or (min(map(len, profiles)) > 2 and _pattern(profiles)):
            is_batch = axis == 0 and points[0].block in points[0].trial.inputs
            carried = points[0].z.ndim == 3 and axis == 1 and words == "before the last index"
            hint = (
                " (the batch)" * is_batch
                + " (is the gradient that is carried from step to step wrong?)" * carried
            )
            found.append(f"{words} along axis {axis}{hint}")
    return " and ".join(found)


def _fixed(profiles: Sequence[Array]) -> str:
    """The indices along an axis of the same size at all points."""
    first = profiles[0]
    if first.all() or any(not np.array_equal(profile, first) for profile in profiles):
        return ""
    indices = [str(index) for index in np.flatnonzero(first)]
    few = len(indices) <= 3
    return f"at ind{'ex' if len(indices) == 1 else 'ices'} {', '.join(indices)}" if few else ""


def _pattern(profiles: Sequence[Array]) -> str:
    for words, expected in (
        ("at the first index", lambda n: np.arange(n) == 0),
        ("at the last index", lambda n: np.arange(n) == n - 1),
        ("after the first index", lambda n: np.arange(n) > 0),
        ("before the last index", lambda n: np.arange(n) < n - 1),
        ("at the first and last index", lambda n: np.arange(n) % (n - 1) == 0),
        ("between the first and last index", lambda n: np.arange(n) % (n - 1) != 0),
        ("at every second index", lambda n: np.arange(n) % 2 == 1),
    ):
        if all((profile == expected(len(profile))).all() for profile in profiles):
            return words
    first = [int(profile.argmax()) for profile in profiles]
    if first[0] > 1 and len(set(first)) == 1 and all(profile[first[0] :].all() for profile in profiles):
        return f"from index {first[0]} on"
    return ""


def _repeated_indices(points: Sequence[Evidence], bad: Sequence[Array]) -> str:
    """Rows of a table that are wrong where their index occurs more than once in the input."""
    for e, mask in zip(points, bad, strict=True):
        indices = [array for array in e.trial.inputs.values() if array.dtype.kind in "iu"]
        if len(indices) != 1 or indices[0].min(initial=0) < 0 or indices[0].max(initial=0) >= len(mask):
            return ""
        repeated = np.bincount(indices[0].ravel(), minlength=len(mask)) > 1
        if not (mask.reshape(len(mask), -1).any(axis=1) == repeated).all():
            return ""
    return (
        "for indices that occur more than once in the input (is it assigned there instead of added, "
        "as np.add.at does?)"
    )
