"""Training runs of many kinds, to be stopped and to go on, and what is compared of them."""

import random

import numpy as np

import nnlayers as nn
from nnlayers.training.checkpoint import generators

OPTIMIZERS = {
    "SGD": lambda parameters, lr: nn.SGD(parameters, lr),
    "momentum": lambda parameters, lr: nn.SGD(parameters, lr, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda parameters, lr: nn.SGD(parameters, lr, momentum=0.8, nesterov=True),
}
AXES = {
    "optimizer": list(OPTIMIZERS),
    "dropout": [0.0, 0.3],
    "schedule": [False, True],
    "statistics": [False, True],
    "rng": ["seed", "generator", "shared with dropout", "none"],
    "accumulate": [1, 2],
    "callbacks": [False, True],
    "metrics": [None, ["accuracy", "f1", "confidence"]],
    "validation": [False, True],
    "weights": [False, True],
    "data": ["arrays", "batches"],
}
X = np.random.default_rng(1).standard_normal((23, 4)).astype(np.float32)
Y = np.random.default_rng(2).integers(0, 3, 23)
W = np.random.default_rng(3).uniform(0.1, 2, 23)
EPOCHS, BATCH = 4, 4  # six batches an epoch, the last one shorter


class RunningMean(nn.Layer):
    """Subtracts a running mean of its inputs."""

    def __init__(self, features):
        self.mean = nn.State(np.zeros(features))

    def forward(self, x):
        self.mean.value = 0.9 * self.mean.value + 0.1 * x.mean(axis=0)
        return x - self.mean.value

    def backward(self, grad):
        return grad

    def predict(self, x):
        return x - self.mean.value


class Remembers(nn.Callback):
    """A user's callback that remembers numbers and an array."""

    def __init__(self):
        self.losses, self.sum = [], np.zeros(3)

    def after_step(self, trainer):
        self.losses.append(trainer.place.loss)

    def after_epoch(self, trainer, figures):
        self.sum += figures["loss"]

    def state_dict(self):
        return {"losses": self.losses, "sum": self.sum}

    def load_state_dict(self, state):
        self.losses, self.sum = list(state["losses"]), state["sum"]


class SaveAt(nn.Callback):
    """Saves the run once, after so many batches, or at the end of the epoch that they are all of."""

    is_last = True

    def __init__(self, path, epoch, batch=None):
        self.path, self.epoch, self.batch = path, epoch, batch

    def after_step(self, trainer):
        if (trainer.place.epoch, trainer.place.batch) == (self.epoch, self.batch):
            trainer.save(self.path)

    def after_epoch(self, trainer, figures):
        if self.batch is None and trainer.place.epoch == self.epoch:
            trainer.save(self.path)


def confidence(prediction, target):
    """A metric that is not marked as a mean, so that all predictions are kept."""
    return float(np.max(prediction.astype(np.float64)))


def draw(number):
    """One run of all kinds, by its number."""
    chosen = random.Random(number)
    return {name: chosen.choice(values) for name, values in AXES.items()}


class Run:
    """A trainer, and the arguments of its fit; ``seed`` is that of what a file brings back."""

    def __init__(self, kind, seed):
        self.kind = kind
        rng = np.random.default_rng(seed)
        layers = [nn.Dense(4, 6, rng=rng), nn.ReLU()]
        layers += [RunningMean(6)] * kind["statistics"]
        layers += [nn.Dropout(kind["dropout"], rng=rng)] * bool(kind["dropout"])
        model = nn.Sequential(*layers, nn.Dense(6, 3, rng=rng))
        lr = nn.schedules.cosine(0.3, steps=40, warmup=3) if kind["schedule"] else 0.2
        optimizer = OPTIMIZERS[kind["optimizer"]](model.parameters(), lr)
        metrics = kind["metrics"] and [confidence if m == "confidence" else m for m in kind["metrics"]]
        self.trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=metrics)
        self.callbacks = []
        if kind["callbacks"]:
            self.callbacks = [nn.EarlyStopping("loss", patience=3), nn.MovingAverage(0.8), Remembers()]
            if not kind["schedule"]:
                self.callbacks.append(nn.ReduceOnPlateau("loss", patience=1, factor=0.5))
        orders = {"seed": 7, "generator": np.random.default_rng(seed), "none": None}
        order = orders.get(kind["rng"], rng)
        arrays = (X, Y, W) if kind["weights"] else (X, Y)
        self.options = {"accumulate": kind["accumulate"], "progress": False, "health": False}
        if kind["data"] == "batches":
            order = np.random.default_rng(seed) if kind["rng"] in ("seed", "none") else order
            self.data = (nn.batches(*arrays, batch_size=BATCH, rng=order),)
        else:
            self.data = arrays[:2]
            self.options |= {"batch_size": BATCH, "rng": order}
            self.options |= {"sample_weight": W} if kind["weights"] else {}
        if kind["validation"]:
            self.options["validation_data"] = (X[::2], Y[::2])

    def fit(self, epochs=EPOCHS, others=(), **options):
        callbacks = [*self.callbacks, *others]
        self.trainer.fit(*self.data, epochs=epochs, callbacks=callbacks, **self.options, **options)
        return self

    def everything(self):
        """All that must be the same in two runs, bit by bit, by name."""
        trainer = self.trainer
        parts = {
            "model": trainer.model.state_dict(),
            "loss": trainer.loss.state_dict(),
            "optimizer": trainer.optimizer.state_dict(),
            "history": dict(trainer.history),
            "epochs": trainer.history.epochs,
            "generators": {path: rng.bit_generator.state for path, rng in generators(trainer)},
            "callbacks": [callback.state_dict() for callback in self.callbacks],
            "place": {**vars(trainer.place), "last": None},
        }
        return bits(parts)


def bits(value, path=""):
    """A flat dict of the bytes of arrays, and the text of everything else."""
    if isinstance(value, np.ndarray):
        return {path: (value.dtype.str, value.shape, value.tobytes())}
    if isinstance(value, (dict, list, tuple)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        flat = {path: len(value)}
        for key, item in items:
            flat |= bits(item, f"{path}.{key}")
        return flat
    return {path: float(value).hex() if isinstance(value, float) else repr(value)}
