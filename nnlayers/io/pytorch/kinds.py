"""What is known of the order that PyTorch has the features of an array in.


Images have the channels first there, and last here. An array is described by the shape of a sample,
None if it is not known, and by its order there:

* ``"last"``: as here (vectors, sequences of vectors); `Made`, by a Dense, is one that may be changed;
* ``"first"``: channels first, as behind convolutions;
* an array, for vectors: for each feature here, its place there, as behind a Flatten of images;
* `Unknown`, for several axes: the channels may be anywhere;
* `Reshaped`, for steps that a Reshape made of a vector: as here, unless they are taken for channels;
* `Wrong`, with which no weights can be loaded.
"""

from typing import Any, TypeAlias

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.core.structures import arrays_in, each

Order: TypeAlias = Any


class Unknown(str):
    """Why the order is not known."""


class Made(str):
    """The order ``"last"`` of features that a Dense has made, until a Reshape to images needs another.

    Attributes
    ----------
    places : array or None
        The order that was chosen: for each feature here, its place there.
    settled : bool
        True if no other can be chosen, since the features have met others.
    """

    places: Array | None = None
    settled = False


class Reshaped(Unknown):
    """The order of steps that were made of a vector."""


class Wrong(Unknown):
    """Why no weights can be loaded behind this place."""


class Unclear(Wrong):
    """The same, behind a layer of which it is not known what it does with the axes."""


class UnclearImages(Unclear):
    """The same, of images, up to a layer that needs several axes: then they were not flattened."""


def order_of_input(shape: Any) -> Order:
    """The order that samples of a shape have there."""
    if shape is None:
        return Unknown("the shape of a sample is not known")
    if any(isinstance(size, tuple) for size in shape):
        return tuple(order_of_input(item) for item in shape)
    return "first" if len(shape) > 2 else "last"


def chosen(order: Order) -> Order:
    """The order, where it could be chosen the one that was."""
    return each(
        lambda one: one.places if isinstance(one, Made) and one.places is not None else one, order
    )


def settled(order: Order) -> Order:
    """The order, which cannot be chosen any more."""

    def settle(one: Order) -> Order:
        if isinstance(one, Made):
            one.settled = True
            return "last" if one.places is None else one.places
        return one

    return each(settle, order)


def is_plain(order: Order) -> bool:
    """True if everything has the order that it has here."""
    return all(isinstance(one, str) and one == "last" for _, one in arrays_in(chosen(order)))


def same(one: Order, other: Order) -> bool:
    """True for equal orders."""
    ones, others = list(arrays_in(one)), list(arrays_in(other))
    return len(ones) == len(others) and all(
        type(a) is type(b) and np.array_equal(a, b) for (_, a), (_, b) in zip(ones, others, strict=True)
    )
