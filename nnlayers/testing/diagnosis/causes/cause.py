"""A cause of a wrong gradient, and the arrays and numbers that may explain one."""

import math
from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nnlayers.core import tree
from nnlayers.core.checks import Array
from nnlayers.core.origin import is_built_in
from nnlayers.core.parameter import Parameter
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.plan import AS_GIVEN


class Cause(NamedTuple):
    """What may have caused a wrong gradient."""

    key: Hashable
    """What has to be the same at two independent points for the cause to be believed."""
    words: str
    rank: int = 0
    """Its place in the order of causes, the plainest first."""


Hypothesis: TypeAlias = Callable[[Evidence], Iterator[Cause]]


def known_arrays(e: Evidence) -> dict[str, Array]:
    """The arrays that a gradient may be multiplied by, in words."""
    trial = e.trial
    found = {trial.in_words(name): array for name, array in trial.inputs.items()}
    thing = trial.fresh()
    for path, state in thing.named_states():
        if state.value.all():
            found[repr(path)] = state.value
    if isinstance(trial.output, np.ndarray) and trial.output.size > 1:
        found["the output"] = trial.output
    return {name: array for name, array in found.items() if array.dtype.kind == "f" and array.size}


def sizes(e: Evidence) -> dict[str, int]:
    """The sizes by which a gradient may be divided, in words: the batch size, other axes, products.

    They are those that differ between two points.
    """
    case = e.trial.case
    if case is None or not case.sizes or case.regime == AS_GIVEN:  # they are the same at all points
        return {}
    first = next(iter(e.trial.inputs.values()))
    found = {"the batch size": len(first)} if first.ndim else {}
    if len(case.sizes) > 1:
        batch = next(iter(case.sizes))
        found |= {name: size for name, size in case.sizes.items() if name != batch}
    single = list(found.items())
    for place, (one, size) in enumerate(single):
        for other, factor in single[place + 1 :]:
            found[f"{one} times {other}"] = size * factor
    return {name: size for name, size in found.items() if size > 1}


def fixed_sizes(e: Evidence) -> dict[int, str]:
    """The sizes of an instance's input that are the same at all points, and the axes that have them."""
    first = next(iter(e.trial.inputs.values()))
    found: dict[int, str] = {}
    for size in first.shape[1:] if e.trial.case is None or len(e.trial.case.sizes) == 1 else ():
        axes = [str(axis) for axis, other in enumerate(first.shape) if axis and other == size]
        found[size] = (
            f"the size of ax{'e' if len(axes) > 1 else 'i'}s {' and '.join(axes)} of the input"
        )
    return found


def numbers(e: Evidence) -> dict[str, float]:
    """The numbers that the subject holds, by their names; no sizes of arrays."""
    found: dict[str, float] = {}

    def items(value: Any) -> tree.Items:
        return vars(value).items() if isinstance(value, tree.Holder) else tree.held_items(value)

    thing = e.trial.fresh()
    for kind in reversed(type(thing).__mro__):
        if not is_built_in(kind):
            found |= {name: value for name, value in vars(kind).items() if type(value) in (int, float)}
    for path, value in tree.walk(thing, items):
        if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
            found[path] = float(value)
        elif isinstance(value, Parameter) and value.value.size == 1:
            found[path] = float(value.value.ravel()[0])
    lengths = {size for array in e.trial.blocks.values() for size in array.shape}
    return {path: value for path, value in found.items() if value not in {0.0, 1.0, -1.0, *lengths}}


CONSTANTS = {
    "log(2)": math.log(2),
    "log(10)": math.log(10),
    "pi": math.pi,
    "sqrt(2)": math.sqrt(2),
    "sqrt(2 pi)": math.sqrt(2 * math.pi),
    "sqrt(2 / pi)": math.sqrt(2 / math.pi),
}


def near(one: float, other: float) -> bool:
    """True if two constants are the same, as far as a numeric gradient can show."""
    return math.isclose(one, other, rel_tol=1e-5)
