"""Patterns of Python code, written as code, in which a capital letter stands for an expression.

``A * B`` matches every product. ``G`` stands for the argument of the function, ``K`` for a number that
is not tiny, ``X`` for anything but a number, ``I`` for an index, and ``*R``, at the end of a call, for
all further arguments.
"""

import ast
import re
from functools import cache
from typing import Any

Found = dict[str, str]
"""The code that each letter stands for."""

LETTERS = re.compile(r"\*?\b[A-Z]\b")
IGNORED = ("ctx", "kind", "type_comment")


@cache
def parsed(code: str) -> Any:
    """The expression, if the code is one, otherwise the list of its statements."""
    body = ast.parse(code).body
    return body[0].value if len(body) == 1 and isinstance(body[0], ast.Expr) else body


def match(pattern: Any, code: Any, argument: str) -> Found | None:
    """What the letters of a pattern stand for; None if it does not match the code."""
    found = {"G": argument}
    return found if _same(pattern, code, found) else None


def filled(template: str, found: Found) -> list[ast.stmt]:
    """The statements of a template, with code in the place of its letters."""
    return ast.parse(LETTERS.sub(lambda letter: found[letter[0]], template)).body


def _same(pattern: Any, code: Any, found: Found) -> bool:
    if isinstance(pattern, ast.Name) and LETTERS.fullmatch(pattern.id):
        return _bind(pattern.id, code, found)
    if type(pattern) is not type(code):
        return False
    if isinstance(pattern, list):
        same_length = len(pattern) == len(code)
        return same_length and all(_same(*pair, found) for pair in zip(pattern, code, strict=True))
    if not isinstance(pattern, ast.AST):
        return bool(pattern == code)
    if isinstance(pattern, ast.Call) and pattern.args and isinstance(pattern.args[-1], ast.Starred):
        return _same_call(pattern, code, found)
    return all(
        _same(value, getattr(code, name), found)
        for name, value in ast.iter_fields(pattern)
        if name not in IGNORED
    )


def _same_call(pattern: ast.Call, code: ast.Call, found: Found) -> bool:
    """Whether a call has what the pattern has; ``*R`` stands for its other arguments."""
    count, names = len(pattern.args) - 1, {keyword.arg for keyword in pattern.keywords}
    rest = [*code.args[count:], *(keyword for keyword in code.keywords if keyword.arg not in names)]
    if names and len(code.args) > count:
        return False
    found["*R"] = ", ".join(map(ast.unparse, rest))
    named = [keyword for keyword in code.keywords if keyword.arg in names]
    return (
        _same(pattern.func, code.func, found)
        and _same(pattern.args[:count], code.args[:count], found)
        and _same(pattern.keywords, named, found)
    )


def _bind(letter: str, node: Any, found: Found) -> bool:
    """Let the letter stand for the code, unless it may not, or stands for something else already."""
    if not isinstance(node, ast.expr) or isinstance(node, (ast.Starred, ast.Slice)):
        return False
    code = ast.unparse(node)
    if isinstance(node, ast.Constant):
        number: Any = node.value if type(node.value) in (int, float) else None
        may_be = number is not None and letter != "X" and (letter != "K" or number >= 0.1)
    elif isinstance(node, ast.Tuple):
        may_be, code = False, code.removeprefix("(").removesuffix(")")
    else:
        may_be = letter != "K" and code != "np"
        code = code if isinstance(node, ast.Name) else f"({code})"
    return (may_be or letter == "I") and found.setdefault(letter, code) == code
