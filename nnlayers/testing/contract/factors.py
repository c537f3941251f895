"""Constant factors between the mean of many forwards and something else, within the noise."""

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.contract.noise import Samples, standard_error

SIGMAS = 7.0
CLEAR = 0.02  # a factor that differs from 1 by less is not called an error


def clear_factor(samples: Samples, by_feature: bool = False) -> float | None:
    """The factor by which the mean of forwards differs from predict.

    There may be one for each feature: then it is the one that is the farthest from 1. It is 0 if none
    clearly differs from 1, and None if there is no such factor.
    """
    groups = samples.features if by_feature else np.zeros_like(samples.features)
    fit = fit_factors(samples.outputs, samples.predicted, groups)
    if fit is None:
        return None
    factors, errors = fit
    distances = np.abs(factors - 1)
    clear = distances > np.maximum(CLEAR, SIGMAS * errors)
    if by_feature:
        meant = may_be_meant(samples)
        clear &= [not meant[groups == group].all() for group in np.unique(groups)]
    return float(factors[np.argmax(distances * clear)]) if clear.any() else 0.0


def factor_of_input(samples: Samples, x: Array) -> float:
    """The mean of forwards is predict plus this times the input; 0 if it is not."""
    fit = fit_factors(samples.outputs - samples.predicted, x, np.zeros_like(samples.features))
    if fit is None:
        return 0.0
    ((factor,), (error,)) = fit
    return float(factor) if factor > max(0.1, SIGMAS * error) else 0.0


def fit_factors(outputs: Array, regressor: Array, groups: Array) -> tuple[Array, Array] | None:
    """The factors, one for each group, that make the mean of outputs of another array.

    Returns them with their errors; None if there are none, within the noise.
    """
    members = groups[:, None] == np.unique(groups)
    norms = regressor**2 @ members
    if not norms.all():
        return None
    factors = (outputs * regressor) @ members / norms
    rest = outputs - factors @ members.T * regressor
    misfit = np.abs(rest.mean(axis=0)) / (standard_error(rest) + 1e-9 * np.abs(outputs).max())
    if not misfit.max() <= 5 or np.square(misfit).mean() > 6:  # outputs may share their noise
        return None
    return factors.mean(axis=0), standard_error(factors)


def may_be_meant(samples: Samples) -> Array:
    """True where predict is what some forwards give, or forward is not random.

    That may be meant: noise that is left out, such as a random erasing of features.
    """
    equal = np.abs(samples.outputs - samples.predicted) <= samples.rounding
    return np.asarray(equal.any(axis=0) | ~samples.varied)
