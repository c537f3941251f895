"""Keras on JAX: a compiled Sequential; of its ways to predict, the fastest."""

import keras
import numpy as np
from keras import layers

from contenders import Way


def network(case, metrics=()):
    stack = [keras.Input((case.sizes[0],))]
    for width in case.sizes[1:-1]:
        stack.append(layers.Dense(width, activation="relu"))
        if case.dropout:
            stack.append(layers.Dropout(case.dropout))
    model = keras.Sequential([*stack, layers.Dense(case.sizes[-1])])
    optimizer = keras.optimizers.SGD(case.lr, weight_decay=case.decay)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=list(metrics))
    model.set_weights([array for pair in case.weights() for array in pair])
    return model


def weights_of(model):
    arrays = model.get_weights()
    return list(zip(arrays[::2], arrays[1::2], strict=True))


def step(case):
    model = network(case)
    x, y = case.rows()
    return [Way(lambda: model.train_on_batch(x, y), lambda: weights_of(model))]


def epoch(case):
    model = network(case, ["accuracy"])
    x, y = case.dataset()

    def call():
        history = model.fit(x, y, batch_size=case.batch, verbose=0)
        return history.history["accuracy"][-1]

    return [Way(call)]


def predict(case):
    model = network(case)
    x, _ = case.rows()
    return [
        Way(lambda: model.predict(x, batch_size=1024, verbose=0), name="predict"),
        Way(lambda: model.predict_on_batch(x), name="predict_on_batch"),
        Way(lambda: np.asarray(model(x)), name="model(x)"),
    ]
