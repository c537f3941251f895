"""The right values in a wrong place: transposed, reversed, shifted, exchanged."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.diagnosis.causes.cause import Cause
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.trials import block_in_words


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
        for key, words, gradient in (
            ("reversed", "It is in reverse order", np.flip(e.right, axis)),
            ("next", "It is shifted by one place", np.roll(e.right, 1, axis)),
            ("previous", "It is shifted by one place", np.roll(e.right, -1, axis)),
        ):
            if e.equal(e.wrong, gradient):
                known = True
                yield Cause((key, axis), f"{words} along axis {axis}.")
    if e.right.ndim > 2 and e.equal(e.wrong, np.flip(e.right, (0, 1))):
        known = True
        yield Cause("flipped", "It is in reverse order along axes 0 and 1, as by a flipped kernel.")
    if not known and _distinct(e.right) and e.equal(_sorted(e.wrong), _sorted(e.right)):
        words = "The values are correct but in the wrong places: a permutation instead of its inverse?"
        yield Cause("permuted", words)


def _sorted(gradient: Array) -> Array:
    return np.sort(gradient, axis=None).reshape(gradient.shape)


def _distinct(right: Array) -> bool:
    values = np.sort(right, axis=None)
    return bool(values.size > 3 and (np.diff(values) > 1e-4 * np.abs(values).max()).mean() > 0.5)


def exchanged(e: Evidence) -> Iterator[Cause]:
    """It is the right gradient of another block."""
    for block, z in e.trial.blocks.items():
        if block != e.block and z.shape == e.wrong.shape and z.size > 1:
            other = Evidence(e.trial, block)
            if e.equal(e.wrong, other.right) and not e.equal(other.right, e.right):
                where = block_in_words(block)
                yield Cause(
                    ("exchanged", block), f"It is the gradient of {where}: are the two exchanged?"
                )


def transposed_weight(e: Evidence) -> Iterator[Cause]:
    """The right gradient if a square parameter were transposed."""
    for block, p in e.trial.blocks.items():
        if block in e.trial.inputs or p.ndim != 2 or p.shape[0] != p.shape[1] or len(p) < 2:
            continue
        if block != e.block and e.equal(e.wrong, e.gradient_if(partial(_transpose, path=block))):
            yield Cause(("weight", block), f"It is right for the transpose of {block!r}.")


def _transpose(thing: Any, path: str) -> None:
    value = dict(thing.named_parameters())[path].value
    value[...] = value.T.copy()
