"""Products with a weight, and rows of a weight."""

import numpy as np

import nnlayers as nn
from tests.onnx.layers_as_nodes import Operator, output, with_values


def gemm(a, b, c=None, *, alpha=1.0, beta=1.0, transA=0, transB=0):
    a, b = a.T if transA else a, b.T if transB else b
    layer = nn.Dense(*b.shape, bias=c is not None)
    if c is not None:
        c = beta * np.broadcast_to(c.ravel(), b.shape[1:])  # one bias for all rows
    return output(with_values(layer, weight=alpha * b, bias=c), a)


def matmul(a, b):
    """One factor is the weight: a matrix behind, or a vector."""
    if b.ndim == 1:
        return output(dense(b[:, np.newaxis]), np.atleast_2d(a)).reshape(a.shape[:-1])
    if a.ndim == 1:
        return output(dense(a[:, np.newaxis]), np.swapaxes(b, -1, -2))[..., 0]
    return output(dense(b), a)


def dense(weight):
    return with_values(nn.Dense(*weight.shape, bias=False), weight=weight)


def gather(data, indices, *, axis=0):
    rows = np.moveaxis(data, axis, 0)
    weight = rows.reshape(len(rows), -1)
    y = output(with_values(nn.Embedding(*weight.shape), weight=weight), indices)
    y = y.reshape(indices.shape + rows.shape[1:])
    return np.moveaxis(y, range(indices.ndim), range(axis, axis + indices.ndim))


OPERATORS = {
    "Gather": Operator(gather, "gather", 3),
    "Gemm": Operator(gemm, "gemm", 10),
    "MatMul": Operator(matmul, "matmul", 4),
}
