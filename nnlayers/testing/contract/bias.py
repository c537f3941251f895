"""Whether predict goes with a random forward.

That a mean of many forwards is not predict proves nothing: noise may come before a nonlinearity, and
random flips or crops are meant to be left out. So a mismatch is called an error only where the noise
enters in a way that leaves no other explanation. Each rule returns what is wrong, or "" if predict is
proven right, or None if it cannot tell.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import each
from nnlayers.testing.contract.comparison import nearly_equal, plus, times
from nnlayers.testing.contract.noise import Noise, Samples, standard_error
from nnlayers.testing.contract.table import NotApplicable

FORWARDS, SECOND_LOOK = 400, 3200
SIGMAS = 7.0
CLEAR = 0.02  # a factor that differs from 1 by less is not called an error
NOT_THE_MEAN = (
    f"the mean of {FORWARDS} forwards is not predict: is that intended, as for random flips, or for "
    "noise before a nonlinearity?"
)


def judge_noise(noise: Noise) -> str | None:
    """What is wrong with predict, or None.

    Raises
    ------
    NotApplicable
        It cannot be told.
    """
    samples = noise.sample(FORWARDS)
    for rule in RULES:
        verdict = rule(noise, samples)
        if verdict is not None:
            return verdict or None
    raise NotApplicable(NOT_THE_MEAN)


def additive_noise(noise: Noise, samples: Samples) -> str | None:
    """If the noise is only added, forward and predict are the same but for that."""
    if not noise.any_values:
        return None
    zero = times(0.0, noise.x)
    shifts = [noise.forward(noise.x, seed) - noise.forward(zero, seed) for seed in range(6)]
    rounding = 1e-12 * float(np.abs(samples.outputs).max())
    if not all(nearly_equal(shift, shifts[0], noise=rounding) for shift in shifts):
        return None
    at_zero = noise.predict(zero)
    if not nearly_equal(shifts[0], noise.predict(noise.x) - at_zero, noise=rounding):
        return (
            "noise is added in forward, and even without it, predict is another function than forward"
        )
    added = Samples(np.stack([noise.forward(zero) for _ in range(FORWARDS)]), at_zero, samples.features)
    if _is_mean(added):
        return ""
    largest = int(np.abs(added.mean - at_zero).argmax())
    return (
        f"the noise that forward adds has a mean of {added.mean[largest] - at_zero[largest]:.3g}, "
        "which predict does not add"
    )


def linear_for_each_noise(noise: Noise, samples: Samples) -> str | None:
    """If forward is linear in its input for any noise, its mean is no constant factor of predict."""
    if not noise.any_values:
        return None
    zero = times(0.0, noise.x)
    constant = noise.predict(zero)
    seeds: list[Callable[[Any], Array]] = [partial(noise.forward, seed=seed) for seed in range(4)]
    constants = [forward(zero) for forward in seeds]
    if not all(nearly_equal(c, constants[0]) for c in constants) or not all(
        _is_linear(function, noise.x) for function in (noise.predict, *seeds)
    ):
        return None
    if not nearly_equal(constant, constants[0]):
        return "for an input of zeros, predict differs from forward, whatever the noise"
    for features in (False, True):
        factor = _factor(samples, constant, features)
        if factor == 1 and not features:
            return ""
        if factor not in (None, 1):
            factor = _factor(noise.sample(SECOND_LOOK), constant, features)
            if factor not in (None, 1):
                where = " in some features" if features else ""
                return f"the mean of {SECOND_LOOK:,} forwards is {factor:.3g} x predict{where}"
    return None


def _is_linear(function: Callable[[Any], Array], x: Any) -> bool:
    """True if a function is linear, but for a constant."""
    other = each(lambda array: 0.7 * np.flip(array) + 0.1, x)
    constant = function(times(0.0, x))
    one, two = function(x) - constant, function(other) - constant
    return nearly_equal(function(times(2.0, x)) - constant, 2 * one) and nearly_equal(
        function(plus(x, other)) - constant, one + two
    )


def _factor(samples: Samples, constant: Array, features: bool) -> float | None:
    """The mean of forwards is this times predict, or so in each feature; None if it is not.

    Of several factors, it is the one that is the farthest from 1; exactly 1 if none clearly differs.
    """
    groups = samples.features if features else 0 * samples.features
    fit = fit_factors(samples.outputs - constant, samples.predicted - constant, groups)
    if fit is None:
        return None
    mean, error = fit
    differs = np.abs(mean - 1) > np.maximum(CLEAR, SIGMAS * error)
    if (
        features
    ):  # a feature that is left out now and then, or always, may be meant, as random erasing is
        meant = (np.abs(samples.outputs - samples.predicted) <= samples.rounding).any(axis=0)
        meant |= ~samples.varied
        differs &= [not meant[groups == group].all() for group in np.unique(groups)]
    return float(mean[np.argmax(np.abs(mean - 1) * differs)]) if differs.any() else 1.0


def fit_factors(outputs: Array, regressor: Array, groups: Array) -> tuple[Array, Array] | None:
    """The factors, one for each group, with which the mean of outputs is another array.

    Returns them with their errors; None if there are none, within the noise.
    """
    members = groups[:, None] == np.unique(groups)
    norms = regressor**2 @ members
    if not norms.all():
        return None
    factors = (outputs * regressor) @ members / norms
    rest = outputs - factors @ members.T * regressor
    misfit = np.abs(rest.mean(axis=0)) / (standard_error(rest) + 1e-9 * np.abs(outputs).max())
    if not misfit.max() <= 5 or np.square(misfit).mean() > 3:
        return None
    return factors.mean(axis=0), standard_error(factors)


def predict_lacks_the_input(noise: Noise, samples: Samples) -> str | None:
    """Predict is not the mean without a multiple of the input, as a residual layer may forget it."""
    x = noise.flat_input
    if x.shape != samples.predicted.shape or not x.any() or _is_multiple(samples.predicted, x):
        return None
    factor = _factor_of_input(samples, x)
    if factor and (factor := _factor_of_input(noise.sample(SECOND_LOOK), x)):
        return f"the mean of {SECOND_LOOK:,} forwards is predict + {factor:.3g} x the input"
    return None


def _factor_of_input(samples: Samples, x: Array) -> float:
    """The mean of forwards is predict plus this times the input; 0 if it is not."""
    fit = fit_factors(samples.outputs - samples.predicted, x, 0 * samples.features)
    if fit is None:
        return 0.0
    ((mean,), (error,)) = fit
    return float(mean) if mean > max(0.1, SIGMAS * error) else 0.0


def _is_multiple(y: Array, x: Array) -> bool:
    return nearly_equal(y, (y @ x) / (x @ x) * x)


def one_of_two_values(noise: Noise, samples: Samples) -> str | None:
    """If each output is one of two values, predict lies between them where their mean does."""
    low, high = samples.range
    varied = samples.varied
    width = np.where(varied, high - low, 1)
    places, place = (samples.outputs - low) / width, (samples.predicted - low) / width
    distance = np.abs(place[varied] - 0.5)
    if (
        varied.sum() < 3
        or np.minimum(np.abs(places), np.abs(places - 1))[:, varied].max() > 1e-6
        or np.abs(place[~varied]).max(initial=0) > 1e-6
        or np.ptp(distance) > 1e-6
        or distance.max() > 0.5 - 1e-6  # one of the two: the noise is left out, as for random flips
        or _is_a_power(noise, samples)
    ):
        return None
    halfway = distance.max() < 1e-6
    nearer = np.sign(np.abs(high) - np.abs(low) if halfway else place - 0.5)[varied]
    shares = (0.5 + nearer * (places[:, varied] - 0.5)).mean(axis=1)
    share, error = float(shares.mean()), float(shares.std()) / np.sqrt(len(shares))
    weight = 0.5 + float(distance.mean())
    if abs(share - weight) <= max(CLEAR, SIGMAS * error):
        return ""
    return (
        "each output of forward is one of two values at random; one of them has a weight of "
        f"{weight:.3g} in predict, but is returned by {share:.3g} of the forwards"
    )


def _is_a_power(noise: Noise, samples: Samples) -> bool:
    """True if noise of 3 times the input is 9 times as large: it is squared (or another power)."""
    if not noise.any_values:
        return False
    seeds = range(20)
    once, thrice = (
        np.ptp([noise.forward(times(factor, noise.x), seed) for seed in seeds], axis=0)
        for factor in (1.0, 3.0)
    )
    both = (once > 0) & (thrice > 0) & samples.varied
    ratios = thrice[both] / once[both]
    return bool(both.any() and np.ptp(ratios) < 1e-6 * ratios.max() and abs(ratios[0] - 3) > 1e-6)


def far_from_all_forwards(noise: Noise, samples: Samples) -> str | None:
    """Predict is not outside of what forwards give, nearly everywhere."""
    low, high = samples.range
    outside = np.maximum(low - samples.predicted, samples.predicted - high) > 0.1 * (high - low)
    far, varied = int((outside & samples.varied).sum()), int(samples.varied.sum())
    if varied < 5 or far < 0.9 * varied:
        return None
    return (
        f"predict is outside of the range of {FORWARDS} forwards, at {far} of the {varied} outputs "
        "that are random"
    )


def mean_of_forwards(noise: Noise, samples: Samples) -> str | None:
    """Predict is the mean of forwards."""
    return "" if _is_mean(samples) else None


def _is_mean(samples: Samples) -> bool:
    return bool((np.abs(samples.mean - samples.predicted) <= SIGMAS * samples.error).all())


RULES = [
    additive_noise,
    linear_for_each_noise,
    one_of_two_values,
    predict_lacks_the_input,
    far_from_all_forwards,
    mean_of_forwards,
]
