"""The smallest case as code that can be run."""

from typing import TYPE_CHECKING, Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import arrays_in
from nnlayers.testing.trial import INPUT, Trial

if TYPE_CHECKING:
    from nnlayers.testing.subjects import Subject

MAX_NUMBERS = 60  # in the input and the parameters


def as_code(subject: "Subject", trial: Trial, block: str, wrong: Array, right: Array) -> list[str]:
    """Code that shows the wrong gradient; empty if it would be too long, or needs a generator."""
    thing = trial.fresh()
    parts = [part for _, part in thing.named_parts()]
    numbers = sum(array.size for array in trial.inputs.values())
    numbers += sum(p.value.size for p in thing.parameters())
    if numbers > MAX_NUMBERS or any(isinstance(part, np.random.Generator) for part in parts):
        return []
    lines = subject.code(trial, block)
    if lines:
        wrong, right = wrong + 0.0, right + 0.0  # no -0.0
        digits = next((few for few in (4, 8) if literal(wrong, few) != literal(right, few)), 12)
        shown = f"  # {literal(wrong, digits)}, should be {literal(right, digits)}"
        lines[-1] += shown if len(lines[-1] + shown) < 90 else "  # see the element above"
    return lines


def layer_code(subject: "Subject", trial: Trial, block: str) -> list[str]:
    """The passes of a layer (or of a loss), with ``found``, the gradient of the block."""
    thing = trial.fresh()
    kind = trial.kind
    sizes = trial.case.sizes if trial.case else {}
    made = kind
    if subject.is_factory:
        named = (f"{name}={size}" for name, size in sizes.items() if name in subject.size_arguments)
        made = f"make({', '.join(named)})"
    lines = [f"{kind} = {made}.astype(np.float64)"]
    if thing.parameters():
        lines[0] += f"; p = dict({kind}.named_parameters())"
    lines += [f"p[{path!r}].value[...] = {literal(p.value)}" for path, p in thing.named_parameters()]
    target = f", {_target(getattr(trial, 'target', None))}" if kind == "loss" else ""
    lines.append(f"{kind}.forward({arrays(trial.x)}{target})")
    backward = f"{kind}.backward({arrays(trial.upstream)})"
    if block in trial.inputs:
        lines.append(f"found = {backward}{block.removeprefix(INPUT)}")
    else:
        lines += [backward, f"found = p[{block!r}].grad"]
    return lines


def arrays(x: Any) -> str:
    """An array, a number, or a tuple of them, as code."""
    if isinstance(x, tuple):
        return f"({', '.join(map(arrays, x))}{',' * (len(x) == 1)})"
    if not isinstance(x, np.ndarray):
        return repr(x)
    if x.dtype.kind != "f":
        return f"np.array({x.tolist()})"
    return f"np.array({literal(x)})" if x.size else f"np.zeros({x.shape})"


def _target(target: Any) -> str:
    return arrays(target) if any(True for _ in arrays_in(target)) else repr(target)


def literal(array: Array, digits: int = 17) -> str:
    """Numbers as code, in as few digits as they need."""

    def words(value: Any) -> str:
        if isinstance(value, list):
            return f"[{', '.join(map(words, value))}]"
        short = f"{value:.{digits}g}"
        return repr(float(short)) if float(short) == value or digits < 17 else repr(value)

    return words(np.asarray(array, np.float64).tolist())
