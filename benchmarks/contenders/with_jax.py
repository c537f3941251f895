"""JAX: one jitted function for the whole step, with donated parameters.

``step`` waits for its loss, which the others have when they return; ``unawaited_step`` does not, so
that the next step is prepared meanwhile, and what is left is awaited at the end of a slice. For the
masks, its default random generator is the fastest.
"""

import jax
import jax.numpy as jnp
import numpy as np

from contenders import Way

STEPS = 1 << 16  # a mask is drawn as 16-bit numbers

finish = jax.block_until_ready


def forward(weights, x, dropout=0.0, key=None):
    kept = round((1 - dropout) * STEPS)
    for weight, bias in weights[:-1]:
        x = jax.nn.relu(x @ weight + bias)
        if dropout:
            key, now = jax.random.split(key)
            x = jnp.where(jax.random.bits(now, x.shape, jnp.uint16) < kept, x * (STEPS / kept), 0)
    weight, bias = weights[-1]
    return x @ weight + bias


def step(case, awaited=True):
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

    jitted = jax.jit(train, donate_argnums=(0, 1))
    weights = jax.tree.map(jnp.array, case.weights())
    key = jax.random.key(3)
    x, y = map(jnp.array, case.rows())

    def call():
        nonlocal weights, key
        weights, key, loss = jitted(weights, key, x, y)
        return loss.block_until_ready() if awaited else loss

    return [Way(call, lambda: weights)]


def unawaited_step(case):
    return step(case, awaited=False)


def predict(case):
    weights = jax.tree.map(jnp.array, case.weights())
    x = jnp.array(case.rows()[0])
    jitted = jax.jit(forward)
    return [Way(lambda: np.asarray(jitted(weights, x)))]
