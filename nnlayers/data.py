"""Data on its way to a network: checks, mini-batches, splits, one-hot targets."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from nnlayers.arrays import Array, RandomSource, as_array, generator, real_number, whole_number

__all__ = ["Batches", "batches", "one_hot", "train_test_split"]

CHUNK = 1 << 22  # elements looked at in one go


class Batches:
    """What `batches` returns: it can be iterated again and again, and ``len`` counts the batches."""

    def __init__(
        self, arrays: tuple[Array, ...], batch_size: int, shuffle: bool, rng: "np.random.Generator"
    ) -> None:
        self.arrays = arrays
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.rng = rng

    def __len__(self) -> int:
        return -(-len(self.arrays[0]) // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        samples = len(self.arrays[0])
        order = self.rng.permutation(samples) if self.shuffle else None
        for start in range(0, samples, self.batch_size):
            rows = slice(start, start + self.batch_size)
            if order is None:
                batch = tuple(array[rows] for array in self.arrays)
            else:
                batch = tuple(array.take(order[rows], axis=0) for array in self.arrays)
            yield batch if len(batch) > 1 else batch[0]


def batches(
    *arrays: ArrayLike, batch_size: int = 32, shuffle: bool = True, rng: RandomSource = None
) -> Batches:
    """Mini-batches of one or more arrays of equal length.

    Parameters
    ----------
    *arrays : array_like
        Of equal length, one row a sample. A ``numpy.memmap`` is read batch by batch.
    batch_size : int
        Samples in a batch; the last one is shorter where they do not divide.
    shuffle : bool
        Whether the samples are drawn in a fresh random order, new in every iteration. If not, the
        batches are views, in the order of the data.
    rng : int, Generator or None
        The source of the order.

    Returns
    -------
    Batches
        Iterating gives tuples, one array for each one given (the bare array, where it is one).

    Raises
    ------
    ValueError, TypeError
        There are no samples, the lengths differ, or ``batch_size`` is no whole number of at least 1.

    Examples
    --------
    >>> x, y = np.arange(5.0), np.arange(5)
    >>> for xb, yb in nn.batches(x, y, batch_size=2, shuffle=False):
    ...     print(xb, yb)
    [0. 1.] [0 1]
    [2. 3.] [2 3]
    [4.] [4]
    >>> len(nn.batches(x, batch_size=2))
    3
    """
    checked = tuple(map(as_array, arrays))
    check_lengths("batches", *checked)
    batch_size = whole_number(batch_size, "batch_size", "batches")
    return Batches(checked, batch_size, bool(shuffle), generator(rng, "batches"))


def train_test_split(
    *arrays: ArrayLike,
    test_size: float = 0.25,
    stratify: ArrayLike | None = None,
    rng: RandomSource = None,
) -> list[Array]:
    """Split arrays of equal length at random into a training and a test part.

    Parameters
    ----------
    *arrays : array_like
        One row a sample.
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
    checked = list(map(as_array, arrays))
    samples = check_lengths(who, *checked)
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
    return [part for array in checked for part in (array[train], array[test])]


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


def one_hot(labels: ArrayLike, classes: int | None = None, dtype: DTypeLike = np.float32) -> Array:
    """Rows with a one at the label: shape ``(N, classes)`` from ``(N,)``.

    ``classes`` is the largest label plus one, unless it is given.

    Raises
    ------
    TypeError, ValueError
        The labels are no integers, not of shape ``(N,)``, or not in ``0 ... classes-1``.

    Examples
    --------
    >>> nn.one_hot([2, 0])
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    labels = as_array(labels)
    if labels.dtype.kind not in "iu":
        raise TypeError(f"one_hot: expected integer labels, got {labels.dtype}")
    if labels.ndim != 1 or (labels.size == 0 and classes is None):
        raise ValueError(f"one_hot: expected labels of shape (N,), got {labels.shape}")
    if classes is None:
        classes = int(labels.max()) + 1
    classes = whole_number(classes, "classes", "one_hot")
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"one_hot: expected labels in 0 ... {classes - 1}, "
            f"got labels from {labels.min()} to {labels.max()}"
        )
    rows = np.zeros((len(labels), classes), dtype)
    rows[np.arange(len(labels)), labels] = 1
    return rows


def check_lengths(who: str, *arrays: Array) -> int:
    """The common length of the arrays, which is at least 1."""
    shapes = [array.shape for array in arrays]
    if not shapes or any(shape == () or shape[0] == 0 for shape in shapes):
        raise ValueError(f"{who}: expected arrays of at least one sample, got shapes {shapes}")
    if len({shape[0] for shape in shapes}) > 1:
        raise ValueError(f"{who}: expected arrays of equal length, got shapes {shapes}")
    return int(shapes[0][0])


def check_numbers(who: str, name: str, array: ArrayLike) -> Array:
    """The data as an array, where it is made of finite real numbers; it is read in chunks."""
    if np.ma.isMaskedArray(array):
        raise TypeError(f"{who}: expected {name} without a mask, got a masked array")
    array = as_array(array)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{who}: expected {name} of real numbers, got dtype {array.dtype}")
    if array.size == 0 or array.ndim == 0:
        raise ValueError(f"{who}: expected {name} with at least one sample, got shape {array.shape}")
    if array.dtype.kind == "f":
        rows = max(1, CHUNK // max(1, array[0].size))
        for start in range(0, len(array), rows):
            chunk = array[start : start + rows]
            with np.errstate(over="ignore", invalid="ignore"):
                if np.isfinite(np.vdot(chunk, chunk)):  # the fastest look, but large squares overflow
                    continue
            finite = np.isfinite(chunk)
            if not finite.all():
                place = np.unravel_index(int(finite.argmin()), finite.shape)
                row, *column = int(place[0]) + start, *map(int, place[1:])
                value = array[(row, *column)]
                at = f", column {', '.join(map(str, column))}" if column else ""
                raise ValueError(f"{who}: {name} holds {value} at row {row}{at} (counted from 0)")
    return array
