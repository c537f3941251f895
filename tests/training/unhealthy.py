"""Fits that go wrong, each with a healthy twin: what `test_health` walks."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import nnlayers as nn


class Softmax(nn.Layer):
    """The layer that does not belong before SoftmaxCrossEntropy."""

    def forward(self, x):
        p = nn.softmax(x)
        self.save_for_backward(p)
        return p

    def backward(self, grad):
        p = self.saved()
        return p * (grad - (grad * p).sum(axis=-1, keepdims=True))


class Sigmoid(nn.Elementwise):
    def value(self, x):
        return 1 / (1 + np.exp(-x))

    def slope(self, x, y):
        return y * (1 - y)


class Tanh(nn.Elementwise):
    def value(self, x):
        return np.tanh(x)

    def slope(self, x, y):
        return 1 - y * y


class OwnReLU(nn.Elementwise):
    """A ReLU that is not the library's."""

    def value(self, x):
        return np.where(x > 0, x, 0)

    def slope(self, x, y):
        return (x > 0).astype(x.dtype)


class Divide(nn.Layer):
    """x / 255 within the network."""

    def forward(self, x):
        return x / np.float32(255)

    def backward(self, grad):
        return grad / np.float32(255)


class Lose(nn.Layer):
    """A faulty layer: zeros, whatever goes in."""

    def forward(self, x):
        return 0 * x

    def backward(self, grad):
        return 0 * grad


class Huber(nn.Loss):
    """A loss of a kind that is not known, of slopes up to 1."""

    def forward(self, prediction, target):
        self.save_for_backward(prediction - target)
        return float(np.sqrt(1 + np.square(prediction - target)).mean())

    def backward(self, grad=1.0):
        difference = self.saved()
        return grad * difference / np.sqrt(1 + np.square(difference)) / difference.size


class Own(nn.Loss):
    """A loss of a kind that is not known."""

    def forward(self, prediction, target):
        self.save_for_backward(prediction - target)
        return float(np.log(np.cosh(prediction - target)).mean())

    def backward(self, grad=1.0):
        difference = self.saved()
        return grad * np.tanh(difference) / difference.size


class Poisson(nn.Pointwise):
    """Of the logarithm of a rate; it is negative for large counts."""

    def value(self, z, t):
        return np.exp(z) - t * z

    def slope(self, z, t):
        return np.exp(z) - t


class Smooth(nn.SoftmaxCrossEntropy):
    """With label smoothing."""

    def forward(self, prediction, target):
        count = prediction.shape[-1]
        return super().forward(prediction, 0.9 * np.eye(count)[target] + 0.1 / count)


class Weighted(nn.SoftmaxCrossEntropy):
    """With a weight for each class."""

    def forward(self, prediction, target):
        return super().forward(prediction, target, weights=1.0 + target % 2)


class Cosine(nn.Loss):
    """The negative cosine similarity: the best is -1."""

    def forward(self, prediction, target):
        size = np.linalg.norm(prediction, axis=1, keepdims=True)
        wanted = target / np.linalg.norm(target, axis=1, keepdims=True)
        cosine = (prediction / size * wanted).sum(axis=1, keepdims=True)
        self.save_for_backward(prediction / size, size, wanted, cosine)
        return float(-cosine.mean())

    def backward(self, grad=1.0):
        unit, size, wanted, cosine = self.saved()
        return grad * (cosine * unit - wanted) / size / len(unit)


class TwoLosses(nn.Loss):
    """The sum of those of two heads."""

    def __init__(self):
        self.one, self.other = nn.SoftmaxCrossEntropy(), nn.SoftmaxCrossEntropy()

    def forward(self, prediction, target):
        return self.one.forward(prediction[0], target[0]) + self.other.forward(prediction[1], target[1])

    def backward(self, grad=1.0):
        return self.one.backward(grad), self.other.backward(grad)


class Embedding(nn.Layer):
    """Rows of a table: most of them have no part in a batch."""

    takes_integers = True

    def __init__(self, words, features):
        self.table = nn.Parameter(np.random.default_rng(0).standard_normal((words, features)))

    def forward(self, x):
        self.save_for_backward(x)
        return self.table.value[x]

    def backward(self, grad):
        total = np.zeros_like(self.table.value)
        np.add.at(total, self.saved(), grad)
        self.table.add_grad(total)


class Forgetful(nn.Layer):
    """A faulty layer: its factor gets no gradient."""

    def __init__(self, features):
        self.factor = nn.Parameter(np.ones(features))

    def forward(self, x):
        return x * self.factor.value

    def backward(self, grad):
        return grad * self.factor.value


def classes(samples=320, features=8, count=4, seed=0):
    """Blobs that a small network tells apart, float32, of about size 1, and their labels."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, count, samples)
    x = rng.standard_normal((count, features))[y] + 0.3 * rng.standard_normal((samples, features))
    return x.astype(np.float32), y


def numbers(samples=320, features=8, seed=0):
    """A regression of size 1: ``(N, 1)`` targets."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((samples, features)).astype(np.float32)
    y = np.tanh(x @ rng.standard_normal((features, 1))).astype(np.float32)
    return x, y


X, Y = classes()
A, B = numbers()


def network(*ends, before=(), out=4, relu=nn.ReLU, **dense):
    """8-16-out with a ReLU, and layers before and behind it."""
    return nn.Sequential(
        *before,
        nn.Dense(8, 16, rng=0, **dense),
        relu(),
        nn.Dense(16, out, rng=1, **dense),
        *ends,
    )


def filled(value, model=None):
    """A network with all weights of one value."""
    model = model or network()
    for parameter in model.parameters():
        if parameter.value.ndim > 1:
            parameter.value[...] = value
    return model


def biased(value, model=None):
    """A network whose hidden units have a bias."""
    model = model or network()
    model[0].bias.value[...] = value
    return model


def wide(shape, rng=None, dtype=np.float32):
    """The classic mistake: a standard normal, whatever the number of inputs."""
    return 3 * np.random.default_rng(rng).standard_normal(shape).astype(dtype)


@dataclass
class Fit:
    """A fit, and the name of the finding that it should lead to."""

    name: str
    model: Any = network
    x: Any = field(default_factory=lambda: X)
    y: Any = field(default_factory=lambda: Y)
    loss: Any = nn.SoftmaxCrossEntropy
    optimizer: Any = field(default_factory=lambda: {"lr": 0.1})
    epochs: int = 15
    options: Any = field(default_factory=dict)
    metrics: Any = None
    method: Any = nn.SGD

    def trainer(self):
        model = self.model()
        optimizer = self.method(model.parameters(), **self.optimizer)
        return nn.Trainer(model, self.loss(), optimizer, metrics=self.metrics)

    def fit(self, trainer, **options):
        return trainer.fit(
            self.x, self.y, epochs=self.epochs, rng=0, progress=False, **self.options, **options
        )


def regression(name, out=1, **given):
    """A Fit of numbers."""
    model = given.pop("model", lambda: network(out=out))
    given = {"x": A, "y": B, "loss": nn.MeanSquaredError, "optimizer": {"lr": 0.05}} | given
    return Fit(name, model=model, **given)


RARE = (np.random.default_rng(5).random(1600) < 0.05).astype(int)  # 5 % of ones
NOISE = np.random.default_rng(6).standard_normal((1600, 8)).astype(np.float32)
DIGITS = nn.datasets.load_digits()


def digits_network():
    return nn.Sequential(nn.Dense(64, 32, rng=0), nn.ReLU(), nn.Dense(32, 10, rng=1))


UNHEALTHY = {
    "pixels": Fit("input-scale", x=128 + 60 * X),
    "a column of 1e5": Fit("input-scale", x=X * [1, 1, 1, 1e5, 1, 1, 1, 1]),
    "years": Fit("input-scale", x=X + 2000 * (np.arange(8) == 1)),
    "integers": Fit("input-scale", x=(128 + 30 * X).astype(np.uint8)),
    "an offset of a regression": regression("input-scale", x=A + 5000),
    "tiny inputs": Fit("input-scale", x=1e-6 * X),
    "Standardize before its fit": Fit(
        "standardize-not-fitted", lambda: network(before=[nn.Standardize(8)]), x=128 + 60 * X
    ),
    "Standardize before its fit, mild": Fit(
        "standardize-not-fitted", lambda: network(before=[nn.Standardize(8)]), x=3 * X
    ),
    "targets of 1e4": regression("target-scale", y=1e4 * B, optimizer={"lr": 1e-7}),
    "targets of 1e4, another loss": regression(
        "target-scale", y=1e4 * B, loss=nn.MeanAbsoluteError, optimizer={"lr": 1e-3}
    ),
    "softmax": Fit("probabilities-as-logits", lambda: network(Softmax())),
    "sigmoid": Fit("probabilities-as-logits", lambda: network(Sigmoid())),
    "sigmoid before that of the loss": Fit(
        "probabilities-as-logits",
        lambda: network(Sigmoid(), out=1),
        y=(Y[:, np.newaxis] > 1), loss=nn.SigmoidBinaryCrossEntropy,
    ),
    "ReLU at the end": Fit("outputs-never-negative", lambda: network(nn.ReLU())),
    "own ReLU at the end": Fit("outputs-never-negative", lambda: network(OwnReLU())),
    "ReLU at the end of a regression": regression(
        "outputs-never-negative", model=lambda: network(nn.ReLU(), out=1)
    ),
    "sigmoid at the end of a regression": regression(
        "outputs-bounded", model=lambda: network(Sigmoid(), out=1), optimizer={"lr": 0.5}, epochs=40
    ),
    "tanh at the end of a regression": regression(
        "outputs-bounded", model=lambda: network(Tanh(), out=1), y=5 * B, epochs=40
    ),
    "biases of -100": Fit("dead-units", lambda: biased(-100)),
    "biases of -100, own ReLU": Fit("dead-units", lambda: biased(-100, network(relu=OwnReLU))),
    "dead in training": Fit("dead-units", digits_network, *DIGITS, optimizer={"lr": 10}, epochs=5),
    "weights of 0": Fit("equal-units", lambda: filled(0)),
    "weights of 0.1": Fit("equal-units", lambda: filled(0.1)),
    "a rate of 1e-8": Fit("small-updates", optimizer={"lr": 1e-8}),
    "a rate of 1e-5": Fit("small-updates", optimizer={"lr": 1e-5}),
    "a rate of 1e-8, regression": regression("small-updates", optimizer={"lr": 1e-8}),
    "a rate of 1000": Fit("large-updates", digits_network, *DIGITS, optimizer={"lr": 1000}, epochs=5),
    "a rate of 1000, one epoch": Fit(
        "large-updates", digits_network, *DIGITS, optimizer={"lr": 1000}, epochs=1
    ),
    "a rate of 10": Fit("large-updates", optimizer={"lr": 10}),
    "a rate of 1e9": Fit("not-finite", optimizer={"lr": 1e9}),
    "decay of 10": Fit("strong-decay", optimizer={"lr": 0.1, "weight_decay": 10}),
    "decay of 1": Fit("strong-decay", optimizer={"lr": 0.1, "weight_decay": 2}),
    "large initial weights": Fit("first-loss", lambda: network(initializer=wide)),
    "large initial weights, regression": regression(
        "first-loss", model=lambda: network(out=1, initializer=lambda *a: 5 * wide(*a))
    ),
    "one class predicted": Fit(
        "one-class-predicted", digits_network, *DIGITS, optimizer={"lr": 10}, epochs=5
    ),
    "labels at random": Fit(
        "loss-at-chance", lambda: nn.Dense(8, 4, rng=0), x=NOISE, y=np.arange(1600) % 4
    ),
    "targets at random": regression(
        "loss-at-chance",
        model=lambda: nn.Dense(8, 1, rng=0),
        x=NOISE,
        y=np.random.default_rng(7).standard_normal((1600, 1)),
        optimizer={"lr": 0.01},
    ),
    "a rate of 1e-9, own loss": regression("small-updates", loss=Own, optimizer={"lr": 1e-9}),
    "rare class, learned by heart": Fit(
        "unbalanced-classes", lambda: network(out=2), x=NOISE, y=RARE, optimizer={"lr": 0.03}
    ),
    "rare class": Fit(
        "unbalanced-classes", lambda: nn.Dense(8, 2, rng=0), x=NOISE, y=RARE, optimizer={"lr": 0.1}
    ),
    "rare class, one logit": Fit(
        "unbalanced-classes", lambda: nn.Dense(8, 1, rng=0), x=NOISE, y=RARE[:, np.newaxis],
        loss=nn.SigmoidBinaryCrossEntropy, optimizer={"lr": 0.1},
    ),
    "a layer that loses the input": Fit(
        "constant-outputs", lambda: nn.Sequential(Lose(), nn.Dense(8, 4, rng=0))
    ),
    "softmax, smoothed labels": Fit(
        "probabilities-as-logits", lambda: network(Softmax()), loss=Smooth
    ),
    "softmax in a head": Fit(
        "probabilities-as-logits",
        lambda: nn.Sequential(
            nn.Dense(8, 16, rng=0), nn.ReLU(),
            nn.Fork(nn.Dense(16, 4, rng=1), nn.Sequential(nn.Dense(16, 4, rng=2), Softmax())),
        ),
        y=(Y, Y // 2), loss=TwoLosses,
    ),
    "ReLU in a head": Fit(
        "outputs-never-negative",
        lambda: nn.Sequential(
            nn.Dense(8, 16, rng=0), nn.ReLU(),
            nn.Fork(nn.Sequential(nn.Dense(16, 4, rng=1), nn.ReLU()), nn.Dense(16, 4, rng=2)),
        ),
        y=(Y, Y // 2), loss=TwoLosses,
    ),
    "ReLU at the end, weighted classes": Fit(
        "outputs-never-negative", lambda: network(nn.ReLU()), loss=Weighted
    ),
    "a rate of 1e-7, weighted classes": Fit("small-updates", optimizer={"lr": 1e-7}, loss=Weighted),
    "a rate of 1e-7, own loss": regression("small-updates", loss=Own, optimizer={"lr": 1e-7}),
    "a rate of 1e-8, all data in a batch": Fit(
        "small-updates", optimizer={"lr": 1e-8}, epochs=60, options={"batch_size": 320}
    ),
    "a schedule that has ended": Fit(
        "small-updates", optimizer={"lr": nn.schedules.cosine(0.02, steps=20)}
    ),
    "a schedule that gave 0 from the start": Fit("small-updates", optimizer={"lr": lambda step: 0.0}),
    "a limit of 1e-6 for gradients": Fit("small-updates", optimizer={"lr": 0.1, "clip_norm": 1e-6}),
    "dead output": regression(
        "small-updates", model=lambda: biased_end(-50, network(nn.ReLU(), out=1)), y=np.abs(B)
    ),
    "targets of 1e-3": regression("target-scale", y=1e-3 * B),
    "targets of 1e-8": regression("target-scale", y=1e-8 * B),
    "targets of 1e4, own loss": regression(
        "target-scale", y=1e4 * B, loss=Huber, optimizer={"lr": 1e-3}
    ),
    "labels at random, one logit": Fit(
        "loss-at-chance", lambda: nn.Dense(8, 1, rng=0), x=NOISE, y=RARE[:, np.newaxis],
        loss=nn.SigmoidBinaryCrossEntropy, optimizer={"lr": 0.3},
    ),
    "a layer without its gradient": Fit("no-gradient", lambda: network(before=[Forgetful(8)])),
    "a branch that passes no gradient on": Fit(
        "no-gradient", lambda: nn.Sequential(
            nn.Fork(nn.Dense(8, 8, rng=0), nn.Sequential(nn.Dense(8, 8, rng=1), Lose())),
            nn.Add(), nn.ReLU(), nn.Dense(8, 4, rng=2),
        )
    ),
    "a rate that grows": Fit("rising-loss", optimizer={"lr": lambda step: 0.1 if step < 100 else 20}),
    "batch larger than the data": Fit("large-batch", options={"batch_size": 1000}),
    "one seed": Fit(
        "equal-weights",
        lambda: nn.Sequential(
            nn.Dense(8, 8, rng=0), nn.ReLU(), nn.Dense(8, 8, rng=0), nn.ReLU(), nn.Dense(8, 4, rng=1)
        ),
    ),
    "one class in y": Fit("one-class", y=np.zeros(320, int)),
    "constant targets": regression("one-class", y=np.ones((320, 1))),
    "inputs of 0": Fit("constant-inputs", x=np.zeros((320, 8))),
    "a metric of NaN": Fit("figure-is-nan", metrics={"own": lambda y, t: float("nan")}),
}  # fmt: skip


def fitted(x):
    return lambda: network(before=[nn.Standardize(8).fit(x)])


def biased_end(value, model):
    model[2].bias.value[...] = value
    return model


RNG = np.random.default_rng(8)
FLAGS = RNG.integers(0, 2, (1000, 2)).astype(np.float32)
RARELY = (RNG.random((5000, 1)) < 0.01).astype(np.float32)
HIDDEN = np.zeros((200_000, 4), np.float32)  # only one row differs, and only one label
HIDDEN[77_777], HIDDEN_LABELS = 1, (np.arange(200_000) == 55_555).astype(int)
WEAK = RNG.standard_normal((20_000, 5)).astype(np.float32)
COIN = RNG.random((4000, 1)) < 0.5
CHANCES = np.where(COIN, [[0.55, 0.4, 0.05]], [[0.55, 0.05, 0.4]])
SEVEN = np.random.default_rng(7)
RARE_NUMBERS = (SEVEN.random((1600, 1)) < 0.05) * SEVEN.exponential(3, (1600, 1))


def zeros(features):
    return nn.Dense(features, features, initializer=nn.zeros)


def identity(shape, rng=None, dtype=np.float32):
    return np.eye(*shape, dtype=dtype)


def trained():
    """A network that was trained for other labels."""
    model = digits_network()
    trainer = nn.Trainer(
        model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    )
    trainer.fit(*DIGITS, epochs=30, rng=0, progress=False)
    return model


def frozen(layer):
    layer.trainable = False
    return layer


def last_zero():
    model = network()
    model[2].weight.value[...] = 0
    return model


def twins():
    """The same weights in two layers, of which one is frozen, as for a target network."""
    model = nn.Sequential(
        nn.Dense(8, 8, rng=0), nn.ReLU(), nn.Dense(8, 8, rng=0), nn.ReLU(), nn.Dense(8, 4, rng=1)
    )
    model[0].trainable = False
    return model


HEALTHY = {
    "blobs": Fit(""),
    "a regression": regression(""),
    "pixels that the network divides": Fit(
        "", lambda: network(before=[Divide()]), x=(128 + 30 * X).astype(np.uint8)
    ),
    "pixels, standardised": Fit("", fitted(128 + 60 * X), x=128 + 60 * X),
    "years, standardised": Fit("", fitted(X + 2000), x=X + 2000),
    "inputs of 3": Fit("", x=2 * X, optimizer={"lr": 0.02}),
    "Standardize before its fit, standard data": Fit(
        "", lambda: network(before=[nn.Standardize(8)]), x=NOISE[:320], y=NOISE[:320, :4].argmax(axis=1)
    ),
    "targets of 20": regression("", y=20 * B, optimizer={"lr": 0.001}, epochs=60),
    "targets of 0.01": regression("", y=0.01 * B, optimizer={"lr": 0.1}, epochs=60),
    "non-negative targets behind a ReLU": regression(
        "", model=lambda: biased_end(1.0, network(nn.ReLU(), out=1)), y=np.abs(B)
    ),
    "probabilities for another loss": regression(
        "", model=lambda: network(Sigmoid()), y=nn.one_hot(Y, 4), x=X, optimizer={"lr": 0.5}
    ),
    "biases of -1": Fit("", lambda: biased(-1)),
    "last weights of 0": Fit("", last_zero),
    "one layer of 0": Fit("", lambda: filled(0, nn.Sequential(nn.Dense(8, 4)))),
    "a rate of 1e-3": Fit("", optimizer={"lr": 1e-3}),
    "a rate of 0.5": Fit("", optimizer={"lr": 0.5}),
    "decay of 0.01": Fit("", optimizer={"lr": 0.1, "weight_decay": 0.01}),
    "few steps at chance": Fit("", x=NOISE[:40], y=np.arange(40) % 4, epochs=20),
    "one epoch": Fit("", epochs=1),
    "a rare class, learned": Fit("", lambda: network(out=2), y=np.equal(Y, 0).astype(int)),
    "all data in a batch": Fit("", options={"batch_size": 320}, epochs=60),
    "few data in a batch": Fit("", x=X[:20], y=Y[:20]),
    "two of a seed, one frozen": Fit("", twins),
    "nearly one class": Fit("", y=(np.arange(320) == 7).astype(int)),
    "float64": Fit("", lambda: network().astype(np.float64), x=X.astype(np.float64)),
    "float16": Fit("", lambda: network().astype(np.float16), x=X.astype(np.float16)),
    "a loss below 0": regression(
        "",
        model=lambda: nn.Sequential(nn.Dense(8, 32, rng=0), nn.ReLU(), nn.Dense(32, 4, rng=1)),
        x=NOISE,
        y=np.tanh(NOISE[:, :4]),
        loss=Cosine,
        optimizer={"lr": 0.1},
        epochs=40,
    ),
    "a schedule that ended when all was learned": Fit(
        "", optimizer={"lr": nn.schedules.cosine(0.5, steps=60)}, epochs=20
    ),
    "large counts": regression(
        "",
        model=lambda: biased_end(5.0, network(out=1)),
        y=np.round(np.exp(7 + 0.1 * A[:, :1])),
        loss=Poisson,
        optimizer={"lr": 1e-5},
        epochs=60,
    ),
    "a linear model of a rare flag": regression(
        "",
        model=lambda: nn.Dense(1, 1, rng=0),
        x=RARELY,
        y=3 * RARELY + 0.3 * RNG.standard_normal((5000, 1)),
    ),
    "a network of a rare flag": regression(
        "",
        model=lambda: nn.Sequential(nn.Dense(1, 8, rng=0), nn.ReLU(), nn.Dense(8, 1, rng=1)),
        x=RARELY,
        y=2 * RARELY + 0.1 * RNG.standard_normal((5000, 1)),
    ),
    "a linear model of two flags": regression(
        "",
        model=lambda: nn.Dense(2, 1, rng=1),
        x=FLAGS,
        y=FLAGS @ [[1.0], [-2.0]] + 0.1 * RNG.standard_normal((1000, 1)),
        optimizer={"lr": 0.1},
    ),
    "a linear model whose outputs lie between 0 and 1": regression(
        "",
        model=lambda: nn.Dense(1, 1, rng=4),
        x=FLAGS[:, :1],
        y=0.02 + 0.96 * FLAGS[:, :1] + 0.1 * RNG.standard_normal((1000, 1)),
        optimizer={"lr": 0.1},
    ),
    "scores that lie between 0 and 1": Fit(
        "",
        lambda: nn.Sequential(nn.Dense(2, 4, rng=0), Sigmoid(), nn.Dense(4, 2, rng=1)),
        x=FLAGS,
        y=(FLAGS[:, 0] != FLAGS[:, 1]).astype(int),
        optimizer={"lr": 0.5},
        epochs=40,
    ),
    "sparse inputs, scores from 0": Fit(
        "",
        lambda: nn.Dense(4, 4, initializer=lambda *a: np.abs(wide(*a))),
        x=np.eye(5, 4, dtype=np.float32)[np.where(np.arange(320) % 2, Y, 4)],
        y=Y,
    ),
    "noise around the range of a tanh": regression(
        "",
        model=lambda: network(Tanh(), out=1),
        x=FLAGS[:, [0, 1] * 4],
        optimizer={"lr": 0.2},
        y=2 * FLAGS[:, :1] - 1 + 0.2 * RNG.standard_normal((1000, 1)),
    ),
    "a signal of 1 %": regression(
        "",
        model=lambda: nn.Sequential(nn.Dense(5, 16, rng=0), nn.ReLU(), nn.Dense(16, 1, rng=1)),
        x=WEAK,
        y=0.1 * WEAK[:, :1] + RNG.standard_normal((20_000, 1)),
        optimizer={"lr": 0.01},
        epochs=10,
    ),
    "targets that are mostly 0": regression(
        "",
        x=NOISE,
        optimizer={"lr": 0.01},
        epochs=10,
        y=RARE_NUMBERS * (1 + NOISE[:, :1]),
    ),
    "one class is always the likeliest": Fit(
        "",
        lambda: nn.Dense(2, 3, rng=0),
        x=np.hstack([COIN, NOISE[:1, :1] + 0 * COIN]),
        y=(CHANCES.cumsum(axis=1) < RNG.random((4000, 1))).sum(axis=1),
        epochs=20,
    ),
    "a network that was trained for other labels": Fit(
        "", trained, DIGITS[0], (DIGITS[1] + 3) % 10, optimizer={"lr": 0.05}
    ),
    "a network that was trained for other inputs": Fit(
        "", trained, 1 - DIGITS[0], DIGITS[1], optimizer={"lr": 0.05}
    ),
    "residuals that begin as 0": Fit(
        "",
        lambda: nn.Sequential(
            nn.Dense(8, 16, rng=0),
            nn.ReLU(),
            nn.Residual(zeros(16)),
            nn.Residual(zeros(16)),
            nn.ReLU(),
            nn.Dense(16, 4, rng=1),
        ),
    ),
    "heads that begin as 0": Fit(
        "",
        lambda: nn.Sequential(nn.Dense(8, 4, rng=0), nn.ReLU(), nn.Fork(zeros(4), zeros(4))),
        y=(Y, Y // 2),
        loss=TwoLosses,
    ),
    "layers that begin as identities": Fit(
        "",
        lambda: nn.Sequential(
            nn.Dense(8, 8, initializer=identity),
            nn.ReLU(),
            nn.Dense(8, 8, initializer=identity),
            nn.ReLU(),
            nn.Dense(8, 4, rng=1),
        ),
    ),
    "a row, and a label, that differ from all others": Fit(
        "",
        lambda: nn.Dense(4, 2, rng=0),
        x=HIDDEN,
        y=HIDDEN_LABELS,
        epochs=1,
        options={"batch_size": 4000},
    ),
    "a large table of which few rows are used": Fit(
        "",
        lambda: nn.Sequential(Embedding(5000, 8), nn.Dense(8, 4, rng=0)),
        x=np.random.default_rng(1).integers(0, 20, 320),
        y=np.random.default_rng(1).integers(0, 20, 320) % 4,
        optimizer={"lr": 0.5},
        epochs=30,
    ),
    "a rate that is 0 at the end of each epoch": Fit(
        "",
        digits_network,
        DIGITS[0],
        (DIGITS[1] + np.arange(1797) % 3) % 10,
        optimizer={"lr": lambda step: 0.05 * (step % 57) / 57},
    ),
    "a factor that is not trained": Fit("", lambda: network(before=[frozen(Forgetful(8))])),
    "distributions": Fit("", y=0.9 * nn.one_hot(Y, 4) + 0.025),
}
