"""Random layers that are linear in their input for any noise, so that nothing bends the noise."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import each
from nnlayers.testing.contract.comparison import nearly_equal, plus, times
from nnlayers.testing.contract.factors import CLEAR, SIGMAS, clear_factor, may_be_meant
from nnlayers.testing.contract.meant import is_median, may_be_augmentation, mixes_samples
from nnlayers.testing.contract.noise import FORWARDS, SECOND_LOOK, Noise, Samples

SMALL = 1e-4
STRAIGHT = 1e-3  # how much of itself a function may bend at small inputs


def linear_for_any_noise(noise: Noise, samples: Samples) -> str | None:
    """If forward is linear in its input for any noise, and not random at 0, predict is its mean.

    Unless it is the input, or what some forwards give: noise that is left out may be meant, as in a
    random flip.
    """
    words = _wrong_if_linear(noise, 1.0, 1e-9)
    return "" if words == "" and is_right(samples) else words or None


def linear_for_small_inputs(noise: Noise, samples: Samples) -> str | None:
    """The same for small inputs, where most functions are linear."""
    words = _wrong_if_linear(noise, SMALL, STRAIGHT)
    noise.is_right_for_small_inputs = words == ""
    return f"{words}, for small inputs" if words else None


def _wrong_if_linear(noise: Noise, scale: float, tolerance: float) -> str | None:
    """What is wrong with predict; empty if nothing is, None if forward is not linear."""
    if not noise.any_values:
        return None
    zero = times(0.0, noise.x)
    seeds: list[Callable[[Any], Array]] = [partial(noise.forward, seed=seed) for seed in range(4)]
    at_zero = [forward(zero) for forward in seeds]
    if not all(nearly_equal(y, at_zero[0]) for y in at_zero) or not all(
        _is_linear(function, times(scale, noise.x), scale, tolerance)
        for function in (noise.predict, *seeds)
    ):
        return None
    constant = noise.predict(zero)
    if not nearly_equal(constant, at_zero[0]):
        rare = nearly_equal(constant, at_zero[0], CLEAR) or noise.sample(FORWARDS, zero).varied.any()
        return (
            None if rare else "for an input of zeros, predict differs from forward, whatever the noise"
        )
    scaled = partial(_scaled_samples, noise, constant, scale)
    if words := _wrong_factor(scaled):
        return None if mixes_samples(noise) else words  # where the others have a mean near 0
    return _wrong_mean(noise, scaled)


def _is_linear(function: Callable[[Any], Array], x: Any, scale: float, tolerance: float) -> bool:
    """True if a function is linear, but for a constant."""
    other = each(lambda array: 0.7 * np.flip(array) + 0.1 * scale, x)
    constant = function(times(0.0, x))
    one, two = function(x) - constant, function(other) - constant
    noise = 1e-13 * float(np.abs(constant).max(initial=0))
    return nearly_equal(function(times(2.0, x)) - constant, 2 * one, tolerance, noise) and nearly_equal(
        function(plus(x, other)) - constant, one + two, tolerance, noise
    )


def _scaled_samples(noise: Noise, constant: Array, scale: float, count: int) -> Samples:
    """Samples for inputs of a scale, as they would be for inputs of scale 1."""
    found = noise.sample(count, times(scale, noise.x))
    outputs, predicted = (found.outputs - constant) / scale, (found.predicted - constant) / scale
    return Samples(outputs, predicted, found.features)


def _wrong_factor(samples: Callable[[int], Samples]) -> str:
    """What is wrong if the mean of forwards is a factor of predict, or one for each feature."""
    if is_median(samples(FORWARDS)):
        return ""
    for by_feature, where in ((False, ""), (True, " in some features")):
        if clear_factor(samples(FORWARDS), by_feature) and (
            factor := clear_factor(samples(SECOND_LOOK), by_feature)
        ):
            return f"the mean of {SECOND_LOOK:,} forwards is {factor:.3g} x predict{where}"
    return ""


def _wrong_mean(noise: Noise, samples: Callable[[int], Samples]) -> str | None:
    """What is wrong with the mean of forwards; empty if nothing is, None if that may be meant."""
    found = samples(FORWARDS)
    if is_right(found):
        return ""
    if may_be_meant(found).all() or may_be_augmentation(noise):
        return None
    found = samples(SECOND_LOOK)
    if is_right(found):
        return ""
    largest = int(np.abs(found.mean - found.predicted).argmax())
    mean, predicted = found.mean[largest], found.predicted[largest]
    return f"the mean of {SECOND_LOOK:,} forwards is {mean:z.4g} where predict gives {predicted:z.4g}"


def is_right(samples: Samples) -> bool:
    """True if predict is the mean of forwards, up to a little of the largest."""
    limit = SIGMAS * samples.error + CLEAR * float(np.abs(samples.predicted).max(initial=0))
    return bool((np.abs(samples.mean - samples.predicted) <= limit).all())
