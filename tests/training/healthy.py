"""Trainings that a knowledgeable person would not complain about, drawn from a seed.

`test_health` runs some of them, and ``benchmarks/false_alarms.py`` runs hundreds.
"""

import warnings

import numpy as np

import nnlayers as nn
from tests.training.unhealthy import (
    Divide,
    Own,
    Smooth,
    Tanh,
    Weighted,
)


class Leaky(nn.Elementwise):
    def value(self, x):
        return np.where(x > 0, x, 0.1 * x)

    def slope(self, x, y):
        return np.where(x > 0, 1, 0.1).astype(x.dtype)


class Mean(nn.Layer):
    """The mean over time: (N, T, C) to (N, C)."""

    def forward(self, x):
        self.save_for_backward(x.shape)
        return x.mean(axis=1)

    def backward(self, grad):
        shape = self.saved()
        return np.broadcast_to(grad[:, np.newaxis] / shape[1], shape)


def digits(rng):
    x, y = nn.datasets.load_digits()
    return x, y, 10


def blobs(rng, count=None, balance=None, features=None):
    count = count or int(rng.choice([2, 3, 5, 20]))
    features = features or int(rng.choice([4, 10, 40]))
    samples = int(rng.choice([300, 900, 2000]))
    y = rng.choice(count, samples, p=balance)
    x = rng.standard_normal((count, features))[y] + 0.5 * rng.standard_normal((samples, features))
    return x.astype(np.float32), y, count


def unbalanced(rng):
    return blobs(rng, 2, [0.93, 0.07], 10)


def noisy(rng):
    x, y, count = blobs(rng)
    return x, np.where(rng.random(len(y)) < 0.2, rng.integers(0, count, len(y)), y), count


def few(rng):
    x, y, count = blobs(rng, 2)
    return x[:8], y[:8], count


def distributions(rng):
    x, y, count = blobs(rng)
    return x, 0.9 * nn.one_hot(y, count) + 0.1 / count, count


def curve(rng, outputs=None):
    outputs = outputs or int(rng.choice([1, 3]))
    features = int(rng.choice([2, 6, 20]))
    x = rng.standard_normal((int(rng.choice([300, 1000])), features)).astype(np.float32)
    y = np.tanh(x @ rng.standard_normal((features, outputs))) + 0.1 * rng.standard_normal(
        (len(x), outputs)
    )
    return x, y.astype(np.float32), outputs


def columns(rng):
    x, y, outputs = curve(rng)
    return 1000 * rng.random(x.shape[1]) * x + 300, y, outputs


def sequences(rng):
    x = rng.standard_normal((400, 6, 8)).astype(np.float32)
    return x, (x @ rng.standard_normal((8, 3))).argmax(axis=2), 3


def averaged(rng):
    x = rng.standard_normal((400, 6, 8)).astype(np.float32)
    return x, (x.mean(axis=1) @ rng.standard_normal((8, 3))).argmax(axis=1), 3


def pair(rng):
    x, y, count = blobs(rng)
    return (x, x[:, ::-1].copy()), y, count


def pixels(rng):
    x, y, count = digits(rng)
    return (255 * x).astype(np.uint8), y, count


def binary(rng):
    x, y, _ = blobs(rng, 2)
    return x, y[:, np.newaxis], 1


TASKS = (
    digits, blobs, unbalanced, noisy, few, distributions, curve, columns, sequences, averaged, pair,
    pixels, binary,
)  # fmt: skip


def body(task, x, out, rng):
    """Layers that go with the data: deep or shallow, wide or narrow."""
    layers, features = [], x[0].shape[-1] if isinstance(x, tuple) else x.shape[-1]
    if task is columns:
        layers.append(nn.Standardize(features).fit(x))
    if task is pixels:
        layers.append(Divide())
    if task is pair:
        layers += [
            nn.Parallel(nn.Dense(features, 8, rng=rng), nn.Dense(features, 8, rng=rng)),
            nn.Concatenate(),
        ]
        features = 16
    activation = (nn.ReLU, Tanh, Leaky)[int(rng.integers(3))]
    depth, width = int(rng.choice([0, 1, 1, 2, 5])), int(rng.choice([8, 32, 128]))
    dropout = rng.random() < 0.3 and width > 8
    for _ in range(depth):
        layers += [nn.Dense(features, width, rng=rng), activation()]
        layers += [nn.Dropout(0.3, rng=rng)] if dropout else []
        features = width
    if depth > 2 and rng.random() < 0.5:
        inner = nn.Sequential(nn.Dense(width, width, rng=rng), activation())
        layers.append(nn.Residual(inner))
    layers += [Mean()] if task is averaged else []
    start = nn.zeros if depth == 0 and rng.random() < 0.5 else nn.he_normal
    shape = x.shape[1:] if task is averaged else None
    last = nn.Dense(features, out, rng=rng, initializer=start)
    return nn.Sequential(*layers, last, input_shape=shape)


def loss_for(task, rng):
    if task in (curve, columns):
        return (nn.MeanSquaredError, nn.MeanAbsoluteError, Own)[int(rng.integers(3))]()
    if task in (binary, distributions):
        return nn.SigmoidBinaryCrossEntropy() if task is binary else nn.SoftmaxCrossEntropy()
    return (nn.SoftmaxCrossEntropy, nn.SoftmaxCrossEntropy, Smooth, Weighted)[int(rng.integers(4))]()


def optimizer_for(model, rng):
    kind = int(rng.integers(5))
    decay = float(rng.choice([0, 1e-4, 1e-3]))
    parameters = model.parameters()
    if kind == 0:
        return nn.SGD(parameters, lr=float(rng.choice([0.03, 0.1])), weight_decay=decay)
    if kind == 1:
        return nn.SGD(parameters, lr=0.02, momentum=0.9, weight_decay=decay)
    if kind == 2:
        return nn.Adam(parameters, lr=float(rng.choice([0.001, 0.01])))
    if kind == 3:
        return nn.SGD(parameters, lr=nn.schedules.cosine(0.05, steps=500, warmup=50), momentum=0.9)
    return nn.SGD(parameters, lr=0.003, clip_norm=1.0)  # slow, but it gets there


def after(trainer, x, y, rng, batch_size):
    """What people do with a trained network: go on, gently, frozen in part, or batch by batch."""
    kind = int(rng.integers(4))
    if callable(trainer.optimizer.lr):  # the schedule may have ended
        trainer.optimizer.lr = 0.001
    if kind == 0 and trainer.history.epochs > 2:
        trainer.optimizer.lr = 1e-6
    elif kind == 1 and len(trainer.model) > 1:
        trainer.model[0].trainable = False
    elif kind == 2:
        for _ in range(4):
            trainer.fit(x, y, epochs=1, batch_size=batch_size, rng=rng, progress=False)
        return
    if trainer.model.trainable:
        trainer.fit(x, y, epochs=4, batch_size=batch_size, rng=rng, progress=False)


def run(seed):
    """Train one network; return what was said, with the trainer."""
    rng = np.random.default_rng([seed, 7])
    task = TASKS[seed % len(TASKS)]
    x, y, out = task(rng)
    dtype = (np.float32, np.float32, np.float64)[int(rng.integers(3))]
    model = body(task, x, out, rng).astype(dtype)
    trainer = nn.Trainer(model, loss_for(task, rng), optimizer_for(model, rng))
    batch_size = int(rng.choice([8, 32, 32, 256])) if len(y) > 256 else 32
    epochs = int(rng.choice([1, 2, 5, 30]))
    problems = []
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            trainer.fit(x, y, epochs=epochs, batch_size=batch_size, rng=rng, progress=False)
            problems += trainer.health.problems
            after(trainer, x, y, rng, batch_size)
        except FloatingPointError:
            return trainer, []  # not healthy: it diverged, which is an error of its own
    return trainer, [str(warning.message) for warning in said] + problems + trainer.health.problems


def alarms(seeds):
    """The seeds of trainings about which something was said, the trainers, and what it was."""
    runs = ((seed, *run(seed)) for seed in seeds)
    return [(seed, trainer, said) for seed, trainer, said in runs if said]
