"""The order that PyTorch has the features of a layer's output in, given that of its input."""

from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.structures import arrays_in, sample_shape, zeros
from nnlayers.core.tree import walk
from nnlayers.io.pytorch.kinds import (
    Made,
    Order,
    Reshaped,
    Unclear,
    UnclearImages,
    Unknown,
    Wrong,
    chosen,
    is_plain,
    same,
    settled,
)
from nnlayers.layers.activations import Elementwise, ReLU
from nnlayers.layers.attention import MultiHeadAttention
from nnlayers.layers.bidirectional import Bidirectional
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
NEED_AXES = (*CHANNELS_FIRST, Recurrent, GlobalAveragePool)


def is_wrong(layer: Layer, order: Order) -> Wrong | None:
    """Why a layer cannot follow."""
    kind = UnclearImages if isinstance(layer, NEED_AXES) else ()
    wrong = [one for _, one in arrays_in(order) if isinstance(one, Wrong) and not isinstance(one, kind)]
    return wrong[0] if wrong else None


def order_of_sum(orders: Any) -> Order:
    """The order of a sum, or of arrays that are joined in another way."""
    orders = [settled(one) for order in orders for _, one in arrays_in(order)]
    if all(same(order, orders[0]) for order in orders):
        return orders[0]
    if wrong := [order for order in orders if isinstance(order, Wrong)]:
        return wrong[0]
    if any(isinstance(order, np.ndarray) for order in orders):
        return Wrong("features are added here that come in different orders there")
    return Unknown("arrays are joined here that may have their channels at different places there")


def shape_after(layer: Layer, shape: Any) -> Any:
    """The shape of one sample of the output, None if it is not known."""
    if shape is None:
        return None
    with np.errstate(all="ignore"):
        try:
            return sample_shape(layer.predict(zeros(shape, layer.takes_integers, layer.dtype)))
        except Exception:  # the shape may not be that of a whole input, as for a layer of a tuple
            return None


def order_after(layer: Layer, shape: Any, order: Order, after: Any) -> Order:
    """The order of the output of a layer that holds no others."""
    if wrong := is_wrong(layer, order):
        return wrong
    axes = None if shape is None else len(shape)
    own = not is_built_in(type(layer).forward)
    if own or not isinstance(layer, (*POINTWISE, Reshape)):
        order = settled(order)
    if own:
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
        return order_of_sum(order)
    if isinstance(layer, Dense):
        if axes == 1 or same(order, "last") or isinstance(order, Reshaped):
            return Made("last") if axes == 1 else "last"
        return Unknown(f"the axes of images are moved for the Linear of {layer!r} there")
    if isinstance(layer, NORMS) and layer.gain.value.ndim == 1 and same(order, "first"):
        return Unknown(f"the axes are moved for the norm of {layer!r} there")
    if isinstance(layer, (*BATCH_NORMS, GroupNorm, PReLU)) and same(order, "last") and axes != 1:
        return Unknown(f"the axes are moved for {layer!r} there")
    if isinstance(layer, POINTWISE):
        return order
    return _order_after_own(layer, shape, order, after)


def _order_after_own(layer: Layer, shape: Any, order: Order, after: Any) -> Order:
    """The same for a layer of which it is not known what it does with the axes."""
    name = type(layer).__name__
    axes, more = len(shape or ()), len(after or ())
    vector_to_axes = shape is not None and axes == 1 and more > 1
    moves = any(isinstance(part, (*CHANNELS_FIRST, Reshape)) for _, part in walk(layer))
    if is_plain(order) and not vector_to_axes and not moves:
        return "last"
    if vector_to_axes or any(isinstance(one, np.ndarray) for _, one in arrays_in(order)):
        return Wrong(f"in which order {name} has the features that it gets is not known: use Reshape")
    if more > 1:
        return Unknown(f"{name} may have its axes in another order there")
    if more == 1 and after == shape[-1:] and set(shape[:-1]) != {1} and not moves:  # pooled
        return "last"
    unclear = UnclearImages if same(order, "first") or is_plain(order) else Unclear
    return unclear(
        f"in which order {name} has its features there is not known: if the model does not know the "
        "shape of its input, give it, Sequential(..., input_shape=(28, 28, 1)), or else load the "
        "layers one by one"
    )


def _order_after_reshape(layer: Reshape, shape: Any, order: Order, after: Any) -> Order:
    """That of what `Flatten` and `Reshape` make, which there keep the order of other axes."""
    if isinstance(order, str) and order == "last" and layer.shape == (-1,):
        return order
    if shape is None or after is None:
        return Wrong(
            f"{layer!r} is before it, and the shape of the images, if it gets any, is not known: give "
            "that of one sample when the network is built, Sequential(..., input_shape=(28, 28, 1))"
        )
    order, made = chosen(order), order
    places = np.arange(np.prod(shape, dtype=int))
    if isinstance(order, np.ndarray):
        places = order
    elif isinstance(order, Unknown) and len(shape) > 1 and sum(size > 1 for size in shape) > 1:
        return Wrong(f"{layer!r} is before it, and {order}: load the layers one by one")
    elif same(order, "first"):
        places = _channels_first(shape)
    as_here = np.array_equal(places, np.arange(len(places)))
    if len(after) < 2:
        return "last" if as_here else places
    if np.array_equal(places, _channels_first(after)):
        return "last" if as_here and len(after) == 2 else "first"
    if isinstance(made, Made) and made.places is None and not made.settled and len(after) > 2:
        made.places = _channels_first(after)
        return "first"
    if as_here and len(after) == 2:
        return Reshaped(f"steps and channels that {layer!r} makes come in another order there")
    return Wrong(
        f"the axes that {layer!r} makes come in another order there, and what it gets is not that of a "
        "Dense: load the layers before and behind it one by one"
    )


def _channels_first(shape: tuple[int, ...]) -> Array:
    """For each value of a sample here, its place where the channels come first."""
    places: Array = np.arange(np.prod(shape, dtype=int)).reshape(shape[-1], *shape[:-1])
    return np.moveaxis(places, 0, -1).reshape(-1)


def _order_after_concatenate(layer: Concatenate, shape: Any, order: Order) -> Order:
    orders = [one for _, one in arrays_in(settled(order))]
    if not any(isinstance(one, np.ndarray) for one in orders):
        return order_of_sum(orders)
    if shape is None or any(isinstance(one, Unknown) for one in orders):
        return Wrong("features of flattened images are joined with others whose order is not known")
    sizes = [item[0] for item in shape]
    firsts = np.cumsum([0, *sizes[:-1]])
    places = [
        np.arange(size) if isinstance(one, str) else one
        for one, size in zip(orders, sizes, strict=True)
    ]
    return np.concatenate([place + first for place, first in zip(places, firsts, strict=True)])
