"""Splits into training and test data."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nnlayers.core.answers.arguments import answers_other_arguments
from nnlayers.core.checks import (
    Array,
    RandomSource,
    as_array,
    check_mask,
    generator,
    is_tuple_of_arrays,
    real_number,
    whole_number,
)
from nnlayers.core.conversion import where
from nnlayers.core.devices import beside, to_host
from nnlayers.core.frames import check_same_rows, is_column, is_frame
from nnlayers.core.protocols import is_array_like, numpy_array
from nnlayers.core.structures import each
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
        One row a sample. A tuple of arrays is split into two tuples. Tables and columns of pandas or
        polars stay what they are.
    test_size : float or int
        The share of the samples, in (0, 1), that goes into the test part, rounded up; or their number.
    stratify : array_like, optional
        Labels, of shape ``(N,)``: numbers or words. Both parts get samples of every class, in the same
        proportions, to within one sample (further off only if small classes need more than theirs).
    rng : int, Generator or None
        The source of the split.

    Returns
    -------
    list of array
        ``x_train, x_test, y_train, y_test`` for two arrays ``x, y``; all are copies.

    Raises
    ------
    ValueError, TypeError
        There are no samples, the lengths differ, a part would be empty, a part cannot hold every
        class, or a label is missing.

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
    check_same_rows((*arrays, stratify), who)
    checked = tuple(map(_with_rows, arrays))
    samples = check_lengths(checked, who)
    rng = generator(rng, who)
    if isinstance(test_size, np.generic):
        test_size = test_size.item()
    if isinstance(test_size, int):
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
        test, train = _stratified(*_classes(stratify, samples), count, rng)
    return [each(lambda a, rows=rows: _take(a, rows), x) for x in checked for rows in (train, test)]


def _with_rows(x: Any) -> Any:
    """``x`` as something with rows: tables and columns as they are, other things as arrays."""
    if is_tuple_of_arrays(x):
        return tuple(map(_with_rows, x))
    return x if is_frame(x) or is_column(x) else as_array(x, "train_test_split")


def _take(x: Any, rows: Array) -> Any:
    return x.iloc[rows] if hasattr(x, "iloc") else x[beside(rows, x)]


def _classes(stratify: Any, samples: int) -> tuple[list[Any], Array]:
    """The classes, and for each sample the place of its class among them."""
    who = "train_test_split"
    check_mask(stratify, who, "stratify")
    # NumPy would make the text "nan" of a NaN among the words of a list.
    if isinstance(stratify, (list, tuple)):
        labels = np.asarray(stratify, object)
    else:
        labels = numpy_array(to_host(stratify), f"{who}: stratify")
    if labels.shape != (samples,):
        hint = ""
        if labels.ndim == 2 and len(labels) == samples:
            hint = (
                ": give np.ravel(y)"
                if labels.shape[1] == 1
                else ": of one-hot rows, np.argmax(y, axis=1)"
            )
        raise ValueError(f"{who}: expected stratify of shape ({samples},), got {labels.shape}{hint}")
    values = [item.item() if is_array_like(item) else item for item in labels.tolist()]
    try:
        classes = sorted(set(values), key=repr)  # words and numbers have no common order
    except TypeError as error:
        raise TypeError(f"{who}: expected stratify to be numbers or words: {error}") from error
    if any(map(_is_missing, classes)):
        gaps = [row for row, value in enumerate(values) if _is_missing(value)]
        are_numbers = all(isinstance(value, (int, float)) for value in classes)
        raise (ValueError if are_numbers else TypeError)(
            f"{who}: stratify lacks {len(gaps)} of {samples} labels, the first {where(gaps[:1])}: "
            "leave these rows out, or give them a class of their own"
        )
    places = {value: place for place, value in enumerate(classes)}
    return classes, np.array([places[value] for value in values])


def _is_missing(value: Any) -> bool:
    """True for None, NaN, NaT and pandas' NA."""
    return value is None or type(value).__name__ in ("NAType", "NaTType") or bool(value != value)


def _stratified(
    classes: list[Any], labels: Array, count: int, rng: "np.random.Generator"
) -> tuple[Array, Array]:
    samples, sizes = len(labels), np.bincount(labels)
    if sizes.min() < 2:
        raise ValueError(
            "train_test_split: to stratify, every class needs 2 samples; class "
            f"{classes[sizes.argmin()]!r} has 1: leave it out, or get more of it"
        )
    if min(count, samples - count) < len(classes):
        raise ValueError(
            f"train_test_split: to stratify, both parts need a sample of each of the {len(classes)} "
            f"classes, and they would have {samples - count} and {count} samples: choose test_size "
            f"from {len(classes)} to {samples - len(classes)}"
        )
    # Each class gives its share, rounded down, at least one; those that owe most give one more.
    given = np.clip(sizes * count // samples, 1, sizes - 1)
    while change := np.sign(count - given.sum()):
        able = given < sizes - 1 if change > 0 else given > 1
        owed = (sizes * count - given * samples) * change
        given[np.where(able, owed, owed.min() - 1).argmax()] += change
    test, train = [], []
    for index, number in enumerate(given):
        members = rng.permutation(np.flatnonzero(labels == index))
        test.append(members[:number])
        train.append(members[number:])
    return rng.permutation(np.concatenate(test)), rng.permutation(np.concatenate(train))
