"""Layers that work for rows of features, and fail for more axes: sequences, images."""

from collections.abc import Callable

from nnlayers.testing.plan import Case
from nnlayers.testing.trial import INPUT, Trial


def advice_on_axes(make_trial: Callable[[Case], Trial], case: Case | None, verb: str) -> str:
    """A sentence if the verb fails, and works with the first and the last axis only; otherwise empty."""
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
    way_out = f". It works for shape {shape}. To work along the last axis of any shape, "
    of_parameters = {z.ndim for name, z in trial.blocks.items() if name != INPUT}
    if verb == "forward" or not of_parameters & {1, 2}:
        return f'{way_out}count axes from the end: axis=-1, x.shape[-1], "...d,dk->...k"'
    example = "(grad * x).reshape(-1, D).sum(axis=0)"
    if 2 in of_parameters:
        example = "x.reshape(-1, D).T @ grad.reshape(-1, K)"
        example += " and grad.reshape(-1, K).sum(axis=0)" * (1 in of_parameters)
    return f"{way_out}sum over all others, as in {example}"
