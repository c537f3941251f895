"""Only some elements are wrong: which, and what they are instead."""

from collections.abc import Iterator, Sequence

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.diagnosis.causes.cause import Cause, near
from nnlayers.testing.diagnosis.causes.scale import common_factor
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.trials import block_in_words

ENOUGH = 12  # elements on either side of a bound; fewer are parted by chance
ENOUGH_OF_A_SIGN = 5


def partly_wrong(points: Sequence[Evidence]) -> Iterator[Cause]:
    """Where it is wrong, and what is there instead; judged by the elements of all points together."""
    bad = [e.is_wrong() for e in points]
    if any(mask.all() or not mask.any() for mask in bad):
        return
    where = _range(points, bad) or _place(bad)
    what = _instead(points, bad)
    if where and what:
        yield Cause("partly", f"It is wrong only {where}: there, it {what}.")
    elif where:
        yield Cause("partly", f"It is wrong only {where}.")
    elif what and sum(int(mask.sum()) for mask in bad) >= 4:
        words = f"Some elements are right; where it is wrong, it {what}."
        yield Cause("partly", words)


def _instead(points: Sequence[Evidence], bad: Sequence[Array]) -> str:
    """What the wrong elements are, in words; empty if it is not the same everywhere."""
    wrong = np.concatenate([e.wrong[mask] for e, mask in zip(points, bad, strict=True)])
    right = np.concatenate([e.right[mask] for e, mask in zip(points, bad, strict=True)])
    size = float(np.abs(np.concatenate([e.right.ravel() for e in points])).max())
    if not wrong.any():
        return "is zero, and should not be (a mask that is too narrow?)"
    if (np.abs(right) <= 1e-8 * size).all():
        return "should be zero (a mask is missing, or too wide)"
    factors = [
        common_factor(e, e.wrong[mask], e.right[mask]) for e, mask in zip(points, bad, strict=True)
    ]
    if all(
        factor is not None and factors[0] is not None and near(factor, factors[0]) for factor in factors
    ):
        return f"is {factors[0]:.4g} x the correct gradient"
    return ""


def _range(points: Sequence[Evidence], bad: Sequence[Array]) -> str:
    """The range of values in which it is wrong, in words; empty if there is none."""
    for name, arrays in _values(points):
        inside = np.concatenate([v[mask] for v, mask in zip(arrays, bad, strict=True)])
        outside = np.concatenate([v[~mask] for v, mask in zip(arrays, bad, strict=True)])
        if inside.min() > outside.max():
            low, high, word = outside.max(), inside.min(), "above"
        elif inside.max() < outside.min():
            low, high, word = inside.max(), outside.min(), "below"
        else:
            continue
        fewest = min(len(inside), len(outside))
        if low <= 0 <= high and fewest >= ENOUGH_OF_A_SIGN and not name.startswith("the size"):
            return f"where {name} is {'positive' if word == 'above' else 'negative'}"
        if fewest >= ENOUGH:
            return f"where {name} is {word} about {(low + high) / 2:.2g}"
    return ""


def _values(points: Sequence[Evidence]) -> Iterator[tuple[str, list[Array]]]:
    """The arrays that may tell where it is wrong, one for each point, with their name."""
    name = block_in_words(points[0].block)
    for what, arrays in (
        (name, [e.z for e in points]),
        ("the output", [np.asarray(e.trial.output) for e in points if e.trial.kind != "loss"]),
    ):
        if len(arrays) == len(points) and all(
            array.shape == e.z.shape for array, e in zip(arrays, points, strict=True)
        ):
            yield what, arrays
            yield f"the size of {what}", [np.abs(array) for array in arrays]


def _place(bad: Sequence[Array]) -> str:
    """The place along an axis at which it is wrong, in words; empty if there is none."""
    for axis in range(bad[0].ndim):
        others = tuple(other for other in range(bad[0].ndim) if other != axis)
        profiles = [mask.any(axis=others) for mask in bad]
        if any(len(profile) < 3 for profile in profiles):
            continue
        name = "of the batch" if axis == 0 else f"along axis {axis}"
        one = "sample" if axis == 0 else "index"
        for words, expected in (
            (f"at the first {one} {name}", lambda n: np.arange(n) == 0),
            (f"at the last {one} {name}", lambda n: np.arange(n) == n - 1),
            (f"after the first {one} {name}", lambda n: np.arange(n) > 0),
            (f"before the last {one} {name}", lambda n: np.arange(n) < n - 1),
            (f"at the first and last {one} {name}", lambda n: np.arange(n) % (n - 1) == 0),
            (f"between the first and last {one} {name}", lambda n: np.arange(n) % (n - 1) != 0),
            (f"at every second {one} {name}", lambda n: np.arange(n) % 2 == 1),
        ):
            if all((profile == expected(len(profile))).all() for profile in profiles):
                return words
        first = [int(profile.argmax()) for profile in profiles]
        if (
            first[0] > 1
            and len(set(first)) == 1
            and all(profile[first[0] :].all() for profile in profiles)
        ):
            return f"from {one} {first[0]} on {name}"
    return ""
