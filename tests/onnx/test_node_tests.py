"""ONNX's node tests of each operator that a public layer or loss expresses.

Each of them passes, or stands in the table `NOT_APPLICABLE` with the reason. Of several outputs those
are compared that the layer has.
"""

import re
from pathlib import Path

import pytest

from tests.onnx.families import (
    activations,
    attention,
    convolution,
    dense,
    losses,
    normalization,
    pooling,
    recurrent,
    shapes,
)
from tests.onnx.layers_as_nodes import assert_similar
from tests.onnx.node_tests import PACKAGE, node_tests
from tests.onnx.not_applicable import NOT_APPLICABLE, REASONS

FAMILIES = (
    activations, attention, convolution, dense, losses, normalization, pooling, recurrent, shapes,
)  # fmt: skip
OPERATORS = {name: operator for family in FAMILIES for name, operator in family.OPERATORS.items()}

COUNTED_IN = "1.23"
"""The version of ONNX whose tests are counted."""


@pytest.fixture
def onnx():
    package = pytest.importorskip("onnx")
    if not package.__version__.startswith(f"{COUNTED_IN}."):
        pytest.skip(f"the tests of ONNX {COUNTED_IN} are counted, this is {package.__version__}")
    return package


def complaint(test, operator):
    """Why a layer does not compute what ONNX expects, or "" if it does."""
    try:
        outputs = operator.compute(*test.inputs, **test.attributes)
        if not isinstance(outputs, tuple) or test.operator == "Identity":
            outputs = (outputs,)
        pairs = list(zip(test.outputs, outputs, strict=False))
        pairs = [pair for pair in pairs if not any(array is None for array in pair)]
        assert pairs
        for expected, got in pairs:
            assert_similar(got, expected)
    except Exception as error:  # a layer that refuses, or an attribute that no layer has
        return f"{test.name}: {type(error).__name__}: {error}"
    return ""


@pytest.mark.parametrize("name", OPERATORS)
def test_each_node_test_passes_or_stands_in_the_table(name, onnx):
    operator = OPERATORS[name]
    tests = [test for test in node_tests(operator.module) if test.operator == name]
    complaints = {test.name: complaint(test, operator) for test in tests}
    assert [text for test, text in complaints.items() if text and test not in NOT_APPLICABLE] == []
    assert [test for test, text in complaints.items() if not text and test in NOT_APPLICABLE] == []
    assert len([text for text in complaints.values() if not text]) == operator.passing


def test_the_table_names_only_tests_of_these_operators(onnx):
    modules = {operator.module for operator in OPERATORS.values()}
    names = {test.name for module in modules for test in node_tests(module)}
    assert NOT_APPLICABLE.keys() - names == set()


def test_no_other_module_has_tests_of_these_operators(onnx):
    modules = {operator.module for operator in OPERATORS.values()}
    with_bodies = {"flexattention", "loop", "sequence_map"}  # nodes that are part of another node
    folder = Path(onnx.__file__).parent.joinpath(*PACKAGE.split(".")[1:])
    others = [path for path in folder.rglob("*.py") if path.stem not in modules | with_bodies]
    text = "".join(path.read_text(encoding="utf-8") for path in others)
    assert OPERATORS.keys() & set(re.findall(r'make_node\(\s*"(\w+)"', text)) == set()


def test_the_numbers_are_those_of_the_page():
    page = Path(__file__).parents[2].joinpath("docs", "design.md").read_text(encoding="utf-8")
    passing = sum(operator.passing for operator in OPERATORS.values())
    numbers = f"{passing} pass, {len(NOT_APPLICABLE)} do not apply"
    sentence = f"the {len(OPERATORS)} operators that a layer or a loss expresses: {numbers}."
    assert sentence in " ".join(page.split())
    assert sum(len(names.split()) for names in REASONS.values()) == len(NOT_APPLICABLE)
