"""Many forwards of one batch, until running statistics have settled."""

from itertools import pairwise
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.state import State
from nnlayers.core.structures import arrays_in, each, length
from nnlayers.testing.contract.alone import Alone, own_states
from nnlayers.testing.contract.comparison import floats, is_float, nearly_equal
from nnlayers.testing.contract.table import NotApplicable
from nnlayers.testing.trial import copied

ROWS = 200  # so that dividing by N - 1 instead of N hardly matters
FIRST_FORWARDS, MOST_FORWARDS = 16, 1024
SETTLED = 1e-4


class Forwards:
    """Forwards of one batch of many rows, the rows of an input again and again."""

    def __init__(self, layer: Layer, alone: Alone, times: int = 1) -> None:
        self.layer, self.samples = layer, length(alone.x)
        self.any_values = alone.any_values and all(is_float(a) for _, a in arrays_in(alone.x))
        copies = times * -(-ROWS // self.samples)
        self.x = each(lambda array: self._batch(array, copies, alone.any_values), alone.x)
        self.rows = length(self.x)
        self.count = 0
        self.distances: list[float] = []
        self.output: Any = None
        self.predicted: Any = None
        self._before: list[Any] = []

    def _batch(self, array: Array, copies: int, any_values: bool) -> Array:
        if any_values and is_float(array):
            array = 2 * array + 1  # a variance that is not 1, so that it is missed if it is forgotten
        return np.concatenate([array] * copies) if len(array) == self.samples else array

    def run(self, count: int) -> None:
        """Run forward some more times, then predict.

        Raises
        ------
        NotApplicable
            They fail for many rows.
        """
        self._before = [self.output, self.predicted]
        try:
            for _ in range(count):
                self.output = self.layer.forward(copied(self.x))
                self.layer.clear_saved()
            self.predicted = self.layer.predict(copied(self.x))
        except Exception as error:
            raise NotApplicable(
                f"a pass of {self.rows} rows fails: {type(error).__name__}: {error}"
            ) from error
        self.count += count

    def settle(self) -> bool:
        """Run forward until the States have settled; False if they do not."""
        states = own_states(self.layer)
        at = [_values(states)]
        for _ in range(2):
            self.run(FIRST_FORWARDS)
            at.append(_values(states))
        for state, values in zip(states, zip(*at, strict=True), strict=True):
            state.value[...] = _limit(*values)
        for _ in range(2):
            self.run(FIRST_FORWARDS)
        if self._has_settled() and all(np.isfinite(y).all() for _, y in floats(self.predicted)):
            return True
        for state, value in zip(states, at[-1], strict=True):
            state.value[...] = value
        while self.count < MOST_FORWARDS:
            self.run(self.count)
            if self._has_settled():
                return True
            self.distances.append(_distance(self.output, self.predicted))
        return False

    def apart(self) -> float:
        """How far the means of forward and predict are apart, relative to forward."""
        return _distance(*map(self.mean_of_rows, (self.output, self.predicted)))

    def moves_away(self) -> bool:
        """True if predict has moved away from a forward that stays, ever farther."""
        farther = all(now > before for before, now in pairwise(self.distances))
        return _same(self._before[0], self.output) and farther and self.distances[-1] > 0.02

    def depends_on_the_batch(self) -> bool:
        """True if predict gives other outputs for half of the rows alone."""
        half = max(1, self.samples // 2)
        try:
            alone = self.layer.predict(each(lambda a: a[:half] if len(a) == self.rows else a, self.x))
        except Exception:  # it needs as many rows as before
            return False
        pairs = zip(floats(alone), floats(self.predicted), strict=False)
        return any(
            a.shape[:1] == (half,)
            and b.shape[:1] == (self.rows,)
            and not nearly_equal(a, b[:half], 1e-6)
            for (_, a), (_, b) in pairs
        )

    def predict_ignores_statistics(self) -> bool:
        """True if no floating State of the layer itself changes predict."""
        states = [state for state in own_states(self.layer) if is_float(state.value)]
        before = _values(states)
        for state in states:
            state.value[...] = 1.5 * state.value + 0.25
        predicted = self.layer.predict(copied(self.x))
        for state, value in zip(states, before, strict=True):
            state.value[...] = value
        return nearly_equal(predicted, self.predicted)

    def is_frozen(self) -> bool:
        """True if a wider batch moves no State, and forward and predict differ for it."""
        if not self.any_values:
            return False
        states = own_states(self.layer)
        before = _values(states)
        wider = each(lambda array: 3 * array - 2 * array.mean(axis=0), self.x)
        output = self.layer.forward(copied(wider))
        self.layer.clear_saved()
        stay = all(map(np.array_equal, before, _values(states)))
        return stay and not nearly_equal(output, self.layer.predict(copied(wider)), 0.02)

    def _has_settled(self) -> bool:
        """True if the last forwards have changed neither output."""
        return all(map(_same, self._before, [self.output, self.predicted]))

    def mean_of_rows(self, y: Any) -> Any:
        """The mean over the copies of each row, which may get different outputs in one batch."""

        def mean(array: Array) -> Array:
            if np.ndim(array) == 0 or len(array) % self.samples:
                return array
            return array.reshape(-1, self.samples, *array.shape[1:]).mean(axis=0)

        return each(mean, y)


def _distance(one: Any, other: Any) -> float:
    """The largest difference of two results, relative to the first; 0 if their forms differ."""
    if each(np.shape, one) != each(np.shape, other):
        return 0.0
    pairs = zip(floats(one), floats(other), strict=True)
    largest = [(np.abs(a - b).max(initial=0), np.abs(a).max(initial=0)) for (_, a), (_, b) in pairs]
    return max((float(distance / (size or 1)) for distance, size in largest), default=0.0)


def _same(one: Any, other: Any) -> bool:
    return nearly_equal(one, other, SETTLED)


def _values(states: list[State]) -> list[Array]:
    return [state.value.copy() for state in states]


def _limit(first: Array, second: Array, third: Array) -> Array:
    """Where a running statistic goes that comes nearer by the same factor each time.

    Anything else stays where it is.
    """
    if third.dtype.kind != "f":
        return third
    before, now = second - first, third - second
    limit = third + now**2 / np.where(before == now, 1, before - now)
    return np.where((np.abs(now) < np.abs(before)) & (before * now > 0), limit, third)
