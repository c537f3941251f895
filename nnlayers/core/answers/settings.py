"""Attributes that are set where they would do nothing: refused, with the advice to give."""

import functools
import inspect
from typing import Any

import numpy as np

from nnlayers.core.answers.arguments import advice_for_class
from nnlayers.core.answers.arguments_table import OTHER_ARGUMENTS
from nnlayers.core.answers.attributes import NO_MODE
from nnlayers.core.origin import is_built_in
from nnlayers.core.similar import closest
from nnlayers.core.state import State

FREEZE = "set trainable = False to freeze what is in it"
FLAGS = {
    **dict.fromkeys(["requires_grad", "frozen", "freeze", "is_trainable", "is_frozen"], FREEZE),
    **dict.fromkeys(["training", "train", "eval", "is_training"], NO_MODE),
}
NOTES = "name", "metrics", "callbacks"  # users may keep them with a network


def check_setting(thing: Any, name: str, value: object) -> None:
    """Refuse an attribute of a layer or loss that would change nothing, or replace a parameter.

    An object of a user's class may have any attribute, except flags like ``trainable``.

    Raises
    ------
    AttributeError
        It is another library's word, or much like a name that the object has.
    TypeError
        An array would take the place of a Parameter or State.
    """
    kind, own = type(thing), vars(thing)
    if name in own:
        if isinstance(own[name], State) and isinstance(value, (np.ndarray, list, tuple, float, int)):
            raise TypeError(
                f"{kind.__name__}.{name} is a {type(own[name]).__name__}: write into its value, "
                f"{name}.value[...] = x"
            )
        return
    if name.startswith("_") or hasattr(kind, name):
        return
    if advice := _advice(thing, name, value):
        raise AttributeError(f"{kind.__name__} has no attribute {name!r}: {advice}")


def _advice(thing: Any, name: str, value: object) -> str:
    """What to do in place of setting a new attribute; empty if it may be set."""
    if name == "requires_grad":
        return FREEZE
    kind: Any = type(thing)
    if is_built_in(kind) and name not in _set_when_made(kind):
        if name in FLAGS:
            return FLAGS[name]
        known = [word for word in dir(thing) if not word.startswith("_")]
        ours = [word for word in OTHER_ARGUMENTS.get(name, ()) if word in known]
        if similar := ours[0] if ours else closest(name, known, cutoff=0.85):
            return f"did you mean {similar}?"
        return "" if name in NOTES else advice_for_class(kind).get(name, "")
    is_switch = name[0] == "t" and isinstance(value, (bool, int, np.bool_))
    if is_switch and closest(name, ["trainable"], cutoff=0.85):
        return "did you mean trainable?"
    return ""


@functools.cache
def _set_when_made(kind: Any) -> frozenset[str]:
    """The names in the constructors of a class: the attributes that they set, among others."""
    made = [inspect.unwrap(vars(base)["__init__"]) for base in kind.__mro__ if "__init__" in vars(base)]
    codes = [getattr(init, "__code__", None) for init in made]
    return frozenset(name for code in codes if code for name in code.co_names)
