"""The small edits of a function's code that may repair it, one at a time, the likeliest first."""

import ast
import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from nnlayers.testing.diagnosis.other_code import CHANGES

AROUND = [
    *("1 - {}**2", "{} * (1 - {})", "1 - {}", "1 + {}", "{}**2", "{}**3", "np.sqrt({})", "1 / {}"),
    *("np.tanh({})", "np.sign({})", "({} > 0)", "np.abs({})", "np.exp({})", "1 / (1 + np.exp(-{}))"),
    *("2 * {}", "{} / 2", "-{}", "{} / len({})", "{} * len({})"),
    *("{}.T", "{}.swapaxes(-1, -2)", "{}[::-1]", "{}[:, ::-1]"),
    *("{}.sum(axis=0)", "{}.sum(axis=-1, keepdims=True)", "{}.mean(axis=-1, keepdims=True)"),
]
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
    for changes in CHANGES:
        for site in found:
            if change := changes.get(type(site.node)):
                for node in change(site.node):
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
