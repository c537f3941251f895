"""A layer that draws random numbers, and samples of what many forwards give."""

from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in, each, length
from nnlayers.testing.contract.alone import Alone, own_states
from nnlayers.testing.contract.comparison import floats
from nnlayers.testing.contract.table import NotApplicable
from nnlayers.testing.snapshots import reseed
from nnlayers.testing.trial import copied

FORWARDS, SECOND_LOOK = 400, 3200
OTHER_SHAPES = "forward and predict return outputs of different shapes"


class Samples(NamedTuple):
    """The outputs of many forwards, flat, beside what predict gives."""

    outputs: Array
    """One row for each forward."""
    predicted: Array
    features: Array
    """The feature that each output belongs to."""

    @property
    def mean(self) -> Array:
        """The mean of the forwards."""
        return self.outputs.mean(axis=0)

    @property
    def error(self) -> Array:
        """The standard error of the mean, and a little for rounding."""
        return standard_error(self.outputs) + self.rounding

    @property
    def rounding(self) -> float:
        """What is too small to be noise."""
        return 1e-9 * float(np.abs(self.outputs).max())

    @property
    def varied(self) -> Array:
        """True for the outputs that are not always the same."""
        return np.ptp(self.outputs, axis=0) > self.rounding

    @property
    def places(self) -> Array:
        """Where each output is between the least and the largest: 0 or 1, or in between."""
        low, high = self.range
        return (self.outputs - low) / np.where(self.varied, high - low, 1)

    @property
    def are_two_values(self) -> bool:
        """True if each output that varies is one of two values."""
        places = self.places[:, self.varied]
        return bool(np.minimum(np.abs(places), np.abs(places - 1)).max(initial=0) < 1e-6)

    @property
    def range(self) -> tuple[Array, Array]:
        """The least and the largest value of each output."""
        return self.outputs.min(axis=0), self.outputs.max(axis=0)


def standard_error(outputs: Array) -> Array:
    """The standard errors of the means of columns."""
    return np.asarray(outputs.std(axis=0) / np.sqrt(len(outputs)))


class Noise:
    """A layer that draws random numbers, and an input."""

    is_right_for_small_inputs = False
    """True if predict is the mean of forward for small inputs, where both are linear."""

    def __init__(self, layer: Layer, alone: Alone) -> None:
        self.layer, self.alone, self.x = layer, alone, copied(alone.x)
        self._counters = [(state, state.value.copy()) for state in own_states(layer)]
        # If so, zeros and multiples of the input can be tried too.
        self.any_values = alone.any_values and len(floats(self.x)) == len(list(arrays_in(self.x)))
        if self.any_values:
            samples = length(self.x)
            self.x = each(lambda a: _more_rows(a) if len(a) == samples else a, self.x)

    def forward(self, x: Any, seed: int | None = None) -> Array:
        """The output as a flat array, for the noise of a seed, or for the next noise."""
        if seed is not None:
            reseed(self.layer, seed)
        for state, value in self._counters:
            state.value[...] = value
        y = self.layer.forward(copied(x))
        self.layer.clear_saved()
        return _flat(y)

    @property
    def flat_input(self) -> Array:
        """The input as a flat array."""
        return _flat(self.x)

    def predict(self, x: Any) -> Array:
        """What predict gives, as a flat array."""
        return _flat(self.alone.predict(x=x))

    def sample(self, count: int, x: Any = None) -> Samples:
        """Run forward many times, by default of the input.

        Raises
        ------
        NotApplicable
            Forward and predict return different shapes.
        """
        reseed(self.layer, 0)
        x = self.x if x is None else x
        predicted = self.alone.predict(x=x)
        outputs = [self.forward(x) for _ in range(count)]
        expected = _flat(predicted)
        if {len(y) for y in outputs} != {expected.size} or not expected.size:
            raise NotApplicable(OTHER_SHAPES)
        features = [np.arange(a.size) % max(np.shape(a)[-1:], default=1) for _, a in floats(predicted)]
        return Samples(np.stack(outputs), expected, np.concatenate(features))


def _more_rows(x: Array) -> Array:
    return np.concatenate([x, -x, 0.7 * np.flip(x) + 0.1])


def _flat(y: Any) -> Array:
    """All floating outputs, one after the other."""
    return np.concatenate([np.ravel(array) for _, array in floats(y)] or [np.zeros(0)])
