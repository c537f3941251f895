"""A layer whose forward is the inference pass of another one, so that a backward can follow."""

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlayers.core import tree
from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State

if TYPE_CHECKING:
    from nnlayers.core.layer import Layer


def for_inference(model: "Layer", general: Any) -> "Layer":
    """A copy of a model with its own parameters, in which layers that say how are replaced.

    ``general`` is the method `Layer.for_inference` of the base class, which does not say it.

    Raises
    ------
    NotImplementedError
        A layer holds a Generator or a State, and does not say what takes its place.
    """

    def says_how(thing: Any) -> bool:
        own = getattr(type(thing), "for_inference", general)
        return thing is not model and own is not general

    def items(thing: Any) -> tree.Items:
        return () if says_how(thing) else tree.held_items(thing)

    shared: dict[int, Any] = {}
    for path, part in [("", model), *tree.walk(model, items)]:
        if isinstance(part, Parameter):
            shared[id(part)] = part
        elif says_how(part):
            shared[id(part)] = part.for_inference()
        elif isinstance(part, tree.Holder):
            _check(part, path)
    return copy.deepcopy(model, shared)


def _check(layer: Any, path: str) -> None:
    """Refuse a layer whose inference pass may be another function than its forward."""
    for _, part in tree.own_parts(layer):
        if isinstance(part, (np.random.Generator, State)) and not isinstance(part, Parameter):
            kind = "a Generator" if isinstance(part, np.random.Generator) else "a State"
            place = f", at {path}," * bool(path)
            raise NotImplementedError(
                f"{type(layer).__name__}{place} holds {kind}: define for_inference(self), to return a "
                "layer whose forward does what predict does (itself, if its own forward does)"
            )


def advice(part: object) -> str:
    """Why a layer that holds this part has to define predict, and how."""
    if isinstance(part, State):
        return "a State: define predict, usually forward with the stored value in place of the batch's"
    if isinstance(part, tree.Holder):
        return "layers: define predict, usually forward with `predict` in place of `forward`"
    return "a Generator: define predict, usually forward without the randomness"
