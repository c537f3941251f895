"""The upstream gradient is used in a wrong way."""

from collections.abc import Iterator

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import arrays_in, each
from nnlayers.testing.diagnosis.causes.cause import Cause, known_arrays, near
from nnlayers.testing.diagnosis.causes.scale import common_factor
from nnlayers.testing.diagnosis.evidence import Evidence


def misused_upstream(e: Evidence) -> Iterator[Cause]:
    """It is the right gradient for another upstream gradient."""
    if e.trial.kind in ("loss", "network"):
        yield from _misused_number(e) if e.trial.kind == "loss" else ()
        return
    for words, upstream in _others(e):
        if not np.array_equal(upstream, e.upstream) and e.equal(e.wrong, e.gradient_for(upstream)):
            yield Cause(words, words)


def offset(e: Evidence) -> Iterator[Cause]:
    """A term that does not depend on the upstream gradient."""
    if e.trial.kind == "network":  # it has none
        return
    thing = e.trial.fresh()
    e.trial.forward(thing, e.trial.x)
    nothing = each(lambda u: None if u is None else 0 * u, e.trial.upstream)
    found = e.trial.take_gradients(thing, nothing)[e.block]
    if found is not None and np.abs(found).max(initial=0) > 1e-9 * np.abs(e.wrong).max():
        words = (
            "A term of it is not multiplied by the upstream gradient: backward of zeros is not zero."
        )
        yield Cause("offset", words)


def _misused_number(e: Evidence) -> Iterator[Cause]:
    """The incoming number of a loss is ignored or squared."""
    factor, u = common_factor(e, e.wrong, e.right), float(e.upstream[0])
    if factor is not None and near(factor, 1 / u):
        yield Cause("ignored", "It ignores its upstream gradient, the argument of backward.")
    elif factor is not None and near(factor, u):
        yield Cause("squared", "It squares its upstream gradient, the argument of backward.")


def _others(e: Evidence) -> Iterator[tuple[str, Array]]:
    u = e.upstream
    yield "It assumes an upstream gradient of ones.", np.ones_like(u)
    yield "It takes the absolute value of its upstream gradient.", np.abs(u)
    yield "It squares its upstream gradient.", u**2
    yield "It uses only the sign of its upstream gradient.", np.sign(u)
    yield "It clips its upstream gradient to [-1, 1].", np.clip(u, -1, 1)
    yield "It drops negative values of its upstream gradient.", np.maximum(u, 0)
    yield from _of_one_output(e)
    output = e.trial.output
    if not isinstance(output, np.ndarray) or output.ndim == 0:
        return
    grid = u.reshape(output.shape)
    for axis, size in enumerate(output.shape):
        if size < 3:
            continue
        along, one = ("the batch", "row") if axis == 0 else (f"axis {axis} of the output", "index")
        places = np.arange(size).reshape([-1 if other == axis else 1 for other in range(output.ndim)])
        for where, only in (("first", places == 0), ("last", places == size - 1)):
            words = f"the {where} {one} of the upstream gradient along {along}"
            yield f"Only {words} contributes.", (grid * only).ravel()
            yield f"{words.capitalize()} does not contribute.", (grid * ~only).ravel()
        mean = np.broadcast_to(grid.mean(axis=axis, keepdims=True), grid.shape)
        yield f"It uses the mean of the upstream gradient along {along}.", mean.ravel()
        total = np.broadcast_to(grid.sum(axis=axis, keepdims=True), grid.shape)
        yield f"It uses the sum of the upstream gradient along {along}.", total.ravel()
        yield (
            f"It takes the upstream gradient in reverse order along {along}.",
            np.flip(grid, axis).ravel(),
        )
        for step in (1, -1):
            words = f"It takes the upstream gradient of the {'previous' if step > 0 else 'next'} {one}"
            yield f"{words} along {along}.", np.roll(grid, step, axis).ravel()


def _of_one_output(e: Evidence) -> Iterator[tuple[str, Array]]:
    """Upstream gradients without that of one of several outputs."""
    outputs = list(arrays_in(e.trial.output, "output"))
    start = 0
    for name, y in outputs if len(outputs) > 1 else []:
        upstream = e.upstream.copy()
        upstream[start : start + np.size(y)] = 0
        start += np.size(y)
        yield f"The upstream gradient of {name} is ignored.", upstream


def passed_on(e: Evidence) -> Iterator[Cause]:
    """It is the upstream gradient itself, or its sum over the leading axes."""
    output = e.trial.output
    if e.trial.kind == "loss" or not isinstance(output, np.ndarray) or output.size < 3:
        return
    u = e.upstream.reshape(output.shape)
    if output.shape == e.z.shape and e.equal(e.wrong, u):
        words = "It is the upstream gradient, unchanged: the derivative of forward is missing."
        yield Cause("unchanged", words)
        return
    if output.shape == e.z.shape and e.equal(e.wrong, -u):
        yield Cause("negative", "It is the upstream gradient with the opposite sign.")
    if e.block in e.trial.inputs or output.shape[max(output.ndim - e.z.ndim, 0) :] != e.z.shape:
        return
    if e.equal(e.wrong, u.reshape(-1, *e.z.shape).sum(axis=0)):
        words = "It is the sum of the upstream gradient: a factor, the derivative, is missing."
        yield Cause("summed", words)
    for name, factor in known_arrays(e).items():
        if factor.shape == u.shape and e.equal(
            e.wrong, (u * factor).reshape(-1, *e.z.shape).sum(axis=0)
        ):
            words = f"It is the sum of the upstream gradient times {name}, which is not what forward"
            yield Cause(("sum", name), f"{words} multiplies {e.trial.in_words(e.block)} by.")
