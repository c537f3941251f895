"""Networks of Keras 3, compared with the same of nnlayers."""

import os
import zipfile

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from exchange import difference
from keras import layers

import nnlayers
from tests.io.exchanged_for_tests import KERAS_NETWORKS, inputs

ROUNDING = 1e-6  # of the largest output, in float32: Keras multiplies in it, whatever the dtype


def sequential(shape, *all_layers):
    return keras.Sequential([keras.Input(shape), *all_layers])


def residual():
    x = start = keras.Input((6, 4, 3))
    x = layers.Conv2D(4, 3, padding="same")(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    y = layers.Conv2D(4, 3, padding="same", use_bias=False)(x)
    y = layers.Activation("tanh")(layers.BatchNormalization()(y))
    y = layers.Conv2D(4, 3, padding="same", name="last_convolution")(y)
    x = layers.Flatten()(layers.MaxPooling2D(2)(layers.Add()([x, y])))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Dropout(0.5)(x)))
    return keras.Model(start, layers.Dense(3)(x))


def transformer():
    x = start = keras.Input((4, 5))
    x = layers.Dense(8)(x)
    for _ in range(2):
        y = layers.LayerNormalization(epsilon=1e-5)(x)
        x = layers.Add()([x, layers.MultiHeadAttention(2, 4)(y, y)])
        y = layers.Dense(12)(layers.LayerNormalization(epsilon=1e-5)(x))
        y = keras.ops.gelu(y, approximate=False)
        x = layers.Add()([x, layers.Dense(8)(y)])
    return keras.Model(start, layers.LayerNormalization(epsilon=1e-5)(x))


THERE = {
    "mlp": lambda: sequential(
        (5,),
        layers.Dense(5, activation="relu"),
        layers.BatchNormalization(),
        layers.Dense(5),
        layers.LayerNormalization(),
        layers.PReLU(),
        layers.Dense(3),
    ),
    "residual": residual,
    "generator": lambda: sequential(
        (3, 3, 4),
        layers.Conv2DTranspose(6, 3, strides=2),
        layers.PReLU(shared_axes=[1, 2]),
        layers.DepthwiseConv2D(3, strides=2, depth_multiplier=2),
        layers.GroupNormalization(3),
        layers.Conv2DTranspose(2, 2, strides=2, use_bias=False),
    ),
    "separable": lambda: sequential(
        (4, 4, 3),
        layers.SeparableConv2D(4, 3, depth_multiplier=2),
        layers.GlobalAveragePooling2D(),
    ),
    "nested": lambda: sequential(
        (4,),
        layers.Dense(4),
        keras.Sequential([layers.RMSNormalization(), layers.Dense(4)]),
        layers.Dense(4),
    ),
    "sequence": lambda: sequential((5, 3), layers.Conv1D(4, 2), layers.Flatten(), layers.Dense(3)),
    "recurrent": lambda: sequential(
        (5,),
        layers.Embedding(9, 4),
        layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
        layers.LSTM(3, return_sequences=True),
        layers.Bidirectional(layers.GRU(2, return_sequences=True)),
        layers.GRU(3, return_sequences=True),
        layers.SimpleRNN(3),
        layers.Dense(3),
    ),
    "transformer": transformer,
}
WITHOUT_ORDER = {"separable", "nested"}  # files of weights alone do not tell it


def network(name):
    """One with random weights, the same at every call."""
    rng = np.random.default_rng(0)
    model = THERE[name]()
    model.set_weights(
        [
            rng.uniform(0.5, 1.5, v.shape) if "variance" in v.path else rng.normal(size=v.shape) * 0.4
            for v in model.weights
        ]
    )
    return model


def outputs(model, x):
    return np.asarray(keras.ops.convert_to_numpy(model(x)))


def compare(folder):
    for name, (make, shape) in KERAS_NETWORKS.items():
        there, x = network(name), inputs(make(), shape)
        expected = outputs(there, x)
        there.compile("adam", "mse")
        there.save(folder / "model.keras")
        there.save_weights(folder / "model.weights.h5")
        sources = {
            "get_weights": there.get_weights(),
            "model": there,
            ".keras": folder / "model.keras",
            ".weights.h5": folder / "model.weights.h5",
        }
        for way, source in sources.items():
            if way == ".weights.h5" and name in WITHOUT_ORDER:
                continue
            model = make().astype(np.float64)
            nnlayers.io.load_keras(model, source)
            yield name, way, difference(model.predict(x), expected)
        fresh = THERE[name]()
        fresh.set_weights(nnlayers.io.to_keras(model, like=fresh))
        yield name, "to_keras", difference(outputs(fresh, x), expected)


def write_references(folder):
    folder = folder / "keras"
    folder.mkdir(parents=True, exist_ok=True)
    known = {}
    for name, (make, shape) in KERAS_NETWORKS.items():
        there, x = network(name), inputs(make(), shape)
        path = folder / f"{name}.keras"
        there.save(path)
        if name != "mlp":
            compress(path)
        if name in ("mlp", "nested"):
            there.save_weights(folder / f"{name}.weights.h5")
        known[f"{name}.x"], known[f"{name}.y"] = x, outputs(there, x)
    np.savez(folder / "outputs.npz", **known)


def compress(path):
    """Write an archive again, a tenth as long."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
