"""Whether predict goes with a random forward.

That a mean of many forwards is not predict proves nothing: noise may come before a nonlinearity, and
random flips or crops are meant to be left out. So a mismatch is called an error only where the noise
enters in a way that leaves no other explanation. Each rule returns what is wrong, or "" if predict is
proven right, or None if it cannot tell.
"""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import arrays_in, each
from nnlayers.testing.contract.comparison import compared, nearly_equal, times
from nnlayers.testing.contract.factors import (
    CLEAR,
    SIGMAS,
    factor_of_input,
)
from nnlayers.testing.contract.linear_noise import (
    linear_for_any_noise,
    linear_for_small_inputs,
)
from nnlayers.testing.contract.mean_noise import changes_with_its_draws, with_mean_noise
from nnlayers.testing.contract.meant import (
    adds_layers_up,
    is_a_power,
    is_one_of_the_forwards,
    mixes_samples,
    returns_the_input,
    rounds,
)
from nnlayers.testing.contract.noise import FORWARDS, SECOND_LOOK, Noise, Samples, standard_error
from nnlayers.testing.contract.table import NotApplicable
from nnlayers.testing.trial import copied

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
    quiet = with_mean_noise(noise.layer, noise.x)
    if quiet and nearly_equal(quiet.forward(copied(noise.x)), noise.alone.predict(x=noise.x)):
        return None
    if rounds(noise):
        raise NotApplicable("forward is random, and predict a step function, as if it rounded")
    samples = noise.sample(FORWARDS)
    is_bent = quiet is None and changes_with_its_draws(noise.layer, noise.x)
    for rule in RULES_OF_BENT_NOISE if is_bent else RULES:
        verdict = rule(noise, samples)
        if verdict is not None:
            return verdict or None
    raise NotApplicable(NOT_THE_MEAN)


def additive_noise(noise: Noise, samples: Samples) -> str | None:
    """If noise is only added to what an input gives, predict differs by the same without that input."""
    if not noise.any_values:
        return None
    rounding = 1e-12 * float(np.abs(samples.outputs).max())
    is_added = False
    for without in _without_each(noise.x):
        shift = _constant_shift(noise, without, rounding)
        is_added = shift is not None
        expected = noise.predict(noise.x) - noise.predict(without)
        if shift is not None and not nearly_equal(shift, expected, noise=rounding):
            return (
                "noise is added in forward, and even without it, predict is another function than "
                "forward"
            )
    return _mean_of_added_noise(noise) if is_added and not isinstance(noise.x, tuple) else None


def _constant_shift(noise: Noise, without: Any, rounding: float) -> Array | None:
    """What the input adds to the output for any noise; None if that depends on the noise."""
    added = [noise.forward(without, seed) for seed in range(20)]
    if all(nearly_equal(one, added[0], noise=rounding) for one in added):
        return None  # nothing is added, or hardly ever
    shifts = [noise.forward(noise.x, seed) - one for seed, one in enumerate(added)]
    return shifts[0] if all(nearly_equal(s, shifts[0], noise=rounding) for s in shifts) else None


def _without_each(x: Any) -> list[Any]:
    """The input with zeros in the place of one of its arrays, for each of them."""
    places = [place for place, _ in arrays_in(x)]

    def without(place: str) -> Any:
        names = iter(places)
        return each(lambda array: 0 * array if next(names) == place else array, x)

    return [without(place) for place in places]


def _mean_of_added_noise(noise: Noise) -> str:
    """What is wrong with the mean of what forward adds to predict."""
    zero = times(0.0, noise.x)
    added = noise.sample(FORWARDS, zero)
    if _is_mean(added):
        return ""
    largest = int(np.abs(added.mean - added.predicted).argmax())
    mean = added.mean[largest] - added.predicted[largest]
    return f"the noise that forward adds has a mean of {mean:z.3g}, which predict does not add"


def predict_lacks_the_input(noise: Noise, samples: Samples) -> str | None:
    """Predict is not the mean without a multiple of the input, as a residual layer may forget it."""
    x = noise.flat_input
    if x.shape != samples.predicted.shape or not x.any() or _is_multiple(samples.predicted, x):
        return None
    factor = factor_of_input(samples, x)
    if factor and (factor := factor_of_input(noise.sample(SECOND_LOOK), x)):
        return f"the mean of {SECOND_LOOK:,} forwards is predict + {factor:.3g} x the input"
    return None


def _is_multiple(y: Array, x: Array) -> bool:
    return nearly_equal(y, (y @ x) / (x @ x) * x)


def one_of_two_values(noise: Noise, samples: Samples) -> str | None:
    """If each output is one of two values, predict lies between them where their mean does."""
    varied, (low, high) = samples.varied, samples.range
    place = (samples.predicted - low) / np.where(varied, high - low, 1)
    distance = np.abs(place[varied] - 0.5)
    if (
        varied.sum() < 3
        or not samples.are_two_values
        or np.abs(place[~varied]).max(initial=0) > 1e-6
        or np.ptp(distance) > 1e-6
        or abs(distance[0] - 0.5) < 1e-6  # one of the two: the noise is left out, as for random flips
        or is_a_power(noise, samples)
    ):
        return None
    if distance[0] > 0.5:
        return "each output of forward is one of two values at random; predict is not between the two"
    nearer = np.sign(np.abs(high) - np.abs(low) if distance[0] < 1e-6 else place - 0.5)[varied]
    shares = (0.5 + nearer * (samples.places[:, varied] - 0.5)).mean(axis=1)
    share, error = float(shares.mean()), float(standard_error(shares))
    weight = 0.5 + float(distance.mean())
    if abs(share - weight) <= max(CLEAR, SIGMAS * error):
        return ""
    return (
        "each output of forward is one of two values at random; one of them has a weight of "
        f"{weight:.3g} in predict, but is returned by {share:.3g} of the forwards"
    )


def outside_of_all_forwards(noise: Noise, samples: Samples) -> str | None:
    """Predict is not outside of what forwards give nearly everywhere, if it works element by element.

    Others may be meant to do so, such as a random zoom.
    """
    low, high = samples.range
    outside = np.maximum(low - samples.predicted, samples.predicted - high) > 0.1 * (high - low)
    far, varied = int((outside & samples.varied).sum()), int(samples.varied.sum())
    if varied < 5 or far < 0.9 * varied or samples.are_two_values or not _is_elementwise(noise):
        return None
    return (
        f"predict is outside of the range of {FORWARDS} forwards, at {far} of the {varied} outputs "
        "that are random"
    )


def _is_elementwise(noise: Noise) -> bool:
    """True if each output depends on one element of the input."""
    x = noise.x
    if isinstance(x, tuple) or not noise.any_values:
        return False
    kept = np.arange(x.size) % 2 == 0
    other = np.where(kept.reshape(x.shape), x, 0.5 * x + 0.3)
    one, two = noise.forward(x, seed=0), noise.forward(other, seed=0)
    return one.shape == kept.shape and np.array_equal(one[kept], two[kept])


def mean_of_linear_noise(noise: Noise, samples: Samples) -> str | None:
    """If forward is linear in its noise, predict is what it returns for the mean of the noise."""
    quiet = with_mean_noise(noise.layer, noise.x)
    if quiet is None:
        return None
    mean, predicted = quiet.forward(copied(noise.x)), noise.alone.predict(x=noise.x)
    is_meant = (
        returns_the_input(noise, samples)
        or is_one_of_the_forwards(samples)
        or is_a_power(noise, samples)
        or mixes_samples(noise)
    )
    if nearly_equal(mean, predicted, CLEAR) or (is_meant and not adds_layers_up(quiet, noise.x)):
        return None
    return (
        "forward is linear in its noise, and with the mean of the noise in place of the noise, it "
        f"returns {compared(mean, predicted)}"
    )


def mean_of_forwards(noise: Noise, samples: Samples) -> str | None:
    """Predict is the mean of forwards, or would be it if nothing came after the noise."""
    return "" if _is_mean(samples) or noise.is_right_for_small_inputs else None


def _is_mean(samples: Samples) -> bool:
    return bool((np.abs(samples.mean - samples.predicted) <= SIGMAS * samples.error).all())


RULES = [
    additive_noise,
    linear_for_any_noise,
    one_of_two_values,
    predict_lacks_the_input,
    linear_for_small_inputs,
    outside_of_all_forwards,
    mean_of_linear_noise,
    mean_of_forwards,
]
RULES_OF_BENT_NOISE = [outside_of_all_forwards, mean_of_forwards]
