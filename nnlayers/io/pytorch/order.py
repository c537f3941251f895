"""In which order PyTorch has the features of a network, which is followed layer by layer."""

from typing import Any

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.core.structures import arrays_in
from nnlayers.core.tree import own_parts, walk
from nnlayers.io.pytorch.axes import (
    BATCH_NORMS,
    CHANNELS_FIRST,
    CHANNELS_LAST,
    NORMS,
    is_wrong,
    order_after,
    order_of_sum,
    shape_after,
)
from nnlayers.io.pytorch.kinds import (
    Order,
    Reshaped,
    Unclear,
    Unknown,
    Wrong,
    chosen,
    is_plain,
    order_of_input,
    same,
    settled,
)
from nnlayers.layers.bidirectional import Bidirectional
from nnlayers.layers.branches import Fork, Parallel, Residual
from nnlayers.layers.convolution import Conv1D
from nnlayers.layers.dense import Dense
from nnlayers.layers.rectifiers import PReLU
from nnlayers.layers.sequential import Sequential
from nnlayers.layers.shape import Reshape

TWO_PLACES = "it stands at two places, where features come in different orders there"


class Orders:
    """The orders in which the layers of a network get their features.

    Attributes
    ----------
    found : dict of int to tuple
        By the id of each layer that was reached, the shape and the order of its input.
    made : dict of int to str
        By the id of each Dense, the order of its output.
    """

    def __init__(self, model: Layer) -> None:
        self.found: dict[int, tuple[Any, Order]] = {}
        self.made: dict[int, Order] = {}
        _, self.out = self.follow(model, model.input_shape, order_of_input(model.input_shape))

    def check_output(self, who: str) -> None:
        """Refuse a network whose output has another order than there.

        Raises
        ------
        ValueError
            It says why.
        """
        for _, one in arrays_in(chosen(self.out)):
            if isinstance(one, np.ndarray):
                raise ValueError(
                    f"{who}: the features of flattened images, which come in another order there, are "
                    "the output: leave out the Flatten, or load it together with what follows it"
                )
            if isinstance(one, Wrong) and not isinstance(one, Unclear):
                raise ValueError(f"{who}: the output comes in another order there, or may: {one}")

    def follow(self, layer: Layer, shape: Any, order: Order) -> tuple[Any, Order]:
        """The shape and the order of a layer's output."""
        _, other = self.found.setdefault(id(layer), (shape, order))
        if other is not order and any(isinstance(part, State) for _, part in own_parts(layer)):
            both = settled(order), settled(other)
            if not same(*both) and any(isinstance(one, (np.ndarray, Wrong)) for one in both):
                self.found[id(layer)] = shape, Wrong(TWO_PLACES)
        if not is_built_in(type(layer).forward):
            self._inside(layer, order)
        elif isinstance(layer, Sequential):
            after, out = shape, order
            for inner in layer.unfolded():
                after, out = self.follow(inner, after, out)
            return after, order_of_sum([order, out]) if isinstance(layer, Residual) else out
        elif isinstance(layer, (Fork, Parallel)):
            each = isinstance(layer, Parallel)
            if not each and same(order, "last") and _convolves_sequences(layer, shape):
                order = Unknown("sequences that are convolved beside it may have channels first there")
            inputs = [
                (_item(shape, index), _item(order, index)) if each else (shape, order)
                for index in range(len(layer))
            ]
            found = [self.follow(inner, *given) for inner, given in zip(layer, inputs, strict=True)]
            shapes, orders = zip(*found, strict=True)
            return (None if None in shapes else shapes), orders
        elif isinstance(layer, Bidirectional):
            self.follow(layer.ahead, shape, order)
            self.follow(layer.back, shape, order)
        after = shape_after(layer, shape)
        out = order_after(layer, shape, order, after)
        if isinstance(layer, Dense):
            first = self.made.setdefault(id(layer), out)
            if type(first) is type(out):
                out = first
            elif isinstance(settled(first), np.ndarray):
                out = Wrong(TWO_PLACES)
            else:
                settled(out)
        return after, out

    def _inside(self, layer: Layer, order: Order) -> None:
        """Note what the layers in a layer get whose own forward cannot be followed."""
        parts = [part for _, part in walk(layer) if isinstance(part, Layer)]
        images = any(isinstance(part, (*CHANNELS_FIRST, Reshape)) for part in parts)
        order = settled(order)
        mixed = any(isinstance(one, (np.ndarray, Wrong)) for _, one in arrays_in(order))
        wrong = Wrong(
            f"{type(layer).__name__} has a forward of its own, so it is not known whether features of "
            "images reach this layer: load the layers in it one by one, and a Dense behind images as "
            "Sequential(Flatten(), dense, input_shape=(7, 7, 64)), which has the same weights"
        )
        for part in parts:
            moved = isinstance(part, Dense) or (isinstance(part, NORMS) and part.gain.value.ndim > 1)
            unclear = mixed or (moved and (images or not is_plain(order)))
            self.found.setdefault(id(part), (None, wrong if unclear else "last"))

    def prepare(self, layer: Layer, twin: Any) -> None:
        """Bring the weights in a copy of a layer into the order that its features have there.

        Raises
        ------
        ValueError
            It is not known, or the layer cannot have it.
        """
        unreached = Wrong("it is in a layer that does not hold others")
        shape, order = self.found.get(id(layer), (None, unreached))
        order, made = chosen(order), chosen(self.made.get(id(layer)))
        if wrong := is_wrong(layer, order):
            raise ValueError(wrong)
        if isinstance(order, Reshaped) and not isinstance(layer, (*CHANNELS_LAST, Dense, *NORMS)):
            raise ValueError(order)
        if isinstance(made, np.ndarray):
            for part in (twin.weight, twin.bias):
                if part is not None:
                    part.value[...] = part.value[..., np.argsort(made)]
        if isinstance(order, np.ndarray):
            self._permute(layer, twin, np.argsort(order))
        elif isinstance(layer, NORMS) and layer.gain.value.ndim > 1 and order != "last":
            if order != "first" or layer.gain.value.ndim != len(shape or ()):
                raise ValueError("it normalizes several axes, and their order there is not known")
            for name in {"gain", "offset"} & vars(twin).keys():
                moved = np.moveaxis(getattr(twin, name).value, -1, 0)
                setattr(twin, name, Parameter(moved, dtype=np.float64))

    def _permute(self, layer: Layer, twin: Any, there: Any) -> None:
        if isinstance(layer, Dense):
            twin.weight.value[...] = twin.weight.value[there]
        elif isinstance(layer, (*BATCH_NORMS, *NORMS, PReLU)):
            for _, state in own_parts(twin):
                if isinstance(state, State) and len(state.value) == len(there):
                    state.value[...] = state.value[there]
        else:
            raise ValueError("it gets features of flattened images, which come in another order there")


def _item(items: Any, index: int) -> Any:
    return items[index] if isinstance(items, tuple) else items


def _convolves_sequences(layer: Layer, shape: Any) -> bool:
    """True for branches that get sequences, if one may take them with the channels first there."""
    vectors = shape is not None and len(shape) == 1
    return not vectors and any(isinstance(part, Conv1D) for _, part in walk(layer))
