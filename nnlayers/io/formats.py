"""What all formats share: the function for the type of a layer, and errors that name its path."""

import inspect
from collections.abc import Callable
from typing import Any

from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.structures import arrays_in
from nnlayers.layers.sequential import Sequential

UNCHANGED = {"backward", "backward_parameters", "for_inference", "in_summary", "own_multiplications"}
"""What a subclass may define anew, besides special methods, without computing something else."""


IN_OTHERS = {  # attributes of what has a network in it, and the words for that
    "model_": "give its model_",
    "best_estimator_": "give the model_ of its best_estimator_, or of the last step of that",
    "steps": "give the model_ of its last step: the steps before it, such as a scaler, are not in it",
    "model": "give its model",
}


def check_layer_given(model: object, who: str) -> None:
    """Refuse what is not a layer.

    Raises
    ------
    TypeError
        It says where the network is, if it is in a Trainer, an estimator, a Pipeline or a search.
    """
    if not isinstance(model, Layer):
        hint = next((f": {words}" for name, words in IN_OTHERS.items() if hasattr(model, name)), "")
        got = f"a {type(model).__name__}" if hint else f"{model!r:.80}"
        raise TypeError(f"{who}: expected a layer, such as a Sequential, got {got}{hint}")


class Format:
    """The functions of a format, each for a type of layers, and the network that is written.

    Parameters
    ----------
    who : str
        The public function that users call, for errors.
    functions : function of `functools.singledispatch`
        Its functions for the types of layers; the one for ``object`` is never called.
    model : Layer
        The whole network: errors name the path of a layer in it.
    instead : str
        What to do about a layer of nnlayers that the format cannot express.

    Attributes
    ----------
    layer, path
        The layer that is being written, and its path, or that of the one around it if it has none.
    """

    result: type = str
    """What a function that writes a layer returns, or tuples of it."""

    def __init__(self, who: str, functions: Any, model: Any, instead: str) -> None:
        check_layer_given(model, who)
        self.who, self.functions, self.model, self.instead = who, functions, model, instead
        self.paths = {id(part): path for path, part in model.named_parts()}
        self.layer, self.path = model, ""

    def name(self, layer: Layer) -> str:
        """Path and class of a layer, for errors: ``layers.3, Scale``."""
        path = self.paths.get(id(layer), self.path)
        return f"{path}, {type(layer).__name__}" if path else type(layer).__name__

    def run(self, layer: Layer, x: Any) -> Any:
        """The output of a layer for an input, by the function for its type.

        Raises
        ------
        TypeError
            There is no function for the layer, or it returns something else than an output.
        ValueError
            The function fails.
        """
        function = self.function(layer)
        before = self.layer, self.path
        self.layer, self.path = layer, self.paths.get(id(layer), self.path)
        try:
            y = function(layer, self, x)
        except Exception as error:
            if str(error).startswith(f"{self.who}: "):
                raise
            raise ValueError(
                f"{self.who}: {self.name(layer)}: its function failed: {type(error).__name__}: {error}"
            ) from error
        finally:
            self.layer, self.path = before
        if not all(isinstance(item, self.result) for _, item in arrays_in(y)):
            raise TypeError(
                f"{self.who}: {self.name(layer)}: its function returned {y!r:.80}: expected a "
                f"{self.result.__name__}, or a tuple of them"
            )
        return y

    def check_layers(self, layer: Layer) -> None:
        """Refuse a layer without a function, in a chain of them too, before a shape is asked for.

        Raises
        ------
        TypeError
            There is none.
        """
        layers = [layer]
        while layers:
            layer = layers.pop()
            if type(layer) is Sequential:
                layers += reversed(layer.layers)
            else:
                self.function(layer)

    def function(self, layer: Layer) -> Callable[..., Any]:
        """The function for the type of a layer.

        Raises
        ------
        TypeError
            There is none, or the layer computes something else than the type that has one.
        """
        kinds = self.functions.registry.keys() - {object}
        base = next((kind for kind in type(layer).__mro__ if kind in kinds), None)
        fault = "this format has no function for it" if base is None else ""
        if base and (changed := _changed(layer, base)):
            fault = f"it changes {', '.join(changed)} of {base.__name__}"
        if base is None or fault:
            raise TypeError(f"{self.who}: {self.name(layer)}: {fault}: {self._way_out(layer)}")
        found: Callable[..., Any] = self.functions.registry[base]
        return found

    def _way_out(self, layer: Layer) -> str:
        arguments = ", ".join(inspect.signature(self.functions).parameters)
        ours = is_built_in(type(layer))
        return (
            f"{f'{self.instead}, or ' * ours}register a function for it,\n\n"
            f"    @nn.io.{self.functions.__name__}.register({'nn.' * ours}{type(layer).__name__})\n"
            f"    def _({arguments}): ..."
        )


def _changed(layer: Layer, base: type) -> list[str]:
    """What a layer has instead of something that a base of it has."""
    kind = type(layer)
    before = kind.__mro__[: kind.__mro__.index(base)]
    names = {name for cls in before for name in vars(cls)} | {
        name for name in vars(layer) if callable(getattr(base, name, None))
    }
    return sorted(
        name
        for name in names - UNCHANGED
        if hasattr(base, name)
        and (not (name.startswith("__") and name.endswith("__")) or name == "__getattribute__")
    )
