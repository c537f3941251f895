"""The smallest counterexample: few samples, round numbers, and its code."""

import itertools
from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.testing.plan import Case, Spec, Values
from nnlayers.testing.trials import INPUT, LayerTrial
from nnlayers.testing.value import check_block

LARGEST = 60  # elements that are still worth showing as code


def simplify(
    build: Callable[[dict[str, int]], Layer],
    spec: Spec,
    case: Case,
    values: Values | None,
    block: str,
    redraw: Collection[str],
) -> LayerTrial | None:
    """The first of the smaller, rounder cases in which the same block is still wrong."""
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
            again = spec.case(sizes, case.regime, case.seed + seed)
            trial = LayerTrial(build(sizes), again, values, redraw=redraw)
            rng = np.random.default_rng(seed)
            layer = trial.fresh()
            for parameter in layer.parameters():
                parameter.value[...] = _round(parameter.value)
            x = trial.x
            if x.dtype.kind == "f" and not trial.restricted:
                x = _round(x)
            trial.set(layer, x, rng)
            trial._upstream = _round(trial.upstream)
        except Exception:  # these sizes are not possible: try others
            continue
        yield trial


def _round(array: Array) -> Array:
    """Multiples of 1/4, none of them zero where it was not."""
    rounded = np.round(4 * array) / 4
    return np.where((rounded == 0) & (array != 0), np.where(array < 0, -0.25, 0.25), rounded)


def _is_wrong(trial: LayerTrial, block: str) -> bool:
    try:
        return check_block(trial, block, np.random.default_rng(0)).outcome == "wrong"
    except Exception:
        return False


def as_code(trial: LayerTrial, block: str, is_factory: bool, wrong: Array, right: Array) -> list[str]:
    """Lines that show the wrong gradient; empty where they would be too long, or need a generator."""
    layer = trial.fresh()
    parts = [part for _, part in layer.named_parts()]
    numbers = trial.x.size + sum(p.value.size for p in layer.parameters())
    if numbers > LARGEST or any(isinstance(part, np.random.Generator) for part in parts):
        return []
    sizes = trial.case.sizes if trial.case else {}
    wanted = ", ".join(f"{name}={size}" for name, size in sizes.items() if name in trial.wanted)
    lines = [f"layer = {f'make({wanted})' if is_factory else 'layer'}.astype(np.float64)"]
    if layer.parameters():
        lines[0] += "; p = dict(layer.named_parameters())"
    lines += [f"p[{path!r}].value[...] = {_show(p.value)}" for path, p in layer.named_parameters()]
    lines.append(f"layer.forward({_array(trial.x)})")
    backward = f"layer.backward({_array(trial.upstream)})"
    if block == INPUT:
        lines.append(f"found = {backward}")
    else:
        lines += [backward, f"found = p[{block!r}].grad"]
    shown = f"  # {_show(wrong, 4)}, should be {_show(right, 4)}"
    lines[-1] += shown if len(lines[-1] + shown) < 90 else "  # see the element above"
    return lines


def _array(array: Array) -> str:
    if array.dtype.kind != "f":
        return f"np.array({array.tolist()})"
    return f"np.array({_show(array)})" if array.size else f"np.zeros({array.shape})"


def _show(array: Array, digits: int = 17) -> str:
    def words(value: Any) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(words, value))}]"
        short = f"{value:.{digits}g}"
        return repr(float(short)) if float(short) == value or digits < 17 else repr(value)

    return words(np.asarray(array, np.float64).tolist())
