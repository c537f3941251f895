"""The places in a function where a pattern matches, and the function with the code there replaced."""

import ast
import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from nnlayers.testing.mutation.patterns import LETTERS, filled, match, parsed

NOT_SEARCHED: dict[type[ast.AST], tuple[str, ...]] = {  # these fields of a node are not formulas
    ast.If: ("test",),
    ast.While: ("test",),
    ast.IfExp: ("test",),
    ast.Subscript: ("slice",),
    ast.FunctionDef: ("args", "decorator_list", "returns"),
    ast.AnnAssign: ("annotation",),
}
MESSAGES = (ast.Raise, ast.Assert, ast.JoinedStr)
TAKE_SHAPES = ("reshape", "range", "zeros", "empty", "ones", "broadcast_to", "transpose", "swapaxes")


class Place(NamedTuple):
    """An expression; or, in a block, the statements from one number up to another."""

    code: Any
    start: int | None = None
    stop: int | None = None

    def matched(self) -> Any:
        """The expression or the statements; a single expression as a statement counts as itself."""
        if self.start is None:
            return self.code
        statements = self.code[self.start : self.stop]
        single = len(statements) == 1 and isinstance(statements[0], ast.Expr)
        return statements[0].value if single else statements

    @property
    def line(self) -> int:
        """The number of its first line."""
        node = self.code if self.start is None else self.code[min(self.start, len(self.code) - 1)]
        return int(node.lineno)

    def replace(self, function: ast.FunctionDef, new: list[ast.stmt]) -> ast.FunctionDef:
        """A copy of the function with other code here."""
        for node in (node for statement in new for node in ast.walk(statement)):
            if isinstance(node, (ast.stmt, ast.expr)):
                node.lineno = node.end_lineno = self.line
        content: Any = new[0].value if self.start is None else self.code.copy()  # type: ignore[attr-defined]
        if self.start is not None:
            content[self.start : self.stop] = new
        return copy.deepcopy(function, {id(self.code): content})


class Change(NamedTuple):
    """A changed function, and the same one with a failure in the place of the change."""

    changed: ast.FunctionDef
    failing: ast.FunctionDef
    line: int


def changes(
    function: ast.FunctionDef, pattern: str, replacement: str, argument: str, within: str = ""
) -> Iterator[Change]:
    """The function with a pattern replaced, once for each place where it matches.

    An empty pattern stands for the beginning of the function. ``within`` is the name of a method;
    then only the arguments of its calls are searched.
    """
    if not argument and "G" in LETTERS.findall(pattern + replacement):
        return
    regions = [c for c in ast.walk(function) if _calls(c, within)] if within else [function]
    wanted = parsed(pattern)
    for place in _places(regions, wanted, parsed(replacement)):
        found = match(wanted, place.matched(), argument)
        if found is not None:
            new, failure = filled(replacement, found), filled("1 / 0", {})
            yield Change(place.replace(function, new), place.replace(function, failure), place.line)


def _places(regions: list[Any], wanted: Any, new: Any) -> Iterator[Place]:
    """The places of the kind that a pattern may match."""
    nodes = [node for region in regions for node in _formulas(region)]
    if not wanted:
        body = regions[0].body
        start = 1 if ast.get_docstring(regions[0]) is not None else 0
        yield Place(body, start, start)
    elif isinstance(wanted, ast.expr) and isinstance(new, ast.expr):
        for node in nodes:
            if isinstance(node, ast.expr) and isinstance(getattr(node, "ctx", None), ast.Load | None):
                yield Place(node)
    else:
        count = len(wanted) if isinstance(wanted, list) else 1
        blocks = [getattr(node, name, None) for node in nodes for name in ("body", "orelse")]
        for block in (block for block in blocks if isinstance(block, list)):
            yield from (Place(block, i, i + count) for i in range(len(block) - count + 1))


def _formulas(node: ast.AST) -> Iterator[ast.AST]:
    """A node and those in it that may be part of a formula."""
    yield node
    skipped = NOT_SEARCHED.get(type(node), ())
    if any(_calls(node, name) for name in TAKE_SHAPES):
        skipped = ("args", "keywords")
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if name not in skipped and isinstance(child, ast.AST) and not isinstance(child, MESSAGES):
                yield from _formulas(child)


def _calls(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and name == getattr(
        node.func, "attr", getattr(node.func, "id", "")
    )
