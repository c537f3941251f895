"""The architecture of a network as a text, like its repr.

The text is a call: the name of a layer, and its arguments, which are plain values, layers, and lists
and tuples of them. A layer that stands in several places is named at the first one, as in
``Sequential(shared_1 := Embedding(65, 16), TiedDense(shared_1))``.
"""

import inspect
import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from nnlayers.core.component import Component
from nnlayers.core.layer import Layer
from nnlayers.core.origin import is_built_in
from nnlayers.core.representation import constructor_call, words_in_call
from nnlayers.core.tree import Holder, walk
from nnlayers.io.parsing import TOO_DEEP

STRING = re.compile(r"""'(?:[^'\\\n]|\\.)*+'|"(?:[^"\\\n]|\\.)*+\"""")


def architecture(model: Layer, known: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The text of a network; and the classes and functions in it that are not known, by name.

    Raises
    ------
    TypeError
        A layer does not tell the arguments that would make it again; two classes have one name; or
        layers are nested too deep.
    """
    own: dict[str, Any] = {}
    places = Counter(id(part) for _, part in walk(model, repeats=True) if isinstance(part, Holder))
    names: dict[int, str] = {}

    def name_of(thing: Any) -> str:
        name = str(thing.__name__)
        if known.get(name) is not thing and (name in known or own.setdefault(name, thing) is not thing):
            raise TypeError(f"save: there are two classes, or functions, named {name}: rename one")
        return name

    def words(thing: Any) -> str:
        if isinstance(thing, np.generic):
            return f"{thing.dtype}({thing.item()!r})"
        return of_layer(thing) if isinstance(thing, Holder) else name_of(thing)

    call_of = partial(constructor_call, exact=True)

    def of_layer(layer: Any) -> str:
        if id(layer) in names:
            return names[id(layer)]
        if "..." in STRING.sub("", call_of(layer, lambda _: "")):
            raise TypeError(_untold(layer, model))
        name_of(type(layer))
        written: Any = type(layer).__repr__
        made: Any = type(layer).__init__
        by_repr = written is not Component.__repr__ and is_built_in(made)
        call = repr(layer) if by_repr and not layer.children() else call_of(layer, words)
        if places[id(layer)] < 2:
            return call
        names[id(layer)] = f"shared_{len(names) + 1}"
        return f"{names[id(layer)]} := {call}"

    try:
        return words(model), own
    except RecursionError:
        raise TypeError(f"save: {TOO_DEEP}") from None


def _untold(layer: Layer, model: Layer) -> str:
    """The message about a layer that cannot be made again."""
    path = next((f"{path}, " for path, part in model.named_parts() if part is layer), "")
    kind = type(layer).__name__
    if is_built_in(type(layer)):
        return f"save: {path}{kind} is made by for_inference(): save the network itself"
    arguments = [*inspect.signature(type(layer)).parameters]
    kept = {name: vars(layer)[name] for name in arguments if name in vars(layer)}
    others = [
        f"{name} is a {type(value).__name__}" for name, value in kept.items() if not _is_plain(value)
    ]
    missing = [name for name in arguments if name not in kept]
    fault = "; ".join(others) or f"the value of {', '.join(missing) or 'some'} is not known"
    return (
        f"save: {path}{kind}({', '.join(arguments)}): {fault}: keep each argument in an attribute of "
        "the same name, and give only numbers, texts, layers, functions with a name, None, and lists "
        "and tuples of these"
    )


def _is_plain(value: Any) -> bool:
    """False for what cannot be an argument in a text."""
    return "..." not in STRING.sub("", words_in_call(value, lambda _: ""))
