"""The small edits of a function's code that may repair it, one at a time, the likeliest first."""

import ast
import copy
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

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
AROUND = [
    *("1 - {}**2", "{} * (1 - {})", "1 - {}", "1 + {}", "{}**2", "{}**3", "np.sqrt({})", "1 / {}"),
    *("np.tanh({})", "np.sign({})", "({} > 0)", "np.abs({})", "np.exp({})", "1 / (1 + np.exp(-{}))"),
    *("2 * {}", "{} / 2", "-{}", "{} / len({})", "{} * len({})"),
    *("{}.T", "{}.swapaxes(-1, -2)", "{}[::-1]", "{}[:, ::-1]"),
    *("{}.sum(axis=0)", "{}.sum(axis=-1, keepdims=True)", "{}.mean(axis=-1, keepdims=True)"),
]
COPIES = ("array", "copy", "asarray", "ascontiguousarray")
AXES = ["-1", "0", "1", "2", "(0, 1)", "(1, 2)", "(1, 3)"]
WHOLE = ["({}).T", "({}).swapaxes(-1, -2)", "({})[::-1]"]
SIZES = ["len({0})", "{0}.shape[-1]", "{0}.size", "np.sqrt({0}.shape[-1])"]


class Site(NamedTuple):
    """An expression, or a statement, and where it stands."""

    parent: ast.AST
    field: str
    place: int | None
    node: Any
    statement: ast.stmt

    def put(self, node: Any) -> None:
        """Put another node in its place."""
        if self.place is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.place] = node


def sites(function: ast.FunctionDef) -> list[Site]:
    """The statements of a function and the expressions in them, outer ones first."""
    found: list[Site] = []

    def visit(parent: ast.AST, statement: ast.stmt | None) -> None:
        for field, value in ast.iter_fields(parent):
            many = isinstance(value, list)
            for index, node in enumerate(value if many else [value]):
                outside = parent is function and field != "body"
                if not isinstance(node, ast.AST) or field in ("targets", "target") or outside:
                    continue
                own = node if isinstance(node, ast.stmt) else statement
                if own is not None and isinstance(node, (ast.stmt, ast.expr, ast.Slice)):
                    found.append(Site(parent, field, index if many else None, node, own))
                visit(node, own)

    visit(function, None)
    return found


Edit = tuple[Site, Any]
Values = Mapping[str, Any]


def other_code(found: list[Site], values: Values) -> Iterator[Edit]:
    """Other signs, operators, numbers, axes and places; terms and factors dropped; ``+=`` for ``=``."""
    makers: list[Callable[[Any], Iterator[Any]]] = [_turned, _changed_numbers, _changed_statements]
    for make in makers:
        for site in found:
            for node in make(site.node):
                yield site, node


def other_names(found: list[Site], values: Values) -> Iterator[Edit]:
    """Another value of the same shape in place of a name."""
    for site in found:
        for name in _alike(site.node, values):
            yield site, _parsed(name)


def around_names(found: list[Site], values: Values) -> Iterator[Edit]:
    """A formula of a name in its place."""
    arrays = _arrays(values)
    for site in found:
        if _name(site.node) in arrays:
            for form in AROUND:
                yield site, _parsed(form.replace("{}", f"({_name(site.node)})"))


def more_factors(found: list[Site], values: Values) -> Iterator[Edit]:
    """One more factor or term: a value, or a size."""
    wholes = [site for site in found if _is_whole(site)]
    for site in wholes:
        for form in WHOLE:
            yield site, _parsed(form.format(ast.unparse(site.node)))
    for site in wholes:
        text = f"({ast.unparse(site.node)})"
        for name in values:
            for operator in "*/+-":
                yield site, _parsed(f"{text} {operator} {name}")
    for site in wholes:
        for name in _arrays(values):
            for size in SIZES:
                for operator in "*/":
                    yield site, _parsed(f"({ast.unparse(site.node)}) {operator} {size.format(name)}")


def more_terms(found: list[Site], values: Values) -> Iterator[Edit]:
    """One more term: a product of two values."""
    arrays = _arrays(values)
    for site in found:
        if _is_whole(site):
            for form in PRODUCTS:
                for one in arrays:
                    for other in arrays:
                        yield site, _parsed(form.format(f"({ast.unparse(site.node)})", one, other))


STAGES = [other_code, other_names, around_names, more_factors, more_terms]
PRODUCTS = [
    *("{} + {} * {}", "{} - {} * {}", "{} + {} * (1 - {})", "{} * (1 - {}) * {}"),
    *("{} + {} @ {}", "{} + {} @ {}.T", "{} + {}.T @ {}"),
]


def _arrays(values: Values) -> list[str]:
    return [name for name, value in values.items() if isinstance(value, np.ndarray) and value.size > 1]


def _is_whole(site: Site) -> bool:
    """True for what is returned, assigned or passed on, for a term of a sum, and for a factor of @."""
    parent = site.parent
    if not isinstance(site.node, ast.expr):
        return False
    if isinstance(parent, (ast.Return, ast.Assign, ast.AugAssign)):
        return True
    if isinstance(parent, ast.Call):
        return site.field == "args" and isinstance(site.node, (ast.BinOp, ast.Name, ast.Call))
    return isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Add, ast.Sub, ast.MatMult))


def _turned(node: Any) -> Iterator[Any]:
    """Signs, operators, operands, terms and factors."""
    if isinstance(node, ast.BinOp):
        for operator in ARITHMETIC.get(type(node.op), []):
            yield ast.BinOp(node.left, operator(), node.right)
        if isinstance(node.op, (ast.MatMult, ast.Sub, ast.Div)):
            yield ast.BinOp(node.right, node.op, node.left)
        if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
            yield node.left
            yield node.right
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for operator in COMPARISONS.get(type(node.ops[0]), []):
            yield ast.Compare(node.left, [operator()], node.comparators)
    elif isinstance(node, ast.Attribute):
        if node.attr == "T":
            yield node.value
        elif node.attr in OTHER_NAMES:
            yield ast.Attribute(node.value, OTHER_NAMES[node.attr], ast.Load())
    elif isinstance(node, ast.Call):
        if len(node.args) == 2:
            yield ast.Call(node.func, node.args[::-1], node.keywords)
        if (
            len(node.args) == 1
            and isinstance(node.func, ast.Attribute)
            and node.func.attr not in COPIES
        ):
            yield node.args[0]  # a function that should not be there
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("swapaxes", "transpose"):
            yield node.func.value
    elif isinstance(node, ast.Subscript):
        yield node.value
    elif isinstance(node, ast.Slice):
        yield from _other_slices(node)


def _other_slices(node: ast.Slice) -> Iterator[Any]:
    one, minus = ast.Constant(1), ast.UnaryOp(ast.USub(), ast.Constant(1))
    if node.lower is None and node.upper is None:
        yield ast.Slice(None, None, minus)
        yield ast.Slice(one, None, None)
        yield ast.Slice(None, minus, None)
    elif node.upper is None:
        yield (
            ast.Slice(None, ast.UnaryOp(ast.USub(), node.lower), node.step)
            if node.lower
            else ast.Slice()
        )
    elif node.lower is None:
        yield ast.Slice(one, None, node.step)
    yield ast.Slice()


def _changed_numbers(node: Any) -> Iterator[Any]:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value: float = node.value  # type: ignore[assignment]
        for other in (
            value + 1,
            value - 1,
            2 * value,
            value / 2,
            -value,
            1 - value,
            *([1 / value] if value else []),
        ):
            if other != value:
                yield _parsed(f"({other!r})")
    elif isinstance(node, ast.Name) and len(node.id) <= 2:  # an index, perhaps
        yield _parsed(f"{node.id} - 1")
        yield _parsed(f"{node.id} + 1")
    elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
        yield ast.Tuple(node.elts[::-1], ast.Load())


def _changed_statements(node: Any) -> Iterator[Any]:
    if isinstance(node, (ast.AugAssign, ast.Expr)) or (
        isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
    ):
        yield ast.Pass()
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        yield ast.AugAssign(node.targets[0], ast.Add(), node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.AugAssign):
        yield ast.Assign([node.target], node.value)
        if isinstance(node.target, ast.Subscript):
            text = ast.unparse(node.target.slice)
            index = f"({text})" if "," in text and ":" not in text else text
            if ":" not in text:
                yield ast.parse(
                    f"np.add.at({ast.unparse(node.target.value)}, {index}, {ast.unparse(node.value)})"
                ).body[0]
    if isinstance(node, (ast.Assign, ast.Return, ast.Expr)):
        yield from _other_axes(node)
    if isinstance(node, ast.For) and isinstance(node.iter, ast.Call):
        name = ast.unparse(node.iter.func)
        inner = node.iter.args[0] if name == "reversed" and node.iter.args else None
        other = inner or ast.Call(ast.Name("reversed", ast.Load()), [node.iter], [])
        yield ast.For(node.target, other, node.body, node.orelse)


def _other_axes(statement: ast.stmt) -> Iterator[Any]:
    """The statement with another axis at all places where it gives one."""
    text = ast.unparse(statement)
    if text.count("axis=") > 1:
        for axis in AXES:
            yield ast.parse(re.sub(r"axis=(-?\d+|\([^)]*\))", f"axis={axis}", text)).body[0]


def _alike(node: Any, values: Mapping[str, Any]) -> Iterator[str]:
    """The names of other values of the same shape."""
    name = _name(node)
    if name not in values:
        return
    value = np.asarray(values[name])
    for other, candidate in values.items():
        if other == name or np.shape(candidate) != value.shape:
            continue
        if not np.array_equal(np.asarray(candidate), value):
            yield other


def _name(node: Any) -> str:
    return ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""


def _parsed(text: str) -> Any:
    return copy.copy(ast.parse(text, mode="eval").body)
