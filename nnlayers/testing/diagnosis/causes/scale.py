"""Wrong by a factor: zero, a sign, a constant, an array."""

import itertools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.diagnosis.causes.cause import (
    CONSTANTS,
    Cause,
    fixed_sizes,
    known_arrays,
    near,
    numbers,
    sizes,
)
from nnlayers.testing.diagnosis.evidence import Evidence


def zero(e: Evidence) -> Iterator[Cause]:
    """One of the two gradients is zero everywhere."""
    if e.is_missing:
        yield Cause("missing", f"Backward gives no gradient of {e.trial.in_words(e.block)}.")
    elif not e.wrong.any():
        yield Cause("zero", "The gradient is zero: it is never added, or it is multiplied by zero.")
    elif np.abs(e.right).max() <= 1e-9 * np.abs(e.wrong).max():
        where = e.trial.in_words(e.block)
        words = f"forward does not change with {where} near any point that was tried."
        yield Cause("should be zero", f"It should be zero: {words}")


def constant_factor(e: Evidence) -> Iterator[Cause]:
    """One factor for all elements, named by what has that value."""
    factor = common_factor(e, e.wrong, e.right)
    if factor is None or near(factor, 1):
        return
    if near(factor, -1):
        yield Cause("sign", "The sign is wrong: it is -1 x the correct gradient.")
        return
    yield from named_factor(e, factor)
    hints = [
        f" ({n} is {of})" for n, of in fixed_sizes(e).items() if near(factor, n) or near(factor * n, 1)
    ]
    hint = hints[0] if hints and factor != 2 else ""
    words = f"A constant factor is wrong: the gradient is {_number(factor)} x the correct one{hint}."
    yield Cause(("factor", round(factor, 4)), words)


def _number(factor: float) -> str:
    """A factor as a fraction, if it is a simple one, or else in digits."""
    fraction = Fraction(factor).limit_denominator(12)
    if near(factor, float(fraction)) and fraction.denominator > 1:
        return str(fraction)
    return f"{factor:.6g}"


POWERS = {1.0: "{}", 0.5: "the square root of {}", 2.0: "the square of {}"}

Candidates: TypeAlias = Iterator[tuple[float, Cause]]


def named_factor(e: Evidence, factor: float) -> Iterator[Cause]:
    """A factor that a size, or a number in the subject, explains."""
    sign = "The sign is wrong. " * (factor < 0)
    yield from (cause for value, cause in _divisions(e, sign) if near(abs(factor), value))
    named = itertools.chain(_degrees_of_freedom(e), _named_numbers(e, factor))
    yield from (cause for value, cause in named if near(factor, value))


def _divisions(e: Evidence, sign: str) -> Candidates:
    """A division by a size: one too many, one that is missing, one by another size."""
    known = sizes(e)
    for power, form in POWERS.items():
        for name, size in known.items():
            what = form.format(name)
            words = f"{sign}Looks divided by {what} once too often."
            yield size**-power, Cause(("divided", name, power, sign), words)
            words = f"{sign}Looks as if a division by {what} is missing."
            yield size**power, Cause(("not divided", name, power, sign), words)
    for (one, size), (other, wrong) in itertools.permutations(known.items(), 2):
        for power in (1.0, 0.5):
            divisor, right = (POWERS[power].format(name) for name in (other, one))
            words = f"{sign}Looks divided by {divisor}, where {right} belongs."
            yield (size / wrong) ** power, Cause(("exchanged sizes", one, other, power, sign), words)


def _degrees_of_freedom(e: Evidence) -> Candidates:
    """A size less one in its place, or the reverse."""
    for name, n in sizes(e).items():
        for form, value in (("(n - 1) / n", (n - 1) / n), ("n / (n - 1)", n / (n - 1))):
            words = f"It is {form} x the correct gradient, where n is {name}: n or n - 1?"
            if n > 2:
                yield value, Cause(("ddof", form, name), words)


def _named_numbers(e: Evidence, factor: float) -> Candidates:
    """The numbers in the subject, and well-known constants."""
    known = {
        form.format(path): value
        for path, number in numbers(e).items()
        for form, value in _forms(number)
    }
    for name, constant in CONSTANTS.items():
        known |= {name: constant, f"1 / {name}": 1 / constant}
    for what, value in known.items():
        words = f"The gradient is {factor:.4g} x the correct one, and that is {what}."
        yield value, Cause(("number", what), words)


def _forms(number: float) -> list[tuple[str, float]]:
    forms = [("`{}`", number), ("1 / `{}`", 1 / number)]
    forms += [("`{}` squared", number * number), ("1 / `{}` squared", 1 / number / number)]
    forms += [("1 - `{}`", 1 - number), ("1 / (1 - `{}`)", 1 / (1 - number))]
    if number > 0:
        forms += [("the root of `{}`", math.sqrt(number)), ("1 / the root of `{}`", number**-0.5)]
    return forms


def common_factor(e: Evidence, wrong: Array, right: Array) -> float | None:
    """The factor between two gradients, if it is the same for all elements."""
    norm = float((right**2).sum())
    factor = float((wrong * right).sum()) / norm if norm else 0.0
    if not factor or not np.isfinite(factor):
        return None
    size = float(np.abs(wrong).max())
    slack = 1e-6 * size + 10 * abs(factor) * float(e.error.max())
    return factor if (np.abs(wrong - factor * right) <= slack).all() else None


def array_factor(e: Evidence) -> Iterator[Cause]:
    """A factor that is an array: missing, or once too often."""
    for name, factor in known_arrays(e).items():
        missing, extra = _changed(e, factor)
        if any(e.equal(e.wrong, gradient) for gradient in missing):
            yield Cause(("missing", name), f"A factor is missing: {name}.")
        elif any(e.equal(e.wrong, gradient) for gradient in extra):
            yield Cause(("extra", name), f"A factor appears once too often: {name}.")


def _changed(e: Evidence, factor: Array) -> tuple[list[Array], list[Array]]:
    """The right gradient without an array as a factor, and with it once more."""
    missing, extra = [], []
    if _broadcasts(factor, e.z.shape):
        missing.append(e.right / factor)
        extra.append(e.right * factor)
    output = e.trial.output
    if isinstance(output, np.ndarray) and _broadcasts(factor, output.shape):
        factors = np.broadcast_to(factor, output.shape).ravel()
        missing.append(e.gradient_for(e.upstream / factors))
        extra.append(e.gradient_for(e.upstream * factors))
    return missing, extra


def _broadcasts(factor: Array, shape: tuple[int, ...]) -> bool:
    if factor.size < 2 or factor.ndim > len(shape):
        return False
    pairs = zip(factor.shape[::-1], shape[::-1], strict=False)
    return all(one in (1, size) for one, size in pairs)


def one_factor(e: Evidence) -> Iterator[Cause]:
    """One factor for all elements, which depends on the values."""
    factor = common_factor(e, e.wrong, e.right)
    if factor is None or e.z.size < 3:
        return
    if e.trial.kind == "loss":
        loss = float(e.trial.output)
        for form, value in (
            ("the loss itself", loss),
            ("1 / the loss", 1 / loss),
            ("2 x the loss", 2 * loss),
        ):
            if near(factor, value):
                yield Cause(("loss", form), f"It is the correct gradient times {form}.")
    words = (
        "It is the correct gradient times a factor that is the same for all elements, but differs from"
    )
    yield Cause("one factor", f"{words} input to input.")


def summed(e: Evidence) -> Iterator[Cause]:
    """The right gradient, summed or averaged over one of its own axes."""
    for axis, size in enumerate(e.right.shape):
        for what, function in (("sum", np.sum), ("mean", np.mean)):
            found = np.broadcast_to(function(e.right, axis=axis, keepdims=True), e.right.shape)
            if size > 1 and e.equal(e.wrong, found):
                words = f"Every element is the {what} of the correct gradient over axis {axis}."
                yield Cause(("summed", what, axis), words)


STATISTICS: dict[str, Callable[..., Array]] = {
    "norm": np.linalg.norm,
    "deviation": np.std,
    "variance": np.var,
    "sum": np.sum,
    "mean": np.mean,
    "maximum": np.max,
}


def group_factor(e: Evidence) -> Iterator[Cause]:
    """A factor that is the same within each sample, or each feature, but differs between them."""
    if e.z.ndim < 2 or e.block not in e.trial.inputs:
        return
    ratio = e.wrong / e.right
    for axis in (-1, 0):
        of = "feature" if axis == 0 else "sample" if e.z.ndim == 2 else "row along the last axis"
        r = ratio.mean(axis=axis, keepdims=True)
        if (
            e.z.shape[axis] < 3
            or not e.equal(e.wrong, r * e.right)
            or e.equal(e.wrong, r.mean() * e.right)
        ):
            continue
        for name, value in _statistics(e, axis):
            for form, power in (("{}", 1), ("1 / {}", -1), ("{} squared", 2), ("1 / {} squared", -2)):
                if np.allclose(r, value**power, rtol=1e-5):
                    words = f"It is the correct gradient times {form.format(name)} (of each {of})."
                    yield Cause(("statistic", of, name, power), words)
        words = f"It is the correct gradient times a wrong factor, the same within each {of}."
        yield Cause(("group", of), words)


def _statistics(e: Evidence, axis: int) -> Iterator[tuple[str, Array]]:
    arrays = {"the input": e.z}
    if np.shape(e.trial.output) == e.z.shape:
        arrays["the output"] = e.trial.output
    for name, array in arrays.items():
        for what, function in STATISTICS.items():
            yield f"the {what} of {name}", function(array, axis=axis, keepdims=True)
