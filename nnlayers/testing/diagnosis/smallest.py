"""The smallest case of a wrong gradient: few samples, round numbers."""

import itertools

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import each
from nnlayers.testing.diagnosis.points import is_wrong
from nnlayers.testing.plan import Case, one_case
from nnlayers.testing.subjects import Subject
from nnlayers.testing.trial import Trial

MOST_CASES = 16


def smallest(subject: Subject, case: Case | None, block: str) -> Trial | None:
    """The first of a few small cases with round numbers in which the block is still wrong."""
    if case is None:
        return None
    names = subject.shapes.names
    plans = sorted(itertools.product((1, 2, 3), repeat=min(len(names), 4)), key=lambda s: (sum(s), s))
    for sizes in itertools.islice(plans, MOST_CASES):
        named = dict.fromkeys(names, 2) | dict(zip(names, sizes, strict=False))
        for small in one_case(subject.shapes, named, case.regime, case.seed):
            trial = _round_trial(subject, small)
            if trial is not None and is_wrong(trial, block, 2):
                return trial
            if trial is not None and trial.kind == "loss":  # a factor of 1 may hide it
                trial.set_upstream(2.0)
                if is_wrong(trial, block, 2):
                    return trial
    return None


def _round_trial(subject: Subject, case: Case) -> Trial | None:
    """A trial whose numbers are multiples of 1/4; None if these sizes are impossible."""
    try:
        trial = subject.trial(case)
        thing, x = trial.fresh(), trial.x
        for parameter in thing.parameters():
            parameter.value[...] = _round_to_quarters(parameter.value)
        for name, array in trial.inputs.items():
            if array.dtype.kind == "f" and not trial.is_given(name):
                x = trial.with_input(x, name, _round_to_quarters(array))
        trial.set(thing, x, np.random.default_rng(0))
        upstream = each(lambda u: u if u is None else _round_to_quarters(u), trial.upstream)
        trial.set_upstream(1.0 if trial.kind == "loss" else upstream)
    except Exception:
        return None
    return trial


def _round_to_quarters(array: Array) -> Array:
    """Round to multiples of 1/4, but never to zero."""
    rounded = np.round(4 * array) / 4
    return np.where((rounded == 0) & (array != 0), np.where(array < 0, -0.25, 0.25), rounded)
