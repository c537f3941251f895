"""The line of a backward pass that is wrong, found by edits of its code that make the gradients right."""

import ast
import contextlib
import io
import itertools
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from nnlayers.core.parameter import Parameter
from nnlayers.core.state import State
from nnlayers.testing.diagnosis.edits import Site, edits, sites
from nnlayers.testing.diagnosis.evidence import Evidence
from nnlayers.testing.diagnosis.points import is_wrong
from nnlayers.testing.mutation.functions import Function, functions_of
from nnlayers.testing.mutation.planting import replaced
from nnlayers.testing.trial import Trial

MOST_EDITS = 3000
SECONDS = 0.8


def repair(points: Sequence[Evidence], right_blocks: Sequence[str]) -> str:
    """The edit of one line that makes the gradient right at all points, in words; empty if none is found.

    It must make the gradients of the block right, and leave those right that are.
    """
    trial = points[0].trial
    try:
        functions = list(functions_of(type(trial.fresh()), "backward").values())
    except (ValueError, TypeError, SyntaxError):  # there is no source code
        return ""
    deadline = time.perf_counter() + SECONDS
    with np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        for function in functions:
            values = _values_in_scope(trial, function)
            found = sites(function.tree, _statements(function.tree, points[0].block, right_blocks))
            for site, node in itertools.islice(edits(found, values), MOST_EDITS):
                if time.perf_counter() > deadline:
                    return ""
                before = _line(site.statement)
                code = _compiled(function, site, node)
                if code is not None and _repairs(points, right_blocks, {function.function: code}):
                    after = _line_with(site, node)
                    return (
                        f"The gradient is right if line {site.statement.lineno} of "
                        f"{function.function.__qualname__}, `{before}`, reads `{after}`."
                    )
    return ""


def _repairs(points: Sequence[Evidence], right_blocks: Sequence[str], codes: Any) -> bool:
    """True if, with other code, the block is right at all points, and what was right still is."""
    with replaced(codes):
        for e in points:
            try:
                found = e.trial.gradients()[e.block]
            except Exception:
                return False
            if found is None or not e.equal(np.asarray(found, np.float64), e.right):
                return False
        return not any(is_wrong(e.trial, block) for e in points for block in (e.block, *right_blocks))


def _compiled(function: Function, site: Site, node: Any) -> types.CodeType | None:
    """The code of the function with another node at a site; None if it cannot be compiled."""
    for new in ast.walk(node):
        if isinstance(new, (ast.stmt, ast.expr, ast.Slice)) and not hasattr(new, "lineno"):
            ast.copy_location(new, site.statement)
    site.put(node)
    try:
        return function.compiled(function.tree)
    except (SyntaxError, ValueError, TypeError, StopIteration):
        return None
    finally:
        site.put(site.node)


def _line(statement: ast.stmt) -> str:
    return ast.unparse(statement).splitlines()[0]


def _line_with(site: Site, node: Any) -> str:
    if node is not None and site.node is site.statement:
        return ast.unparse(ast.fix_missing_locations(node)).splitlines()[0]
    site.put(node)
    try:
        return _line(ast.fix_missing_locations(site.statement))
    finally:
        site.put(site.node)


def _values_in_scope(trial: Trial, function: Function) -> dict[str, Any]:
    """The arrays and numbers that the function's names stand for when it returns, also those of parts."""
    found: dict[str, Any] = {}

    def watch(frame: types.FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        if frame.f_code is not function.function.__code__:
            return None

        def at_return(frame: types.FrameType, event: str, argument: Any) -> Any:
            if event == "return":
                found.update(frame.f_locals)
            return at_return

        return at_return

    thing = trial.fresh()
    trial.forward(thing, trial.x)
    before = sys.gettrace()
    sys.settrace(watch)
    try:
        trial.backward(thing, trial.upstream)
    except Exception:
        return {}
    finally:
        sys.settrace(before)
    return dict(_usable(found, function.owner))


def _usable(values: dict[str, Any], owner: str) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if name == owner:
            for attribute, part in vars(value).items():
                if isinstance(part, (Parameter, State)):
                    yield f"{owner}.{attribute}.value", part.value
                elif isinstance(part, float):
                    yield f"{owner}.{attribute}", part
        elif isinstance(value, (np.ndarray, np.floating, float)) and name.isidentifier():
            yield name, value


def _statements(function: ast.FunctionDef, block: str, right_blocks: Sequence[str]) -> set[ast.stmt]:
    """The statements that the gradient of a block comes from, and none that only right ones come from."""
    every = {node for node in ast.walk(function) if isinstance(node, ast.stmt)} - {function}
    return every
