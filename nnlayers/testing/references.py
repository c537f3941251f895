"""Everything that a layer or loss refers to: attributes, and what its methods reach beside them."""

import collections
import dis
import functools
import gc
import sys
import types
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from nnlayers.core.component import Component
from nnlayers.core.state import State
from nnlayers.core.tree import Holder, Items

VERBS = "forward", "backward", "backward_parameters", "predict", "evaluate"
CACHE = type(functools.cache(abs))
LIBRARIES = {"nnlayers", "numpy", *sys.stdlib_module_names}


class Found(NamedTuple):
    """Something that an object refers to: its path, where that begins, and what it is."""

    path: str
    where: str
    """Empty for attributes, else in words: ``", in the closure of forward,"``."""
    value: Any

    def inner(self, name: object, value: Any, where: str = "") -> "Found":
        """What this one holds under a name."""
        return Found(f"{self.path}.{name}" if self.path else f"{name}", self.where or where, value)

    def __str__(self) -> str:
        return f"{self.path!r}{self.where}"


def everything(thing: Component) -> Iterator[Found]:
    """Everything that an object refers to, except in its States: depth first, each object once."""
    references, seen = _References(thing), {id(thing)}
    todo = [Found("", "", thing)]
    while todo:
        new: dict[int, Found] = {}
        for found in references.of(todo.pop()):
            if id(found.value) not in seen:
                new.setdefault(id(found.value), found)
        seen |= new.keys()
        yield from new.values()
        todo += reversed(new.values())


class _References:
    """What an object of any kind refers to, in code other than that of libraries."""

    def __init__(self, thing: Component) -> None:
        self.package = _package(type(thing).__module__)
        self.classes: set[type] = set()
        """The classes of layers that were looked at."""

    def of(self, found: Found) -> Iterable[Found]:
        """What something refers to."""
        value = found.value
        if isinstance(value, (State, str, bytes, type, np.random.Generator, types.ModuleType)):
            return []
        if isinstance(value, Holder):
            held = [found.inner(*item) for item in value.attributes_to_walk().items()]
            return [*held, *self._of_class(value)]
        if isinstance(value, types.FunctionType):
            return self._of_function(value)
        if isinstance(value, types.MethodType):
            return [found.inner("__self__", value.__self__), found.inner("__func__", value.__func__)]
        if _is_opaque(type(value)):
            return []
        where, items = contents(value)
        return [found.inner(*item, where) for item in items]

    def _of_class(self, holder: Holder) -> Iterator[Found]:
        """What the class of a layer holds, and its methods refer to."""
        kind, own = type(holder), vars(holder)
        if kind in self.classes:
            return
        self.classes.add(kind)
        for base in self._own_bases(kind):
            for name, value in vars(base).items():
                if name not in own and not name.startswith("__") and not _functions(value):
                    yield Found(name, ", an attribute of the class,", value)
        for function in self._methods(kind):
            yield from self._of_function(function)

    def _methods(self, kind: type) -> list[types.FunctionType]:
        """The functions in a class that its verbs call, directly or not, as far as names say."""
        names, methods = dict.fromkeys(VERBS), []
        todo = list(VERBS)
        for name in todo:
            for base in self._own_bases(kind):
                for function in _functions(vars(base).get(name)):
                    methods.append(function)
                    more = [other for other in _names(function.__code__) if other not in names]
                    names |= dict.fromkeys(more)
                    todo += more
        return methods

    def _of_function(self, function: types.FunctionType) -> Iterator[Found]:
        """The variables of a function that are not its own."""
        name, code = function.__name__, function.__code__
        for variable, value in _closure(function):
            yield Found(variable, f", in the closure of {name},", value)
        arguments, defaults = code.co_varnames[: code.co_argcount], function.__defaults__ or ()
        given = dict(zip(arguments[::-1], defaults[::-1], strict=False))
        for variable, value in (given | (function.__kwdefaults__ or {})).items():
            yield Found(variable, f", a default argument of {name},", value)
        if not self._is_library(function.__globals__.get("__name__", "")):
            for path, value in self._globals(function):
                yield Found(path, f", a global variable that {name} uses,", value)

    def _globals(self, function: types.FunctionType) -> Iterator[tuple[str, Any]]:
        """The global variables that a function reads, those of the user's other modules too."""
        code = function.__code__
        for name in _global_names(code):
            value = function.__globals__.get(name)
            if not isinstance(value, types.ModuleType):
                yield name, value
            elif not self._is_library(value.__name__):
                known = vars(value)
                yield from (
                    (f"{name}.{other}", known[other]) for other in _names(code) if other in known
                )

    def _own_bases(self, kind: type) -> list[type]:
        return [base for base in kind.__mro__ if not self._is_library(base.__module__)]

    def _is_library(self, module: str) -> bool:
        if _package(module) == self.package != "nnlayers":
            return False
        return _package(module) in LIBRARIES or _is_installed(module)


def _is_opaque(kind: type) -> bool:
    """True for objects of other libraries, and loggers: what they hold is their own."""
    if issubclass(kind, np.ndarray):
        return False
    return _package(kind.__module__) in ("logging", "numpy") or _is_installed(kind.__module__)


def _is_installed(module: str) -> bool:
    return "site-packages" in (getattr(sys.modules.get(module), "__file__", None) or "")


def contents(value: Any) -> tuple[str, Items]:
    """The names and values in a container or plain object; and where they are, if that matters."""
    if isinstance(value, dict):
        return "", value.items()
    if isinstance(value, (list, tuple, collections.deque)):
        return "", enumerate(value)
    if isinstance(value, (set, frozenset)):
        return ", in a set,", enumerate(value)
    if isinstance(value, functools.partial):
        held = enumerate((value.func, *value.args))
        return ", an argument of a functools.partial,", [*held, *value.keywords.items()]
    if isinstance(value, CACHE):
        return ", in the cache of a function,", [("result", held) for held in _cached(value)]
    if isinstance(value, np.ndarray):
        return "", enumerate(value.ravel()) if value.dtype == object else ()
    in_slots = [(name, getattr(value, name)) for name in slots(type(value)) if hasattr(value, name)]
    return "", [*getattr(value, "__dict__", {}).items(), *in_slots]


def _cached(function: Any) -> list[Any]:
    """The function behind a `functools.cache`, and the layers and States that it has returned.

    Other values that are cached are nearly always constants.
    """
    held = gc.get_referents(function)
    held += [value for item in held if isinstance(item, dict) for value in item.values()]
    return [function.__wrapped__, *(x for x in held if isinstance(x, (State, Component)))]


def slots(kind: type) -> list[str]:
    """The names in the ``__slots__`` of a class and its bases, but not those of Component."""
    names: list[str] = []
    for base in kind.__mro__:
        if not issubclass(Component, base):
            given = vars(base).get("__slots__", ())
            names += [given] if isinstance(given, str) else given
    return [name for name in names if name not in ("__dict__", "__weakref__")]


def _functions(value: Any) -> list[types.FunctionType]:
    """The functions behind a function, property or static method: those in its closure too."""
    for attribute in ("fget", "__func__", "func"):
        value = getattr(value, attribute, value)
    found = [value] if isinstance(value, types.FunctionType) else []
    for function in found:
        inner = [held for _, held in _closure(function) if isinstance(held, types.FunctionType)]
        found += [other for other in inner if other not in found]
    return found


def _closure(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # it has no value yet
            continue


@functools.lru_cache(1024)
def _global_names(code: types.CodeType) -> list[str]:
    """The global variables that code reads, functions within it too."""
    own = [step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"]
    return list(
        dict.fromkeys([*own, *(name for part in _within(code) for name in _global_names(part))])
    )


@functools.lru_cache(1024)
def _names(code: types.CodeType) -> list[str]:
    """The names of attributes and globals in code, functions within it too."""
    return [*code.co_names, *(name for part in _within(code) for name in _names(part))]


def _within(code: types.CodeType) -> list[types.CodeType]:
    return [part for part in code.co_consts if isinstance(part, types.CodeType)]


def _package(module: str) -> str:
    return module.partition(".")[0]
