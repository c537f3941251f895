"""Keras on JAX: a compiled Sequential; of its ways to predict, the fastest.

In its favour, what a step or a small prediction takes are JAX arrays, and an epoch hands 16 steps at a
time to JAX.
"""

import jax.numpy as jnp
import keras
import numpy as np
from keras import layers

from contenders import Way


def network(case, **options):
    stack = [keras.Input((case.sizes[0],))]
    for width in case.sizes[1:-1]:
        stack.append(layers.Dense(width, activation="relu"))
        if case.dropout:
            stack.append(layers.Dropout(case.dropout))
    model = keras.Sequential([*stack, layers.Dense(case.sizes[-1])])
    optimizer = keras.optimizers.SGD(case.lr, weight_decay=case.decay)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, **options)
    model.set_weights([array for pair in case.weights() for array in pair])
    return model


def weights_of(model):
    arrays = model.get_weights()
    return list(zip(arrays[::2], arrays[1::2], strict=True))


def step(case):
    model = network(case)
    x, y = map(jnp.array, case.rows())
    return [Way(lambda: model.train_on_batch(x, y), lambda: weights_of(model))]


def epoch(case):
    model = network(case, metrics=["accuracy"], steps_per_execution=16)
    x, y = case.dataset()

    def call():
        return model.fit(x, y, batch_size=case.batch, verbose=0).history["accuracy"][-1]

    return [Way(call)]


def predict(case):
    model = network(case)
    x, _ = case.rows()
    on_device = jnp.array(x)
    return [
        Way(lambda: model.predict(x, batch_size=1024, verbose=0), name="predict"),
        Way(lambda: model.predict_on_batch(on_device), name="predict_on_batch"),
        Way(lambda: np.asarray(model(on_device)), name="model(x)"),
    ]
