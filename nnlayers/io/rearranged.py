"""A layer's weights as another library arranges them, both ways from one function.

A function of a format returns the other library's arrays, made of the layer's own by transposing,
reshaping, slicing and joining. It is called with a copy of the layer that holds numbers from 0 on in
place of weights: so each value of the other library's arrays says which of ours it is.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.state import State
from nnlayers.core.tree import own_parts, walk
from nnlayers.io.formats import Format

Names: TypeAlias = tuple[str, ...]


class Unit:
    """A layer with weights, and the arrays that another library has for them.

    Attributes
    ----------
    arrays : dict of tuple of str to array
        For names of the other library, the place of each value in all values of the layer; the arrays
        of several names are added up.
    shared : bool
        True if another unit has a weight of this one, so that it may be given there.
    """

    def __init__(
        self, form: Format, path: str, layer: Any, prepare: Callable[[Layer, Layer], object]
    ) -> None:
        self.path, self.layer, self.shared = path, layer, False
        self.name = f"{path}, {type(layer).__name__}" if path else type(layer).__name__
        self.who = f"{form.who}: {self.name}"
        function = form.function(layer)
        twin = layer.astype(np.float64)
        self.states = [state for _, state in layer.named_states()]
        first = 0
        for _, state in twin.named_states():
            size = state.value.size
            state.value[...] = np.arange(first, first + size).reshape(state.value.shape)
            first += size
        try:
            prepare(layer, twin)
        except ValueError as error:
            raise ValueError(f"{self.who}: {error}") from None
        found = function(twin)
        self.arrays = {
            _names(name): self._places(name, array, first)
            for name, array in found.items()
            if array is not None
        }
        reached = np.zeros(first, bool)
        for places in self.arrays.values():
            reached[places] = True
        if not reached.all():
            raise ValueError(f"{self.who}: its function leaves out some of its weights")

    def _places(self, name: Any, array: Any, size: int) -> Array:
        values = np.asarray(array.value if isinstance(array, State) else array)
        places: Array = values.astype(np.int32 if size < 2**31 else np.int64)
        if (places != values).any() or (places < 0).any() or (places >= size).any():
            raise ValueError(
                f"{self.who}: its function computes with the weights for {name!r}: it may transpose, "
                "reshape, slice and join them"
            )
        return places

    def export(self) -> dict[Names, Array]:
        """The arrays of the other library."""
        values = np.concatenate([state.value.ravel() for state in self.states])
        return {names: values[places] for names, places in self.arrays.items()}

    def bring(
        self, given: Mapping[Names, Array], values: dict[int, tuple[State, Array, Array]]
    ) -> None:
        """Write arrays of the other library into ``values``, which has those of each state by its id.

        Raises
        ------
        ValueError
            Two arrays differ that are one here; some values are not given.
        """
        dtype = np.result_type(*given.values()) if given else np.dtype(np.float32)
        size = sum(state.value.size for state in self.states)
        flat, known = np.zeros(size, dtype), np.zeros(size, bool)
        for names, array in given.items():
            places = self.arrays[names]
            _write(flat, known, places, array, f"{self.who}: {' + '.join(names)}")
        first = 0
        for state in self.states:
            shape = state.value.shape
            part = slice(first, first := first + state.value.size)
            fresh = state, np.zeros(shape, dtype), np.zeros(shape, bool)
            _, kept, seen = values.setdefault(id(state), fresh)
            if known[part].any():
                where = np.flatnonzero(known[part])
                _write(kept.reshape(-1), seen.reshape(-1), where, flat[part][where], self.who)


def _names(name: str | Names) -> Names:
    return name if isinstance(name, tuple) else (name,)


def _write(flat: Array, known: Array, places: Array, new: Array, who: str) -> None:
    """Write values to places, where they may be already, but not other ones."""
    again = known[places]
    if again.any() and not np.array_equal(flat[places][again], new[again], equal_nan=True):
        raise ValueError(f"{who}: the weights are shared here, but two different arrays are given")
    flat[places], known[places] = new, True


def places_of_units(form: Format, *, repeats: bool) -> list[tuple[str, Layer]]:
    """The layers with weights of their own, and their paths, in the order of definition.

    With ``repeats``, a layer that stands at several places is listed for each of them.

    Raises
    ------
    TypeError
        The format does not know a layer that has weights.
    """
    found: list[tuple[str, Layer]] = []
    inside: set[int] = set()
    for path, part in [("", form.model), *walk(form.model, repeats=repeats)]:
        outer = found[-1][0] if found else None
        if outer is not None and (not outer or path.startswith(f"{outer}.")):
            continue  # in a layer that has a function for all of it
        if not isinstance(part, Layer) or (id(part) in inside and not repeats):
            continue
        if any(isinstance(own, State) for _, own in own_parts(part)):
            form.function(part)
            found.append((path, part))
            inside.add(id(part))
    return found


def load_units(
    units: Sequence[tuple[Unit, Mapping[Names, Array]]], twin: Layer, model: Layer, who: str
) -> None:
    """Bring arrays of another library into a model: all, or none.

    The units are those of its twin: the model itself, or the copy of it that is on the host.

    Raises
    ------
    ValueError, TypeError
        An array does not fit, or a weight gets no value.
    """
    values: dict[int, tuple[State, Array, Array]] = {}
    for unit, given in units:
        unit.bring(given, values)
    new = {}
    for path, state in twin.named_states():
        _, array, known = values.get(id(state), (None, np.empty(0), np.zeros(1, bool)))
        if not known.all():
            raise ValueError(f"{who}: nothing is given for {path}, or not all of it")
        new[path] = array
    try:
        model.load_state_dict(new)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{who}: {error}") from error
