"""A training with dropout that goes on from its file, if there is one: run by mpiexec.

    mpiexec -n 2 python -m mpi4py -m tests.distributed.going_on_for_tests FOLDER NAME [EPOCHS] [STEP]

At a step, the fit is stopped.
"""

import sys
from pathlib import Path

import numpy as np

import nnlayers as nn
from tests.distributed.equal_for_tests import Stop, X, Y

BATCH = 6


def main(folder, name, epochs="4", stop="0", dropout="0.3", file=True):
    folder = Path(folder)
    parallel = nn.distributed.DataParallel()
    rng = np.random.default_rng(3 + parallel.rank)  # rank 0 counts
    layers = nn.Dense(4, 8, rng=rng), nn.ReLU(), nn.Dropout(float(dropout), rng=rng)
    model = nn.Sequential(*layers, nn.Dense(8, 3, rng=rng)).astype(np.float64)
    optimizer = nn.Adam(model.parameters(), lr=0.02)
    trainer = nn.Trainer(model, nn.SoftmaxCrossEntropy(), optimizer, metrics=["accuracy", "f1"])
    path = folder / (f"{name}.run" if file is True else file)
    checkpoint = nn.Checkpoint(path, every_steps=3)
    trainer.fit(
        X,
        Y,
        epochs=int(epochs),
        batch_size=BATCH // parallel.ranks,
        validation_data=(X[:19], Y[:19]),
        callbacks=[parallel, nn.MovingAverage(0.9), *[Stop(int(stop))] * (stop != "0")],
        checkpoint=checkpoint,
        rng=rng,
        progress=False,
        health=False,
    )
    parts = {**model.state_dict(), **{f"history.{n}": c for n, c in trainer.history.items()}}
    np.savez(folder / f"{name}-{trainer.rank}.npz", **parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
