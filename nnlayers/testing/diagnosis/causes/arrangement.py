"""The right values in a wrong place: transposed, reversed, shifted, exchanged."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.diagnosis.causes.cause import Cause
from nnlayers.testing.diagnosis.evidence import Evidence


def transposed(e: Evidence) -> Iterator[Cause]:
    """Two axes are exchanged."""
    if e.right.ndim < 2:
        return
    for one in range(e.right.ndim):
        for other in range(one + 1, e.right.ndim):
            swapped = np.swapaxes(e.right, one, other)
            if swapped.shape == e.right.shape and e.equal(e.right, swapped):
                continue
            axes = "" if e.right.ndim == 2 else f" (axes {one} and {other})"
            if e.equal(e.wrong, swapped):
                yield Cause(("transposed", one, other), f"The gradient is transposed{axes}.")
            elif e.equal(e.wrong, swapped.reshape(e.z.shape)):
                words = f"The gradient is transposed{axes}, and then reshaped."
                yield Cause(("reshaped", one, other), words)


def moved(e: Evidence) -> Iterator[Cause]:
    """Reversed or shifted along an axis, or otherwise permuted."""
    if e.right.size < 4 or e.equal(e.wrong, e.right):
        return
    known = False
    for axis, size in enumerate(e.right.shape):
        if size < 3:
            continue
        shifts = range(1, size) if size < 20 else (1, -1)
        for key, words, gradient in (
            ("reversed", "It is in reverse order", np.flip(e.right, axis)),
            *(("shifted", f"It is shifted by {n}", np.roll(e.right, n, axis)) for n in shifts),
        ):
            if e.equal(e.wrong, gradient):
                known = True
                halves = " (the two halves are exchanged)" if f"by {size / 2:g}" in words else ""
                yield Cause((key, axis, halves), f"{words} along axis {axis}{halves}.")
    if e.right.ndim > 2 and e.equal(e.wrong, np.flip(e.right, (0, 1))):
        known = True
        yield Cause("flipped", "It is in reverse order along axes 0 and 1, as by a flipped kernel.")
    if not known and _distinct(e.right) and e.equal(_sorted(e.wrong), _sorted(e.right)):
        words = "The values are correct but in the wrong places."
        yield Cause("permuted", words)


def _sorted(gradient: Array) -> Array:
    return np.sort(gradient, axis=None).reshape(gradient.shape)


def _distinct(right: Array) -> bool:
    values = np.sort(right, axis=None)
    return bool(values.size > 3 and (np.diff(values) > 1e-4 * np.abs(values).max()).mean() > 0.5)


def exchanged(e: Evidence) -> Iterator[Cause]:
    """It is the right gradient of another block, which has this one's."""
    for block, z in e.trial.blocks.items():
        if block != e.block and z.shape == e.wrong.shape and z.size > 1:
            other = Evidence(e.trial, block)
            if e.equal(e.wrong, other.right) and e.equal(other.wrong, e.right):
                both = " and ".join(map(e.trial.in_words, (e.block, block)))
                words = f"The gradients of {both} are exchanged."
                yield Cause(("exchanged", block), words)


def other_jacobian(e: Evidence) -> Iterator[Cause]:
    """The Jacobian itself in place of its transpose, or that of a parameter the wrong way round."""
    if len(e.jacobian) == e.z.size > 2 and not e.equal(e.wrong, e.right):
        ahead = (e.jacobian @ e.upstream).reshape(e.z.shape)
        if e.equal(e.wrong, ahead):
            words = (
                "Backward multiplies by the Jacobian instead of its transpose. Is a matrix not "
                "transposed, a permutation not inverted, or the order of two factors not reversed?"
            )
            yield Cause("not transposed", words)
    for block, p in e.trial.blocks.items():
        if block == e.block or block in e.trial.inputs:
            continue
        for key, words, turn in _turned(p):
            if e.equal(e.wrong, e.gradient_if(partial(_turn, path=block, turn=turn))):
                yield Cause((key, block), words.format(block))


def _turned(p: Array) -> Iterator[tuple[str, str, Callable[[Array], Array]]]:
    """Other arrangements of a parameter that keep its shape."""
    if p.ndim == 2 and p.shape[0] == p.shape[1] > 1:
        yield "transpose", "It would be correct if {!r} were transposed.", np.transpose
    for axis in range(p.ndim - 1):
        if p.shape[axis] > 1 and p.ndim > 2:
            flip = partial(np.flip, axis=axis)
            yield (
                f"flip {axis}",
                f"It would be correct if {{!r}} were in reverse order along axis {axis}.",
                flip,
            )
    if p.ndim > 3:
        flip = partial(np.flip, axis=(0, 1))
        yield (
            "flip",
            "It would be correct if {!r} were flipped along axes 0 and 1.",
            flip,
        )


def _turn(thing: Any, path: str, turn: Callable[[Array], Array]) -> None:
    value = dict(thing.named_parameters())[path].value
    value[...] = turn(value).copy()
