"""What a training pass costs a model: the bytes that it saves for backward, the multiplications."""

import copy
from collections import defaultdict
from collections.abc import Container, Iterator
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.component import Component
from nnlayers.core.placement import on_host
from nnlayers.core.saving import new_ticket, pending_saves
from nnlayers.core.structures import sample_shape, zeros
from nnlayers.core.watch import observe_itself


class Cost(NamedTuple):
    """One forward of a layer, and of the layers in it that have no row of their own."""

    output: Any
    """The shape of a sample of its output."""
    saved: int
    """The bytes that it saves for backward."""
    multiplications: int
    """Those of the matrices in it, as far as they are known."""
    unknown: bool
    """True if there are more of them."""


def costs(model: Any, shape: Any, paths: Container[str]) -> dict[str, list[Cost]]:
    """For the layers with these paths, the cost a sample of each of their forwards.

    Forwards of two and of three samples of zeros are compared, so that what does not grow with their
    number is left out.
    """
    two, three = (_forwards(model, shape, samples, paths) for samples in (2, 3))
    return {
        path: [
            one._replace(saved=other.saved - one.saved)
            for one, other in zip(forwards, three[path], strict=False)
        ]
        for path, forwards in two.items()
    }


def _forwards(model: Any, shape: Any, samples: int, paths: Container[str]) -> dict[str, list[Cost]]:
    """The same for one forward of a copy, with what is saved for all samples."""
    calls: list[tuple[str, Any, int | None, int]] = []

    def see(path: str, layer: Component, x: Any, y: Any) -> None:
        multiplications = layer.own_multiplications(*sample_shape(x))
        calls.append((path, sample_shape(y), multiplications, new_ticket()))

    twin = copy.deepcopy(on_host(model))
    x = zeros(shape, model.takes_integers, model.dtype, samples)
    with np.errstate(all="ignore"):
        observe_itself(twin, "forward", x, see)
    saves = pending_saves(twin)[::-1]
    counted = {id(_owner(state.value)) for _, state in twin.named_states()}
    found: dict[str, list[Cost]] = defaultdict(list)
    sums: list[int | None] = []
    saved = 0
    for path, output, multiplications, end in calls:
        sums.append(multiplications)
        while saves and saves[-1][0] < end:
            for array in map(_owner, _arrays(saves.pop()[1])):
                saved += 0 if id(array) in counted else array.nbytes
                counted.add(id(array))
        if path in paths:  # what ended before it, and has no row, is in it
            found[path].append(Cost(output, saved, sum(n or 0 for n in sums), None in sums))
            sums, saved = [], 0
    return found


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """The arrays in a saved value: in tuples, lists and dicts, too."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _arrays(item)


def _owner(array: np.ndarray) -> np.ndarray:
    """The array whose memory a view shows."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
