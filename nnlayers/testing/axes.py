"""Layers that work for rows of features, and fail for more axes: sequences, images."""

from collections.abc import Callable

from nnlayers.testing.plan import Case
from nnlayers.testing.trial import INPUT, Trial


def advice_on_axes(make_trial: Callable[[Case], Trial], case: Case | None, verb: str) -> str:
    """A sentence if a verb fails that works with the first and the last axis only; otherwise empty."""
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
    shapes = [p.value.shape for p in trial.fresh().parameters()]
    matrices = [size for size in shapes if len(size) == 2]
    has_vectors = any(len(size) == 1 for size in shapes)
    if verb == "forward" or not (matrices or has_vectors):
        return f'{way_out}count axes from the end: axis=-1, x.shape[-1], "...d,dk->...k"'
    example = "grad.reshape(-1, D).sum(axis=0), or for a factor (grad * x).reshape(-1, D).sum(axis=0)"
    if matrices:
        x, grad = "x.reshape(-1, D)", "grad.reshape(-1, K)"
        is_of_rows = matrices[0][0] == shape[-1]
        example = f"{x}.T @ {grad}" if is_of_rows else f"{grad}.T @ {x}"
        example += f" and {grad}.sum(axis=0)" * has_vectors
    return f"{way_out}sum over all others, as in {example}"
