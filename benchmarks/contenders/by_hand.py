"""A training step written by hand for this network with NumPy: no classes, no checks, few passes."""

import numpy as np

from contenders import Way

STEPS = 1 << 16  # a mask is drawn as 16-bit numbers


def step(case):
    weights = case.weights()
    x, y = case.rows()
    rng = np.random.default_rng(3)
    return [Way(lambda: train(weights, x, y, case, rng), lambda: weights)]


def predict(case):
    weights = case.weights()
    x, _ = case.rows()
    return [Way(lambda: logits(weights, x))]


def train(weights, x, y, case, rng):
    """One step; returns the loss before the update."""
    inputs = [x]
    kept = round((1 - case.dropout) * STEPS)
    scale = np.float32(STEPS / kept)
    for weight, bias in weights[:-1]:
        h = inputs[-1] @ weight
        h += bias
        np.maximum(h, 0, out=h)
        if case.dropout:
            bits = rng.bit_generator.random_raw(-(-h.size // 4)).view(np.uint16)[: h.size]
            h *= np.multiply(bits.reshape(h.shape) < kept, scale)
        inputs.append(h)
    weight, bias = weights[-1]
    z = inputs[-1] @ weight
    z += bias

    rows = np.arange(len(z))
    z -= z.max(axis=1, keepdims=True)
    chosen = z[rows, y]
    grad = np.exp(z, out=z)
    total = grad.sum(axis=1, keepdims=True)
    loss = float((np.log(total[:, 0]) - chosen).mean())
    grad /= total
    grad[rows, y] -= 1
    grad *= np.float32(1 / len(z))

    for index in reversed(range(len(weights))):
        weight, bias = weights[index]
        h = inputs[index]
        weight_grad = h.T @ grad
        bias_grad = grad.sum(axis=0)
        if index:
            grad = grad @ weight.T
            # An output is positive where the ReLU and the mask both let it through.
            grad *= np.multiply(h > 0, scale) if case.dropout else h > 0
        weight *= 1 - case.lr * case.decay
        weight_grad *= case.lr
        weight -= weight_grad
        bias_grad *= case.lr
        bias -= bias_grad
    return loss


def logits(weights, x):
    for weight, bias in weights[:-1]:
        x = x @ weight
        x += bias
        np.maximum(x, 0, out=x)
    weight, bias = weights[-1]
    x = x @ weight
    x += bias
    return x


def loss(weights, x, y):
    """Softmax cross-entropy in float64, for the check."""
    z = logits([(w.astype(float), b.astype(float)) for w, b in weights], x)
    z -= z.max(axis=1, keepdims=True)
    return float((np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), y]).mean())
