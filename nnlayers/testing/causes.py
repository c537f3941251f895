"""What a wrong gradient looks like: hypotheses that compare it with the right one, in words.

Each hypothesis is a function that returns a sentence, or nothing. The likeliest stand first.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.numeric import numerical_gradient
from nnlayers.testing.trials import INPUT, LayerTrial, Trial

MOST = 400  # elements for which a numerical gradient is worth its time


class Evidence(NamedTuple):
    """The wrong gradient of a block and the right one, with its error, at one trial."""

    trial: Trial
    block: str
    wrong: Array
    right: Array
    error: Array

    def alike(self, one: Array, other: Array) -> bool:
        size = max(float(np.abs(self.right).max()), float(np.abs(self.wrong).max()))
        return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-5, atol=1e-6 * size))


def gather(trial: Trial, block: str) -> Evidence | None:
    """The numerical gradient of a block beside backward's; None where that is too much work."""
    z = trial.blocks[block]
    if z.size > MOST:
        return None
    with np.errstate(all="ignore"):
        right, error = numerical_gradient(lambda z: trial.value(block, z)[0], z)
    found = trial.gradients()[block]
    wrong = np.zeros_like(z) if found is None else np.asarray(found, np.float64)
    return Evidence(trial, block, wrong, right, error)


def likely_causes(evidence: Evidence) -> list[str]:
    """What the mismatch looks like; empty where it looks like nothing known."""
    if evidence.wrong.shape != evidence.right.shape:
        return [f"It has the shape {evidence.wrong.shape}, expected {evidence.right.shape}."]
    if not np.isfinite(evidence.wrong).all():
        return ["It is not finite (NaN or infinite)."]
    with np.errstate(all="ignore"):
        return [cause for hypothesis in HYPOTHESES for cause in hypothesis(evidence)]


def _zero(e: Evidence) -> Iterator[str]:
    if not e.wrong.any():
        yield "It is zero: nothing is added to it, or it is multiplied by zero."
    elif np.abs(e.right).max() <= 1e-9 * np.abs(e.wrong).max():
        yield "It should be zero: forward does not depend on it."


def _factor(e: Evidence) -> Iterator[str]:
    norm = float((e.right**2).sum())
    factor = float((e.wrong * e.right).sum()) / norm if norm else 0.0
    if not factor or abs(factor - 1) < 0.01 or not e.alike(e.wrong, factor * e.right):
        return
    samples = (
        e.trial.blocks[INPUT].shape[0] if INPUT in e.trial.blocks and e.trial.blocks[INPUT].ndim else 1
    )
    times = f"{factor:.4g} x the right gradient"
    if abs(factor + 1) < 1e-3:
        yield "The sign is wrong."
    elif samples > 1 and abs(factor * samples - 1) < 1e-3:
        yield f"It is divided once too often, by the batch size or a constant ({times})."
    elif samples > 1 and abs(factor / samples - 1) < 1e-3:
        yield f"It is not divided by the batch size, or by a constant ({times})."
    elif e.right.size > 1:  # of one element every mistake is a factor
        sizes = e.trial.case.sizes if e.trial.case else {}
        named = [
            n
            for n, size in sizes.items()
            if size > 1 and min(abs(factor * size - 1), abs(factor / size - 1)) < 1e-3
        ]
        hint = f" ({named[0]} = {sizes[named[0]]})" if named else ""
        yield f"A constant factor is wrong: it is {times}{hint}."


def _transposed(e: Evidence) -> Iterator[str]:
    if e.right.ndim >= 2 and not e.alike(e.right, np.swapaxes(e.right, -1, -2)):
        if e.alike(np.swapaxes(e.wrong, -1, -2), e.right):
            yield "It is transposed."
        elif e.alike(e.wrong.ravel(), np.swapaxes(e.right, -1, -2).ravel()):
            yield "It is the transposed gradient, reshaped."


def _other_block(e: Evidence) -> Iterator[str]:
    for block, z in e.trial.blocks.items():
        if block != e.block and z.shape == e.wrong.shape:
            other, _ = numerical_gradient(lambda z, block=block: e.trial.value(block, z)[0], z)  # type: ignore[misc]
            if e.alike(e.wrong, other):
                yield f"It is the gradient of another array, {block!r}: are they exchanged?"


def _missing_factor(e: Evidence) -> Iterator[str]:
    factors = {f"the factor {block!r}": z for block, z in e.trial.blocks.items() if block != INPUT}
    if INPUT in e.trial.blocks:
        factors["a factor, the input"] = e.trial.blocks[INPUT]
    if isinstance(e.trial, LayerTrial):
        factors["the upstream gradient, a factor"] = e.trial.upstream
        factors["a factor, the output"] = e.trial.output
    for name, factor in factors.items():
        try:
            if np.broadcast_shapes(factor.shape, e.wrong.shape) != e.wrong.shape:
                continue
        except ValueError:
            continue
        if e.alike(e.wrong * factor, e.right):
            yield f"It lacks {name}."
        elif e.alike(e.wrong, e.right * factor):
            yield f"It has {name}, once too often."


def _upstream(e: Evidence) -> Iterator[str]:
    if not isinstance(e.trial, LayerTrial):
        return
    ones = np.ones_like(e.trial.upstream)
    first = np.zeros_like(ones)
    first[:1] = e.trial.upstream[:1]
    last = np.zeros_like(ones)
    last[-1:] = e.trial.upstream[-1:]
    for upstream, words in (
        (ones, "It assumes an upstream gradient of ones."),
        (np.abs(e.trial.upstream), "It takes the absolute value of its upstream gradient."),
        (e.trial.upstream**2, "It squares its upstream gradient."),
        (first, "Only the first sample (the first row) counts."),
        (last, "Only the last sample (the last row) counts."),
    ):
        if e.trial.upstream.ndim and e.alike(e.wrong, _with_upstream(e, upstream)):
            yield words


def _with_upstream(e: Evidence, upstream: Array) -> Array:
    """The right gradient, had the upstream been another one."""
    assert isinstance(e.trial, LayerTrial)
    trial = e.trial
    return numerical_gradient(
        lambda z: (upstream * trial.run(e.block, z)[1]).sum(), trial.blocks[e.block]
    )[0]


def _permuted(e: Evidence) -> Iterator[str]:
    wrong, right = np.sort(e.wrong, axis=None), np.sort(e.right, axis=None)
    if e.right.size > 1 and e.alike(wrong, right) and not e.alike(e.wrong, e.right):
        yield "It has the right values in the wrong places (a permutation in place of its inverse?)."


def _missing_term(e: Evidence) -> Iterator[str]:
    rest = e.right - e.wrong
    size = float(np.abs(rest).max())
    if e.right.ndim >= 2 and e.right.shape[-1] > 1:
        if np.ptp(rest, axis=-1).max() < 1e-5 * size:
            yield "A term is missing or wrong, the same for all features (a mean, or a sum over them)."
            return
        if e.right.shape[0] > 1 and np.ptp(rest, axis=0).max() < 1e-5 * size:
            yield "A term is missing or wrong that is the same for all samples (a mean over the batch)."
            return
    if (
        isinstance(e.trial, LayerTrial)
        and e.block == INPUT
        and e.right.ndim >= 2
        and e.right.shape[-1] > 2
    ):
        for name, array in (("output", e.trial.output), ("input", e.trial.x)):
            if array.shape != rest.shape:
                continue
            for axis, along in ((-1, "sample"), (0, "feature")):
                if array.shape[axis] > 2 and _is_line(rest, array, axis):
                    yield (
                        f"A term is missing or wrong that follows the {name}, in each {along} (such as "
                        "the derivative of a norm, of a variance, or of a sum)."
                    )
                    return


def _is_line(rest: Array, array: Array, axis: int) -> bool:
    """Whether along the axis ``rest`` is an affine function of ``array``."""
    r = rest - rest.mean(axis=axis, keepdims=True)
    a = array - array.mean(axis=axis, keepdims=True)
    slope = (r * a).sum(axis=axis, keepdims=True) / (a * a).sum(axis=axis, keepdims=True)
    return bool(np.abs(r - slope * a).max() < 1e-5 * np.abs(rest).max())


def _only_some(e: Evidence) -> Iterator[str]:
    size = float(np.abs(e.right).max()) or 1.0
    bad = ~np.isclose(e.wrong, e.right, rtol=1e-6, atol=1e-8 * size)
    if bad.all() or not bad.any() or bad.size < 2:
        return
    where = _where(e, bad)
    if bad.sum() == 1 and bad.size > 3:
        yield "Only one element is wrong."
    elif (e.right[bad] == 0).all():
        yield f"A mask is forgotten: it is wrong just where the right gradient is zero{where}."
    elif (e.wrong[bad] == 0).all():
        yield f"It is zero in places where it should not be{where}: a mask is wrong."
    elif where:
        yield f"It is wrong only{where}."
        return
    if bad.ndim and not bad[1:].any():
        yield "It is wrong in the first row only."
    elif bad.ndim and not bad[:-1].any():
        yield "It is wrong in the last row only."
    elif bad.ndim and not bad[..., 1:].any():
        yield "It is wrong in the first column only."
    elif bad.ndim and not bad[..., :-1].any():
        yield "It is wrong in the last column only."


def _where(e: Evidence, bad: Array) -> str:
    """In words, the range of values of the block in which the gradient is wrong, if it is a range."""
    z = e.trial.blocks[e.block]
    for name, values in (("", z), ("the size of ", np.abs(z))):
        inside, outside = values[bad], values[~bad]
        if inside.min() > outside.max():
            low, high, word = outside.max(), inside.min(), "above"
        elif inside.max() < outside.min():
            low, high, word = inside.max(), outside.min(), "below"
        else:
            continue
        if low <= 0 <= high and not name:
            return f" where {_called(e)} is {'positive' if word == 'above' else 'negative'}"
        return f" where {name}{_called(e)} is {word} about {(low + high) / 2:.2g}"
    return ""


def _called(e: Evidence) -> str:
    return "the input" if e.block == INPUT else repr(e.block)


def _slightly(e: Evidence) -> Iterator[str]:
    ratio = np.abs(e.wrong - e.right).max() / (np.abs(e.right).max() or 1.0)
    if 0 < ratio < 1e-6:
        yield f"It is off by {ratio:.1g} of itself: is something computed in float32?"
    elif 0 < ratio < 0.02:
        yield (
            f"It is slightly off, by {ratio:.1g} of itself: a constant that differs from forward's, or "
            "lower precision?"
        )


HYPOTHESES: list[Callable[[Evidence], Iterator[str]]] = [
    _zero, _factor, _transposed, _other_block, _upstream, _missing_factor, _permuted, _only_some,
    _slightly, _missing_term,
]  # fmt: skip
