"""Splits into training and test data."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.core.checks import Array, RandomSource, generator, real_number, whole_number
from nnlayers.core.other_words import answers_other_arguments
from nnlayers.core.structures import as_arrays, each
from nnlayers.data.checks import check_lengths

__all__ = ["train_test_split"]


@answers_other_arguments(shuffle="it always shuffles; slice the arrays to split them in their order")
def train_test_split(
    *arrays: Any,
    test_size: float = 0.25,
    stratify: ArrayLike | None = None,
    rng: RandomSource = None,
) -> list[Any]:
    """Split arrays of equal length at random into a training and a test part.

    Parameters
    ----------
    *arrays : array_like, or tuple of arrays
        One row a sample. A tuple of arrays is split into two tuples.
    test_size : float or int
        The share of the samples, in (0, 1), that goes into the test part, rounded up; or their number.
    stratify : array_like, optional
        Labels, of shape ``(N,)``: both parts get their classes in the same proportions, to within one
        sample. Every class needs two samples.
    rng : int, Generator or None
        The source of the split.

    Returns
    -------
    list of array
        ``x_train, x_test, y_train, y_test`` for two arrays ``x, y``; all are copies.

    Raises
    ------
    ValueError, TypeError
        There are no samples, the lengths differ, a part would be empty, or a class is too small.

    Examples
    --------
    >>> x, y = np.zeros((10, 3)), np.array([0] * 6 + [1] * 4)
    >>> x_train, x_test, y_train, y_test = nn.train_test_split(x, y, test_size=0.5, stratify=y, rng=0)
    >>> x_train.shape, np.bincount(y_train), np.bincount(y_test)
    ((5, 3), array([3, 2]), array([3, 2]))
    """
    who = "train_test_split"
    if arrays and isinstance(arrays[-1], (int, float, np.number)):
        raise TypeError(f"{who}: expected arrays, got {arrays[-1]!r}: write test_size={arrays[-1]}")
    checked = tuple(map(as_arrays, arrays))
    samples = check_lengths(checked, who)
    rng = generator(rng, who)
    if isinstance(test_size, (int, np.integer)):
        count = whole_number(test_size, "test_size", who)
    else:
        share = real_number(test_size, "test_size", who, below=1.0) * samples
        count = math.ceil(round(share, 6))  # 0.07 * 100 is a little more than 7
    if not 0 < count < samples:
        raise ValueError(
            f"{who}: test_size={test_size!r} puts {count} of {samples} samples into the test part, "
            "and both parts need at least one"
        )
    if stratify is None:
        order = rng.permutation(samples)
        test, train = order[:count], order[count:]
    else:
        labels = np.asarray(stratify)
        if labels.shape != (samples,):
            raise ValueError(f"{who}: expected stratify of shape ({samples},), got {labels.shape}")
        test, train = _stratified(labels, count, rng)
    return [each(lambda a, rows=rows: a[rows], x) for x in checked for rows in (train, test)]


def _stratified(labels: Array, count: int, rng: "np.random.Generator") -> tuple[Array, Array]:
    classes, inverse, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if sizes.min() < 2:
        raise ValueError(
            f"train_test_split: to stratify, every class needs 2 samples; {classes[sizes.argmin()]!r} "
            "has 1"
        )
    # Each class gives its share, rounded down; those with the largest remainders give one more.
    given, remainders = np.divmod(sizes * count, len(labels))
    given[np.argsort(-remainders, kind="stable")[: count - given.sum()]] += 1
    test, train = [], []
    for index, number in enumerate(given):
        members = rng.permutation(np.flatnonzero(inverse == index))
        test.append(members[:number])
        train.append(members[number:])
    return rng.permutation(np.concatenate(test)), rng.permutation(np.concatenate(train))
