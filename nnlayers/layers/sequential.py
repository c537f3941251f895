"""The container: layers one after another, itself a layer."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from nnlayers.core.building import is_building
from nnlayers.core.frames import Columns
from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.representation import constructor_call
from nnlayers.core.saving import drop_saved, new_ticket, where_failed
from nnlayers.core.structures import as_shape, own_arrays
from nnlayers.layers.container import Container
from nnlayers.layers.trial import fits_more_axes, try_from, try_sequences, zeros_for

__all__ = ["Sequential"]

GUESSED = (
    "the layers were tried with vectors, sequences and images of guessed sizes: if these are wrong, "
    "give the shape of one sample, as in Sequential(..., input_shape=(28, 28, 1))"
)


class Sequential(Container):
    """Layers one after another: ``y = layer_n(... layer_1(x))``.

    It has a length, can be indexed, sliced and iterated, and nested, since it is a layer itself. The
    same layer object may stand in it twice (shared weights).

    Real input is converted once, on entry, to the dtype of the first parameter (unless the first
    layer takes integers). When a Sequential is built, one row of zeros is tried, from the first layer
    whose input shape is known, so that layers which do not fit are found there. Where vectors of
    features do not fit, sequences and images of them are tried. Layers for sequences of any length are
    tried with a few lengths, and refused if none can fit.

    Parameters
    ----------
    *layers : Layer
        At least one. They are kept, in a tuple, in ``.layers``.
    input_shape : tuple of int, optional
        The shape of one sample of the input, such as ``(28, 28, 1)`` (a tuple of shapes if the input
        is a tuple); by default that of the first layer, if it knows it.

    Raises
    ------
    TypeError
        Something is not a layer; later, an input that does not consist of real numbers.
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
    >>> values = model.state_dict()  # copies, by path
    >>> model.load_state_dict(values)
    >>> model[0].trainable = False  # frozen: optimizers skip its parameters
    >>> model.astype(np.float64).dtype
    dtype('float64')
    """

    in_summary = "its layers"

    def __init__(self, *layers: Layer, input_shape: Sequence[Any] | None = None) -> None:
        super().__init__(*layers)
        self.takes_integers = layers[0].takes_integers
        self.input_shape = layers[0].input_shape
        self.last_axis = layers[0].last_axis
        if input_shape is not None:
            self.input_shape = as_shape(input_shape, type(self).__name__)
        if is_building():
            return
        if self.input_shape is None:
            try_sequences(self)
        with suppress(ValueError):
            self._try_layers()
            return
        try:
            # Layers may have been replaced in a container since it was built: what it knew is void.
            self._try_layers(anew=True)
        except ValueError as error:
            if input_shape is not None or not fits_more_axes(self._try_layers):
                unknown = [
                    layer for layer in layers if layer.input_shape is None and layer.parameters()
                ]
                if input_shape is None and (unknown or self.input_shape is None):
                    error.add_note(GUESSED)
                raise
            self.input_shape = None

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """The dtype of the first parameter; None if there is no parameter."""
        for layer in self.layers:  # every pass asks, and this is faster than a walk
            if type(layer) is Sequential:  # perhaps deep: unfolded only as far as needed
                dtypes = (inner.dtype for _, inner in self._unfold())
                return next((dtype for dtype in dtypes if dtype is not None), None)
            if (dtype := layer.dtype) is not None:
                return dtype
        return None

    def known_column_names(self) -> Columns:
        """Its own, or those of the first layer: a Standardize that was fitted on a table."""
        first = self.layers[0]
        if type(first) is Sequential:
            first = next(layer for _, layer in self._unfold())
        return self.column_names or first.column_names

    # The verbs

    def forward(self, x: Any) -> Any:
        x = self.convert_input(x)
        layers, ticket, index = self.unfolded(), new_ticket(), 0
        try:
            for index, layer in enumerate(layers):  # noqa: B007 (it says where it failed)
                x = layer.forward(x)
        except BaseException as error:
            self._failed(error, index, x, ticket)
            raise
        self.save_for_backward(ticket)
        return x

    def predict(self, x: Any) -> Any:
        y = x = self.convert_input(x)
        layers, index = self.unfolded(), 0
        try:
            for index, layer in enumerate(layers):  # noqa: B007
                y = layer.predict(y)
        except BaseException as error:
            self._failed(error, index, y)
            raise
        return own_arrays(y, x)

    def backward(self, grad: Any) -> Any:
        return self._go_back(grad, self.unfolded())

    def backward_parameters(self, grad: Any) -> None:
        layers = self.unfolded()
        first = 0
        while first < len(layers) and not layers[first].trainable:
            first += 1
        self._go_back(grad, layers, first)

    def _go_back(self, grad: Any, layers: Sequence[Layer], end: int | None = None) -> Any:
        """A backward pass; with an end, only as far as that layer's parameters."""
        index, ticket = len(layers), self.saved()
        try:
            for index in range(len(layers) - 1, (end or 0) - 1, -1):
                if index == end:
                    layers[index].backward_parameters(grad)
                    break
                grad = layers[index].backward(grad)
                if grad is None:  # no gradient goes further back
                    _check_end(layers[index], index)
                    break
        except BaseException as error:
            self._failed(error, index, grad, ticket)
            raise
        for layer in layers[:index]:  # which it did not reach
            drop_saved(layer, ticket)
        return grad

    def _failed(
        self, error: BaseException, index: int, x: Any = None, ticket: int | None = None
    ) -> None:
        """Drop what the layers of a pass saved, and say in which one it failed."""
        if ticket is not None:
            drop_saved(self, ticket)
        layers = self.unfolded()
        if index < len(layers):  # a pass may be interrupted before it begins
            error.add_note(where_failed(error, self.place(index), layers[index], x))

    # Layers, the nested ones unfolded: a pass goes through all of them in one loop

    def unfolded(self) -> Sequence[Layer]:
        """The layers in the order of the forward pass, those of nested Sequentials in their place."""
        for layer in self.layers:
            if type(layer) is Sequential and _is_plain(layer):
                return [layer for _, layer in self._unfold()]
        return self.layers

    def place(self, index: int) -> str:
        """The path of a layer among the unfolded ones."""
        places = next(places for at, (places, _) in enumerate(self._unfold()) if at == index)
        return _path(places)

    def _unfold(self) -> Iterator[tuple[list[int], Layer]]:
        """The unfolded layers, each with its places from the outside in: one list, which changes."""
        above, places = {id(self)}, [0]
        levels = [(id(self), iter(enumerate(self.layers)))]
        while levels:
            owner, rest = levels[-1]
            for places[-1], layer in rest:
                if type(layer) is Sequential and _is_plain(layer):
                    if id(layer) in above:
                        raise ValueError(f"Sequential contains itself, at {_path(places)}")
                    above.add(id(layer))
                    levels.append((id(layer), iter(enumerate(layer.layers))))
                    places.append(0)
                    break
                yield places, layer
            else:
                levels.pop()
                places.pop()
                above.discard(owner)

    # The trial when it is built

    def _try_layers(self, axes: tuple[int, ...] = (), *, anew: bool = False) -> None:
        """Predict zeros, from the first layer whose input shape is known, with axes before that."""
        shapes = [self.input_shape, *(layer.input_shape for layer in self.layers[1:])]
        known = [(index, shape) for index, shape in enumerate(shapes) if shape is not None]
        if not known:
            return
        start, shape = known[0]
        try_from(self, start, zeros_for(self.layers[start], (*axes, *shape)), anew=anew)

    def __repr__(self) -> str:
        if not is_built_in(type(self).__init__):
            return constructor_call(self)
        shown = [repr(layer) for layer in self.layers]
        if self.input_shape not in (None, self.layers[0].input_shape):
            shown.append(f"input_shape={self.input_shape}")
        return f"{type(self).__name__}({', '.join(shown)})"


def _path(places: list[int]) -> str:
    return ".".join(f"layers.{place}" for place in places)


def _is_plain(layer: Sequential) -> bool:
    """True unless a verb was replaced in the object itself."""
    return vars(layer).keys().isdisjoint(("forward", "backward", "backward_parameters", "predict"))


def _check_end(layer: Layer, index: int) -> None:
    """Only integers, or the first layer, may end the way back."""
    if index and not layer.takes_integers:
        raise TypeError(
            f"{layer!r}.backward returned None: return the gradient of the input (only a layer of "
            "integers, with takes_integers = True, has none)"
        )
