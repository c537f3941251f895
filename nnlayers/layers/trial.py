"""The trial of layers with zeros when a container is built."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.structures import arrays_in, as_arrays, each, sample_shape, zeros
from nnlayers.layers.container import Container

LENGTHS = (16, 17)
"""The lengths that are tried of sequences that may have any."""


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
        y = layer.predict(x)
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
    """True if a trial succeeds with sequences, or with images, where it failed with single vectors.

    The shape ``(features,)`` of a layer that works along the last axis does not say which it is.
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

    failures = []
    for steps in LENGTHS:
        reached: list[tuple[int, Any]] = []
        try:
            attempt((steps,), reached)
        except ValueError as error:
            failures.append((error, *reached[-1]))
        except Exception:  # of a user's layer, which may not take zeros
            return
        else:
            return
    (failure, place, x), (_, other_place, other_x) = failures
    hopeless = place == other_place and _never_fits(container.layers[place], x, other_x)
    if hopeless and not fits_more_axes(attempt, ((), (32, 32))):
        raise failure


def _takes_sequences(layer: Layer) -> bool:
    """True if it takes an array of integers, or knows the size of the last axis."""
    return layer.last_axis is not None or layer.takes_integers is True


def _never_fits(layer: Layer, x: Any, other: Any) -> bool:
    """True if the input of a layer that failed for two lengths would be wrong for any."""
    if _kinds(x) == _kinds(other):
        return True
    last = layer.last_axis if layer.input_shape is None else layer.input_shape[-1]
    sizes = {np.shape(array)[-1:] for array in (x, other) if not isinstance(array, tuple)}
    return isinstance(last, int) and len(sizes) == 1 and sizes != {(last,)}
