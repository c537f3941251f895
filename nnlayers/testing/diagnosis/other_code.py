"""Other code in the place of a node of a syntax tree: what a slip may have turned into it."""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

ARITHMETIC: dict[type, list[Any]] = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
}
COMPARISONS: dict[type, list[Any]] = {
    ast.Gt: [ast.Lt],
    ast.Lt: [ast.Gt],
    ast.GtE: [ast.LtE],
    ast.LtE: [ast.GtE],
}
OTHER_NAMES = {"sum": "mean", "mean": "sum", "maximum": "minimum", "minimum": "maximum",
               "sin": "cos", "cos": "sin", "tanh": "sinh"}  # fmt: skip
COPIES = ("array", "copy", "asarray", "ascontiguousarray")
AXES = ["-1", "0", "1", "2", "(0, 1)", "(1, 2)", "(1, 3)"]


def _operations(node: ast.BinOp) -> Iterator[Any]:
    """Another operator, the operands the other way round, one of them dropped."""
    for operator in ARITHMETIC.get(type(node.op), []):
        yield ast.BinOp(node.left, operator(), node.right)
    if isinstance(node.op, (ast.MatMult, ast.Sub, ast.Div)):
        yield ast.BinOp(node.right, node.op, node.left)
    if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
        yield node.left
        yield node.right


def _comparisons(node: ast.Compare) -> Iterator[Any]:
    for operator in COMPARISONS.get(type(node.ops[0]), []) if len(node.ops) == 1 else ():
        yield ast.Compare(node.left, [operator()], node.comparators)


def _attributes(node: ast.Attribute) -> Iterator[Any]:
    if node.attr == "T":
        yield node.value
    elif node.attr in OTHER_NAMES:
        yield ast.Attribute(node.value, OTHER_NAMES[node.attr], ast.Load())


def _calls(node: ast.Call) -> Iterator[Any]:
    """The arguments exchanged, or no call; but a copy stays one."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    if len(node.args) == 2:
        yield ast.Call(node.func, node.args[::-1], node.keywords)
    if len(node.args) == 1 and name and name not in COPIES:
        yield node.args[0]
    if isinstance(node.func, ast.Attribute) and name in ("swapaxes", "transpose"):
        yield node.func.value


def _slices(node: ast.Slice) -> Iterator[Any]:
    one, minus = ast.Constant(1), ast.UnaryOp(ast.USub(), ast.Constant(1))
    if node.lower is None and node.upper is None:
        yield ast.Slice(None, None, minus)
        yield ast.Slice(one, None, None)
        yield ast.Slice(None, minus, None)
    elif node.upper is None and node.lower is not None:
        yield ast.Slice(None, ast.UnaryOp(ast.USub(), node.lower), node.step)
    elif node.lower is None:
        yield ast.Slice(one, None, node.step)
    yield ast.Slice()


def _numbers(node: ast.Constant) -> Iterator[Any]:
    value: Any = node.value
    if type(value) in (int, float):
        others = [value + 1, value - 1, 2 * value, value / 2, -value, 1 - value]
        for other in others + ([1 / value] if value else []):
            if other != value:
                yield ast.parse(f"({other!r})", mode="eval").body


def _indices(node: ast.Name) -> Iterator[Any]:
    """The index before or after, if a short name is one."""
    if len(node.id) <= 2:
        for operator in (ast.Sub(), ast.Add()):
            yield ast.BinOp(ast.Name(node.id, ast.Load()), operator, ast.Constant(1))


def _pairs(node: ast.Tuple) -> Iterator[Any]:
    if len(node.elts) == 2:
        yield ast.Tuple(node.elts[::-1], ast.Load())


def _assignments(node: ast.Assign) -> Iterator[Any]:
    target: Any = node.targets[0]
    if isinstance(target, ast.Subscript):
        yield ast.Pass()
    if len(node.targets) == 1:
        yield ast.AugAssign(target, ast.Add(), node.value)
    yield from _axes(node)


def _additions(node: ast.AugAssign) -> Iterator[Any]:
    """No addition, an assignment, or one that counts indices that occur more than once."""
    yield ast.Pass()
    yield ast.Assign([node.target], node.value)
    if isinstance(node.target, ast.Subscript):
        index, array = ast.unparse(node.target.slice), ast.unparse(node.target.value)
        index = f"({index})" if "," in index else index
        if ":" not in index:
            yield ast.parse(f"np.add.at({array}, {index}, {ast.unparse(node.value)})").body[0]


def _statements(node: ast.Expr) -> Iterator[Any]:
    yield ast.Pass()
    yield from _axes(node)


def _loops(node: ast.For) -> Iterator[Any]:
    """The other way round."""
    if isinstance(node.iter, ast.Call):
        is_reversed = ast.unparse(node.iter.func) == "reversed" and node.iter.args
        reverse = ast.Call(ast.Name("reversed", ast.Load()), [node.iter], [])
        yield ast.For(
            node.target, node.iter.args[0] if is_reversed else reverse, node.body, node.orelse
        )


def _axes(statement: ast.stmt) -> Iterator[Any]:
    """The statement with another axis at all places where it gives one."""
    text = ast.unparse(statement)
    if text.count("axis=") > 1:
        for axis in AXES:
            yield ast.parse(re.sub(r"axis=(-?\d+|\([^)]*\))", f"axis={axis}", text)).body[0]


def _inner(node: ast.UnaryOp) -> Iterator[Any]:
    yield node.operand


def _whole(node: ast.Subscript) -> Iterator[Any]:
    yield node.value


CHANGES: list[dict[type, Callable[[Any], Iterator[Any]]]] = [
    {
        ast.BinOp: _operations,
        ast.UnaryOp: _inner,
        ast.Compare: _comparisons,
        ast.Attribute: _attributes,
        ast.Call: _calls,
        ast.Subscript: _whole,
        ast.Slice: _slices,
    },
    {ast.Constant: _numbers, ast.Name: _indices, ast.Tuple: _pairs},
    {
        ast.Assign: _assignments,
        ast.AugAssign: _additions,
        ast.Expr: _statements,
        ast.Return: _axes,
        ast.For: _loops,
    },
]
"""What may stand in the place of a node, by its type; the likeliest first."""
