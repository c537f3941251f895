"""The trial of layers with zeros when a container is built."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.placement import moved_beside
from nnlayers.core.structures import arrays_in, as_arrays, each, sample_shape, zeros
from nnlayers.core.tree import walk
from nnlayers.layers.container import Container

SEQUENCES = (16,), (17,), (1025,), (), (32, 32)
"""The axes of steps that are tried, in this order, where any length is taken; at last none, and images.

A stride may give 16 and 17 steps the same output; a much longer sequence tells them apart."""


def try_layer(layer: Layer, x: Any, *, anew: bool = False) -> Any:
    """The output for some zeros; unless ``anew``, from a built-in container that tried the same.

    Raises
    ------
    TypeError
        The layer returned None.
    """
    known = layer.trial if isinstance(layer, Container) and is_built_in(type(layer)) else None
    if known and not anew and known[0] is layer.layers and _kinds(x) == _kinds(known[1]):  # type: ignore[attr-defined]
        return known[2]
    with np.errstate(all="ignore"):
        y = layer.predict(moved_beside(layer, x))
    if y is None:
        raise TypeError(f"{type(layer).__name__}.predict returned None: return the output")
    return as_arrays(y)


def zeros_for(layer: Layer, shape: Any) -> Any:
    """A row of zeros for a layer; if it is a container that tried one of this shape, the same."""
    trial = layer.trial if isinstance(layer, Container) else None
    if trial and sample_shape(trial[1]) == shape:
        return trial[1]
    return zeros(shape, layer.takes_integers, layer.dtype)


def fits_more_axes(
    attempt: Callable[[tuple[int, ...]], object],
    several: tuple[tuple[int, ...], ...] = ((32,), (32, 32)),
) -> bool:
    """True if a trial succeeds with other axes before the last, where it failed with single vectors.

    The shape ``(features,)`` of a layer that works along the last axis does not say which it is: by
    default, sequences and images are tried.
    """
    for axes in several:
        with suppress(Exception):
            attempt(axes)
            return True
    return False


def per_sample(x: Any) -> str:
    """The shapes, with N for the samples."""
    return str(each(lambda array: ("N", *array.shape[1:]), x)).replace("'", "")


def _kinds(x: Any) -> list[tuple[Any, ...]]:
    """Names, shapes and dtypes of the arrays."""
    return [(name, array.shape, array.dtype) for name, array in arrays_in(x)]


def try_from(
    container: Container, start: int, first: Any, *, anew: bool = False, reached: Any = None
) -> None:
    """Predict zeros, from one of the layers on; the list ``reached`` gets the input of each.

    Raises
    ------
    ValueError
        One layer cannot follow the one before it.
    """
    x, layers, name = first, container.layers, type(container).__name__
    for index, layer in enumerate(layers[start:], start):
        if reached is not None:
            reached.append((index, x))
        try:
            x = try_layer(layer, x, anew=anew)
        except NotImplementedError:
            return  # a layer that cannot predict can still be trained
        except (ValueError, TypeError, IndexError) as error:
            before = f"the input of shape {per_sample(x)}"
            if index > start:
                before = f"layer {index - 1}, {layers[index - 1]!r}, whose output is {per_sample(x)}"
            raise ValueError(
                f"{name}: layer {index}, {layer!r}, cannot follow {before}: {error}"
            ) from error
        except Exception as error:
            error.add_note(f"in layers.{index}, {type(layer).__name__}, tried with zeros")
            raise
    if start == 0:
        container.remember_trial(first, x)


def try_sequences(container: Container) -> None:
    """Try sequences, from the first layer that knows its last axis or takes integers.

    Only what fits no length is refused: after a Flatten, for example, the length decides.

    Raises
    ------
    ValueError
        One layer cannot follow the one before it.
    """
    known = (layer.input_shape is not None or _takes_sequences(layer) for layer in container)
    start = next((index for index, found in enumerate(known) if found), 0)
    layer = container.layers[start]
    if layer.input_shape is not None or not _takes_sequences(layer):
        return

    def attempt(axes: tuple[int, ...], reached: Any = None) -> None:
        shape = axes if layer.takes_integers else (*axes, layer.last_axis)
        try_from(container, start, zeros_for(layer, shape), reached=reached)

    first: tuple[int, Any, ValueError] | None = None
    for axes in SEQUENCES:
        reached: list[tuple[int, Any]] = []
        try:
            attempt(axes, reached)
        except ValueError as error:
            place, x = reached[-1]
            first = first or (place, x, error)
            if len(axes) != 1 and place < first[0]:
                continue  # a layer before that place works for sequences only
            if place != first[0] or not _never_fits(container.layers[place], first[1], x):
                return
        except Exception:  # of a user's layer, which may not take zeros
            return
        else:
            return
    if first is not None:
        raise first[2]


def _takes_sequences(layer: Layer) -> bool:
    """True if it takes an array of integers, or knows the size of the last axis."""
    return layer.last_axis is not None or layer.takes_integers is True


def _never_fits(layer: Layer, x: Any, other: Any) -> bool:
    """True if the input of a layer that failed for two lengths would be wrong for any."""
    if _kinds(x) == _kinds(other):
        return True
    last = known_last_axis(layer)
    sizes = {np.shape(array)[-1:] for array in (x, other) if not isinstance(array, tuple)}
    return last is not None and len(sizes) == 1 and sizes != {(last,)}


def known_last_axis(layer: Layer) -> int | None:
    """The size of the last axis that a layer takes; None if it holds, or is, one with its own forward.

    Such a layer may reshape its input, and inherit what it says of it.
    """
    if not all(is_built_in(type(part).forward) for part in _layers_in(layer)):
        return None
    last = layer.input_shape[-1] if layer.input_shape else layer.last_axis
    return last if isinstance(last, int) else None


def _layers_in(layer: Layer) -> list[Layer]:
    """The layer, and all that it holds."""
    return [layer, *(part for _, part in walk(layer) if isinstance(part, Layer))]
