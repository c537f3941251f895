"""The source of a function, or of those of a class, and how changed code of it is compiled."""

import ast
import copy
import inspect
import types
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from nnlayers.core.origin import is_built_in


class Function:
    """A function, without decorators, with its syntax tree; line numbers are those of the file.

    ``argument`` is the name of its first argument, after that of the object if it is a method.

    Raises
    ------
    ValueError
        There is no source code.
    """

    def __init__(self, function: types.FunctionType, *, is_method: bool = True) -> None:
        function = inspect.unwrap(function)
        self.function, self.name = function, function.__name__
        tree: Any = None
        with suppress(OSError, SyntaxError):
            source = inspect.getsource(function)
            indented = int(source[0].isspace())
            tree = ast.parse("if True:\n" * indented + source).body[0]
            tree = tree.body[0] if indented else tree
        if getattr(tree, "name", None) != function.__code__.co_name:
            raise ValueError(
                f"found no source code of {function.__qualname__}: define it with def, in a file or in "
                "a notebook"
            )
        self.tree: ast.FunctionDef = tree
        ast.increment_lineno(self.tree, function.__code__.co_firstlineno - 1 - indented)
        names = [argument.arg for argument in self.tree.args.args]
        self.owner = names.pop(0) if is_method and names else ""
        self.argument = names[0] if names else ""

    def compiled(self, tree: ast.FunctionDef) -> types.CodeType:
        """The code of a changed tree, which may take the place of the function's own."""
        return self.code_in(ast.fix_missing_locations(self.module(tree)))

    def module(self, tree: ast.FunctionDef) -> ast.Module:
        """A module with a changed tree where names mean the same as in the function."""
        code = self.function.__code__
        # Within a class, for super() and for private names, and within a function, for closures.
        names = self.function.__qualname__.split(".")
        owner = next((name for name in reversed(names[:-1]) if name.isidentifier()), "Owner")
        around = [name for name in code.co_freevars if name != "__class__"]
        scope = f"global {owner}" if owner not in around else "pass"
        module = ast.parse(f"def f({', '.join(around)}):\n    {scope}\n    class {owner}: pass")
        frame: Any = module.body[0]
        # The code must refer to the same variables of a closure as before.
        used = ast.parse("".join(f"if False: {name}\n" for name in code.co_freevars)).body
        changed = copy.copy(tree)
        changed.body = [*tree.body, *used] if used else tree.body
        frame.body[1].body = [changed]
        return module

    def code_in(self, module: ast.Module) -> types.CodeType:
        """The code of the function in a module of that kind."""
        code = self.function.__code__
        made = compile(module, code.co_filename, "exec", dont_inherit=True)
        found = next(inner for inner in _codes_in(made) if inner.co_name == code.co_name)
        return found.replace(co_qualname=code.co_qualname)

    def with_code(self, code: types.CodeType) -> types.FunctionType:
        """The function with other code."""
        old = self.function
        new = types.FunctionType(code, old.__globals__, old.__name__, old.__defaults__, old.__closure__)
        new.__kwdefaults__ = old.__kwdefaults__
        return new

    def methods_named(self) -> Iterator[str]:
        """The names of attributes of the object, of ``super()``, and of classes."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute):
                name = ast.unparse(node.value)
                if name in (self.owner, "super()") or (name.isidentifier() and name[0].isupper()):
                    yield node.attr


def _codes_in(code: types.CodeType) -> Iterator[types.CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield inner
            yield from _codes_in(inner)


def functions_of(cls: type, verb: str) -> dict[types.FunctionType, Function]:
    """The verb of a class, and the methods that it uses, except those that are inherited from nnlayers.

    Raises
    ------
    ValueError
        There is no source code of one of them.
    """
    found: dict[types.FunctionType, Function] = {}
    names, seen = [verb], set()
    while names:
        name = names.pop()
        if name in seen:
            continue
        seen.add(name)
        for function in _definitions(cls, name):
            read = Function(function)
            if not is_built_in(function) or function.__qualname__ == f"{cls.__qualname__}.{name}":
                found[function] = read
            used = set(read.methods_named())
            names += used
            if name not in used:  # by super()
                break
    return found


def _definitions(cls: type, name: str) -> Iterator[types.FunctionType]:
    """The functions of a method or a property, without decorators, those of base classes last."""
    for base in cls.__mro__:
        value: Any = vars(base).get(name)
        value = getattr(value, "__func__", None) or getattr(value, "fget", None) or value
        value = inspect.unwrap(value) if callable(value) else value
        if isinstance(value, types.FunctionType):
            yield value
