"""Thinc on its NumPy operations. Its optimizer decays the biases too; its targets are one-hot."""

import itertools

import numpy as np
from thinc.api import CategoricalCrossentropy, Optimizer, Relu, Softmax, chain, use_ops

from contenders import Way


def network(case):
    *hidden, last = itertools.pairwise(case.sizes)
    with use_ops("numpy"):
        relus = [Relu(outputs, inputs, dropout=case.dropout or None) for inputs, outputs in hidden]
        model = chain(*relus, Softmax(*last[::-1]))
    model.initialize()
    for node, (weight, bias) in zip(weighted(model), case.weights(), strict=True):
        node.set_param("W", np.ascontiguousarray(weight.T))
        node.set_param("b", bias)
    return model


def weighted(model):
    return [node for node in model.walk(order="dfs_pre") if node.has_param("W")]


def step(case):
    model = network(case)
    loss = CategoricalCrossentropy()
    plain = dict(beta1=0.0, beta2=0.0, grad_clip=0.0, use_averages=False)  # by default it is Adam
    optimizer = Optimizer(case.lr, L2=case.decay, L2_is_weight_decay=False, **plain)
    x, y = case.rows()
    target = np.eye(case.sizes[-1], dtype=np.float32)[y]

    def call():
        prediction, backprop = model.begin_update(x)
        grad, value = loss(prediction, target)
        backprop(grad)
        model.finish_update(optimizer)
        return value

    def weights():
        return [(node.get_param("W").T, node.get_param("b")) for node in weighted(model)]

    return [Way(call, weights)]


def predict(case):
    model = network(case)
    x, _ = case.rows()
    return [Way(lambda: model.predict(x))]
