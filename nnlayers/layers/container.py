"""The base of containers, and the trial of layers when a container is built."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Self, overload

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.structures import arrays_in, as_arrays, each, sample_shape, zeros


class Container(Layer):
    """Base of layers that hold a number of layers, in a tuple, ``layers``.

    It has a length, and can be indexed, sliced and iterated.
    """

    in_summary = "both"
    trial: tuple[tuple[Layer, ...], Any, Any] | None = None
    """The trial when it was built: the layers, zeros, and their output."""

    def __init__(self, *layers: Layer) -> None:
        name = type(self).__name__
        if not layers:
            raise ValueError(f"{name}: expected at least one layer, got none")
        given: tuple[object, ...] = layers
        for index, layer in enumerate(given):
            if not isinstance(layer, Layer):
                hint = ""
                if isinstance(layer, type):
                    hint = f" (a class: did you mean {layer.__name__}(...)?)"
                elif isinstance(layer, (list, tuple)):
                    hint = f" (unpack it: {name}(*layers))"
                raise TypeError(f"{name}: expected a Layer at place {index}, got {layer!r}{hint}")
        self.layers = layers

    def attributes_to_walk(self) -> dict[str, Any]:
        """The attributes, without the trial, which is neither copied nor pickled."""
        attributes = super().attributes_to_walk().copy()
        attributes.pop("trial", None)
        return attributes

    def place(self, index: int) -> str:
        """The path of a layer, for errors of a pass."""
        return f"layers.{index}"

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    @overload
    def __getitem__(self, index: int) -> Layer: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Layer | Self:
        chosen = self.layers[index]
        return self.made_of(chosen) if isinstance(chosen, tuple) else chosen

    def made_of(self, layers: tuple[Layer, ...]) -> Any:
        """A container of the same kind; of the built-in kind, if a subclass is made otherwise."""
        kind: Any = next(base for base in type(self).__mro__ if is_built_in(base))
        own: Any = type(self)
        return own(*layers) if own.__init__ is kind.__init__ else kind(*layers)

    def remember_trial(self, x: Any, y: Any) -> None:
        """Keep the output for some zeros, so that containers around this one need not try again."""
        self.trial = self.layers, each(_hollow, x), each(_hollow, y)


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


def fits_more_axes(attempt: Callable[[tuple[int, ...]], object]) -> bool:
    """True if a trial succeeds with sequences, or with images, where it failed with single vectors.

    The shape ``(features,)`` of a layer that works along the last axis does not say which it is.
    """
    for axes in ((32,), (32, 32)):
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


def _hollow(array: Any) -> Any:
    """Zeros of the same shape and dtype that take no memory."""
    return np.broadcast_to(np.zeros((), array.dtype), array.shape)
