"""Element by element: a slope of the wrong formula, or at the wrong point."""

from collections.abc import Callable, Iterator

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.diagnosis.causes.cause import Cause
from nnlayers.testing.diagnosis.evidence import Evidence

FORMULAS: dict[str, Callable[[Array], Array]] = {
    "{}": lambda v: v,
    "{0}²": lambda v: v**2,
    "1 - {0}": lambda v: 1 - v,
    "1 - {0}²": lambda v: 1 - v**2,
    "1 + {0}²": lambda v: 1 + v**2,
    "{0} (1 - {0})": lambda v: v * (1 - v),
    "1 / {0}": lambda v: 1 / v,
    "1 / {0}²": lambda v: v**-2,
    "1 / (1 + {0}²)": lambda v: 1 / (1 + v**2),
    "exp({0})": np.exp,
    "cos({0})": np.cos,
    "sin({0})": np.sin,
    "tanh({0})": np.tanh,
    "1 / (1 + exp(-{0}))": lambda v: 1 / (1 + np.exp(-v)),
    "1 - tanh({0})²": lambda v: 1 - np.tanh(v) ** 2,
}


def inverted_mask(e: Evidence) -> Iterator[Cause]:
    """Zero exactly where it should not be."""
    size = float(np.abs(e.right).max())
    zero = np.abs(e.right) <= 1e-9 * size
    if zero.any() and not zero.all() and ((e.wrong == 0) == ~zero).all():
        yield Cause("inverted", "It is zero exactly where it should not be: a mask is inverted.")


def slopes(e: Evidence) -> Iterator[Cause]:
    """What takes the place of the derivative, where each output depends on its own input only."""
    x, y, u = e.z, e.trial.output, e.upstream
    if e.trial.kind == "loss" or e.block not in e.trial.inputs or not isinstance(y, np.ndarray):
        return
    if y.shape != x.shape or x.size < 4 or not is_diagonal(e.jacobian):
        return
    slope = np.diag(e.jacobian).reshape(x.shape)
    found = e.wrong / u.reshape(x.shape)
    product = y / x
    for key, words, gradient in (
        ("at output", "It is the derivative at the output, not at the input.", _slope_at(e, y)),
        ("at -x", "It is the derivative at minus the input.", _slope_at(e, -x)),
        ("half", _HALF, product),
        ("half", _HALF, slope - product),
        ("twice", "The derivative is multiplied twice.", slope**2),
        ("inverse", "It divides by the derivative instead of multiplying by it.", 1 / slope),
        ("root", "It takes the square root of the derivative.", np.sqrt(np.abs(slope))),
        ("absolute", "It takes the absolute value of the derivative.", np.abs(slope)),
    ):
        if _same(e, found, gradient) and not _same(e, gradient, slope):
            yield Cause(key, words)
    yield from _of_another_formula(e, x, y, found, slope)
    drawn = u.reshape(x.shape) > 0
    if ((e.wrong != 0) == drawn).all() and ((e.right != 0) != drawn).any():
        words = "Its mask is made from the upstream gradient: it passes where that is positive."
        yield Cause("mask of upstream", words)


_HALF = "Only one factor of a product is differentiated; the product rule has two terms."


def is_diagonal(jacobian: Array) -> bool:
    """True if every output depends on the input in its own place only."""
    rest = jacobian - np.diag(np.diag(jacobian))
    return bool(np.abs(rest).max() <= 1e-7 * max(np.abs(jacobian).max(), 1e-300))


def _of_another_formula(e: Evidence, x: Array, y: Array, found: Array, slope: Array) -> Iterator[Cause]:
    """The slope is a simple formula of the input or of the output; so is, perhaps, the right one."""
    points = {"x": x, "y": y}
    with np.errstate(all="ignore"):
        values = {f.format(name): g(v) for f, g in FORMULAS.items() for name, v in points.items()}
    taken = [name for name, value in values.items() if _same(e, found, value)]
    right = [name for name, value in values.items() if _same(e, slope, value)]
    for name in taken:
        if name not in right:
            instead = f", not {right[0]}" if right else ", which is not its derivative"
            words = f"The upstream gradient is multiplied by {name}{instead}"
            yield Cause(("formula", name), f"{words} (x is the input, y the output).")


def _slope_at(e: Evidence, point: Array) -> Array:
    if not np.isfinite(point).all():
        return np.full(point.shape, np.nan)
    jacobian, _ = e.differentiate(e.output, point)
    return np.diag(jacobian).reshape(point.shape)


def _same(e: Evidence, one: Array, other: Array) -> bool:
    size = max(float(np.abs(e.right).max()), 1e-300)
    return bool(
        np.isfinite(other).all()
        and np.abs(one - other).max() <= 1e-6 * max(size, float(np.abs(other).max()))
    )
