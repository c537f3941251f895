"""Nodes that compute shapes: what exporters write for ``x.reshape(len(x), -1)`` and states of zeros."""

from typing import Any

import numpy as np

from nnlayers.io.onnx.graph import Node
from nnlayers.io.onnx.network import Import

MOST = 64
"""No shape has more sizes."""

LIMIT = 2**63


def compute_sizes(net: Import, node: Node) -> bool:
    """Compute a node whose output is made of sizes; return False if it is another one.

    A size is a number, ``"N"`` for the number of samples, ``"T"`` for that of the steps of a recurrent
    node, or None if it is not known.
    """
    name = node.inputs[0] if node.inputs else ""
    known: list[Any] = [net.sizes.get(name, net.arrays.get(name)) for name in node.inputs]
    if node.operator == "Shape" and name in net.unjoined:
        found: Any = np.array(["T", "N", *net.unjoined[name][1]], object)
    elif node.operator == "Shape" and name in net.values:
        found = np.array([None if axis else "N" for axis in net.values[name].axes], object)
        found = found[node.attributes.get("start", 0) : node.attributes.get("end")]
    elif node.operator in ("ConstantOfShape", "Expand", "Slice") and _makes_zeros(net, node):
        net.zeros.add(node.outputs[0])
        return True
    elif not any(name in net.sizes for name in node.inputs) or any(array is None for array in known):
        return False
    elif node.operator == "Gather" and not node.attributes.get("axis"):
        few = known[1].dtype.kind == "i" and known[1].size <= MOST
        found = known[0][known[1]] if few else None
    elif node.operator in ("Unsqueeze", "Squeeze", "Reshape") and known[0].size == 1:
        found = known[0].reshape([] if node.operator == "Squeeze" else [1])
    elif node.operator == "Mul" and all(isinstance(array.item(), int) for array in known):
        product = known[0].item() * known[1].item()
        found = product if abs(product) < LIMIT else None  # squares of squares have no end
    elif node.operator == "Concat" and sum(array.size for array in known) <= MOST:
        found = np.concatenate([np.asarray(array, object).reshape(-1) for array in known])
    elif node.operator == "Slice" and all(step == 1 for step in known[4:]):
        found = known[0][int(known[1].item()) : int(known[2].item())]
    elif node.operator in ("Identity", "Cast"):
        found = known[0]
    else:
        return False
    net.sizes[node.outputs[0]] = np.asarray(found, object)
    return True


def _makes_zeros(net: Import, node: Node) -> bool:
    name = node.inputs[0]
    if node.operator == "ConstantOfShape":
        return not np.any(node.attributes.get("value", 0))
    return name in net.zeros or (node.operator == "Expand" and net.is_zero(name))
