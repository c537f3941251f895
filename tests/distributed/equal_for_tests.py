"""Trainings of many kinds, by one process or by several: run by mpiexec, or in the tests themselves."""

import sys

import numpy as np

import nnlayers as nn
from nnlayers.distributed import gradients

RANDOM = np.random.default_rng(1)
X = RANDOM.standard_normal((53, 4))
Y = RANDOM.integers(0, 3, 53)
W = RANDOM.uniform(0.1, 2, 53)
BATCH = 24  # of all ranks together: 53 samples are two batches, and five samples
EPOCHS = 4
OPTIMIZERS = [name for name in nn.optimizers.__all__ if name[0].isupper() and name != "Optimizer"]


def network(*more, dtype=np.float64):
    layers = nn.Dense(4, 6, rng=0), nn.Tanh(), *more, nn.Dense(6, 3, rng=1)
    return nn.Sequential(*layers).astype(dtype)


class Two(nn.Layer):
    """A network with two outputs."""

    def __init__(self):
        self.trunk = nn.Dense(4, 6, rng=0)
        self.heads = [nn.Dense(6, 3, rng=1), nn.Dense(6, 1, rng=2)]

    def forward(self, x):
        hidden = self.trunk.forward(x)
        return tuple(head.forward(hidden) for head in self.heads)

    def backward(self, grads):
        return self.trunk.backward(
            sum(head.backward(grad) for head, grad in reversed([*zip(self.heads, grads, strict=True)]))
        )

    def predict(self, x):
        hidden = self.trunk.predict(x)
        return tuple(head.predict(hidden) for head in self.heads)


class Scaled(nn.Loss):
    """Cross-entropy of logits times a factor that is trained."""

    def __init__(self):
        self.factor = nn.Parameter(np.ones(1), dtype=np.float64)
        self.loss = nn.SoftmaxCrossEntropy()

    def forward(self, prediction, target, weights=None):
        self.save_for_backward(prediction)
        return self.loss.forward(prediction * self.factor.value, target, weights)

    def backward(self, grad=1.0):
        prediction = self.saved()
        inner = self.loss.backward(grad)
        self.factor.add_grad(np.array([np.sum(inner * prediction)]))
        return inner * self.factor.value

    def evaluate(self, prediction, target, weights=None):
        return self.loss.evaluate(prediction * self.factor.value, target, weights)


class Unused(nn.Layer):
    """Has a parameter that no gradient ever reaches."""

    def __init__(self):
        self.unused = nn.Parameter(np.ones(2))

    def forward(self, x):
        return x

    def backward(self, grad):
        return grad


def first(prediction, target):
    """A metric that depends on the order of the samples."""
    return float(prediction[:7].sum() + 3 * prediction[7:20].sum())


class Once:
    """Batches of an iterable, without any part of their own."""

    def __init__(self, size, weighted=False):
        self.size, self.weighted = size, weighted

    def __iter__(self):
        for i in range(0, len(X), self.size):
            rows = slice(i, i + self.size)
            yield (X[rows], Y[rows], W[rows]) if self.weighted else (X[rows], Y[rows])


def trained(case, ranks, callbacks=()):
    """Train one case with the batches of so many ranks; the trainer."""
    size = BATCH // ranks
    model, loss, options, data = network(), nn.SoftmaxCrossEntropy(), {}, (X, Y)
    make, metrics, own = (lambda p: nn.SGD(p, lr=0.2)), None, []
    batches = {"batch_size": size, "rng": 0}
    if case in OPTIMIZERS:
        make = lambda p: getattr(nn, case)(p, lr=0.01, weight_decay=0.01)  # noqa: E731
    elif case == "float32":
        model = network(dtype=np.float32)
    elif case == "clip_norm":
        make = lambda p: nn.SGD(p, lr=0.5, momentum=0.9, clip_norm=0.3)  # noqa: E731
    elif case == "schedule":
        make = lambda p: nn.Adam(p, lr=nn.schedules.cosine(0.1, steps=15, warmup=2))  # noqa: E731
    elif case == "sample weights":
        options["sample_weight"] = W
        options["validation_data"] = X[:21], Y[:21], W[:21]
    elif case == "weights of 0":
        options["sample_weight"] = np.where(np.arange(53) < 40, 0.0, 1.0)
    elif case == "metrics":
        metrics = {"accuracy": nn.accuracy, "f1": nn.f1, "first": first}
        options["validation_data"] = X[:23], Y[:23]
    elif case == "validation in batches":
        metrics = {"accuracy": nn.accuracy, "first": first}
        options["validation_data"] = Once(4, weighted=False)
    elif case == "accumulate":
        batches["batch_size"], options["accumulate"] = size // 2, 2
    elif case == "two outputs":
        model, loss = (
            Two().astype(np.float64),
            nn.Losses([nn.SoftmaxCrossEntropy(), nn.MeanSquaredError()]),
        )
        data = X, (Y, X[:, :1].copy())
        metrics, make = [], lambda p: nn.SGD(p, lr=0.02)
    elif case == "average":
        own = [nn.MovingAverage(0.9)]
        options["validation_data"] = X[:23], Y[:23]
    elif case == "stopping":
        own = [nn.EarlyStopping("val_loss", patience=1, min_delta=0.05)]
        options["validation_data"] = X[:23], Y[:23]
        make = lambda p: nn.SGD(p, lr=1.0)  # noqa: E731
    elif case == "plateau":
        own = [nn.ReduceOnPlateau("loss", patience=1, min_delta=0.2, factor=0.5)]
    elif case == "a stop":
        own = [Stop(7)]
    elif case == "frozen":
        model.layers[0].trainable = False
    elif case == "unused":
        model = network(Unused())
    elif case == "a loss with parameters":
        loss = Scaled()
    elif case == "a generator":
        batches["rng"] = np.random.default_rng(5)
    elif case == "nn.batches":
        data, batches = (nn.batches(X, Y, W, batch_size=size, rng=3),), {}
    elif case == "batches in order":
        data, batches = (nn.batches(X, Y, batch_size=size, shuffle=False),), {}
    elif case == "an iterable":
        data, batches = (Once(size, weighted=True),), {}
    elif case == "a stream":  # each rank has its part in one batch
        data, batches = (nn.stream(X, Y, batch_size=len(X), rng=3),), {}
        options["validation_data"] = nn.stream(X[:23], Y[:23], batch_size=4)
    elif case == "few samples":
        data = X[:25], Y[:25]  # a batch of one sample is left
    if case == "a function":
        data, batches = (lambda: iter(Once(size)),), {}
    optimizer = make([*model.parameters(), *loss.parameters()])
    trainer = nn.Trainer(model, loss, optimizer, metrics=metrics)
    options |= batches | {"progress": False, "health": False, "callbacks": [*callbacks, *own]}
    trainer.fit(*data, epochs=EPOCHS, **options)
    return trainer


class Stop(nn.Callback):
    """Stops the fit after so many steps, on the last rank."""

    def __init__(self, steps):
        self.steps = steps

    def after_step(self, trainer):
        if trainer.optimizer.steps == self.steps and trainer.rank == trainer.ranks - 1:
            trainer.stop()


CASES = [
    *OPTIMIZERS,
    *("float32", "clip_norm", "schedule", "sample weights", "weights of 0", "metrics"),
    *("validation in batches", "accumulate", "two outputs", "average", "stopping", "plateau", "a stop"),
    *("frozen", "unused", "a loss with parameters", "a generator", "nn.batches", "batches in order"),
    *("an iterable", "a stream", "few samples", "a function"),
]


def outcome(trainer):
    """All that must be the same, by name: rounding apart."""
    parts = {f"model.{name}": value for name, value in trainer.model.state_dict().items()}
    parts |= {f"loss.{name}": value for name, value in trainer.loss.state_dict().items()}
    parts |= {f"history.{name}": np.array(column) for name, column in trainer.history.items()}
    parts |= {
        "steps": np.array(trainer.optimizer.steps),
        "lr": np.array(trainer.history.learning_rates),
    }
    return parts | {"samples": np.array(trainer.place.samples), "loss": np.array(trainer.place.loss)}


def main(path, every, packed_below):
    gradients.PACKED_BELOW = int(packed_below)
    everything = {}
    for case in CASES[:: int(every)]:
        parallel = nn.distributed.DataParallel()
        trainer = trained(case, parallel.ranks, [parallel])
        assert trainer.ranks == parallel.ranks > 1
        everything |= {f"{case}/{name}": value for name, value in outcome(trainer).items()}
    np.savez(f"{path}-{trainer.rank}.npz", **everything)


if __name__ == "__main__":
    main(*sys.argv[1:])
