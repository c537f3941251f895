"""Code made from a syntax tree, written as people write it."""

import ast
import re


def unparsed(tree: ast.AST) -> str:
    """The code of a tree; a tuple that is returned or assigned has no parentheses."""
    return "\n".join(map(_without_parentheses, ast.unparse(tree).splitlines()))


def _without_parentheses(line: str) -> str:
    """``return (a, b)`` as ``return a, b``, unless that would mean something else."""
    match = re.fullmatch(r"( *(?:return|.* =) )\((.+)\)", line)
    if not match:
        return line
    shorter = match[1] + match[2]
    return shorter if _meaning(shorter) == _meaning(line) else line


def _meaning(line: str) -> str:
    try:
        return ast.dump(ast.parse(line.strip()))
    except SyntaxError:  # the beginning of a block, or a part of a text
        return line
