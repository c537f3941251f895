"""In which order PyTorch has the features of a network, whose images there have the channels first.

A network is followed layer by layer. What a layer gets is described by the shape of a sample, None if
it is not known, and by its order there:

* ``"last"``: as here (vectors, and sequences of vectors);
* ``"first"``: channels first, as behind convolutions;
* an array, for vectors: for each feature here, its place there, as behind a Flatten of images;
* `Unknown`, for several axes: the channels may be anywhere;
* `Reshaped`, for steps that a Reshape made of a vector: as here, unless they are taken for channels;
* `Wrong`, with which no weights can be loaded.
"""

from typing import Any, TypeAlias

import numpy as np

from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.core.structures import arrays_in, sample_shape, zeros
from nnlayers.core.tree import own_parts, walk
from nnlayers.layers.activations import Elementwise, ReLU
from nnlayers.layers.attention import MultiHeadAttention
from nnlayers.layers.bidirectional import Bidirectional
from nnlayers.layers.branches import Fork, Parallel, Residual
from nnlayers.layers.channel_norms import BatchNorm, FixedBatchNorm, GroupNorm
from nnlayers.layers.convolution import Convolution
from nnlayers.layers.dense import Dense
from nnlayers.layers.dropout import Dropout
from nnlayers.layers.embedding import Embedding, PositionalEncoding, TiedDense
from nnlayers.layers.joining import Add, Concatenate, Identity
from nnlayers.layers.noise import GaussianNoise, SpatialDropout
from nnlayers.layers.normalization import LayerNorm, RMSNorm
from nnlayers.layers.pooling import GlobalAveragePool, Pool2D
from nnlayers.layers.rectifiers import LeakyReLU, PReLU
from nnlayers.layers.recurrent import Recurrent
from nnlayers.layers.sequential import Sequential
from nnlayers.layers.shape import Reshape, Upsample2D
from nnlayers.layers.smooth import GELU, SiLU, Softmax

BATCH_NORMS = BatchNorm, FixedBatchNorm
NORMS = LayerNorm, RMSNorm
POINTWISE = (
    *(*BATCH_NORMS, *NORMS, GroupNorm, Elementwise, ReLU, LeakyReLU, PReLU, GELU, SiLU, Softmax),
    *(Dropout, SpatialDropout, GaussianNoise, Identity),
)
CHANNELS_FIRST = Convolution, Pool2D, Upsample2D
CHANNELS_LAST = (
    *(Embedding, PositionalEncoding, TiedDense, Recurrent, Bidirectional, MultiHeadAttention),
    GlobalAveragePool,
)
Order: TypeAlias = Any


class Unknown(str):
    """Why the order is not known."""


class Reshaped(Unknown):
    """The order of steps that were made of a vector."""


class Wrong(Unknown):
    """Why no weights can be loaded behind this place."""


class Orders:
    """The orders in which the layers of a network get their features.

    Attributes
    ----------
    found : dict of int to tuple
        By the id of each layer that was reached, the shape and the order of its input.
    """

    def __init__(self, model: Layer) -> None:
        self.found: dict[int, tuple[Any, Order]] = {}
        self.follow(model, model.input_shape, _order_of_input(model.input_shape))

    def follow(self, layer: Layer, shape: Any, order: Order) -> tuple[Any, Order]:
        """The shape and the order of a layer's output."""
        _, other = self.found.setdefault(id(layer), (shape, order))
        if not _same(order, other) and any(isinstance(o, (np.ndarray, Wrong)) for o in (order, other)):
            wrong = Wrong("it stands at two places, where features come in different orders there")
            self.found[id(layer)] = shape, wrong
        if not is_built_in(type(layer).forward):
            self._inside(layer, order)
        elif isinstance(layer, Sequential):
            after, out = shape, order
            for inner in layer.unfolded():
                after, out = self.follow(inner, after, out)
            return after, _sum([order, out]) if isinstance(layer, Residual) else out
        elif isinstance(layer, (Fork, Parallel)):
            each = isinstance(layer, Parallel)
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
        after = _shape_after(layer, shape)
        return after, _order_after(layer, shape, order, after)

    def _inside(self, layer: Layer, order: Order) -> None:
        """Note what the layers in a layer get whose own forward cannot be followed."""
        parts = [part for _, part in walk(layer) if isinstance(part, Layer)]
        images = any(isinstance(part, (*CHANNELS_FIRST, Reshape)) for part in parts)
        mixed = any(isinstance(one, (np.ndarray, Wrong)) for _, one in arrays_in(order))
        wrong = Wrong(
            f"{type(layer).__name__} has a forward of its own, so it is not known whether features of "
            "images reach this layer: load the layers in it one by one, and a Dense behind images as "
            "Sequential(Flatten(), dense, input_shape=(7, 7, 64)), which has the same weights"
        )
        for part in parts:
            dense = isinstance(part, Dense) and (images or not _is_plain(order))
            self.found.setdefault(id(part), (None, wrong if dense or mixed else "last"))

    def prepare(self, layer: Layer, twin: Any) -> None:
        """Bring the weights in a copy of a layer into the order that its features have there.

        Raises
        ------
        ValueError
            It is not known, or the layer cannot have it.
        """
        shape, order = self.found[id(layer)]
        for _, one in arrays_in(order):
            channels_move = not isinstance(layer, (*CHANNELS_LAST, Dense, *NORMS))
            if isinstance(one, Wrong) or (isinstance(one, Reshaped) and channels_move):
                raise ValueError(one)
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


def _order_of_input(shape: Any) -> Order:
    if shape is None:
        return Unknown("the shape of a sample is not known")
    if any(isinstance(size, tuple) for size in shape):
        return tuple(_order_of_input(item) for item in shape)
    return "first" if len(shape) > 2 else "last"


def _is_plain(order: Order) -> bool:
    return all(isinstance(one, str) and one == "last" for _, one in arrays_in(order))


def _same(one: Order, other: Order) -> bool:
    ones, others = list(arrays_in(one)), list(arrays_in(other))
    return len(ones) == len(others) and all(
        type(a) is type(b) and np.array_equal(a, b) for (_, a), (_, b) in zip(ones, others, strict=True)
    )


def _item(items: Any, index: int) -> Any:
    return items[index] if isinstance(items, tuple) else items


def _sum(orders: Any) -> Order:
    """The order of a sum, or of arrays that are joined in another way."""
    orders = [one for order in orders for _, one in arrays_in(order)]
    if all(_same(order, orders[0]) for order in orders):
        return orders[0]
    if wrong := [order for order in orders if isinstance(order, Wrong)]:
        return wrong[0]
    if any(isinstance(order, np.ndarray) for order in orders):
        return Wrong("features are added here that come in different orders there")
    return Unknown("arrays are joined here that may have their channels at different places there")


def _shape_after(layer: Layer, shape: Any) -> Any:
    """The shape of one sample of the output, None if it is not known."""
    if shape is None:
        return None
    with np.errstate(all="ignore"):
        try:
            return sample_shape(layer.predict(zeros(shape, layer.takes_integers, layer.dtype)))
        except Exception:  # the shape may not be that of a whole input, as for a layer of a tuple
            return None


def _order_after(layer: Layer, shape: Any, order: Order, after: Any) -> Order:
    """The order of the output of a layer that holds no others."""
    if wrong := [one for _, one in arrays_in(order) if isinstance(one, Wrong)]:
        return wrong[0]
    axes = None if shape is None else len(shape)
    if not is_built_in(type(layer).forward):
        return _order_after_own(layer, shape, order, after)
    if isinstance(layer, CHANNELS_FIRST):
        return "first"
    if isinstance(layer, CHANNELS_LAST):
        return "last"
    if isinstance(layer, Reshape):
        return _order_after_reshape(layer, shape, order, after)
    if isinstance(layer, Concatenate):
        return _order_after_concatenate(layer, shape, order)
    if isinstance(layer, Add):
        return _sum(order)
    if isinstance(layer, Dense):
        moved = f"the axes of images are moved for the Linear of {layer!r} there"
        return "last" if axes in (1, 2) else Unknown(moved)
    if isinstance(layer, NORMS) and layer.gain.value.ndim == 1 and _same(order, "first"):
        return Unknown(f"the axes are moved for the norm of {layer!r} there")
    if isinstance(layer, (*BATCH_NORMS, GroupNorm)) and _same(order, "last") and axes != 1:
        return Unknown(f"the axes are moved for the norm of {layer!r} there")
    if isinstance(layer, POINTWISE):
        return order
    return _order_after_own(layer, shape, order, after)


def _order_after_own(layer: Layer, shape: Any, order: Order, after: Any) -> Order:
    """The same for a layer of which it is not known what it does with the axes."""
    name = type(layer).__name__
    mixed = any(isinstance(one, np.ndarray) for _, one in arrays_in(order))
    if not mixed and isinstance(after, tuple) and len(after) == 1:  # a vector: pooled, or flattened
        pooled = not isinstance(shape[0], tuple) and after[0] == shape[-1] and set(shape[:-1]) != {1}
        if _is_plain(order) or (pooled and _same(order, "first")):
            return "last"
        mixed = True
    if mixed:
        return Wrong(f"in which order {name} has the features of images there is not known")
    return order if _is_plain(order) else Unknown(f"{name} may have its axes in another order there")


def _order_after_reshape(layer: Reshape, shape: Any, order: Order, after: Any) -> Order:
    """That of what `Flatten` and `Reshape` make, which there keep the order of other axes."""
    if _same(order, "last") and layer.shape == (-1,):
        return "last"
    if shape is None or after is None:
        return Wrong(
            f"{layer!r} is before it, and the shape of the images, if it gets any, is not known: give "
            "that of one sample when the network is built, Sequential(..., input_shape=(28, 28, 1))"
        )
    places = np.arange(np.prod(shape, dtype=int))
    if isinstance(order, np.ndarray):
        places = order
    elif isinstance(order, Unknown) and len(shape) > 1 and sum(size > 1 for size in shape) > 1:
        return Wrong(f"{layer!r} is before it, and {order}")
    elif _same(order, "first"):
        places = np.moveaxis(places.reshape(shape[-1], *shape[:-1]), 0, -1).reshape(-1)
    as_here = np.array_equal(places, np.arange(len(places)))
    if len(after) < 2:
        return "last" if as_here else places
    if as_here and sum(size > 1 for size in after) < 2:
        return _order_of_input(after)
    if as_here and len(after) == 2:
        return Reshaped(f"steps and channels that a {layer!r} makes come in another order there")
    return Wrong(
        f"the axes that {layer!r} makes come in another order there: load the layers before and behind "
        "it one by one, after putting the rows of the weights before it in order"
    )


def _order_after_concatenate(layer: Concatenate, shape: Any, order: Order) -> Order:
    orders = [one for _, one in arrays_in(order)]
    if not any(isinstance(one, np.ndarray) for one in orders):
        return _sum(orders)
    if shape is None or any(isinstance(one, Unknown) for one in orders):
        return Wrong("features of flattened images are joined with others whose order is not known")
    sizes = [item[0] for item in shape]
    firsts = np.cumsum([0, *sizes[:-1]])
    places = [
        np.arange(size) if isinstance(one, str) else one
        for one, size in zip(orders, sizes, strict=True)
    ]
    return np.concatenate([place + first for place, first in zip(places, firsts, strict=True)])
