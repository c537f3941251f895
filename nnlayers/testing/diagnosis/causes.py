"""The likely causes of a wrong gradient: hypotheses that compare it with the right one.

Each hypothesis is a function that yields sentences, or nothing. The most likely ones come first.
"""

from collections.abc import Callable, Iterator

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.evidence import Evidence
from nnlayers.testing.numeric import numerical_gradient
from nnlayers.testing.trials import INPUT, LayerTrial, block_in_words


def likely_causes(evidence: Evidence) -> list[str]:
    """Sentences that explain the mismatch, the most likely first; empty if none is known."""
    if evidence.wrong.shape != evidence.right.shape:
        return [f"The gradient has shape {evidence.wrong.shape}, expected {evidence.right.shape}."]
    if not np.isfinite(evidence.wrong).all():
        return ["The gradient is not finite (NaN or infinite)."]
    with np.errstate(all="ignore"):
        return [cause for hypothesis in HYPOTHESES for cause in hypothesis(evidence)]


def _zero(e: Evidence) -> Iterator[str]:
    if not e.wrong.any():
        yield "The gradient is zero: it is never added, or it is multiplied by zero."
    elif np.abs(e.right).max() <= 1e-9 * np.abs(e.wrong).max():
        yield f"The gradient should be zero: forward does not depend on {block_in_words(e.block)}."


def _constant_factor(e: Evidence) -> Iterator[str]:
    norm = float((e.right**2).sum())
    factor = float((e.wrong * e.right).sum()) / norm if norm else 0.0
    if not factor or abs(factor - 1) < 0.01 or not e.nearly_equal(e.wrong, factor * e.right):
        return
    samples = (
        e.trial.blocks[INPUT].shape[0] if INPUT in e.trial.blocks and e.trial.blocks[INPUT].ndim else 1
    )
    times = f"{factor:.4g} x the correct gradient"
    if abs(factor + 1) < 1e-3:
        yield "The sign is wrong."
    elif samples > 1 and abs(factor * samples - 1) < 1e-3:
        yield f"Looks divided by the batch size once too often ({times})."
    elif samples > 1 and abs(factor / samples - 1) < 1e-3:
        yield f"Looks as if a division by the batch size is missing ({times})."
    elif e.right.size > 1:  # any mistake in a single element is a factor
        sizes = e.trial.case.sizes if e.trial.case else {}
        named = [
            n
            for n, size in sizes.items()
            if size > 1 and min(abs(factor * size - 1), abs(factor / size - 1)) < 1e-3
        ]
        hint = f" ({named[0]} = {sizes[named[0]]})" if named else ""
        yield f"A constant factor is wrong: the gradient is {times}{hint}."


def _transposed(e: Evidence) -> Iterator[str]:
    if e.right.ndim >= 2 and not e.nearly_equal(e.right, np.swapaxes(e.right, -1, -2)):
        if e.nearly_equal(np.swapaxes(e.wrong, -1, -2), e.right):
            yield "The gradient is transposed."
        elif e.nearly_equal(e.wrong.ravel(), np.swapaxes(e.right, -1, -2).ravel()):
            yield "The gradient is transposed, and then reshaped."


def _gradient_of_another_block(e: Evidence) -> Iterator[str]:
    for block, z in e.trial.blocks.items():
        if block != e.block and z.shape == e.wrong.shape:
            other, _ = numerical_gradient(lambda z, block=block: e.trial.value(block, z)[0], z)  # type: ignore[misc]
            if e.nearly_equal(e.wrong, other):
                yield f"It equals the gradient of another array, {block!r}: are the two exchanged?"


def _missing_factor(e: Evidence) -> Iterator[str]:
    factors = {block_in_words(block): z for block, z in e.trial.blocks.items() if block != INPUT}
    if INPUT in e.trial.blocks:
        factors["the input"] = e.trial.blocks[INPUT]
    if isinstance(e.trial, LayerTrial):
        factors["the upstream gradient"] = e.trial.upstream
        factors["the output"] = e.trial.output
    for name, factor in factors.items():
        try:
            if np.broadcast_shapes(factor.shape, e.wrong.shape) != e.wrong.shape:
                continue
        except ValueError:
            continue
        if e.nearly_equal(e.wrong * factor, e.right):
            yield f"A factor is missing: {name}."
        elif e.nearly_equal(e.wrong, e.right * factor):
            yield f"A factor appears once too often: {name}."


def _misused_upstream(e: Evidence) -> Iterator[str]:
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
        (first, "Only the first sample (the first row) contributes."),
        (last, "Only the last sample (the last row) contributes."),
    ):
        if e.trial.upstream.ndim and e.nearly_equal(e.wrong, _gradient_for_upstream(e, upstream)):
            yield words


def _gradient_for_upstream(e: Evidence, upstream: Array) -> Array:
    """The right gradient for another upstream gradient."""
    assert isinstance(e.trial, LayerTrial)
    trial = e.trial
    return numerical_gradient(
        lambda z: (upstream * trial.run(e.block, z)[1]).sum(), trial.blocks[e.block]
    )[0]


def _permuted(e: Evidence) -> Iterator[str]:
    wrong, right = np.sort(e.wrong, axis=None), np.sort(e.right, axis=None)
    if e.right.size > 1 and e.nearly_equal(wrong, right) and not e.nearly_equal(e.wrong, e.right):
        yield "The values are correct but in the wrong places: a permutation instead of its inverse?"


def _missing_term(e: Evidence) -> Iterator[str]:
    rest = e.right - e.wrong
    size = float(np.abs(rest).max())
    if e.right.ndim >= 2 and e.right.shape[-1] > 1:
        if np.ptp(rest, axis=-1).max() < 1e-5 * size:
            yield "A term is missing or wrong. It is the same for all features, like a mean or a sum."
            return
        if e.right.shape[0] > 1 and np.ptp(rest, axis=0).max() < 1e-5 * size:
            yield "A term is missing or wrong. It is the same for all samples, like a batch mean."
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
                if array.shape[axis] > 2 and _is_affine(rest, array, axis):
                    yield (
                        f"A term is missing or wrong. In each {along} it is an affine function of the "
                        f"{name}, like the derivative of a norm or of a variance."
                    )
                    return


def _is_affine(rest: Array, array: Array, axis: int) -> bool:
    """True if ``rest`` is an affine function of ``array`` along the axis."""
    r = rest - rest.mean(axis=axis, keepdims=True)
    a = array - array.mean(axis=axis, keepdims=True)
    slope = (r * a).sum(axis=axis, keepdims=True) / (a * a).sum(axis=axis, keepdims=True)
    return bool(np.abs(r - slope * a).max() < 1e-5 * np.abs(rest).max())


def _partly_wrong(e: Evidence) -> Iterator[str]:
    size = float(np.abs(e.right).max()) or 1.0
    bad = ~np.isclose(e.wrong, e.right, rtol=1e-6, atol=1e-8 * size)
    if bad.all() or not bad.any() or bad.size < 2:
        return
    where = _range_in_words(e, bad)
    hint = f" ({where})" if where else ""
    if bad.sum() == 1 and bad.size > 3:
        yield "Only one element is wrong."
    elif (e.right[bad] == 0).all():
        yield f"A mask is missing: elements that should be zero are not{hint}."
    elif (e.wrong[bad] == 0).all():
        yield f"A mask is wrong: some elements are zero that should not be{hint}."
    elif where:
        yield f"Wrong only {where}."
        return
    if bad.ndim and not bad[1:].any():
        yield "Only the first row is wrong."
    elif bad.ndim and not bad[:-1].any():
        yield "Only the last row is wrong."
    elif bad.ndim and not bad[..., 1:].any():
        yield "Only the first column is wrong."
    elif bad.ndim and not bad[..., :-1].any():
        yield "Only the last column is wrong."


def _range_in_words(e: Evidence, bad: Array) -> str:
    """The range of values of the block in which the gradient is wrong, in words; else empty."""
    z, called = e.trial.blocks[e.block], block_in_words(e.block)
    for name, values in (("", z), ("the absolute value of ", np.abs(z))):
        inside, outside = values[bad], values[~bad]
        if inside.min() > outside.max():
            low, high, word = outside.max(), inside.min(), "above"
        elif inside.max() < outside.min():
            low, high, word = inside.max(), outside.min(), "below"
        else:
            continue
        if low <= 0 <= high and not name:
            return f"where {called} is {'positive' if word == 'above' else 'negative'}"
        return f"where {name}{called} is {word} about {(low + high) / 2:.2g}"
    return ""


def _slightly_off(e: Evidence) -> Iterator[str]:
    ratio = np.abs(e.wrong - e.right).max() / (np.abs(e.right).max() or 1.0)
    if 0 < ratio < 1e-6:
        yield f"The relative error is {ratio:.1g}: is something computed in float32?"
    elif 0 < ratio < 0.02:
        yield (
            f"The relative error is only {ratio:.1g}: does a constant differ from forward's, or is "
            "something computed in lower precision?"
        )


HYPOTHESES: list[Callable[[Evidence], Iterator[str]]] = [
    _zero,
    _constant_factor,
    _transposed,
    _gradient_of_another_block,
    _misused_upstream,
    _missing_factor,
    _permuted,
    _partly_wrong,
    _slightly_off,
    _missing_term,
]
