"""Layers that work for rows of features, and fail for more axes: sequences, images."""

from collections.abc import Callable

from nnlayers.testing.plan import Case
from nnlayers.testing.trial import INPUT, Trial


def advice_on_axes(make_trial: Callable[[Case], Trial], case: Case | None) -> str:
    """A sentence if the passes work with the first and the last axis only; empty otherwise."""
    if case is None or len(case.shape) < 3 or any(isinstance(size, tuple) for size in case.shape):
        return ""
    shape = (case.shape[0], case.shape[-1])
    try:
        trial = make_trial(case._replace(shape=shape))
        gradient = trial.passes()[1][INPUT]
    except Exception:
        return ""
    if gradient is None or gradient.shape != shape:
        return ""
    return (
        f". It works for shape {shape}. To work along the last axis of any shape, sum over all others, "
        "as in x.reshape(-1, D).T @ grad.reshape(-1, K)"
    )
