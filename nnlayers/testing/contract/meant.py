"""What may explain that predict is not the mean of forwards, so that it is not an error."""

from collections.abc import Callable
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.structures import arrays_in, each, length
from nnlayers.testing.contract.comparison import nearly_equal, plus, times
from nnlayers.testing.contract.noise import Noise, Samples
from nnlayers.testing.trial import copied


def rounds(noise: Noise) -> bool:
    """True if predict is a step function of the input or a parameter: forward has noise instead."""
    layer = noise.alone.make()
    first = noise.alone.predict(layer, noise.x)

    def is_step(blocks: list[Array], x: Any) -> bool:
        values = [block.copy() for block in blocks]

        def stays(move: Callable[[Array], Array]) -> bool:
            for block, value in zip(blocks, values, strict=True):
                block[...] = move(value)
            try:
                return nearly_equal(first, noise.alone.predict(layer, x), 1e-12)
            except Exception:  # it does not accept these values
                return True
            finally:
                for block, value in zip(blocks, values, strict=True):
                    block[...] = value

        return stays(_nearby) and not all(map(stays, FAR))

    x = copied(noise.x)
    inputs = [array for _, array in arrays_in(x)] if noise.any_values else []
    return is_step(inputs, x) or any(is_step([p.value], noise.x) for p in layer.parameters())


def _nearby(array: Array) -> Array:
    return array + 1e-7 * (1 + np.abs(array))


FAR: list[Callable[[Array], Array]] = [
    lambda array: array + 10,
    lambda array: array - 10,
    lambda array: 0 * array,
]


def returns_the_input(noise: Noise, samples: Samples) -> bool:
    """True if predict only hands on values of the input, as after random shifts."""
    return bool(np.isin(samples.predicted, noise.flat_input).all())


def is_one_of_the_forwards(samples: Samples) -> bool:
    """True if predict returns what some forwards do: noise that is left out, such as random flips."""
    equal = np.abs(samples.outputs - samples.predicted) <= samples.rounding
    return bool(equal.any(axis=0).all())


def is_median(samples: Samples) -> bool:
    """True if as many forwards are above predict as below it, as for a factor exp(noise)."""
    outputs, predicted = samples.outputs, samples.predicted
    below = (outputs < predicted - samples.rounding).mean(axis=0)
    above = (outputs > predicted + samples.rounding).mean(axis=0)
    low, high = np.quantile(outputs, [0.375, 0.625], axis=0)
    halves = (np.minimum(below, above) > 0.375) & (high - low < outputs.std(axis=0))
    return bool(halves[samples.varied].all())


def is_a_power(noise: Noise, samples: Samples) -> bool:
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


def may_be_augmentation(noise: Noise) -> bool:
    """True if predict uses no parameter, as a random zoom, or if forward mixes samples."""
    layer = noise.alone.make()
    first = noise.alone.predict(layer, noise.x)
    for parameter in layer.parameters():
        parameter.value[...] = 0.75 * parameter.value + 0.125
    return nearly_equal(first, noise.alone.predict(layer, noise.x)) or mixes_samples(noise)


def mixes_samples(noise: Noise) -> bool:
    """True if an output depends on other samples, as in mixup."""
    samples = length(noise.x)
    if not noise.any_values or samples < 2:
        return False
    others = each(lambda a: np.concatenate([a[:1], -a[1:]]) if len(a) == samples else a, noise.x)

    def first_sample(x: Any, seed: int) -> Array:
        return np.array_split(noise.forward(x, seed), samples)[0]

    return any(
        not nearly_equal(first_sample(noise.x, seed), first_sample(others, seed)) for seed in range(4)
    )


def adds_layers_up(layer: Layer, x: Any) -> bool:
    """True if a layer, quiet, returns the sum of the outputs of those in it, or that and the input.

    Then the noise is scaled so that this is its mean, as in a random depth with 1 / keep.
    """
    outputs = []
    for child in layer.children():

        def forward(z: Any, *, inner: Any = child.forward) -> Any:
            outputs.append(inner(z))
            return copied(outputs[-1])

        object.__setattr__(child, "forward", forward)
    try:
        y = layer.forward(copied(x))
        total = outputs[0]
        for output in outputs[1:]:
            total = plus(total, output)
        return nearly_equal(y, total) or nearly_equal(y, plus(total, x))
    except (IndexError, ValueError, TypeError):  # there are none, or they take or give other things
        return False
