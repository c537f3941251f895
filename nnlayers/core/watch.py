"""A look at the output of every layer in a model, in one run of a copy of it."""

import copy
from collections.abc import Callable
from typing import Any

from nnlayers.core import tree
from nnlayers.core.component import Component


def watch(model: Component, verb: str, x: Any, see: Callable[[str, Component, Any], None]) -> None:
    """Run a verb on a copy of a model, and show ``see`` the output of every layer in it.

    It is called with a layer's path, the layer, and its output, in the order in which they end.
    """
    twin = copy.deepcopy(model)
    for path, layer in [("", twin), *tree.parts(twin)]:
        unfolded = layer is not twin and getattr(layer, "in_summary", "") == "its layers"
        if isinstance(layer, Component) and hasattr(layer, verb) and not unfolded:
            vars(layer)[verb] = _watched(path, layer, getattr(layer, verb), see)
    getattr(twin, verb)(x)


def _watched(
    path: str,
    layer: Component,
    method: Callable[..., Any],
    see: Callable[[str, Component, Any], None],
) -> Callable[..., Any]:
    def watched(*args: Any, **kwargs: Any) -> Any:
        y = method(*args, **kwargs)
        see(path, layer, y)
        return y

    return watched
