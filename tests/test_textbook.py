"""nnlayers against the textbook: plain functions, samples as columns, every derivative written out.

The two share no code, and their layouts differ. From the same weights and masks, their losses,
penalties, gradients and weights must agree to rounding in float64, over many steps.
"""

import copy
from itertools import pairwise

import numpy as np
import pytest

import nnlayers as nn

SIZES = (12, 16, 9, 4)
KEEP_PROB = 0.75
RATE = 0.3  # the learning rate
LAMBDA = 0.6


def textbook_forward(X, W, b, D):
    """Z = W A + b and A = relu(Z) * D / keep_prob for each hidden layer, then softmax."""
    A, Z = [X], []
    for layer in range(len(W)):
        Z.append(W[layer] @ A[-1] + b[layer])
        if layer < len(W) - 1:
            A.append(np.where(Z[-1] > 0, Z[-1], 0) * D[layer] / KEEP_PROB)
    e = np.exp(Z[-1] - Z[-1].max(axis=0))
    A.append(e / e.sum(axis=0))
    return A, Z


def textbook_cost(A, Y, W, m):
    """The cross-entropy of the batch, and the penalty of the weights with m training samples."""
    cross_entropy = -np.sum(Y * np.log(A[-1])) / Y.shape[1]
    penalty = LAMBDA / (2 * m) * sum(np.sum(w**2) for w in W)
    return cross_entropy, penalty


def textbook_backward(A, Z, Y, W, D, m):
    """dW and db of every layer, including the gradient of the penalty."""
    dW, db = [None] * len(W), [None] * len(W)
    dZ = (A[-1] - Y) / Y.shape[1]
    for layer in reversed(range(len(W))):
        dW[layer] = dZ @ A[layer].T + LAMBDA / m * W[layer]
        db[layer] = dZ.sum(axis=1, keepdims=True)
        if layer:
            dA = W[layer].T @ dZ * D[layer - 1] / KEEP_PROB
            dZ = dA * (Z[layer - 1] > 0)
    return dW, db


def nnlayers_network(rng):
    layers = []
    for fan_in, fan_out in pairwise(SIZES[:-1]):
        layers += [nn.Dense(fan_in, fan_out, rng=rng, dtype=np.float64), nn.ReLU()]
        layers += [nn.Dropout(keep_prob=KEEP_PROB, rng=rng)]
    return nn.Sequential(*layers, nn.Dense(*SIZES[-2:], rng=rng, dtype=np.float64))


def upcoming_masks(model, samples):
    """The masks that the next forward will draw, with samples as columns; all share one generator."""
    copied = copy.deepcopy(model)
    dropouts = [layer for layer in copied if isinstance(layer, nn.Dropout)]
    return [
        (dropout.forward(np.ones((samples, size))) > 0).T
        for dropout, size in zip(dropouts, SIZES[1:-1], strict=True)
    ]


@pytest.mark.parametrize("batch_size", [45, 10])
def test_losses_gradients_and_weights_match_the_textbook(batch_size):
    rng = np.random.default_rng(7)
    samples, steps = 45, 75
    x, labels = rng.standard_normal((samples, SIZES[0])), rng.integers(0, SIZES[-1], samples)

    model = nnlayers_network(rng)
    loss = nn.SoftmaxCrossEntropy()
    optimizer = nn.SGD(model.parameters(), lr=RATE, weight_decay=LAMBDA / samples)
    dense = [layer for layer in model if isinstance(layer, nn.Dense)]
    W = [layer.weight.value.T.copy() for layer in dense]
    b = [np.zeros((size, 1)) for size in SIZES[1:]]

    close = {"rtol": 1e-10, "atol": 1e-12}
    first_cost = last_cost = None
    for _ in range(steps):
        rows = rng.permutation(samples)[:batch_size]
        Y = (labels[rows] == np.arange(SIZES[-1])[:, np.newaxis]).astype(float)
        D = upcoming_masks(model, batch_size)

        A, Z = textbook_forward(x[rows].T, W, b, D)
        cost, penalty = textbook_cost(A, Y, W, samples)
        dW, db = textbook_backward(A, Z, Y, W, D, samples)

        assert loss.forward(model.forward(x[rows]), labels[rows]) == pytest.approx(cost, rel=1e-10)
        assert optimizer.penalty() == pytest.approx(penalty, rel=1e-10)
        model.backward(loss.backward())
        for index, layer in enumerate(dense):
            decay = optimizer.weight_decay * layer.weight.value
            np.testing.assert_allclose(layer.weight.grad + decay, dW[index].T, **close)
            np.testing.assert_allclose(layer.bias.grad, db[index][:, 0], **close)

        optimizer.step()
        for index, layer in enumerate(dense):
            W[index] = W[index] - RATE * dW[index]
            b[index] = b[index] - RATE * db[index]
            np.testing.assert_allclose(layer.weight.value, W[index].T, **close)
            np.testing.assert_allclose(layer.bias.value, b[index][:, 0], **close)
        first_cost, last_cost = first_cost or cost, cost
    assert last_cost < 0.7 * first_cost  # the training made progress
