"""A training script in which one rank fails, in a way that is named: run by mpiexec.

mpiexec -n 2 python -m mpi4py -m tests.distributed.failing_for_tests "raises in a callback"
"""

import os
import signal
import sys
import time

import numpy as np

import nnlayers as nn

X = np.random.default_rng(1).standard_normal((64, 4)).astype(np.float32)
Y = np.random.default_rng(2).integers(0, 3, 64)
FAILING = 1  # the rank


class At(nn.Callback):
    """Calls a function at one step, or at the end of an epoch, on the failing rank."""

    def __init__(self, function, step=20, hook="after_step"):
        self.function, self.step, self.hook = function, step, hook

    def _call(self, trainer, hook):
        if trainer.rank == FAILING and hook == self.hook and trainer.optimizer.steps >= self.step:
            self.function()

    def start(self, trainer):
        if self.hook == "start" and trainer.rank == FAILING:
            self.function()

    def after_backward(self, trainer):
        self._call(trainer, "after_backward")

    def after_step(self, trainer):
        self._call(trainer, "after_step")

    def after_epoch(self, trainer, figures):
        self._call(trainer, "after_epoch")

    def finish(self, trainer):
        self._call(trainer, "finish")


def fail():
    raise ValueError("it has failed")


def kill(number):
    return lambda: os.kill(os.getpid(), number)


class Batches:
    """Batches that end early, or with an error, on one rank."""

    def __init__(self, rank, end=None, error=None, part=False):
        self.rank, self.end, self.error = rank, end, error
        if part:
            self.part = lambda index, count: self

    def __iter__(self):
        for i in range(16):
            if self.rank == FAILING and i == self.error:
                fail()
            if self.rank == FAILING and i == self.end:
                return
            yield X[4 * i : 4 * i + 4], Y[4 * i : 4 * i + 4]


def metric(rank):
    def share(prediction, target):
        if rank == 0 and len(target) == 64:
            fail()
        return 1.0

    return share


CALLBACKS = {
    "catches and fits again": At(fail),
    "raises in start": At(fail, hook="start"),
    "raises in a callback": At(fail),
    "raises within a step": At(fail, hook="after_backward"),
    "raises after an epoch": At(fail, hook="after_epoch"),
    "raises in finish": At(fail, step=1, hook="finish"),
    "exits in fit": At(lambda: sys.exit(0)),
    "exits with an error in fit": At(lambda: sys.exit(3)),
    "exits at once with 0": At(lambda: os._exit(0)),
    "exits at once": At(lambda: os._exit(1)),
    "is killed": At(kill(signal.SIGKILL)),
    "is terminated": At(kill(signal.SIGTERM)),
    "is interrupted": At(kill(signal.SIGINT)),
    "is interrupted twice": At(lambda: [kill(signal.SIGINT)(), time.sleep(0.1), kill(signal.SIGINT)()]),
    "raises KeyboardInterrupt": At(lambda: signal.default_int_handler(2, None)),
}
SCENARIOS = [
    *CALLBACKS,
    *(
        "exits before fit",
        "exits before anything",
        "closes its output",
        "fails before fit",
        "has wrong data",
    ),
    *("has other arguments", "has another model", "has other data", "has NaN", "ends its data early"),
    *("has batches that fail", "has a metric that fails", "fails after fit", "exits after fit"),
    *("exits between fits", "does much after fit", "overrides step"),
    *("saves within an epoch", "takes steps in a callback"),
]


def main(scenario, seconds="0"):
    rank = int(os.environ["PMI_RANK"])
    fails = rank == FAILING
    if scenario == "exits before anything" and fails:
        sys.exit(0)
    if scenario == "closes its output" and fails:
        sys.stdout.close()
        sys.exit(0)
    callbacks = [nn.distributed.DataParallel()]
    if scenario in CALLBACKS:
        callbacks.append(CALLBACKS[scenario])
    x, y, epochs = X, Y, 3000
    if fails and scenario == "exits before fit":
        sys.exit(0)
    if fails and scenario == "fails before fit":
        fail()
    if fails and scenario == "has wrong data":
        y = Y + 7
    if fails and scenario == "has other data":
        x = X[::-1].copy()
    if fails and scenario == "has other arguments":
        epochs = 7
    units = 5 if fails and scenario == "has another model" else 6
    model = nn.Sequential(nn.Dense(4, units, rng=0), nn.ReLU(), nn.Dense(units, 3, rng=1))
    kind = nn.Trainer
    if scenario == "overrides step":

        class Own(nn.Trainer):
            def step(self, x, y, weights=None):
                return super().step(x, y) if not fails else 1.0

        kind = Own
    metrics = {"share": metric(rank)} if scenario == "has a metric that fails" else ["accuracy"]
    trainer = kind(model, nn.SoftmaxCrossEntropy(), nn.SGD(model.parameters(), lr=0.1), metrics=metrics)
    short = ("after fit", "between fits", "in finish", "ends its data early", "saves within")
    epochs = 2 if any(words in scenario for words in short) or "metric" in scenario else epochs
    if scenario == "saves within an epoch":
        callbacks.append(At(lambda: trainer.save("here.npz"), step=3))
    if scenario == "takes steps in a callback":
        callbacks.append(At(lambda: trainer.step(X[:4], Y[:4]), step=3))
    options = {"callbacks": callbacks, "progress": False, "health": False}
    data = (x, y)
    if scenario == "ends its data early":
        data = (Batches(rank, end=3, part=True),)
    elif scenario == "has batches that fail":
        data = (Batches(rank, error=5),)
    elif scenario == "has NaN":

        class Poison(nn.Callback):
            def after_step(self, trainer):
                if fails and trainer.optimizer.steps == 29:
                    model.layers[0].weight.value[...] = np.nan

        callbacks.append(Poison())
    if len(data) == 2:
        options |= {"batch_size": 4, "rng": 0}
    try:
        trainer.fit(*data, epochs=epochs, **options)
    except BaseException as error:
        print(f"rank {rank}: {type(error).__name__}: {error}", flush=True)
        if scenario == "catches and fits again":
            trainer.fit(*data, epochs=2, **options)
        raise
    print(f"rank {rank}: fit has ended, interrupted {trainer.interrupted}", flush=True)
    if fails and scenario == "fails after fit":
        fail()
    if fails and scenario == "exits after fit":
        sys.exit(0)
    if scenario == "exits between fits":
        if fails:
            sys.exit(0)
        trainer.fit(*data, epochs=2, **options)
    if scenario == "does much after fit" and rank == 0:
        time.sleep(6)
        print("rank 0 has done much", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
