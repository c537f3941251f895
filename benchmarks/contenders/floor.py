"""The floor: the matrix products of a training step in the fastest BLAS here, and nothing else.

That is NumPy's or the one of nnlayers' compiled kernels, where they are installed. ``rate`` and
``update`` measure what bounds a step on this machine.
"""

import importlib.util

import numpy as np

from contenders import Way


def product(x, matrix):
    return x @ matrix


def descend(value, grad, lr, decay):
    """One pass over the parameters: two numbers read, one written."""
    np.subtract(value, grad, out=value)


KERNELS = {"NumPy": (product, descend)}
if importlib.util.find_spec("nnlayers_kernels"):
    from nnlayers_kernels import compiled

    KERNELS["compiled kernels"] = compiled(product), compiled(descend)


def step(case):
    weights = [weight for weight, _ in case.weights()]
    x, _ = case.rows()

    def way(name, product):
        def call():
            inputs = [x]
            for weight in weights:
                inputs.append(product(inputs[-1], weight))
            grad = inputs.pop()
            for index in reversed(range(len(weights))):
                product(inputs[index].T, grad)
                if index:
                    grad = product(grad, weights[index].T)

        return Way(call, name=name)

    return [way(name, product) for name, (product, _) in KERNELS.items()]


def rate(case):
    """One product: that of a batch and the first layer's weights."""
    x, _ = case.rows()
    matrix, _ = case.weights()[0]
    return [Way(lambda product=f: product(x, matrix), name=name) for name, (f, _) in KERNELS.items()]


def update(case):
    """One update of as many parameters as the network has, in one array."""
    value = np.zeros(case.parameters, np.float32)
    grad = np.full(case.parameters, 1e-6, np.float32)
    return [
        Way(lambda descend=f: descend(value, grad, 1e-3, 0.0), name=name)
        for name, (_, f) in KERNELS.items()
    ]
