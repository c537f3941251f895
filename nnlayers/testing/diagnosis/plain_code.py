"""Which functions may be edited and run: those of plain formulas, without effects elsewhere."""

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from nnlayers.core.checks import Array
from nnlayers.testing.source import Function

PLAIN_STATEMENTS = (
    *(ast.FunctionDef, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Pass),
    *(ast.For, ast.If, ast.Continue, ast.Break, ast.Assert, ast.Raise),
)
PLAIN_CALLS = ("add_grad", "at", "backward", "backward_parameters", "save_for_backward")


def is_plain(function: ast.FunctionDef) -> bool:
    """True if a function only computes: it has no loop that may be endless, and no calls for an effect.

    Text is not computed either, since it may name a file.
    """
    return not any(_has_effects(function, node) for node in ast.walk(function))


def _has_effects(function: ast.FunctionDef, node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant) and not _is_plain_call(node.value)
    if isinstance(node, ast.stmt):
        return not isinstance(node, PLAIN_STATEMENTS)
    if isinstance(node, ast.JoinedStr):
        return not _is_in_message(function, node)
    return isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom))


def _is_plain_call(node: ast.expr) -> bool:
    """True for a call that adds a gradient, or that runs another backward."""
    name = getattr(node.func, "attr", "") if isinstance(node, ast.Call) else ""
    return name in PLAIN_CALLS or name.startswith("_")


def _is_in_message(function: ast.FunctionDef, text: ast.JoinedStr) -> bool:
    """True for the text of an error."""
    raised = (node for node in ast.walk(function) if isinstance(node, (ast.Raise, ast.Assert)))
    return any(text in ast.walk(node) for node in raised)


def arrays_around(functions: Sequence[Function], thing: Any) -> list[Array]:
    """The arrays outside of a copy that its functions could write to: of its class, and global ones."""
    found = [value for kind in type(thing).__mro__ for value in vars(kind).values()]
    for function in functions:
        code, around = function.function.__code__, function.function.__globals__
        found += [around[name] for name in code.co_names if name in around]
        found += [cell.cell_contents for cell in function.function.__closure__ or () if _is_full(cell)]
    return [value for value in found if isinstance(value, np.ndarray)]


def _is_full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018 (it may be empty)
    except ValueError:
        return False
    return True


@contextmanager
def read_only(arrays: Sequence[Array]) -> Iterator[None]:
    """A with-block in which arrays cannot be written to."""
    before = [array.flags.writeable for array in arrays]
    try:
        for array in arrays:
            array.flags.writeable = False
        yield
    finally:
        for array, writeable in zip(arrays, before, strict=True):
            array.flags.writeable = writeable
