"""Exact checks of the numbers that passes return: precision, linearity, overflow."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnlayers.core.checks import Array, describe
from nnlayers.core.structures import each
from nnlayers.testing.contract.comparison import (
    converted,
    first_difference,
    floats,
    is_float,
    nearly_equal,
    plus,
    sum_gradients,
    times,
    times_each,
)
from nnlayers.testing.contract.table import NotApplicable, exact
from nnlayers.testing.inspection import has_float32_precision
from nnlayers.testing.trial import Gradients, Trial
from nnlayers.testing.trials import largest


@exact("layer", "loss", "function")
def repeatable(trial: Trial) -> str | None:
    """Randomness that does not come from a Generator of the layer, or dependence on other objects."""
    one, other = (trial.forward(trial.fresh(), trial.x) for _ in range(2))
    if each(np.shape, one) != each(np.shape, other):
        return f"forward returned {describe(one)}, then {describe(other)}, for the same input"
    if nearly_equal(one, other):
        return None
    if trial.kind == "function":
        return "two calls give different outputs: make the random generator within the function"
    return "two copies give different outputs: draw from a Generator that is an attribute"


@exact("layer", "loss")
def precision(trial: Trial) -> str | None:
    """A hidden conversion to float32."""
    all_float64 = f"the {trial.kind} and its input are float64"
    y, gradients = trial.passes()
    results = dict(_outputs(y)) | {
        f"the gradient of {trial.in_words(block)}": gradient
        for block, gradient in gradients.items()
        if is_float(gradient)
    }
    for what, array in results.items():
        if (dtype := np.asarray(array).dtype) != np.float64:
            return f"{what} is {dtype}, although {all_float64}"
    if (trial.case and trial.case.regime != "normal") or not floats(trial.x):
        raise NotApplicable("the input consists of round numbers")
    if all(has_float32_precision(array) for _, array in floats(trial.x)):
        raise NotApplicable("the input has only float32 precision: does values return float32?")
    for what, array in results.items():
        largest = trial.largest_output if what.startswith("the output") else 0.0
        if has_float32_precision(np.asarray(array), largest):
            return f"{what} has only float32 precision, although {all_float64}"
    return None


def _outputs(y: Any) -> Iterator[tuple[str, Array]]:
    for place, array in floats(y):
        yield f"the output{place}", array


@exact("layer", "loss")
def float32(trial: Trial) -> str | None:
    """float32 input that gives float64 results."""
    thing, x = trial.fresh().astype(np.float32), converted(trial.x, np.float32)
    y = trial.forward(thing, x)
    for _, array in floats(y):
        if isinstance(array, np.ndarray) and array.dtype != np.float32:
            return f"float32 input gives {array.dtype} output"
    gradients = trial.take_gradients(thing, converted(trial.upstream, np.float32))
    for name in trial.inputs:
        gradient = gradients[name]
        if gradient is not None and gradient.dtype != np.float32:
            return f"float32 input gives a {gradient.dtype} gradient of {trial.in_words(name)}"
    predicted = trial.predict(thing, x) if trial.kind == "layer" else None
    if predicted is not None and (wrong := [a for _, a in floats(predicted) if a.dtype != np.float32]):
        return f"float32 input gives a {wrong[0].dtype} prediction"
    return None


@exact("layer", "loss", "function")
def linear(trial: Trial) -> str | None:
    """A backward that is not linear in the upstream gradient: it squares, clips or ignores it."""

    def back(upstream: Any) -> Gradients:
        return trial.passes(upstream=upstream)[1]

    upstream = trial.upstream
    once, rounding = back(upstream), 4e-15 * largest(upstream)
    for factor, words in ((2.0, "2"), (-1.0, "-1"), (1e3, "1,000"), (1e-3, "0.001")):
        scaled = back(times(factor, upstream))
        noise = abs(factor) * rounding  # of a gradient that is zero but for rounding
        if block := first_difference(times_each(factor, once), scaled, 1e-7, noise):
            where, guess = trial.in_words(block), _misused(once, scaled, factor)
            multiple = f"{words} times the"
            return f"{multiple} upstream gradient does not give {multiple} gradient of {where}{guess}"
    for name, second in _other_upstreams(upstream).items():
        part, both = back(second), back(plus(upstream, times(2, second)))
        expected = {block: sum_gradients(g, part[block], part[block]) for block, g in once.items()}
        if block := first_difference(expected, both, 1e-7, 3 * rounding):
            where = trial.in_words(block)
            return f"adding {name} upstream gradient does not add its share to the gradient of {where}"
    if block := first_difference(times_each(0, once), back(times(0, upstream))):
        return f"an upstream gradient of zeros gives a nonzero gradient of {trial.in_words(block)}"
    return None


def _misused(once: Gradients, scaled: Gradients, factor: float) -> str:
    """What backward seems to do with its upstream gradient."""
    if not first_difference(once, scaled, 1e-7):
        return ": backward ignores it, or takes its absolute value"
    if not first_difference(times_each(abs(factor) * factor, once), scaled):
        return ": backward seems to square it"
    return ""


def _other_upstreams(upstream: Any) -> dict[str, Any]:
    """Upstream gradients of the same form."""

    def rolled(u: Any) -> Any:
        return np.roll(u[::-1], 1, axis=-1) if np.ndim(u) else u

    def one_row(u: Any) -> Any:
        return u * (np.arange(len(u)) == 0).reshape(-1, *[1] * (u.ndim - 1)) if np.ndim(u) else u

    def holes(u: Any) -> Any:
        return u * (np.arange(np.size(u)).reshape(np.shape(u)) % 2) if np.ndim(u) else u

    return {
        "another": each(rolled, upstream),
        "a one-row": each(one_row, upstream),
        "a sparse": each(holes, upstream),
    }


@exact("layer", "loss", "function")
def large_values(trial: Trial) -> str | None:
    """Overflow that turns into NaN, as in a naive softmax."""
    if trial.values_given or not floats(trial.x):
        raise NotApplicable(f"the {trial.kind} accepts only some values")
    for dtype in (np.float32, np.float64):
        fed = f"10,000 times the input, in {np.dtype(dtype)},"
        try:
            y, gradients = _pass_of_large_values(trial, dtype)
        except np.linalg.LinAlgError as error:
            raise NotApplicable(f"{fed} gives LinAlgError: {error}") from error
        except Exception as error:
            text = str(error).rstrip(". ")
            return (
                f"{fed} gives {type(error).__name__}: {text}. If the {trial.kind} accepts only some "
                "values, draw the input with values="
            )
        named = {f"the gradient of {trial.in_words(block)}": g for block, g in gradients.items()}
        for what, array in {**dict(_outputs(y)), **named}.items():
            if array is not None and np.isnan(array).any():
                return f"{fed} gives NaN in {what}"
    return None


def _pass_of_large_values(trial: Trial, dtype: Any) -> tuple[Any, Gradients]:
    """Forward and backward of 10,000 times the input."""
    thing = trial.fresh()
    thing = thing if trial.kind == "function" else thing.astype(dtype)
    x = each(lambda array: 1e4 * array if is_float(array) else array, trial.x)
    return trial.passes(thing, converted(x, dtype), converted(trial.upstream, dtype))
