"""Batches in many forms, for the tests of what fit takes."""

import numpy as np

from tests.training.trainers_for_tests import X, Y

W = np.random.default_rng(3).uniform(0.1, 2, len(X))
STARTS = range(0, len(X), 8)  # seven batches, the last one of two samples
BATCHES = [(X[i : i + 8], Y[i : i + 8]) for i in STARTS]
WEIGHTED = [(X[i : i + 8], Y[i : i + 8], W[i : i + 8]) for i in STARTS]


class Tensor:
    """An array of another library, which NumPy can read."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return self._array if dtype is None else self._array.astype(dtype)

    def __len__(self):
        return len(self._array)


class Loader:
    """What stands in for the data loader of another library: lists of tensors, begun anew each time."""

    def __init__(self, batches, length=True):
        self.batches = batches
        if length:
            self.dataset = range(len(X))

    def __iter__(self):
        return iter([[Tensor(part) for part in batch] for batch in self.batches])


class HiddenOnce:
    """Can be read once, which does not show."""

    def __init__(self, batches, same=True):
        self.iterator, self.same = iter(batches), same

    def __iter__(self):
        return self.iterator if self.same else (batch for batch in self.iterator)


class BeginsAnew:
    """An iterator of its own, which ``iter`` puts back to the begin."""

    def __init__(self, batches):
        self.batches, self.place = batches, 0

    def __iter__(self):
        self.place = 0
        return self

    def __next__(self):
        if self.place == len(self.batches):
            raise StopIteration
        self.place += 1
        return self.batches[self.place - 1]


def generate(batches=BATCHES):
    yield from batches
