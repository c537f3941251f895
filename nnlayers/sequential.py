"""The container: layers one after another, itself a layer."""

from collections.abc import Iterable, Iterator
from typing import Any, overload

import numpy as np

from nnlayers.arrays import Array, as_array, real_array
from nnlayers.layer import Layer
from nnlayers.saved import tickets


class Sequential(Layer):
    """Layers one after another: ``y = layer_n(... layer_1(x))``.

    It has a length, can be indexed, sliced and iterated, and nested, since it is a layer itself. The
    same layer object may stand in it twice (shared weights).

    Real input is converted once, at its door, to the dtype of its first parameter (unless the first
    layer takes integers). When it is built, one row of zeros is tried, from the first layer on that
    knows the shape of its input, so that layers which do not fit are found there.

    Parameters
    ----------
    *layers : Layer
        At least one. They are kept, in a tuple, in ``.layers``.

    Raises
    ------
    TypeError
        Something is no layer; later, an input that is not made of real numbers.
    ValueError
        There is no layer, or one cannot follow the one before it.

    Examples
    --------
    >>> model = nn.Sequential(nn.Dense(4, 3, rng=0), nn.ReLU(), nn.Dense(3, 2, rng=1))
    >>> model.predict(np.ones((5, 4))).shape
    (5, 2)
    >>> model[0], len(model[1:])
    (Dense(4, 3), 2)
    >>> [path for path, parameter in model.named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.2.weight', 'layers.2.bias']
    """

    def __init__(self, *layers: Layer) -> None:
        if not layers:
            raise ValueError("Sequential: expected at least one layer, got none")
        for index, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                hint = ""
                if isinstance(layer, type):
                    hint = f" (a class: did you mean {layer.__name__}(...)?)"
                elif isinstance(layer, (list, tuple)):
                    hint = " (unpack it: Sequential(*layers))"
                raise TypeError(f"Sequential: expected a Layer at place {index}, got {layer!r}{hint}")
        self.layers = layers
        self._try_row_of_zeros()

    def _try_row_of_zeros(self) -> None:
        """Run predict from the first layer on that knows the shape of its input."""
        known = [index for index, layer in enumerate(self.layers) if layer.input_shape is not None]
        if not known:
            return
        start = self.layers[known[0]]
        x: Array = np.zeros(
            (1, *(start.input_shape or ())), np.intp if start.takes_integers else self._dtype()
        )
        for index, layer in enumerate(self.layers[known[0] :], known[0]):
            try:
                with np.errstate(all="ignore"):
                    y = layer.predict(x)
            except NotImplementedError:
                return  # a layer that cannot predict can still be trained
            except (ValueError, TypeError, IndexError) as error:
                before = "the input that it asks for"
                if layer is not start:
                    before = f"layer {index - 1}, {self.layers[index - 1]!r}, whose output is {x.shape}"
                raise ValueError(
                    f"Sequential: layer {index}, {layer!r}, cannot follow {before}: {error}"
                ) from error
            x = y

    @property
    def takes_integers(self) -> bool:  # type: ignore[override]
        return self.layers[0].takes_integers

    @property
    def input_shape(self) -> tuple[int, ...] | None:  # type: ignore[override]
        return self.layers[0].input_shape

    # The verbs

    def forward(self, x: Array) -> Array:
        x = self._at_the_door(x)
        since = next(tickets)  # what is saved from here on belongs to this pass
        y = self._chain("forward", enumerate(self.layers), x, since)
        self.save_for_backward(since)
        return y

    def predict(self, x: Array) -> Array:
        return self._chain("predict", enumerate(self.layers), self._at_the_door(x))

    def backward(self, grad: Array) -> Any:
        since = self.saved()
        grad = self._chain("backward", reversed(list(enumerate(self.layers))), grad, since)
        if grad is None:  # integers ended the way back, perhaps before the first layer
            self._forget_all(since)
        return grad

    def backward_parameters(self, grad: Array) -> None:
        since = self.saved()
        first = self._first_trainable()
        places = list(enumerate(self.layers))[first:]
        grad = self._chain("backward", reversed(places[1:]), grad, since)
        if grad is not None:
            self._chain("backward_parameters", places[:1], grad, since)
        if first or grad is None:  # the layers that were not gone back to saved values too
            self._forget_all(since)

    def _chain(
        self, verb: str, places: Iterable[tuple[int, Layer]], value: Any, since: int | None = None
    ) -> Any:
        """Run layers one after another; a pass that fails is dropped whole, with what it saved."""
        for index, layer in places:
            try:
                value = getattr(layer, verb)(value)
                if value is None and verb == "backward":
                    if index and not layer.takes_integers:
                        raise TypeError(
                            f"{layer!r}.backward returned None: return the gradient of the input (only "
                            "a layer of integers, with takes_integers = True, has none)"
                        )
                    break  # no gradient goes further back
            except BaseException as error:
                if since is not None:
                    self._forget_all(since)
                error.add_note(f"in layers.{index}, {type(layer).__name__}")
                raise
        return value

    def _at_the_door(self, x: Array) -> Array:
        dtype = self._dtype()
        if dtype is None or self.takes_integers:
            return as_array(x)
        return real_array(x, dtype, "Sequential")

    def _dtype(self) -> np.dtype[Any] | None:
        return next((dtype for layer in self.layers if (dtype := layer._dtype()) is not None), None)

    def _first_trainable(self) -> int:
        for index, layer in enumerate(self.layers):
            if layer._trains():
                return index
        return len(self.layers)

    # A sequence of layers

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    @overload
    def __getitem__(self, index: int) -> Layer: ...
    @overload
    def __getitem__(self, index: slice) -> "Sequential": ...
    def __getitem__(self, index: int | slice) -> "Layer | Sequential":
        chosen = self.layers[index]
        return Sequential(*chosen) if isinstance(chosen, tuple) else chosen

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


def leaves(layer: Layer, path: str = "") -> Iterator[tuple[str, Layer]]:
    """The layers in the order of the forward pass with their paths, nested Sequentials unfolded."""
    if isinstance(layer, Sequential):
        for index, child in enumerate(layer.layers):
            yield from leaves(child, f"{path}.layers.{index}" if path else f"layers.{index}")
    else:
        yield path, layer
