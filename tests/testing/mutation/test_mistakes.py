"""The table of mistakes, and what each makes of a line of code."""

import ast

import pytest

from nnlayers.testing.mutation import mistakes
from nnlayers.testing.mutation.places import changes

TABLES = [table for name, table in vars(mistakes).items() if name.isupper()]
MISTAKES = [mistake for table in TABLES for mistake in table]


def new_codes(table, code):
    """What the mistakes of a table make of a line, as code."""
    function = ast.parse(f"def f(self, grad):\n    {code}").body[0]
    return {
        ast.unparse(change.changed.body).replace("\n", "; ")
        for _, correct, wrong in table
        for change in changes(function, correct, wrong, "grad")
    }


@pytest.mark.parametrize("mistake", MISTAKES, ids=" -> ".join)
def test_every_mistake_can_be_made_in_the_code_that_it_describes(mistake):
    code = mistake.correct.replace("K", "2").replace("; ", "\n    ") or "return G"
    function = ast.parse(f"def f(self, G):\n    {code}".replace("*R", "r=1")).body[0]
    found = [change.changed for change in changes(function, *mistake[1:], "G")]
    assert found
    for changed in found:
        compile(ast.fix_missing_locations(ast.Module([changed], [])), "mutant", "exec")
        assert ast.unparse(changed) != ast.unparse(function)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("a = b * c", {"a = b", "a = c", "a = b / c"}),
        ("a = b - c", {"a = b", "a = -c", "a = b + c"}),
        ("a = b.sum(axis=0)", {"a = b.mean(axis=0)", "a = b[0]", "a = b.sum(axis=-1)"}),
        (
            "a = np.sum(b, axis=1, keepdims=True)",
            {"a = np.mean(b, axis=1, keepdims=True)", "a = np.sum(b, axis=0, keepdims=True)"},
        ),
        ("a = b @ c.T", {"a = b", "a = c.T", "a = c.T @ b", "a = b @ c"}),
        ("a = b ** 2", {"a = b ** (2 - 1)"}),
        ("a = 2 * b", {"a = 2", "a = b", "a = 2 / b", "a = 1.01 * 2 * b"}),
        ("a = 1e-05 + b", {"a = 1e-05", "a = b", "a = 1e-05 - b"}),
        ("a[1:] += b", {"a[1:] = b", "a[1:] -= b"}),
        ("np.add.at(a, (rows, b), c)", {"a[rows, b] += c"}),
        ("a = b[t + 1]", {"a = b[t]"}),
        ("a = b.reshape(n * m, 2)", set()),
        ("a = b if n > 1 else c", set()),
        ("a = np.sum(b, -1)", {"a = np.mean(b, -1)"}),
        ("raise ValueError(a + b)", set()),
    ],
)
def test_a_formula_has_these_mistakes(code, expected):
    assert new_codes(mistakes.FORMULAS, code) == expected


def test_each_result_of_a_function_has_mistakes_of_its_own():
    found = new_codes(mistakes.RESULTS, "return a, b, c")
    assert {"return (2 * a, b, c)", "return (a, -b, c)", "return (a, b, 0 * c)"} < found
