"""Containers beside Sequential: a residual connection, branches, and layers side by side."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from nnlayers.core.building import is_building
from nnlayers.core.checks import Array, as_array, check_tuple, floating_array
from nnlayers.core.layer import Layer
from nnlayers.core.protocols import is_array_like
from nnlayers.core.saving import BackwardPass, ForwardPass, Pass
from nnlayers.core.structures import add, own_arrays
from nnlayers.layers.container import Container
from nnlayers.layers.sequential import Sequential
from nnlayers.layers.trial import (
    SEQUENCES,
    fits_more_axes,
    known_last_axis,
    per_sample,
    try_layer,
    zeros_for,
)

__all__ = ["Fork", "Parallel", "Residual"]


class Residual(Sequential):
    """Layers with a shortcut around them: ``y = x + layer_n(... layer_1(x))``.

    Parameters
    ----------
    *layers : Layer
        At least one. Together they keep the shape.
    input_shape : tuple of int, optional
        The shape of one sample; by default that of the first layer, if it knows it.

    Raises
    ------
    TypeError, ValueError
        As for `Sequential`; the output of the layers does not have the shape of their input.

    Notes
    -----
    Any shape. ``dL/dx = dL/dy + `` what the layers' backward gives for ``dL/dy``.

    Source: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016.

    Examples
    --------
    >>> layer = nn.Residual(nn.Dense(3, 8), nn.ReLU(), nn.Dense(8, 3))
    >>> layer.predict(np.ones((5, 3))).shape
    (5, 3)
    """

    in_summary = "both"

    def __init__(self, *layers: Layer, input_shape: Sequence[int] | None = None) -> None:
        super().__init__(*layers, input_shape=input_shape)
        if self.trial is not None:
            _, x, y = self.trial
            try:
                self.remember_trial(x, self._sum(x, y))
            except ValueError:
                axes = (), (960,), (96, 96)  # many strides divide these
                if self.input_shape is not None or not fits_more_axes(
                    lambda sizes: self.output_shape(*sizes, x.shape[-1]), axes
                ):
                    raise
                self.trial = None

    def forward(self, x: Array) -> Array:
        y = x = floating_array(self.convert_input(x), type(self).__name__)
        with ForwardPass(self, self.unfolded(), x) as layers:
            for layer in layers:
                y = layers.x = layer.forward(y)
            return self._sum(x, y)

    def predict(self, x: Array) -> Array:
        x = floating_array(self.convert_input(x), type(self).__name__)
        return self._sum(x, super().predict(x))

    def _sum(self, x: Array, y: Any) -> Array:
        if isinstance(y, tuple) or np.shape(y) != x.shape:
            raise ValueError(
                f"{type(self).__name__}: expected layers whose output has the shape of their input, "
                f"{per_sample(x)}, got {per_sample(y)}: keep it, as padding='same' does, or "
                "use Fork(layers, projection) and Add()"
            )
        return x + y

    def backward(self, grad: Array) -> Array:
        if is_array_like(grad):
            grad = as_array(grad, "Residual.backward")
        return add(grad, super().backward(grad))

    backward_parameters = Sequential.backward_parameters  # the shortcut has no parameters


class Fork(Container):
    """One input for several layers: ``y = (layer_1(x), ..., layer_n(x))``, a tuple.

    Parameters
    ----------
    *layers : Layer
        At least one.

    Raises
    ------
    TypeError, ValueError
        Something is not a layer, or there is none, or they take different numbers of features; later,
        a gradient that is not a tuple of as many.

    Notes
    -----
    ``dL/dx`` is the sum of what the layers' backwards give. `Concatenate` or `Add` joins the outputs.

    Examples
    --------
    >>> model = nn.Sequential(nn.Fork(nn.Dense(3, 4), nn.Identity()), nn.Concatenate())
    >>> model.predict(np.ones((5, 3))).shape
    (5, 7)
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__(*layers)
        self.takes_integers = next((i for layer in layers if (i := layer.takes_integers)), False)
        self.input_shape = next((s for layer in layers if (s := layer.input_shape) is not None), None)
        self.last_axis = next((n for layer in layers if (n := layer.last_axis) is not None), None)
        given = {known_last_axis(layer): layer for layer in layers if layer.input_shape is None}
        given.pop(None, None)
        if len(given) > 1:
            found = " and ".join(f"{layer!r} for {size}" for size, layer in given.items())
            raise ValueError(f"Fork: expected layers for the same number of features, got {found}")
        if is_building():
            return
        if self.input_shape is None:
            if self.last_axis is not None:
                with suppress(Exception):  # another length may fit
                    self._try_layers(SEQUENCES[0], (self.last_axis,))
            return
        try:
            self._try_layers((), self.input_shape)
        except ValueError:
            if not fits_more_axes(lambda axes: self._try_layers(axes, self.input_shape)):
                raise
            self.input_shape = None

    def _try_layers(self, axes: tuple[int, ...], shape: Any) -> None:
        """Predict a row of zeros of some shape, with axes before it."""
        x = zeros_for(self, (*axes, *shape))
        with suppress(NotImplementedError), Pass(self, self.layers) as run:  # it may only be trained
            self.remember_trial(x, tuple([try_layer(layer, x) for layer in run]))

    def forward(self, x: Any) -> tuple[Any, ...]:
        x = self.convert_input(x)
        with ForwardPass(self, self.layers, x) as layers:
            return tuple([layer.forward(x) for layer in layers])

    def predict(self, x: Any) -> tuple[Any, ...]:
        x = self.convert_input(x)
        with Pass(self, self.layers, x) as layers:
            return own_arrays(tuple([layer.predict(x) for layer in layers]), x)

    def backward(self, grad: tuple[Any, ...]) -> Any:
        check_tuple(grad, f"{type(self).__name__}.backward", len(self.layers))
        total = None
        with BackwardPass(self, self.layers) as layers:
            for layer in layers:
                total = add(layer.backward(grad[layers.index]), total)
        return total


class Parallel(Container):
    """Layers side by side: ``y = (layer_1(x_1), ..., layer_n(x_n))``, a tuple from a tuple.

    Parameters
    ----------
    *layers : Layer
        At least one, for as many inputs.

    Raises
    ------
    TypeError, ValueError
        Something is not a layer, or there is none; later, an input, or a gradient, that is not a
        tuple of as many.

    Notes
    -----
    ``dL/dx`` is the tuple of what the layers' backwards give, None for an input of integers.

    Examples
    --------
    >>> model = nn.Sequential(nn.Parallel(nn.Dense(3, 4), nn.Dense(2, 4)), nn.Add())
    >>> model.predict((np.ones((5, 3)), np.ones((5, 2)))).shape
    (5, 4)
    """

    def __init__(self, *layers: Layer) -> None:
        super().__init__(*layers)
        self.takes_integers = tuple(layer.takes_integers for layer in layers)
        shapes = tuple(layer.input_shape for layer in layers)
        self.input_shape = None if None in shapes else shapes
        if self.input_shape is not None and not is_building():
            x = zeros_for(self, self.input_shape)
            with suppress(NotImplementedError), Pass(self, layers) as run:
                self.remember_trial(x, tuple([try_layer(layer, x[run.index]) for layer in run]))

    def forward(self, x: tuple[Any, ...]) -> tuple[Any, ...]:
        x = self._inputs(x)
        with ForwardPass(self, self.layers) as layers:
            return tuple([layer.forward(x[layers.index]) for layer in layers])

    def predict(self, x: tuple[Any, ...]) -> tuple[Any, ...]:
        x = self._inputs(x)
        with Pass(self, self.layers) as layers:
            return own_arrays(tuple([layer.predict(x[layers.index]) for layer in layers]), x)

    def _inputs(self, x: tuple[Any, ...]) -> tuple[Any, ...]:
        check_tuple(x, type(self).__name__, len(self.layers))
        return self.convert_input(x)

    def backward(self, grad: tuple[Any, ...]) -> tuple[Any, ...]:
        check_tuple(grad, f"{type(self).__name__}.backward", len(self.layers))
        with BackwardPass(self, self.layers) as layers:
            return tuple([layer.backward(grad[layers.index]) for layer in layers])[::-1]
