"""The smallest case of a wrong gradient: few samples, round numbers, and its code."""

import itertools
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.testing.plan import Case, Spec, Values
from nnlayers.testing.trials import INPUT, LayerTrial
from nnlayers.testing.value import check_block

MAX_NUMBERS = 60  # in the input and the parameters, to be shown as code


def simplify(
    build: Callable[[dict[str, int]], Layer],
    spec: Spec,
    case: Case,
    values: Values | None,
    block: str,
    redraw: Collection[str],
) -> LayerTrial | None:
    """The first of many small cases with round numbers in which the block is still wrong."""
    sizes_to_try = sorted(
        itertools.product((1, 2, 3), repeat=len(spec.names)), key=lambda s: (sum(s), s)
    )
    for sizes in itertools.islice(sizes_to_try, 40):
        named = dict(zip(spec.names, sizes, strict=True))
        for trial in _round_trials(build, spec, named, case, values, redraw):
            if block in trial.blocks and _is_wrong(trial, block):
                return trial
    return None


def _round_trials(
    build: Callable[[dict[str, int]], Layer],
    spec: Spec,
    sizes: dict[str, int],
    case: Case,
    values: Values | None,
    redraw: Collection[str],
) -> Iterator[LayerTrial]:
    for seed in range(2):
        try:
            small_case = spec.case(sizes, case.regime, case.seed + seed)
            trial = LayerTrial(build(sizes), small_case, values, redraw=redraw)
            rng = np.random.default_rng(seed)
            layer = trial.fresh()
            for parameter in layer.parameters():
                parameter.value[...] = _round_to_quarters(parameter.value)
            x = trial.x
            if x.dtype.kind == "f" and not trial.values_given:
                x = _round_to_quarters(x)
            trial.set(layer, x, rng)
            trial._upstream = _round_to_quarters(trial.upstream)
        except Exception:  # these sizes are impossible: try others
            continue
        yield trial


def _round_to_quarters(array: Array) -> Array:
    """Round to multiples of 1/4, but never to zero."""
    rounded = np.round(4 * array) / 4
    return np.where((rounded == 0) & (array != 0), np.where(array < 0, -0.25, 0.25), rounded)


def _is_wrong(trial: LayerTrial, block: str) -> bool:
    try:
        return check_block(trial, block, np.random.default_rng(0)).outcome == "wrong"
    except Exception:
        return False


def as_code(trial: LayerTrial, block: str, is_factory: bool, wrong: Array, right: Array) -> list[str]:
    """Code that shows the wrong gradient; empty if it would be too long, or needs a generator."""
    layer = trial.fresh()
    parts = [part for _, part in layer.named_parts()]
    numbers = trial.x.size + sum(p.value.size for p in layer.parameters())
    if numbers > MAX_NUMBERS or any(isinstance(part, np.random.Generator) for part in parts):
        return []
    sizes = trial.case.sizes if trial.case else {}
    size_arguments = ", ".join(
        f"{name}={size}" for name, size in sizes.items() if name in trial.size_arguments
    )
    lines = [f"layer = {f'make({size_arguments})' if is_factory else 'layer'}.astype(np.float64)"]
    if layer.parameters():
        lines[0] += "; p = dict(layer.named_parameters())"
    lines += [f"p[{path!r}].value[...] = {_literal(p.value)}" for path, p in layer.named_parameters()]
    lines.append(f"layer.forward({_array_literal(trial.x)})")
    backward = f"layer.backward({_array_literal(trial.upstream)})"
    if block == INPUT:
        lines.append(f"found = {backward}")
    else:
        lines += [backward, f"found = p[{block!r}].grad"]
    shown = f"  # {_literal(wrong, 4)}, should be {_literal(right, 4)}"
    lines[-1] += shown if len(lines[-1] + shown) < 90 else "  # see the element above"
    return lines


def _array_literal(array: Array) -> str:
    if array.dtype.kind != "f":
        return f"np.array({array.tolist()})"
    return f"np.array({_literal(array)})" if array.size else f"np.zeros({array.shape})"


def _literal(array: Array, digits: int = 17) -> str:
    def words(value: Any) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(words, value))}]"
        short = f"{value:.{digits}g}"
        return repr(float(short)) if float(short) == value or digits < 17 else repr(value)

    return words(np.asarray(array, np.float64).tolist())
