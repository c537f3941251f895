"""JAX: one jitted function for the whole step, with donated parameters.

In its favour, steps are dispatched one after another and awaited at the end of a slice only, and the
fastest of its random generators draws the masks.
"""

import jax
import jax.numpy as jnp
import numpy as np

from contenders import Way

STEPS = 1 << 16
GENERATORS = ("threefry2x32", "rbg", "unsafe_rbg")

finish = jax.block_until_ready


def forward(weights, x, dropout=0.0, key=None):
    kept = round((1 - dropout) * STEPS)
    for weight, bias in weights[:-1]:
        x = jax.nn.relu(x @ weight + bias)
        if dropout:
            key, now = jax.random.split(key)
            mask = jax.random.bits(now, x.shape, jnp.uint16) < kept
            x = jnp.where(mask, x * (STEPS / kept), 0)
    weight, bias = weights[-1]
    return x @ weight + bias


def step(case):
    def loss_of(weights, key, x, y):
        likelihoods = jax.nn.log_softmax(forward(weights, x, case.dropout, key))
        return -(jax.nn.one_hot(y, case.sizes[-1]) * likelihoods).sum() / len(x)

    def train(weights, key, x, y):
        key, now = jax.random.split(key) if case.dropout else (key, key)
        loss, grads = jax.value_and_grad(loss_of)(weights, now, x, y)
        updated = [
            (weight - case.lr * (grad + case.decay * weight), bias - case.lr * bias_grad)
            for (weight, bias), (grad, bias_grad) in zip(weights, grads, strict=True)
        ]
        return updated, key, loss

    def way(generator):
        jitted = jax.jit(train, donate_argnums=(0, 1))
        weights = [(jnp.array(weight), jnp.array(bias)) for weight, bias in case.weights()]
        key = jax.random.key(3, impl=generator)
        x, y = map(jnp.array, case.rows())

        def call():
            nonlocal weights, key
            weights, key, loss = jitted(weights, key, x, y)
            return loss

        return Way(call, lambda: [tuple(map(np.asarray, pair)) for pair in weights], generator)

    return [way(generator) for generator in (GENERATORS if case.dropout else GENERATORS[:1])]


def predict(case):
    weights = [(jnp.array(weight), jnp.array(bias)) for weight, bias in case.weights()]
    x = jnp.array(case.rows()[0])
    jitted = jax.jit(forward)
    return [Way(lambda: np.asarray(jitted(weights, x)))]
