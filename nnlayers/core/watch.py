"""A look at the input and output of every layer in a model, in one run of a copy of it."""

import copy
from collections.abc import Callable, Iterable
from typing import Any

from nnlayers.core import tree
from nnlayers.core.component import Component

See = Callable[[str, Component, Any, Any], None]


def watch(model: Component, verb: str, x: Any, see: Callable[[str, Component, Any], None]) -> None:
    """Run a verb on a copy of a model, and show ``see`` the output of every layer in it.

    It is called with a layer's path, the layer, and its output, in the order in which they end.
    """
    observe(model, verb, x, lambda path, layer, _, y: see(path, layer, y))


def observe(model: Component, verb: str, x: Any, see: See, *, shared: Iterable[Any] = ()) -> Any:
    """Run a verb on a copy of a model, show ``see`` each layer at work, and return the output.

    ``see`` is called with a layer's path, the layer, its (first) input, and its output, in the order
    in which they end. Objects in ``shared``, such as large parameters, are not copied.
    """
    return observe_itself(copy.deepcopy(model, {id(thing): thing for thing in shared}), verb, x, see)


def observe_itself(twin: Component, verb: str, x: Any, see: See) -> Any:
    """The same, with a copy that the caller has made: its verbs are replaced for good."""
    for path, layer in [("", twin), *tree.parts(twin)]:
        if isinstance(layer, Component) and hasattr(layer, verb):
            unfolded = layer is not twin and layer.in_summary == "its layers"
            if not unfolded:
                vars(layer)[verb] = _watched(path, layer, getattr(layer, verb), see)
    return getattr(twin, verb)(x)


def _watched(path: str, layer: Component, method: Callable[..., Any], see: See) -> Callable[..., Any]:
    def watched(*args: Any, **kwargs: Any) -> Any:
        y = method(*args, **kwargs)
        see(path, layer, args[0] if args else None, y)
        return y

    return watched
