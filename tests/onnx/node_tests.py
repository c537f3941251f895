"""ONNX's node tests: a node with its attributes and inputs, and the outputs that ONNX expects of it."""

import functools
import importlib
import warnings
from typing import Any, NamedTuple
from unittest.mock import patch

PACKAGE = "onnx.backend.test.case.node"


class NodeTest(NamedTuple):
    """One test: what ONNX calls it, the node, the arrays; None stands for what is omitted."""

    name: str
    operator: str
    attributes: dict[str, Any]
    inputs: list[Any]
    outputs: list[Any]


@functools.cache
def node_tests(module):
    """All tests of one of ONNX's modules of tests.

    A module hands each of its tests to ``expect`` when it is imported. ``load_model_tests`` would
    import the modules of all operators, which takes half a minute, and make two tests of many a test.
    """
    tests = []

    def expect(node, inputs, outputs, name, **others):
        attributes = {attribute.name: value_of(attribute) for attribute in node.attribute}
        arrays = in_place(node.input, inputs), in_place(node.output, outputs)
        tests.append(NodeTest(name, node.op_type, attributes, *arrays))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ONNX's own
        package = importlib.import_module(PACKAGE)
        with patch.object(package, "expect", expect):
            importlib.import_module(f"{PACKAGE}.{module}")
    return tests


def in_place(names, values):
    """The values in the order of the names, of which some are empty."""
    given = iter(values)
    return [next(given) if name else None for name in names]


def value_of(attribute):
    from onnx.helper import get_attribute_value

    value = get_attribute_value(attribute)
    return value.decode() if isinstance(value, bytes) else value
