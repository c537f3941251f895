"""Each output depends on several inputs, and a part of that is left out."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.testing.diagnosis.causes.cause import Cause
from nnlayers.testing.diagnosis.causes.slopes import is_diagonal
from nnlayers.testing.diagnosis.evidence import Evidence

MOST_CHILDREN = 6


def diagonal(e: Evidence) -> Iterator[Cause]:
    """Only the diagonal of the Jacobian, or all but it, or with the sign of the rest exchanged."""
    if not _square(e) or is_diagonal(e.jacobian):
        return
    own = (np.diag(e.jacobian) * e.upstream).reshape(e.z.shape)
    if e.equal(e.wrong, own):
        yield Cause(
            "diagonal",
            "Only the diagonal of the Jacobian is used: each output depends on other elements of the "
            "input too, not only on its own.",
        )
    elif e.equal(e.wrong, e.right - own):
        yield Cause("off-diagonal", "The diagonal of the Jacobian is left out.")
    elif e.equal(e.wrong, 2 * own - e.right):
        yield Cause("sign of rest", "The terms off the diagonal of the Jacobian have the wrong sign.")


def constant_statistics(e: Evidence) -> Iterator[Cause]:
    """A normalization whose mean, deviation or norm is taken as constant."""
    if not _square(e) or e.z.ndim < 2 or is_diagonal(e.jacobian):
        return
    u = e.upstream.reshape(e.z.shape)
    for gain in _gains(e):
        r = e.wrong / (u * gain)
        for axes, of in ((-1, "sample"), (tuple(range(e.z.ndim - 1)), "feature")):
            if of == "feature" and gain.size > 1:
                continue
            if _is_constant(r, axes) and not _is_constant(r, None):
                yield Cause(
                    ("constant", of),
                    f"It is the upstream gradient{gain_in_words(gain)} times a factor that is the same "
                    f"within each {of}, "
                    "as if the statistics (mean, deviation, norm) did not depend on the input.",
                )
                return


def gain_in_words(gain: Array) -> str:
    """A gain as a further factor, if there is one."""
    return " times the gain" if gain.size > 1 else ""


def missing_term(e: Evidence) -> Iterator[Cause]:
    """The difference is the same along an axis, or an affine function of the input along it."""
    rest = e.right - e.wrong
    if e.z.ndim < 2 or not _square(e) or is_diagonal(e.jacobian) or not rest.any():
        return
    for axis, along in ((-1, "features of a sample"), (0, "samples")):
        others = rest.size // rest.shape[axis]
        if rest.shape[axis] < 3 or others < 2:
            continue
        what = "A term is missing or wrong."
        if _is_constant(rest, axis):
            words = f"It is the same for all {along}, like the derivative of a mean."
            yield Cause(("mean", axis), f"{what} {words}")
            return
        for name, array in (("output", np.asarray(e.trial.output)), ("input", e.z)):
            if _is_constant(rest / array, axis):
                words = f"Over the {along} it is proportional to the {name}, like a projection on it."
                yield Cause(("projection", name, axis), f"{what} {words}")
                return
        if (rest.shape[axis] - 2) * others >= 4 and _is_affine(rest, e.z, axis):
            words = (
                "it is an affine function of the input, like the derivative of a variance or a norm."
            )
            yield Cause(("affine", axis), f"{what} Over the {along} {words}")
            return


def along_itself(e: Evidence) -> Iterator[Cause]:
    """The difference is proportional to the parameter itself, as by the derivative of its norm."""
    if (e.block in e.trial.inputs and e.trial.kind != "loss") or e.z.size < 3:
        return
    ratio = (e.right - e.wrong) / e.z
    axes = [axis for axis in range(e.z.ndim) if e.z.shape[axis] > 2]
    for axis in [None, *axes] if e.z.ndim > 1 else [None]:
        if ratio.any() and _is_constant(ratio, axis):
            where = "" if axis is None else f" along axis {axis}"
            itself = f"{e.trial.in_words(e.block)} itself{where}"
            words = f"proportional to {itself}, like the derivative of a norm or of a square."
            yield Cause(("itself", axis), f"A term is missing or wrong. It is {words}")
            return


def skip(e: Evidence) -> Iterator[Cause]:
    """The upstream gradient itself is missing from the gradient of the input, or too much there."""
    output = e.trial.output
    if e.block not in e.trial.inputs or not isinstance(output, np.ndarray) or output.shape != e.z.shape:
        return
    u = e.upstream.reshape(e.z.shape)
    if e.z.size < 3 or e.equal(e.right, u):
        return
    if e.equal(e.wrong + u, e.right):
        words = "The gradient of the skip connection is missing: the term x in y = x + f(x)."
        yield Cause("skip", words)
    elif e.equal(e.wrong - u, e.right):
        words = "The upstream gradient itself is added once too often."
        yield Cause("no skip", words)


def missing_path(e: Evidence) -> Iterator[Cause]:
    """The right gradient if what one of the held layers returns were constant."""
    if not e.trial.holds_layers:
        return
    for path, child in list(_children(e.trial.fresh()))[:MOST_CHILDREN]:
        try:
            without = e.gradient_if(_constant_calls(e, path))
        except Exception:  # such as a child that is called in another way
            continue
        through, name = e.right - without, f"{path!r} ({type(child).__name__})"
        if not e.equal(without, e.right) and e.equal(e.wrong, without) and e.wrong.any():
            yield Cause(("path", path), f"The path through {name} is missing.")
        elif e.equal(e.wrong, through) and not e.equal(through, e.right):
            yield Cause(("only", path), f"Only the path through {name} counts; another is missing.")
        elif e.equal(e.wrong, e.right + through) and not e.equal(through, e.right):
            yield Cause(("double", path), f"The path through {name} is counted twice.")


def _children(layer: Layer) -> Iterator[tuple[str, Layer]]:
    children = {id(child) for child in layer.children()}
    return ((path, p) for path, p in layer.named_parts() if isinstance(p, Layer) and id(p) in children)


def _constant_calls(e: Evidence, path: str) -> Callable[[Any], None]:
    """A change of the layer after which one child returns what it returns at the point itself."""
    recorded: list[Any] = []

    def record(thing: Any) -> None:
        child = dict(thing.named_parts())[path]
        forward = child.forward

        def recording(x: Any) -> Any:
            recorded.append(copy.deepcopy(forward(x)))
            return copy.deepcopy(recorded[-1])

        object.__setattr__(child, "forward", recording)

    e.output(e.z, record)

    def replay(thing: Any) -> None:
        child, calls = dict(thing.named_parts())[path], iter(recorded)
        forward = child.forward

        def replaying(x: Any) -> Any:
            forward(x)  # it may save values, or draw random numbers
            return copy.deepcopy(next(calls))

        object.__setattr__(child, "forward", replaying)

    return replay


def _square(e: Evidence) -> bool:
    """True if the output has the shape of the block, which is an input, and more than one element."""
    output = e.trial.output
    return (
        e.block in e.trial.inputs
        and isinstance(output, np.ndarray)
        and output.shape == e.z.shape
        and e.z.size > 2
    )


def _gains(e: Evidence) -> Iterator[Array]:
    """One, and the parameters that may scale the output's features."""
    yield np.ones(1)
    for block, p in e.trial.blocks.items():
        if block not in e.trial.inputs and p.shape in (
            e.z.shape[-1:],
            (1,) * (e.z.ndim - 1) + e.z.shape[-1:],
        ):
            yield p


def _is_constant(array: Array, axis: int | tuple[int, ...] | None) -> bool:
    spread = np.ptp(array, axis=axis).max()
    return bool(np.isfinite(array).all() and spread < 1e-5 * np.abs(array).max())


def _is_affine(rest: Array, array: Array, axis: int) -> bool:
    """True if ``rest`` is an affine function of ``array`` along the axis."""
    r = rest - rest.mean(axis=axis, keepdims=True)
    a = array - array.mean(axis=axis, keepdims=True)
    slope = (r * a).sum(axis=axis, keepdims=True) / (a * a).sum(axis=axis, keepdims=True)
    return bool(np.abs(r - slope * a).max() < 1e-5 * np.abs(rest).max())
