"""A sequence that is read in both directions."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array, as_array, check_gradient
from nnlayers.core.layer import Layer
from nnlayers.core.saving import BackwardPass, ForwardPass, Pass

__all__ = ["Bidirectional"]


class Bidirectional(Layer):
    """Two layers for a sequence, one of which reads it backwards; their outputs are concatenated.

    Parameters
    ----------
    ahead, back : Layer
        Recurrent layers, or others that take ``(N, T, D)``. They return sequences, or the last output.

    Raises
    ------
    TypeError, ValueError
        Something is not a layer, or the two do not fit; later, their outputs differ in shape other than
        in the last axis.

    Notes
    -----
    ``y`` has shape ``(N, T, D_1 + D_2)``, where the outputs for one step stand side by side; or
    ``(N, D_1 + D_2)``, each after the whole sequence. ``dL/dx`` is the sum of both gradients.

    Source: Schuster, Paliwal, "Bidirectional Recurrent Neural Networks", IEEE Transactions on Signal
    Processing 45, 1997.

    Examples
    --------
    >>> layer = nn.Bidirectional(nn.LSTM(3, 4, rng=0), nn.LSTM(3, 4, rng=1))
    >>> layer.predict(np.ones((5, 7, 3))).shape
    (5, 7, 8)
    """

    in_summary = "both"

    def __init__(self, ahead: Layer, back: Layer) -> None:
        given: tuple[object, ...] = (ahead, back)
        for layer in given:
            if not isinstance(layer, Layer) or layer.takes_integers:
                raise TypeError(f"Bidirectional: expected layers for floats (N, T, D), got {layer!r}")
        for name in ("in_features", "return_sequences"):
            values = [getattr(layer, name, None) for layer in given]
            if None not in values and values[0] != values[1]:
                raise ValueError(
                    f"Bidirectional: expected two layers with the same {name}, got {ahead!r}, {back!r}"
                )
        self.ahead, self.back = ahead, back
        self.last_axis = ahead.last_axis

    def forward(self, x: Array) -> Array:
        x = as_array(self.convert_input(x), "Bidirectional")
        with ForwardPass(self, (self.ahead, self.back)) as layers:
            outputs = [_turn(layer.forward(_turn(x, layers)), layers) for layer in layers]
            y = self._joined(outputs)
            self.save_for_backward(outputs[0].shape[-1], y.shape)
        return y

    def predict(self, x: Array) -> Array:
        x = as_array(self.convert_input(x), "Bidirectional")
        with Pass(self, (self.ahead, self.back)) as layers:
            return self._joined([_turn(layer.predict(_turn(x, layers)), layers) for layer in layers])

    def _joined(self, outputs: list[Array]) -> Array:
        shapes = [output.shape for output in outputs]
        if shapes[0][:-1] != shapes[1][:-1]:
            raise ValueError(
                f"{self!r}: expected outputs that differ in the last axis only, got {shapes[0]} and "
                f"{shapes[1]}"
            )
        return np.concatenate(outputs, axis=-1)

    def backward(self, grad: Array) -> Array:
        with BackwardPass(self, (self.ahead, self.back)) as layers:
            features, shape = self.saved()
            grad = check_gradient(grad, shape, self)
            grads = grad[..., :features], grad[..., features:]
            back, ahead = (
                _turn(layer.backward(_turn(grads[layers.index], layers)), layers) for layer in layers
            )
        return ahead + back

    def place(self, index: int) -> str:
        """The path of a layer, for errors of a pass."""
        return ("ahead", "back")[index]


def _turn(x: Array, layers: Pass[Any]) -> Array:
    """The sequence as the layer that runs reads it: the second one from its end."""
    return x[:, ::-1] if layers.index == 1 and x.ndim > 2 else x
