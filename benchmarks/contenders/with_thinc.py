"""Thinc on its NumPy operations. Its optimizer decays the biases too; its targets are one-hot."""

import numpy as np
from thinc.api import CategoricalCrossentropy, Optimizer, Relu, Softmax, chain, use_ops

from contenders import Way


def network(case):
    pairs = list(zip(case.sizes, case.sizes[1:], strict=False))
    with use_ops("numpy"):
        hidden = [Relu(outputs, inputs, dropout=case.dropout or None) for inputs, outputs in pairs[:-1]]
        inputs, outputs = pairs[-1]
        model = chain(*hidden, Softmax(outputs, inputs))
    model.initialize()
    for node, (weight, bias) in zip(with_weights(model), case.weights(), strict=True):
        node.set_param("W", np.ascontiguousarray(weight.T))
        node.set_param("b", bias)
    return model


def with_weights(model):
    return [node for node in model.walk(order="dfs_pre") if node.has_param("W")]


def step(case):
    model = network(case)
    loss = CategoricalCrossentropy()
    optimizer = Optimizer(
        case.lr,
        L2=case.decay,
        L2_is_weight_decay=False,
        beta1=0.0,
        beta2=0.0,
        grad_clip=0.0,
        use_averages=False,
    )
    x, y = case.rows()
    target = np.eye(case.sizes[-1], dtype=np.float32)[y]

    def call():
        prediction, backprop = model.begin_update(x)
        grad, value = loss(prediction, target)
        backprop(grad)
        model.finish_update(optimizer)
        return value

    def weights():
        return [(node.get_param("W").T, node.get_param("b")) for node in with_weights(model)]

    return [Way(call, weights)]


def predict(case):
    model = network(case)
    x, _ = case.rows()
    return [Way(lambda: model.predict(x))]
