"""Layers that are wired in any way: a branched graph."""

from collections.abc import Sequence
from typing import Any

from nnlayers.core.checks import check_tuple, whole_number
from nnlayers.core.layer import Layer
from nnlayers.core.saving import BackwardPass, ForwardPass, Pass, drop_saved
from nnlayers.core.structures import add, as_shape, own_arrays
from nnlayers.io.onnx.axes import Permute, Reverse

__all__ = ["Wired"]

MOST_INPUTS = 1000


class Wired(Layer):
    """Layers that take one another's outputs in any way: what `from_onnx` makes of a branched graph.

    Parameters
    ----------
    *layers : Layer
        The layers, in an order in which each comes after those whose outputs it takes.
    wires : tuple of tuple of int
        For each layer, what it takes: ``0 ... inputs - 1`` are the inputs of the network, and the
        numbers after these the outputs of the layers. Several of them are a tuple for the layer.
    outputs : tuple of int
        What the network returns, a tuple if there are several.
    inputs : int
        How many inputs there are: a tuple of so many, or an array if it is 1.
    input_shape : tuple, optional
        The shape of one sample, or a tuple of these.

    Raises
    ------
    TypeError, ValueError
        Something is not a layer, or a number is not that of an input or of an earlier layer.

    Notes
    -----
    The gradient of a value is the sum over all places where it is taken.

    Examples
    --------
    >>> layers = nn.Dense(3, 8), nn.ReLU(), nn.Dense(8, 3), nn.Add()
    >>> residual = nn.io.Wired(*layers, wires=((0,), (1,), (2,), (0, 3)), outputs=(4,))
    >>> residual.predict(np.ones((5, 3))).shape
    (5, 3)
    """

    in_summary = "both"

    def __init__(
        self,
        *layers: Layer,
        wires: Sequence[Sequence[int]],
        outputs: Sequence[int],
        inputs: int = 1,
        input_shape: Sequence[Any] | None = None,
    ) -> None:
        if not layers or not all(isinstance(layer, Layer) for layer in layers):
            raise TypeError(f"Wired: expected layers, got {layers}")
        self.layers, self.inputs = layers, whole_number(inputs, "inputs", "Wired")
        self.wires = tuple(map(tuple, wires))
        self.outputs = tuple(outputs)
        if self.inputs > MOST_INPUTS:
            raise ValueError(f"Wired: expected at most {MOST_INPUTS} inputs, got {inputs}")
        ends = [self.inputs + index for index in range(len(layers) + 1)]
        if len(self.wires) != len(layers) or not self.outputs:
            raise ValueError(f"Wired: expected wires for {len(layers)} layers, and outputs")
        for taken, end in zip([*self.wires, self.outputs], ends, strict=True):
            if not taken or not all(0 <= number < end for number in taken):
                raise ValueError(f"Wired: expected numbers in 0 ... {end - 1}, got {taken}")
        integers = self._integers()
        kinds = tuple(number in integers for number in range(self.inputs))
        self.takes_integers = kinds[0] if self.inputs == 1 else kinds
        self.input_shape = None if input_shape is None else as_shape(input_shape, "Wired")

    def _integers(self) -> set[int]:
        """The values that layers take as integers, at once or with their axes turned."""
        found: set[int] = set()
        for index in reversed(range(len(self.layers))):
            layer, taken = self.layers[index], self.wires[index]
            turned = isinstance(layer, (Permute, Reverse)) and self.inputs + index in found
            kinds = layer.takes_integers or turned
            each = kinds if isinstance(kinds, tuple) else (kinds,) * len(taken)
            found.update(number for number, kind in zip(taken, each, strict=False) if kind)
        return found

    def forward(self, x: Any) -> Any:
        values = self._inputs(x)
        with ForwardPass(self, self.layers) as layers:
            for layer in layers:
                values.append(layer.forward(self._taken(values, layers.index)))
        return self._outputs(values)

    def predict(self, x: Any) -> Any:
        values = self._inputs(x)
        with Pass(self, self.layers) as layers:
            for layer in layers:
                values.append(layer.predict(self._taken(values, layers.index)))
        return own_arrays(self._outputs(values), x)

    def backward(self, grad: Any) -> Any:
        grads: list[Any] = [None] * (self.inputs + len(self.layers))
        if len(self.outputs) > 1:
            check_tuple(grad, "Wired.backward", len(self.outputs))
        for number, one in zip(self.outputs, grad if len(self.outputs) > 1 else (grad,), strict=True):
            grads[number] = add(one, grads[number])
        with BackwardPass(self, self.layers) as layers:
            for layer in layers:
                own, taken = grads[self.inputs + layers.index], self.wires[layers.index]
                if own is None:
                    drop_saved(layer, layers.ticket)
                    continue
                found = layer.backward(own)
                for number, one in zip(taken, found if len(taken) > 1 else (found,), strict=True):
                    grads[number] = add(one, grads[number])
        return grads[0] if self.inputs == 1 else tuple(grads[: self.inputs])

    def _inputs(self, x: Any) -> list[Any]:
        if self.inputs > 1:
            check_tuple(x, "Wired", self.inputs)
        x = self.convert_input(x)
        return [x] if self.inputs == 1 else [*x]

    def _taken(self, values: list[Any], index: int) -> Any:
        taken = self.wires[index]
        return values[taken[0]] if len(taken) == 1 else tuple([values[number] for number in taken])

    def _outputs(self, values: list[Any]) -> Any:
        found = tuple([values[number] for number in self.outputs])
        return found if len(found) > 1 else found[0]

    def place(self, index: int) -> str:
        """The path of a layer, for errors of a pass."""
        return f"layers.{index}"
