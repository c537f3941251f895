"""The base of containers."""

from collections.abc import Iterator
from typing import Any, Self, overload

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.structures import each


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


def _hollow(array: Any) -> Any:
    """Zeros of the same shape and dtype that take no memory."""
    return np.broadcast_to(np.zeros((), array.dtype), array.shape)
